"""The last act of some campaigns: people pass their userNames on in a circle, and each of them must get the next one's.

Whatever came before, the circle must come to rest by a value in between, also where the operator is killed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from random import Random

    from verify.world import World

_EACH = 3
_MOST = 3
"""People in a circle."""


def has_finale(seed: int) -> bool:
    """Return whether the campaign of a seed has this last act."""
    return seed % _EACH == 1


async def exchange(world: World, random: Random, without: Container[str]) -> dict[str, str]:
    """Have people who are at the service pass their userNames on; who gets which, {} where too few are there."""
    users = world.manifests(Kind.USER)
    there = {id: one["userName"] for id, one in world.service.users.items() if one.get("active") is not False}
    held = {
        name: one["spec"]["userName"]
        for name, one in users.items()
        if name not in without and _is_there(one, there) and "deletionTimestamp" not in one["metadata"]
    }
    ring = sorted(held)[:_MOST] if random.random() < 0.5 else sorted(held)[-2:]
    if len(ring) < 2:
        return {}
    given = {name: held[ring[at - 1]] for at, name in enumerate(ring)}
    for name, user_name in given.items():
        world.apply(Kind.USER, name, {**users[name]["spec"], "userName": user_name})
        await world.pass_time(random.choice((0.0, 0.0, 0.3)))
    if random.random() < 0.5:
        await world.pass_time(random.uniform(0.0, 1.0))
        await world.kill()
        world.start()
    return given


def _is_there(manifest: Mapping[str, object], there: Mapping[str, str]) -> bool:
    status = manifest.get("status") or {}
    entries = status.get("services", ()) if isinstance(status, dict) else ()
    spec = manifest["spec"]
    wanted = spec.get("userName") if isinstance(spec, dict) else None
    return any(there.get(entry.get("id", "")) == wanted and _is_ready(entry) for entry in entries)


def _is_ready(entry: Mapping[str, list[dict[str, str]]]) -> bool:
    return any(one["type"] == "Ready" and one["reason"] == "Provisioned" for one in entry.get("conditions", ()))


def lacking(world: World, given: Mapping[str, str]) -> list[str]:
    """Return who did not get what was given."""
    users, found = world.service.users, world.manifests(Kind.USER)
    names = {
        name: users.get(entry.get("id", ""), {}).get("userName")
        for name in given
        for entry in (found[name].get("status") or {}).get("services", ())
    }
    return [f"{name} has {names.get(name)}, given {has}" for name, has in given.items() if names.get(name) != has]
