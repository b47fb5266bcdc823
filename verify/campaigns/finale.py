"""The last act of some campaigns: people pass their userNames on in a circle, and each of them must get the next one's.

So they do with their e-mail addresses, at a service that keeps those unique, or with both at once. Whatever came
before, the circle must come to rest by a value in between, also where the operator is killed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from random import Random

    from verify.world import World

    Given = dict[str, dict[str, Any]]
    """The attributes that each manifest got of another one."""

_EACH = 3
_MOST = 3
"""People in a circle."""
_PASSED = (("userName",), ("userName",), ("emails",), ("userName", "emails"))
UNIQUE_ADDRESSES = "unique-attribute=emails"


def has_finale(seed: int) -> bool:
    """Return whether the campaign of a seed has this last act."""
    return seed % _EACH == 1


async def exchange(world: World, random: Random, without: Container[str]) -> Given:
    """Have people who are at the service pass values on; who gets which, {} where too few are there."""
    users = world.manifests(Kind.USER)
    there = {id: one["userName"] for id, one in world.service.users.items() if one.get("active") is not False}
    held = {
        name: one["spec"]
        for name, one in users.items()
        if name not in without and _is_there(one, there) and "deletionTimestamp" not in one["metadata"]
    }
    ring = sorted(held)[:_MOST] if random.random() < 0.5 else sorted(held)[-2:]
    if len(ring) < 2:
        return {}
    passed = _passed(world, random)
    given = {name: {path: held[ring[at - 1]][path] for path in passed} for at, name in enumerate(ring)}
    for name, values in given.items():
        world.apply(Kind.USER, name, {**users[name]["spec"], **values})
        await world.pass_time(random.choice((0.0, 0.0, 0.3)))
    if random.random() < 0.5:
        await world.pass_time(random.uniform(0.0, 1.0))
        await world.kill()
        world.start()
    return given


def _passed(world: World, random: Random) -> tuple[str, ...]:
    """Return which attributes go round; no address is shared by then, or the service would refuse every change."""
    chosen = random.choice(_PASSED)
    addresses = [_text(one.get("emails")) for one in world.service.users.values()]
    if "emails" not in chosen or len(set(addresses)) < len(addresses):
        return ("userName",)
    world.service.faults.add(UNIQUE_ADDRESSES)
    return chosen


def _is_there(manifest: Mapping[str, object], there: Mapping[str, str]) -> bool:
    status = manifest.get("status") or {}
    entries = status.get("services", ()) if isinstance(status, dict) else ()
    spec = manifest["spec"]
    wanted = spec.get("userName") if isinstance(spec, dict) else None
    return any(there.get(entry.get("id", "")) == wanted and _is_ready(entry) for entry in entries)


def _is_ready(entry: Mapping[str, list[dict[str, str]]]) -> bool:
    return any(one["type"] == "Ready" and one["reason"] == "Provisioned" for one in entry.get("conditions", ()))


def lacking(world: World, given: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return who did not get what was given."""
    users, found = world.service.users, world.manifests(Kind.USER)
    shown = {
        name: users.get(entry.get("id", ""), {})
        for name in given
        for entry in (found[name].get("status") or {}).get("services", ())
    }
    return [
        f"{name} has {path} {_text(shown.get(name, {}).get(path))}, given {_text(value)}"
        for name, values in given.items()
        for path, value in values.items()
        if _text(shown.get(name, {}).get(path)) != _text(value)
    ]


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return a value as it is compared: of e-mail addresses, the only one."""
    return str(value[0].get("value", "")).casefold() if isinstance(value, list) and value else str(value)
