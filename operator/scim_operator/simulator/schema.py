"""The attributes that the simulated service knows (RFC 7643 sections 4 and 8.7, and VMware's ws1b extensions)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ResourceType(StrEnum):
    """The two types of resources that are stored."""

    USER = "User"
    GROUP = "Group"

    @property
    def endpoint(self) -> str:
        """Returns the first segment of the path below the base URL."""
        return f"{self.value}s"


class Kind(Enum):
    """The data types that matter here; references, dates and binaries travel as strings."""

    TEXT = "string"
    BOOLEAN = "boolean"
    COMPLEX = "object"
    ANY = "value"
    """Of an attribute that is not known: taken as it comes."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: `exact` compares with case, `read_only` belongs to the service, `subs` are keyed in lower case."""

    name: str
    kind: Kind = Kind.TEXT
    multi: bool = False
    exact: bool = False
    read_only: bool = False
    never_returned: bool = False
    subs: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema by its URN; `attributes` are keyed in lower case."""

    urn: str
    attributes: Mapping[str, Attribute]


CORE_URN = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WS1B_URN = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:"


def _keyed(*attributes: Attribute) -> dict[str, Attribute]:
    return {attribute.name.lower(): attribute for attribute in attributes}


def _texts(names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name) for name in names.split())


def _plural(name: str, subs: str = "value display type $ref") -> Attribute:
    return Attribute(name, Kind.COMPLEX, multi=True, subs=_keyed(*_texts(subs), Attribute("primary", Kind.BOOLEAN)))


def _listed(name: str, *, read_only: bool) -> Attribute:
    subs = _keyed(Attribute("value", exact=True), *_texts("display type $ref"))
    return Attribute(name, Kind.COMPLEX, multi=True, read_only=read_only, subs=subs)


_META = Attribute(
    "meta", Kind.COMPLEX, read_only=True, subs=_keyed(*_texts("resourceType created lastModified location version"))
)
_COMMON = (
    Attribute("id", exact=True, read_only=True),
    Attribute("externalId", exact=True),
    Attribute("schemas", multi=True, exact=True),
    _META,
)
_ADDRESS = "formatted streetAddress locality region postalCode country type display"
_NAME = "formatted familyName givenName middleName honorificPrefix honorificSuffix"

MEMBERS = _listed("members", read_only=False)

_USER = Schema(
    f"{CORE_URN}User",
    _keyed(
        *_COMMON,
        *_texts("userName displayName nickName profileUrl title userType preferredLanguage locale timezone"),
        Attribute("password", never_returned=True),
        Attribute("active", Kind.BOOLEAN),
        Attribute("name", Kind.COMPLEX, subs=_keyed(*_texts(_NAME))),
        *(
            _plural(name)
            for name in ["emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates"]
        ),
        _plural("addresses", _ADDRESS),
        _listed("groups", read_only=True),
    ),
)
_GROUP = Schema(f"{CORE_URN}Group", _keyed(*_COMMON, *_texts("displayName"), MEMBERS))
_MANAGER = Attribute("manager", Kind.COMPLEX, subs=_keyed(Attribute("value", exact=True), *_texts("$ref displayName")))
_ENTERPRISE = Schema(
    ENTERPRISE_URN, _keyed(*_texts("employeeNumber costCenter organization division department"), _MANAGER)
)
_WS1B_USER = Schema(
    f"{WS1B_URN}User",
    _keyed(
        *_texts("adSourceAnchor distinguishedName domain userPrincipalName onPremisesUserPrincipalName"),
        *(Attribute(f"customAttribute{number}") for number in range(1, 6)),
    ),
)
_WS1B_GROUP = Schema(f"{WS1B_URN}Group", _keyed(*_texts("description distinguishedName domain")))

CORE = {ResourceType.USER: _USER, ResourceType.GROUP: _GROUP}
EXTENSIONS = {
    ResourceType.USER: {schema.urn.lower(): schema for schema in (_ENTERPRISE, _WS1B_USER)},
    ResourceType.GROUP: {schema.urn.lower(): schema for schema in (_WS1B_GROUP,)},
}


def is_urn(name: str) -> bool:
    """Returns whether an attribute's name is the URN of an extension."""
    return name[:4].lower() == "urn:"


def extension(type_: ResourceType, urn: str) -> Schema | None:
    """Returns the known extension of that URN (compared without case, RFC 7643 section 2.1), if there is one."""
    return EXTENSIONS[type_].get(urn.lower())
