"""Attributes that the service requires: never created without, and never taken away, whatever a manifest says.

One rule for creating, editing, `plan`, `explain` and `validate`: a required attribute that is empty, or holds nothing
but blanks, is the manifest's error, and everything else of the object goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import apply_changes
from scim_operator.core.attributes.equality import unassigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import Document, JsonValue


def missing(document: Document, required: Iterable[AttributePath]) -> tuple[AttributePath, ...]:
    """Return the required attributes that the document lacks or has empty, all of them at once."""
    return tuple(path for path in required if is_void(path.read(document)))


def emptied(desired: Mapping[AttributePath, JsonValue], required: Iterable[AttributePath]) -> tuple[AttributePath, ...]:
    """Return the required attributes that a manifest sets and leaves empty; what it leaves out is not managed."""
    return tuple(path for path in required if is_void(desired.get(path, _UNMANAGED)))


_UNMANAGED = "whatever the service has"
"""Stands in for a value that a manifest leaves out: it is not void."""


def lost(
    found: Iterable[AttributeChange], observed: Document, required: Iterable[AttributePath]
) -> tuple[AttributePath, ...]:
    """Return the required attributes that the changes would take away, or leave with blanks alone."""
    changes = tuple(found)
    touched = [path for path in required if any(change.path.overlaps(path) for change in changes)] if changes else ()
    return missing(apply_changes(observed, changes), touched) if touched else ()


def is_void(value: JsonValue) -> bool:
    """Return whether a value is none: unassigned, or blanks alone."""
    return not value.strip() if isinstance(value, str) else unassigned(value)


def required_message(paths: Iterable[AttributePath]) -> str:
    """Return what to do about required attributes that are missing or empty; "" for none."""
    listed = ", ".join(map(str, paths))
    return f"The service requires {listed}: set them, or map a source to them." if listed else ""
