"""Parts of an exported synchronization schema, held to the shape that Microsoft Graph gives them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    Part = Mapping[str, Any]


def as_graph_names(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return an export with fields as Microsoft Graph names them: PowerShell's objects begin theirs in upper case."""
    if isinstance(value, list):
        return [as_graph_names(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name[:1].lower() + name[1:]: as_graph_names(each) for name, each in value.items()}


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
    return InvalidSpec(
        f"{field} is not {article} {wanted}; export the schema again from Microsoft Graph, in PowerShell with "
        "ConvertTo-Json -Depth 20, which otherwise writes names of types in place of what is nested."
    )
