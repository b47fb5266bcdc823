"""How a world has ended, in words that ids, dates and the number of attempts make no difference to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from verify.tenant import conditions, members, names_of, plain, ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from verify.world import World


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
    users, groups, names = world.service.users, world.service.groups, names_of(world)
    return Ending(
        tuple(sorted(_text(user) for user in users.values())),
        tuple(sorted(f"{_text(one)} of {members(one, names)}" for one in groups.values())),
        tuple(sorted(line for kind in Kind for line in _manifests(world, kind))),
        tuple(f"{one['type']}={one['status']} {one['reason']}" for one in conditions(world.config)),
    )


def _text(document: Mapping[str, Any]) -> str:
    return str(sorted(plain(document).items()))


def _manifests(world: World, kind: Kind) -> Iterator[str]:
    for name, manifest in world.manifests(kind).items():
        metadata = manifest["metadata"]
        deleting = "deleting" if "deletionTimestamp" in metadata else ""
        yield f"{kind.value} {name} {[ready(manifest)]} {metadata.get('finalizers', [])} {deleting}"
