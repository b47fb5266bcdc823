"""How a world has ended, in words that ids, dates and the number of attempts make no difference to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from verify.world import World

_OWN = frozenset({"id", "meta", "groups", "members"})
"""Attributes that the service gives itself, or that are compared by the names of those they refer to."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is compared: each resource once for each time that it is there, so that one too many shows."""

    users: tuple[str, ...]
    groups: tuple[str, ...]
    manifests: tuple[str, ...]
    config: tuple[str, ...]

    def differences(self, other: Ending, parts: Iterable[str]) -> str:
        """Return what another ending has otherwise in some parts, a line each; empty where nothing."""
        return "\n".join(line for part in parts for line in self._lines(part, other))

    def _lines(self, name: str, other: Ending) -> Iterator[str]:
        mine, others = list(getattr(self, name)), list(getattr(other, name))
        for one in tuple(mine):
            if one in others:
                mine.remove(one)
                others.remove(one)
        yield from (f"  {name}: missing {one}" for one in mine)
        yield from (f"  {name}: instead {one}" for one in others)


def ending_of(world: World) -> Ending:
    """Return how a world has ended."""
    users, groups = world.service.users, world.service.groups
    names = {id: user["userName"] for id, user in users.items()} | {
        id: one["displayName"] for id, one in groups.items()
    }
    return Ending(
        tuple(sorted(_plain(user) for user in users.values())),
        tuple(sorted(f"{_plain(one)} of {_members(one, names)}" for one in groups.values())),
        tuple(sorted(line for kind in Kind for line in _manifests(world, kind))),
        tuple(f"{one['type']}={one['status']} {one['reason']}" for one in _conditions(world.config)),
    )


def _plain(document: Mapping[str, Any]) -> str:
    return str(sorted((name, value) for name, value in document.items() if name not in _OWN))


def _members(group: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    return sorted(names.get(member["value"], "no one") for member in group.get("members", ()))


def _manifests(world: World, kind: Kind) -> Iterator[str]:
    for name, manifest in world.manifests(kind).items():
        ready = [f"{one['status']} {one['reason']}" for one in _conditions(manifest) if one["type"] == "Ready"]
        metadata = manifest["metadata"]
        yield f"{kind.value} {name} {ready} {metadata.get('finalizers', [])} {'deleting' * _is_deleting(metadata)}"


def _is_deleting(metadata: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in metadata


def _conditions(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (manifest.get("status") or {}).get("conditions") or []
