"""Attributes that RFC 7643 and the ws1b extension define, with their characteristics.

An attribute that no schema here defines gets the characteristics of RFC 7643 section 2.2: a single string, not
case-exact, readWrite, returned by default. Two things are stricter than the JSON schemas of section 8.7.1, as the RFC's
own text asks: references and binary values are case-exact (sections 2.3.6 and 2.3.7), and so is whatever holds the `id`
of another resource (section 3.1). VMware publishes no characteristics for ws1b; `adSourceAnchor` is base64 and
therefore case-exact, and so are `customAttribute1` to `customAttribute5`, whose meaning only the customer knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.resource import Document, JsonValue


class Type(StrEnum):
    """RFC 7643 section 2.3's data types."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """RFC 7643 section 7: whether a client may set the value."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """RFC 7643 section 7: whether the service returns the value."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Attribute:
    """Characteristics of one attribute.

    `sub_attributes` is keyed by lower-case name; `known` is False where no schema here defines the attribute.
    """

    name: str
    type: Type = Type.STRING
    multi_valued: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    sub_attributes: Mapping[str, Attribute] = field(default_factory=dict)
    known: bool = True

    def sub_attribute(self, name: str) -> Attribute:
        """Return the sub-attribute of that name in any case; unknown ones get the defaults."""
        return self.sub_attributes.get(name.lower()) or unknown(name)

    def element(self) -> Attribute:
        """Return what one element of this multi-valued attribute is."""
        return replace(self, multi_valued=False) if self.multi_valued else self


def unknown(name: str) -> Attribute:
    """Return the characteristics of an attribute that no schema here defines (RFC 7643 section 2.2)."""
    return Attribute(name, known=False)


def _exact(name: str, type_: Type = Type.STRING, *, multi_valued: bool = False) -> Attribute:
    return Attribute(name, type_, multi_valued, case_exact=True)


def _read_only(attribute: Attribute) -> Attribute:
    subs = {key: _read_only(sub) for key, sub in attribute.sub_attributes.items()}
    return replace(attribute, mutability=Mutability.READ_ONLY, sub_attributes=subs)


def _strings(*names: str) -> list[Attribute]:
    return [Attribute(name) for name in names]


def _complex(name: str, *subs: Attribute, multi_valued: bool = False) -> Attribute:
    return Attribute(name, Type.COMPLEX, multi_valued, sub_attributes=_by_name(subs))


def _plural(name: str, value: Attribute | None = None) -> Attribute:
    """Return a multi-valued attribute with the default sub-attributes of RFC 7643 section 2.4."""
    primary = Attribute("primary", Type.BOOLEAN)
    subs = (value or Attribute("value"), *_strings("display", "type"), primary, _exact("$ref", Type.REFERENCE))
    return _complex(name, *subs, multi_valued=True)


def _members() -> Attribute:
    subs = (_exact("value"), _exact("$ref", Type.REFERENCE), *_strings("type", "display"))
    return _complex("members", *(replace(sub, mutability=Mutability.IMMUTABLE) for sub in subs), multi_valued=True)


def _by_name(attributes: Iterable[Attribute]) -> Mapping[str, Attribute]:
    return MappingProxyType({attribute.name.lower(): attribute for attribute in attributes})


_META = _complex(
    "meta",
    _exact("resourceType"),
    Attribute("created", Type.DATE_TIME),
    Attribute("lastModified", Type.DATE_TIME),
    _exact("location", Type.REFERENCE),
    _exact("version"),
)
_ADDRESS = _strings("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type")
_MANAGER = (_exact("value"), _exact("$ref", Type.REFERENCE), _read_only(Attribute("displayName")))

_CORE = _by_name(
    [
        # RFC 7643 section 3.1: common attributes
        replace(_read_only(_exact("id")), returned=Returned.ALWAYS),
        _exact("externalId"),
        _read_only(_META),
        replace(_exact("schemas", Type.REFERENCE, multi_valued=True), returned=Returned.ALWAYS),
        # section 4.1: User
        *_strings("userName", "displayName", "nickName", "title", "userType"),
        *_strings("preferredLanguage", "locale", "timezone"),
        _complex(
            "name",
            *_strings("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"),
        ),
        _exact("profileUrl", Type.REFERENCE),
        Attribute("active", Type.BOOLEAN),
        replace(_exact("password"), mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER),
        *(_plural(name) for name in ("emails", "phoneNumbers", "ims", "entitlements", "roles")),
        _plural("photos", _exact("value", Type.REFERENCE)),
        _complex("addresses", *_ADDRESS, Attribute("primary", Type.BOOLEAN), multi_valued=True),
        _read_only(_plural("groups", _exact("value"))),
        _plural("x509Certificates", _exact("value", Type.BINARY)),
        # section 4.2: Group
        _members(),
    ]
)

_EXTENSIONS: Mapping[str, Mapping[str, Attribute]] = {
    ENTERPRISE_USER.lower(): _by_name(
        [
            *_strings("employeeNumber", "costCenter", "organization", "division", "department"),
            _complex("manager", *_MANAGER),
        ]
    ),
    WS1B_USER.lower(): _by_name(
        [
            _exact("adSourceAnchor"),
            *(_exact(f"customAttribute{number}") for number in range(1, 6)),
            *_strings("distinguishedName", "domain", "userPrincipalName"),
        ]
    ),
    WS1B_GROUP.lower(): _by_name(_strings("description", "distinguishedName", "domain")),
}

CORE_SCHEMAS = frozenset({CORE_USER.lower(), CORE_GROUP.lower()})
"""The schemas whose attributes are at the top level of a resource, in lower case."""

_EXTENSION_URNS = {urn.lower(): urn for urn in (ENTERPRISE_USER, WS1B_USER, WS1B_GROUP)}


def spelling(urn: str) -> str:
    """Return the extension's URN as its schema spells it; the same as given where it is not known here."""
    return _EXTENSION_URNS.get(urn.lower(), urn)


def is_schema(urn: str) -> bool:
    """Return whether a schema of that URN is known here, in any case."""
    return urn.lower() in CORE_SCHEMAS or urn.lower() in _EXTENSION_URNS


def attribute_of(urn: str, name: str) -> Attribute:
    """Return attribute `name` of the extension `urn`, or of the core schemas when it is ""; names in any case."""
    schema = _EXTENSIONS.get(urn.lower(), {}) if urn else _CORE
    return schema.get(name.lower()) or unknown(name)


def is_defined(name: str) -> bool:
    """Return whether RFC 7643 has this attribute for users or groups, the reference of its extension included."""
    return name.lower() in _CORE or name.lower() == "manager"


def attributes(urn: str = "") -> Iterable[Attribute]:
    """Return the attributes of the extension `urn`, or of the core schemas when it is ""; none where not known."""
    return (_EXTENSIONS.get(urn.lower(), {}) if urn else _CORE).values()


READ_ONLY = frozenset(name for name, attribute in _CORE.items() if attribute.mutability is Mutability.READ_ONLY)
"""The core attributes, in lower case, that only the service sets: `id`, `meta` and `groups`."""

_BOOLEANS = {"true": True, "false": False}


def typed(attribute: Attribute, value: JsonValue) -> JsonValue:
    """Return the value in the JSON type that the schema asks for; what cannot be read as that type stays as it is.

    Services and hands write "True" or "7" for true and 7 (entra-vmware 3.2, pitfall 3); we always send the right type.
    """
    if isinstance(value, list):
        return [typed(attribute, element) for element in value]
    if isinstance(value, dict):
        return {name: typed(attribute.sub_attribute(name), sub) for name, sub in value.items()}
    if not attribute.known:
        return value
    return _typed_simple(attribute.type, value)


def typed_document(document: Document) -> Document:
    """Return the resource with every value that a schema here defines in its right JSON type; a new document."""
    return {name: _typed_member(name, value) for name, value in document.items()}


def _typed_member(name: str, value: JsonValue) -> JsonValue:
    if isinstance(value, dict) and ":" in name:
        return {sub: typed(attribute_of(name, sub), inner) for sub, inner in value.items()}
    return typed(attribute_of("", name), value)


def _typed_simple(type_: Type, value: JsonValue) -> JsonValue:
    if type_ is Type.BOOLEAN:
        return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value
    if type_ is Type.INTEGER:
        return int(value) if isinstance(value, str) and is_integer(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def is_integer(text: str) -> bool:
    """Return whether the text is an integer in ASCII digits (RFC 7643 section 2.3.4), of a length that a word holds."""
    digits = text[1:] if text[:1] == "-" else text
    return digits.isascii() and digits.isdigit() and len(digits) <= 19
