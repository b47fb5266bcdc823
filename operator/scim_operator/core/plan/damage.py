"""Attributes that no one manages and that a write has lost: what a resource had before it, and lacks after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import AttributeChange, changes
from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import MISSING, parse
from scim_operator.core.attributes.schema import READ_ONLY
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document, JsonValue

_OTHERS = READ_ONLY | {"schemas", "members", "password"}


def lost(
    plan: Plan, before: Document, now: Document, desired: Mapping[AttributePath, JsonValue]
) -> tuple[AttributeChange, ...]:
    """Return what puts back the attributes that are neither desired nor changed by the plan, and are gone."""
    ours = (*desired, *(change.path for change in plan.changes), *_applied(plan))
    return tuple(
        AttributeChange(path, MISSING, path.read(before))
        for path in _paths(before)
        if not any(map(path.overlaps, ours)) and not unassigned(path.read(before)) and unassigned(path.read(now))
    )


def loses_managed(plan: Plan, before: Document, now: Document, desired: Mapping[AttributePath, JsonValue]) -> bool:
    """Return whether a write has also lost what is desired and was there before, which no one does by hand as well."""
    named = {change.path for change in plan.changes}
    missing = {change.path for change in changes(desired, now) if unassigned(change.old)} - named
    return bool(missing - {change.path for change in changes(desired, before)})


def _applied(plan: Plan) -> Iterator[AttributePath]:
    yield from map(parse, plan.applied)


def _paths(document: Document) -> Iterator[AttributePath]:
    """Yield a path for each attribute of a resource, and for each in an extension."""
    for name, value in document.items():
        extended = name.lower().startswith("urn:") and isinstance(value, dict)
        for text in (f"{name}:{each}" for each in value) if extended else (name,):
            if text.lower() not in _OTHERS:
                try:
                    yield parse(text)
                except InvalidSpec:  # a name that no path can have
                    continue
