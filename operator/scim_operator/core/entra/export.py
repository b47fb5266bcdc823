"""Parts of an exported synchronization schema, held to the shape that Microsoft Graph gives them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    Part = Mapping[str, Any]


def objects_in(holder: Part, field: str) -> list[Part]:
    """Return the objects that a field lists, none where it is left out or null. Raises InvalidSpec."""
    found = holder.get(field)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _damaged(field, "list of objects")
    return found


def object_in(holder: Part, field: str) -> Part:
    """Return the object in a field, an empty one where it is left out or null. Raises InvalidSpec."""
    found = holder.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _damaged(field, "object")
    return found


def values_in(holder: Part, field: str) -> list[Any]:
    """Return the values that a field lists. Raises InvalidSpec."""
    found = holder.get(field)
    if found is not None and not isinstance(found, list):
        raise _damaged(field, "list")
    return found or []


def number_in(holder: Part, field: str) -> int:
    """Return the whole number in a field, 0 where it is left out or null. Raises InvalidSpec."""
    found = holder.get(field)
    if found is None:
        return 0
    if not isinstance(found, int):
        raise _damaged(field, "whole number")
    return found


def _damaged(field: str, wanted: str) -> InvalidSpec:
    article = "an" if wanted == "object" else "a"
    return InvalidSpec(f"{field} is not {article} {wanted}; export the schema again from Microsoft Graph.")
