"""Documents in canonical form, and comparing them: known names in their own spelling, null and empty left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.messages import Document, Json, Refusal
from scim_operator.simulator.schema import CORE, Attribute, Kind, ResourceType, Schema, extension, is_urn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.simulator.names import Comparison, Filter, Path

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

_BOOLEANS = {"true": True, "false": False}


def parse(body: bytes) -> Document:
    """Reads a JSON object; raises Refusal 400 invalidSyntax."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "The body is no JSON.", "invalidSyntax") from None
    if not isinstance(document, dict):
        raise Refusal(400, "The body is no JSON object.", "invalidSyntax")
    return document


def require_schema(document: Document, urn: str) -> None:
    """Raises Refusal 400 invalidSyntax when `schemas` does not name `urn` (RFC 7643 section 3)."""
    schemas = get(document, "schemas")
    names = schemas if isinstance(schemas, list) else []
    if urn.lower() not in {str(name).lower() for name in names}:
        raise Refusal(400, f"The body's schemas must name {urn}.", "invalidSyntax")


def get(document: Document, name: str) -> Json:
    """Returns the member of that name, compared without case; None when there is none."""
    if name in document:
        return document[name]
    lower = name.lower()
    return next((value for key, value in document.items() if key.lower() == lower), None)


def canonical(type_: ResourceType, document: Document, *, strict: bool) -> Document:
    """Returns a resource as it is stored: without what the service owns, with every extension under its URN.

    Raises Refusal 400: invalidSyntax for an unknown attribute or an extension missing in `schemas` (both only when
    strict), invalidValue for a value of the wrong type.
    """
    if strict:
        require_schema(document, CORE[type_].urn)
    found: Document = {}
    for key, value in document.items():
        if is_urn(key):
            if strict:
                require_schema(document, key)
            _put(found, *_canonical_extension(type_, key, value, strict=strict))
        else:
            _put(found, *_canonical_attribute(CORE[type_].attributes, key, value, strict=strict))
    return found


def _put(found: Document, key: str, value: Json) -> None:
    if key and value is not None:
        found[key] = value


def _canonical_extension(type_: ResourceType, urn: str, value: Json, *, strict: bool) -> tuple[str, Json]:
    schema = extension(type_, urn)
    if schema is None or value is None:
        return urn, value or None
    return schema.urn, canonical_extension(schema, value, strict=strict)


def canonical_extension(schema: Schema, value: Json, *, strict: bool) -> Json:
    """Returns the value of a whole extension in canonical form; None when it is empty."""
    if not isinstance(value, dict):
        raise Refusal(400, f"{schema.urn} must be an object.", "invalidValue")
    found: Document = {}
    for key, item in value.items():
        _put(found, *_canonical_attribute(schema.attributes, key, item, strict=strict))
    return found or None


def _canonical_attribute(names: Mapping[str, Attribute], key: str, value: Json, *, strict: bool) -> tuple[str, Json]:
    attribute = names.get(key.lower())
    if attribute is None:
        if strict:
            raise Refusal(400, f"There is no attribute {key} in this schema.", "invalidSyntax")
        return key, value
    if attribute.read_only or attribute.never_returned or attribute.name == "schemas":
        return "", None
    return attribute.name, canonical_value(attribute, value, strict=strict)


def canonical_value(attribute: Attribute, value: Json, *, strict: bool) -> Json:
    """Returns the canonical value of `attribute`; None when it is null or empty. Raises Refusal 400 invalidValue."""
    if value is None or attribute.kind is Kind.ANY:
        return value
    if not attribute.multi:
        return canonical_item(attribute, value, strict=strict)
    if not isinstance(value, list):
        raise Refusal(400, f"{attribute.name} must be a list.", "invalidValue")
    items = [canonical_item(attribute, item, strict=strict) for item in value]
    found = [item for item in items if item is not None]
    _check_primary(attribute, found)
    return found or None


def _check_primary(attribute: Attribute, items: list[Json]) -> None:
    if sum(isinstance(item, dict) and item.get("primary") is True for item in items) > 1:
        raise Refusal(400, f"Only one value of {attribute.name} can be primary.", "invalidValue")


def canonical_item(attribute: Attribute, value: Json, *, strict: bool) -> Json:
    """Returns one value of `attribute`, be it multi-valued or not, in canonical form; None when it is null or empty."""
    if value is None:
        return None
    if attribute.kind is Kind.COMPLEX:
        return _canonical_complex(attribute, value, strict=strict)
    if attribute.kind is Kind.BOOLEAN:
        return _canonical_boolean(attribute, value)
    if strict and not isinstance(value, str):
        raise Refusal(400, f"{attribute.name} must be a string.", "invalidValue")
    return value


def _canonical_boolean(attribute: Attribute, value: Json) -> bool:
    # Entra's default dialect sends "True" and "False", and the service works with it.
    found = value if isinstance(value, bool) else _BOOLEANS.get(str(value).lower())
    if found is None:
        raise Refusal(400, f"{attribute.name} must be true or false.", "invalidValue")
    return found


def _canonical_complex(attribute: Attribute, value: Json, *, strict: bool) -> Json:
    if not isinstance(value, dict):
        raise Refusal(400, f"{attribute.name} must be an object.", "invalidValue")
    found: Document = {}
    for key, item in value.items():
        sub = attribute.subs.get(key.lower())
        if sub is None and strict:
            raise Refusal(400, f"There is no sub-attribute {key} of {attribute.name}.", "invalidSyntax")
        _put(found, sub.name if sub else key, canonical_value(sub, item, strict=strict) if sub else item)
    return found or None


def without_members(type_: ResourceType, document: Document) -> tuple[Document, Json]:
    """Returns the document without `members`, and the value of `members` (None when absent or null)."""
    if type_ is ResourceType.USER:
        return document, None
    members = get(document, "members")
    return {key: value for key, value in document.items() if key.lower() != "members"}, members


def matches(document: Document, conditions: Filter) -> bool:
    """Returns whether a canonical document satisfies all comparisons."""
    return all(_matches(document, condition) for condition in conditions)


def _matches(document: Document, condition: Comparison) -> bool:
    if condition.exists:
        return bool(list(elements(document, condition.path)))
    exact = _exact(condition.path)
    return any(same(value, condition.value, exact=exact) for value in _values(document, condition.path))


def _exact(path: Path) -> bool:
    attribute = path.sub or path.attribute
    return attribute is not None and attribute.exact


def same(one: Json, other: Json, *, exact: bool) -> bool:
    """Returns whether two values are equal; strings without case unless `exact`."""
    if isinstance(one, str) and isinstance(other, str) and not exact:
        return one.casefold() == other.casefold()
    return type(one) is type(other) and one == other


def elements(document: Document, path: Path) -> Iterator[Json]:
    """Yields the values of the path's attribute that its brackets select."""
    holder = get(document, path.extension) if path.extension else document
    if not isinstance(holder, dict) or path.attribute is None:
        return
    value = get(holder, path.attribute.name)
    for item in value if isinstance(value, list) else [value]:
        if item is not None and (not path.where or (isinstance(item, dict) and matches(item, path.where))):
            yield item


def _values(document: Document, path: Path) -> Iterator[Json]:
    for item in elements(document, path):
        if not isinstance(item, dict):
            yield item
        else:
            yield get(item, path.sub.name if path.sub else "value")
