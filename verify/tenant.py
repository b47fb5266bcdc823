"""What a tenant holds, by names instead of ids: the ground on which two of them are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from verify.world import World

OWN = frozenset({"id", "meta", "groups", "members"})
"""Attributes that the service gives itself, or that are compared by the names of those they refer to."""


NO_ONE = "no one"


def names_of(world: World) -> dict[str, str]:
    """Return the userName or displayName of each resource, by id."""
    users = {id: user["userName"] for id, user in world.service.users.items()}
    return users | {id: group["displayName"] for id, group in world.service.groups.items()}


def plain(document: Mapping[str, Any], *, but: Iterable[str] = ()) -> dict[str, Any]:
    """Return a resource without what the service gives itself, and without more attributes where they are given."""
    hidden = OWN.union(but)
    return {name: value for name, value in document.items() if name not in hidden}


def members(group: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return the names of a group's members, in their order; `NO_ONE` for one without a name."""
    return sorted(names.get(one["value"], NO_ONE) for one in group.get("members", ()))


def conditions(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions in a status."""
    return (manifest.get("status") or {}).get("conditions") or []


def ready(manifest: Mapping[str, Any]) -> str:
    """Return status and reason of Ready, in one word each; " " where there is no such condition."""
    blank = {"status": "", "reason": ""}
    found = next((one for one in conditions(manifest) if one["type"] == "Ready"), blank)
    return f"{found['status']} {found['reason']}"
