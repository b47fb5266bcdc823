"""PATCH by RFC 7644 section 3.5.2, with Entra's removal of listed values. Members: see `member_patch`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import (
    PATCH_URN,
    canonical_extension,
    canonical_item,
    canonical_value,
    get,
    matches,
    require_schema,
    same,
)
from scim_operator.simulator.member_patch import patch_members
from scim_operator.simulator.messages import Document, Json, Refusal
from scim_operator.simulator.names import Path, Vocabulary, parse_path
from scim_operator.simulator.rules import is_required
from scim_operator.simulator.schema import Attribute, Kind, extension, is_urn

if TYPE_CHECKING:
    from scim_operator.simulator.drafts import Draft

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation; `value` is _ABSENT when the request has none."""

    verb: str
    path: str
    value: Json

    @property
    def removes(self) -> bool:
        """Returns whether it unassigns: a remove, or a replace with null (RFC 7643 section 2.5)."""
        return self.verb == "remove" or (self.verb == "replace" and self.value is None)


def apply_patch(draft: Draft, body: Document) -> None:
    """Applies all operations of a PATCH body to `draft`; raises Refusal, and the draft is then to be thrown away."""
    if draft.strict:
        require_schema(body, PATCH_URN)
    operations = get(body, "Operations")
    if not isinstance(operations, list) or not operations:
        raise Refusal(400, "A PATCH needs a list of Operations.", "invalidSyntax")
    words = Vocabulary(draft.type, draft.strict, dotted=draft.request.suffers(FaultName.EXTENSION_PATH))
    for item in operations:
        operation = _read(item)
        if operation.path:
            _apply(draft, parse_path(operation.path, words), operation)
        else:
            _apply_without_path(draft, operation, words)


def _read(item: Json) -> _Operation:
    if not isinstance(item, dict):
        raise Refusal(400, "An operation must be an object.", "invalidSyntax")
    # Entra capitalises the operation's name, and the service works with it.
    verb = str(get(item, "op")).lower()
    path = get(item, "path")
    if verb not in {"add", "replace", "remove"} or not isinstance(path, str | None):
        raise Refusal(400, "An operation has an op of add, replace or remove, and a path in a string.", "invalidSyntax")
    has_value = any(key.lower() == "value" for key in item)
    if verb != "remove" and not has_value:
        raise Refusal(400, f"The operation {verb} needs a value.", "invalidValue")
    return _Operation(verb, path or "", get(item, "value") if has_value else _ABSENT)


def _apply_without_path(draft: Draft, operation: _Operation, words: Vocabulary) -> None:
    if operation.verb == "remove":
        raise Refusal(400, "A remove needs a path.", "noTarget")
    if not isinstance(operation.value, dict):
        raise Refusal(400, "Without a path the value must be an object of attributes.", "invalidValue")
    for key, value in operation.value.items():
        if key.lower() != "schemas":
            _apply(draft, _key_path(draft, key, words), _Operation(operation.verb, key, value))


def _key_path(draft: Draft, key: str, words: Vocabulary) -> Path:
    plain = "." not in key if not is_urn(key) else None
    path = parse_path(key, words)
    whole = path.attribute is None if plain is None else plain
    if not whole and not draft.request.suffers(FaultName.DOTTED_KEYS):
        raise Refusal(400, f"{key} is a path, and no attribute of the resource.", "invalidPath")
    return path


def _apply(draft: Draft, path: Path, operation: _Operation) -> None:
    _check_mutable(draft, path, operation)
    if path.attribute is not None and path.attribute.name == "members":
        value = None if operation.value is _ABSENT else operation.value
        patch_members(draft, "remove" if operation.removes else operation.verb, path, value)
    elif path.extension:
        _apply_to_extension(draft, path, operation)
    else:
        _apply_to_attribute(draft.document, path, operation, strict=draft.strict)


def _check_mutable(draft: Draft, path: Path, operation: _Operation) -> None:
    attribute = path.attribute
    if attribute is None:
        return
    if attribute.read_only or attribute.name == "schemas":
        raise Refusal(400, f"{attribute.name} belongs to the service and cannot be changed.", "mutability")
    whole = operation.removes and not path.where and not path.extension
    if whole and is_required(draft.type, path.key, strict=draft.strict):
        raise Refusal(400, f"{attribute.name} is required and cannot be removed.", "mutability")


def _apply_to_extension(draft: Draft, path: Path, operation: _Operation) -> None:
    urn = next((key for key in draft.document if key.lower() == path.extension.lower()), path.extension)
    holder = draft.document.setdefault(urn, {})
    if path.attribute is None:
        _merge_extension(draft, holder, path.extension, operation)
    else:
        _apply_to_attribute(holder, path, operation, strict=draft.strict)
    if not holder:
        del draft.document[urn]


def _merge_extension(draft: Draft, holder: Document, urn: str, operation: _Operation) -> None:
    if operation.removes:
        holder.clear()
        return
    if not isinstance(operation.value, dict):
        raise Refusal(400, f"The value of {urn} must be an object.", "invalidValue")
    schema = extension(draft.type, urn)
    given = operation.value
    holder.update((canonical_extension(schema, given, strict=draft.strict) or {}) if schema else given)
    for key in [key for key, value in given.items() if value is None]:
        holder.pop(key, None)


def _apply_to_attribute(holder: Document, path: Path, operation: _Operation, *, strict: bool) -> None:
    attribute = path.attribute
    if attribute is None:
        return
    if attribute.multi:
        items = list(holder.get(attribute.name, ()))
        _set(holder, attribute.name, _changed_items(items, path, operation, strict=strict))
    elif path.sub is not None:
        inner = dict(holder.get(attribute.name) or {})
        _assign(inner, path.sub, operation, strict=strict)
        _set(holder, attribute.name, inner)
    else:
        _assign(holder, attribute, operation, strict=strict)


def _set(holder: Document, name: str, value: Json) -> None:
    if value in (None, [], {}):
        holder.pop(name, None)
    else:
        holder[name] = value


def _assign(holder: Document, attribute: Attribute, operation: _Operation, *, strict: bool) -> None:
    """Sets a single-valued attribute; a complex one keeps the sub-attributes that the value does not name."""
    if operation.removes:
        holder.pop(attribute.name, None)
        return
    value = canonical_value(attribute, operation.value, strict=strict)
    if attribute.kind is Kind.COMPLEX and isinstance(operation.value, dict):
        nulls = {key.lower() for key, item in operation.value.items() if item is None}
        kept = {k: v for k, v in (holder.get(attribute.name) or {}).items() if k.lower() not in nulls}
        value = {**kept, **(value or {})}
    if attribute.never_returned:
        return
    _set(holder, attribute.name, value)


def _changed_items(items: list[Json], path: Path, operation: _Operation, *, strict: bool) -> list[Json]:
    if path.where:
        return _changed_where(items, path, operation, strict=strict)
    if path.sub is not None:
        return _changed_subs(items, path, operation, strict=strict)
    if operation.removes:
        return _without(items, path, operation)
    return _changed_whole(items, path, operation, strict=strict)


def _changed_whole(items: list[Json], path: Path, operation: _Operation, *, strict: bool) -> list[Json]:
    attribute = _of(path)
    value = operation.value if isinstance(operation.value, list) or operation.value is None else [operation.value]
    given = canonical_value(attribute, value, strict=strict) or []
    if operation.verb == "replace":
        return list(given)
    # A value that is there already is not added again (section 3.5.2.1).
    return _one_primary([*items, *(item for item in given if item not in items)], given)


def _without(items: list[Json], path: Path, operation: _Operation) -> list[Json]:
    if operation.verb != "remove" or operation.value in (_ABSENT, None):
        return []
    listed = operation.value if isinstance(operation.value, list) else [operation.value]
    return [item for item in items if not any(_covers(item, value, _of(path)) for value in listed)]


def _covers(item: Json, value: Json, attribute: Attribute) -> bool:
    """Returns whether a listed value means this item: all that it names is equal (Entra's dialect)."""
    if not isinstance(item, dict) or not isinstance(value, dict):
        return same(item, value, exact=attribute.exact)
    return all(same(get(item, key), part, exact=False) for key, part in value.items() if part is not None)


def _changed_subs(items: list[Json], path: Path, operation: _Operation, *, strict: bool) -> list[Json]:
    if not items and not operation.removes:
        if operation.verb == "replace":
            raise Refusal(400, f"{_of(path).name} has no value to replace.", "noTarget")
        items = [{}]
    return [changed for item in items if (changed := _with_sub(item, path, operation, strict=strict))]


def _with_sub(item: Json, path: Path, operation: _Operation, *, strict: bool) -> Json:
    changed = dict(item)
    if path.sub is not None:
        _assign(changed, path.sub, operation, strict=strict)
    return changed


def _changed_where(items: list[Json], path: Path, operation: _Operation, *, strict: bool) -> list[Json]:
    chosen = [item for item in items if isinstance(item, dict) and matches(item, path.where)]
    if not chosen and not operation.removes:
        return [*items, _new_item(path, operation, strict=strict)]
    made = [_chosen(item, path, operation, strict=strict) for item in chosen]
    ids = {id(item) for item in chosen}
    replaced = iter(made)
    result = [next(replaced) if id(item) in ids else item for item in items]
    return _one_primary([item for item in result if item], made)


def _chosen(item: Document, path: Path, operation: _Operation, *, strict: bool) -> Json:
    if path.sub is not None:
        return _with_sub(item, path, operation, strict=strict)
    if operation.removes:
        return None
    given = canonical_item(_of(path), operation.value, strict=strict) or {}
    return {**item, **given} if operation.verb == "add" else given


def _new_item(path: Path, operation: _Operation, *, strict: bool) -> Json:
    """Makes the value that the filter describes for an add that selects nothing; a replace then has no target."""
    if operation.verb == "replace":
        raise Refusal(400, f"The filter on {_of(path).name} selects no value to replace.", "noTarget")
    start = {one.path.attribute.name: one.value for one in path.where if one.path.attribute is not None}
    return _chosen(start, path, replace(operation), strict=strict)


def _one_primary(items: list[Json], given: list[Json]) -> list[Json]:
    """Keeps only the given one of several primary values primary (section 3.5.2)."""
    first = next((item for item in given if isinstance(item, dict) and item.get("primary") is True), None)
    if first is None:
        return items
    return [
        {**item, "primary": False}
        if isinstance(item, dict) and item.get("primary") is True and item is not first
        else item
        for item in items
    ]


def _of(path: Path) -> Attribute:
    if path.attribute is None:  # pragma: no cover - callers come with an attribute
        raise Refusal(400, "The path names no attribute.", "invalidPath")
    return path.attribute
