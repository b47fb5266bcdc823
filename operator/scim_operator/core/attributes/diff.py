"""The difference between wanted and observed, on managed attributes only, and the request bodies that fix it.

Attributes that are not named in `desired` or `clear` never occur here: what is not managed is not touched (promise S9).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.attributes import schema
from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.attributes.paths import CLEARED, MISSING, key_of
from scim_operator.core.attributes.schema import Returned
from scim_operator.core.resource import PatchOperation, PatchVerb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import Document, JsonValue


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute that is not as wanted. `old` may be MISSING; `new` CLEARED removes the attribute.

    `keep_element`: the element that the path's filter selects is wanted for other parts of it.
    """

    path: AttributePath
    old: JsonValue
    new: JsonValue
    keep_element: bool = False


def changes(
    desired: Mapping[AttributePath, JsonValue],
    observed: Document,
    *,
    clear: Iterable[AttributePath] = (),
) -> tuple[AttributeChange, ...]:
    """Return what must change for `observed` to be as `desired`, in the order of `desired` and then `clear`.

    `clear` names what was applied before and is no longer desired. Where a mapping has moved from an attribute to a
    part of it, or the other way, the new mapping decides for both. A value that the service never returns cannot be
    compared and is left out.
    """
    found = []
    for path, value in desired.items():
        old = path.read(observed)
        if old != value and not equal(path, value, old) and path.characteristics.returned is not Returned.NEVER:
            found.append(_cleared(path, old, desired) if unassigned(value) else AttributeChange(path, old, value))
    for path in clear:
        if not any(map(path.overlaps, desired)):
            old = path.read(observed)
            if not unassigned(old):
                found.append(_cleared(path, old, desired))
    return tuple(found)


def _cleared(path: AttributePath, old: JsonValue, desired: Mapping[AttributePath, JsonValue]) -> AttributeChange:
    element = path.element
    keep = any(element.covers(other) and not unassigned(value) for other, value in desired.items())
    return AttributeChange(path, old, CLEARED, keep_element=keep)


def operations(found: Iterable[AttributeChange], observed: Document) -> tuple[PatchOperation, ...]:
    """Return the PATCH that makes the changes to `observed`: one operation per attribute, each with its full path.

    An element that the service does not have yet is added as a whole, because a value filter that selects nothing is an
    error (RFC 7644 section 3.5.2.3: noTarget). An element that loses all its content is removed as a whole.
    """
    operations: list[PatchOperation] = []
    for path, group in _by_element(found).items():
        if not path.comparisons:
            operations += map(_operation, group)
        elif path.read(observed) is MISSING:
            operations += _addition(path, group)
        elif _is_emptied(path, group, observed):
            operations.append(PatchOperation(PatchVerb.REMOVE, str(path)))
        else:
            operations += map(_operation, group)
    return tuple(operations)


def apply_changes(document: Document, found: Iterable[AttributeChange]) -> Document:
    """Return the body of a PUT: the observed resource with the changes made, without what only the service sets.

    Makes a new document; the same elements go as in `operations`.
    """
    result = {name: copy.deepcopy(value) for name, value in document.items() if name.lower() not in schema.READ_ONLY}
    result = schema.typed_document(result)
    grouped = _by_element(found)
    for path, group in grouped.items():
        if path.comparisons and _is_emptied(path, group, result):
            path.delete(result)
        else:
            _apply(result, group)
    _declare(result, {path.urn for path in grouped if path.urn})
    return result


def apart(found: Iterable[AttributeChange]) -> list[tuple[AttributeChange, ...]]:
    """Return the changes that can be made without each other; those to parts of one filtered element stay together."""
    return [tuple(group) for group in _by_element(found).values()]


def _by_element(found: Iterable[AttributeChange]) -> dict[AttributePath, list[AttributeChange]]:
    """Return the changes, those to parts of one filtered element together."""
    grouped: dict[AttributePath, list[AttributeChange]] = {}
    for change in found:
        grouped.setdefault(change.path.element if change.path.comparisons else change.path, []).append(change)
    return grouped


def _apply(document: Document, found: Iterable[AttributeChange]) -> None:
    for change in found:
        if change.new is CLEARED:
            change.path.delete(document)
        else:
            change.path.write(document, copy.deepcopy(change.new))


def _operation(change: AttributeChange) -> PatchOperation:
    if change.new is CLEARED:
        return PatchOperation(PatchVerb.REMOVE, str(change.path))
    # Services disagree on `replace` of what is not there (RFC 7644 section 3.5.2.3 treats it as add): be exact.
    verb = PatchVerb.ADD if unassigned(change.old) else PatchVerb.REPLACE
    return PatchOperation(verb, str(change.path), change.new)


def _addition(element: AttributePath, group: list[AttributeChange]) -> list[PatchOperation]:
    """One `add` of the element with all its parts; none where nothing is left to remove."""
    document: Document = {}
    _apply(document, group)
    value = element.read(document)
    return [] if value is MISSING else [PatchOperation(PatchVerb.ADD, str(element.whole), [value])]


_DESCRIPTIVE = frozenset({"type", "primary", "display", "$ref"})
"""The sub-attributes that say something about a value but mean nothing without it (RFC 7643 section 2.4)."""


def _is_emptied(element: AttributePath, group: list[AttributeChange], observed: Document) -> bool:
    """Return whether the changes leave nothing meaningful in the element, no matter who put it there."""
    if any(change.new is not CLEARED or change.keep_element for change in group):
        return False
    gone = {change.path.sub_attribute.lower() for change in group}
    void = gone | _DESCRIPTIVE | {comparison.sub_attribute.name.lower() for comparison in element.comparisons}
    held = element.read(observed)
    left = {name.lower() for name, value in held.items() if not unassigned(value)} if held is not MISSING else set()
    return left <= void or "" in gone


def _declare(document: Document, urns: Iterable[str]) -> None:
    """Keep `schemas` correct for these extensions: listed if the resource has them (RFC 7643 section 3), else not."""
    key = key_of(document, "schemas") or "schemas"
    listed = [urn for urn in document.get(key) or () if urn.lower() not in {each.lower() for each in urns}]
    used = sorted(urn for urn in urns if key_of(document, urn) is not None)
    if listed or used:
        document[key] = listed + used
