"""From a SCIM resource to the spec of a manifest: the fields in their order, the names as manifests spell them.

Passwords are never taken, nor what a name calls a secret. What no field can hold is left out, and named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.api.group import ScimGroupSpec, Ws1bGroup
from scim_operator.api.user import Address, Email, EnterpriseUser, MultiValue, Name, ScimUserSpec, Ws1bUser
from scim_operator.core.attributes import schema
from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.api.model import ApiModel
    from scim_operator.core.resource import Document, JsonValue

SECRET = re.compile(
    r"pass-?_?(?:word|wd|phrase|code)|kennwort|secret|credential|private_?key|api_?key|token", re.IGNORECASE
)
"""What a name calls a secret."""
LARGEST = 2**63
_OWN = frozenset({"id", "schemas", "meta", "groups", "members", "password"})
"""What is the service's alone, comes by other means, or never."""
_LONGEST_KEY = 256


@dataclass(slots=True)
class Spec:
    """A spec, and the attributes that it cannot hold."""

    fields: dict[str, Any] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a spec: the member of a resource that gives it, and the names of its parts."""

    name: str
    member: str
    parts: Mapping[str, str] | None = None
    several: bool = False
    urn: str = ""


def _parts(model: type[ApiModel]) -> dict[str, str]:
    names = (each.alias or name for name, each in model.model_fields.items())
    return {name.lower(): name for name in names}


_MODELS: Mapping[Kind, type[ApiModel]] = {Kind.USER: ScimUserSpec, Kind.GROUP: ScimGroupSpec}
_EXTENSIONS: Mapping[Kind, Mapping[str, tuple[str, type[ApiModel]]]] = {
    Kind.USER: {"enterprise": (ENTERPRISE_USER, EnterpriseUser), "ws1b": (WS1B_USER, Ws1bUser)},
    Kind.GROUP: {"ws1b": (WS1B_GROUP, Ws1bGroup)},
}
_COMPLEX: Mapping[str, type[ApiModel]] = {"name": Name, "emails": Email, "addresses": Address}
DATES = ("notBefore", "notAfter")
"""Fields of ours that a source may give, though they are no attributes of SCIM."""
_OURS = frozenset({"suspend", "adoption", "manager", "extensions", "membershipPolicy", "members"})
_CORE = frozenset({CORE_USER.lower(), CORE_GROUP.lower()})


def _fields(kind: Kind) -> tuple[_Field, ...]:
    found = []
    for name in _parts(_MODELS[kind]).values():
        if name in _EXTENSIONS[kind]:
            urn, model = _EXTENSIONS[kind][name]
            found.append(_Field(name, urn.lower(), _parts(model), urn=urn))
        elif name not in _OURS:
            found.append(_field(name))
    return tuple(found)


def _field(name: str) -> _Field:
    attribute = schema.attribute_of("", name)
    complex_ = attribute.known and bool(attribute.sub_attributes)
    parts = _parts(_COMPLEX.get(name, MultiValue)) if complex_ else None
    return _Field(name, name.lower(), parts, attribute.multi_valued)


_FIELDS = {kind: _fields(kind) for kind in Kind}
_KNOWN = {kind: frozenset(each.member for each in fields) for kind, fields in _FIELDS.items()}
ORDER = {kind: tuple(_parts(model).values()) for kind, model in _MODELS.items()}
"""The fields of a spec, in their order."""


def spec_of(kind: Kind, document: Document) -> Spec:
    """Return the spec that describes a resource, without what refers to others: manager and members."""
    made = Spec()
    members = {name.lower(): value for name, value in document.items()}
    for each in _FIELDS[kind]:
        if (value := members.get(each.member)) is not None:
            _take(each, value, made)
    if made.fields.get("active") is True:  # as where it is left out
        del made.fields["active"]
    others = {name: value for name, value in document.items() if not _is_taken(kind, name.lower())}
    if extensions := _extensions(others, made):
        made.fields["extensions"] = extensions
    return made


def _is_taken(kind: Kind, member: str) -> bool:
    return member in _KNOWN[kind] or member in _OWN or member in _CORE


def _extensions(others: Mapping[str, JsonValue], made: Spec) -> dict[str, Any]:
    found = {}
    for name, value in others.items():
        if ":" not in name or not isinstance(value, dict):
            made.left += [name] if value not in (None, "", [], {}) else []
        elif kept := _extension(name, value, made):
            found[name] = kept
    return found


def in_order(kind: Kind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields in the order of the spec."""
    return {name: fields[name] for name in ORDER[kind] if name in fields}


def _take(each: _Field, value: JsonValue, made: Spec) -> None:
    if each.several:
        found = _several(each, value if isinstance(value, list) else [value], made)
    elif each.parts is not None:
        found = _complex(each, value, made)
    else:
        found = _simple(each.name, schema.typed(schema.attribute_of("", each.name), value), made)
    if found not in (None, "", [], {}):
        made.fields[each.name] = found


def _several(each: _Field, values: list[JsonValue], made: Spec) -> JsonValue:
    """Return several values, all or none: who holds a part of them would have the service give up the rest."""
    found = [_element(each, value, made) for value in values if value not in (None, "", {})]
    if None in found:
        made.left.append(each.name)
        return None
    return found


def _element(each: _Field, value: JsonValue, made: Spec) -> JsonValue:
    """Return one of several values; some services give the value itself for an object with it."""
    found = _complex(each, {"value": value} if isinstance(value, str) else value, made)
    return found if isinstance(found, dict) and ("value" in found or each.name == "addresses") else None


def _complex(each: _Field, value: JsonValue, made: Spec) -> JsonValue:
    if not isinstance(value, dict):
        made.left.append(each.name)
        return None
    assert each.parts is not None  # noqa: S101 - the caller has looked
    found = {}
    for name, one in value.items():
        part = each.parts.get(name.lower())
        if part is not None:
            typed = schema.typed(_attribute(each, part), one)
            found[part] = _simple(f"{each.name}.{part}", typed, made)
        elif name.lower() not in ("$ref", "manager") and one not in (None, "", [], {}):
            made.left.append(f"{each.name}.{name}")
    return {part: found[part] for part in each.parts.values() if found.get(part) not in (None, "")}


def _attribute(each: _Field, part: str) -> schema.Attribute:
    if each.urn:
        return schema.attribute_of(each.urn, part)
    return schema.attribute_of("", each.name).sub_attribute(part)


def _simple(name: str, value: JsonValue, made: Spec) -> JsonValue:
    if value is None or isinstance(value, str | bool):
        return value
    made.left.append(name)
    return None


def _extension(urn: str, value: dict[str, JsonValue], made: Spec) -> dict[str, Any]:
    found = {}
    for name, each in value.items():
        if _is_held(name, each):
            found[name] = _without_null(each)
        else:
            made.left.append(f"{urn}:{name}")
    return {name: each for name, each in found.items() if each is not None}


def _is_held(name: str, value: JsonValue) -> bool:
    """Return whether a manifest may, and can, hold all of an extension's attribute; a part of it would be a change."""
    if SECRET.search(name) or len(name) > _LONGEST_KEY or _is_beyond(value):
        return False
    if isinstance(value, dict):
        return all(_is_held(key, one) for key, one in value.items())
    return not isinstance(value, list) or all(_is_held("", one) for one in value)


def _without_null(value: JsonValue) -> JsonValue:
    """Return the value without members that are null, which is the same to SCIM (RFC 7643 section 2.5)."""
    if isinstance(value, dict):
        return {key: _without_null(one) for key, one in value.items() if one is not None}
    return [_without_null(one) for one in value if one is not None] if isinstance(value, list) else value


def _is_beyond(value: JsonValue) -> bool:
    """Return whether a number is one that YAML's readers and JSON's do not agree on."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) >= LARGEST
