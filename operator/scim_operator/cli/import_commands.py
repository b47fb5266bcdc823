"""`scim-operator import` with the sources whose options stand in files of their own."""

from __future__ import annotations

from scim_operator.cli.import_cloud import from_entra, from_keycloak, from_okta
from scim_operator.cli.import_ldap import from_ldap, from_ldif
from scim_operator.cli.importing import command

for source in (from_ldif, from_ldap, from_entra, from_okta, from_keycloak):
    command.add_command(source)

__all__ = ["command"]
