"""Entra's attributes of users and groups, and the paths of a manifest that hold the same.

The pairs are those of Entra's default mappings for SCIM applications. For expressions see
`core.expressions.entra`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.entra import USER_ATTRIBUTES
from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

_USER_PATHS: Mapping[str, str] = {
    "userPrincipalName": "userName",
    "objectId": "externalId",
    "mailNickname": "externalId",
    "displayName": "displayName",
    "givenName": "name.givenName",
    "surname": "name.familyName",
    "accountEnabled": "active",
    "jobTitle": "title",
    "employeeType": "userType",
    "preferredLanguage": "preferredLanguage",
    "mail": 'emails[type eq "work"].value',
    "telephoneNumber": 'phoneNumbers[type eq "work"].value',
    "mobile": 'phoneNumbers[type eq "mobile"].value',
    "facsimileTelephoneNumber": 'phoneNumbers[type eq "fax"].value',
    "streetAddress": 'addresses[type eq "work"].streetAddress',
    "city": 'addresses[type eq "work"].locality',
    "state": 'addresses[type eq "work"].region',
    "postalCode": 'addresses[type eq "work"].postalCode',
    "country": 'addresses[type eq "work"].country',
    "department": f"{ENTERPRISE_USER}:department",
    "employeeId": f"{ENTERPRISE_USER}:employeeNumber",
    "companyName": f"{ENTERPRISE_USER}:organization",
}
_GROUP_PATHS: Mapping[str, str] = {
    "displayName": "displayName",
    "objectId": "externalId",
    "description": f"{WS1B_GROUP}:description",
}
_GROUP_EXPRESSIONS: Mapping[str, str] = {
    "displayName": "group.displayName",
    "objectId": "group.externalId",
    "description": "group.ws1b.description",
}


class Sources:
    """The places of Entra's attributes in the manifests of one kind.

    `extension` is the URN of the schema extension that holds what a ScimUser has no field for; "" for none.
    """

    def __init__(self, kind: Kind, extension: str) -> None:
        user = kind is Kind.USER
        self._root = "user" if user else "group"
        self._paths = _USER_PATHS if user else _GROUP_PATHS
        self._expressions = USER_ATTRIBUTES if user else _GROUP_EXPRESSIONS
        self._extension = extension

    def path(self, name: str) -> str:
        """Return the path of the manifest, for a mapping's `source` or a clause's `attribute`. Raises KeyError."""
        return self._known(self._paths, name, f"{self._extension}:{name}")

    def expression(self, name: str) -> str:
        """Return the CEL of the same. Raises KeyError."""
        return self._known(self._expressions, name, f'{self._root}["{self._extension}"].{name}')

    def _known(self, names: Mapping[str, str], name: str, extended: str) -> str:
        return names.get(name, extended) if self._extension else names[name]
