"""Objects by the names that people type: kind and name, as kubectl takes them."""

from __future__ import annotations

import click

from scim_operator.core.keys import Kind, ObjectKey

KINDS = {
    **dict.fromkeys(("scimuser", "scimusers", "scu", "user"), Kind.USER),
    **dict.fromkeys(("scimgroup", "scimgroups", "scg", "group"), Kind.GROUP),
}


def key_of(what: str, namespace: str) -> ObjectKey:
    """Return the object that KIND/NAME names. Errors: click.UsageError."""
    kind, _, name = what.partition("/")
    if kind.lower() not in KINDS or not name:
        raise click.UsageError("Name the object as scimuser/NAME or scimgroup/NAME.")
    return ObjectKey(KINDS[kind.lower()], namespace, name)
