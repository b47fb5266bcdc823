"""Worlds in which people and groups exchange their names."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from scim_operator.simulator.settings import Settings
from verify.crashes.people import group
from verify.history import Exchange
from verify.manifests import DOMAIN, user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

DAY = {"interval": "24h"}
MANUAL = {"approval": {"policy": "Manual"}}
SWAP = {"ada": "ben", "ben": "ada"}
DONE = {"Provisioned"}
LENIENT = Settings().lenient()
BETWEEN = re.compile(r"-[0-9a-f]{10}(@|$)")


def story(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test in a virtual world of its own."""

    @wraps(test)
    def play(**parameters: Any) -> None:
        run(test(**parameters))

    return play


def renames(number: int) -> dict[str, Any]:
    """Limits that allow so many renames."""
    return {"limits": {"renames": {"min": number, "max": number, "percent": 0}}}


def generic(**more: Any) -> dict[str, Any]:
    """The config of a service that changes externalIds."""
    return {"service": {**World(1).spec["service"], "profile": "generic"}, **more}


async def world_of(
    *names: str, settings: Settings | None = None, more: Callable[[str], dict[str, Any]] = lambda name: {}, **spec: Any
) -> tuple[World, Checker]:
    """A world at rest with these users and a group of each; nothing in it waits for a sweep."""
    world = World(1, settings, **{**DAY, **spec})
    checker = Checker(world)
    for name in names:
        world.apply(Kind.USER, name, user(name, **more(name)))
        world.apply(Kind.GROUP, f"team-{name}", group(f"Team {name}", name))
    world.start()
    await world.rest()
    return world, checker


def give(world: World, names: Mapping[str, str], **more: Any) -> None:
    """Give users other userNames."""
    for name, taken in names.items():
        world.apply(Kind.USER, name, user(name, userName=f"{taken}{DOMAIN}", **more))


def reasons(world: World, kind: Kind = Kind.USER) -> set[str]:
    """What the manifests of a kind say."""
    return {ready(world, kind, name)["reason"] for name in world.manifests(kind)}


def ready(world: World, kind: Kind, name: str) -> dict[str, Any]:
    """The condition Ready of a manifest."""
    conditions = world.manifests(kind)[name]["status"]["conditions"]
    return next(one for one in conditions if one["type"] == "Ready")


def names_at(world: World) -> dict[str, str]:
    """The userName of each person at the service, by given name."""
    return {one["name"]["givenName"].lower(): one["userName"].split("@")[0] for one in world.service.users.values()}


def ids(world: World) -> dict[str, str]:
    """The id of each person at the service, by given name."""
    return {one["name"]["givenName"].lower(): id for id, one in world.service.users.items()}


def by_hand(world: World, name: str, **changes: Any) -> None:
    """Change someone at the service."""
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
    world.service.by_hand("PATCH", f"/Users/{ids(world)[name]}", body)


def updates(world: World, since: float, path: str = "/Users") -> list[Exchange]:
    """The changes that were sent of a type since then."""
    entries = (one for one in world.history.entries if isinstance(one, Exchange))
    found = [one for one in entries if one.to_service and one.writes and one.sent >= since and path in one.path]
    return [one for one in found if one.method != "DELETE"]


async def until(world: World, holds: Callable[[], bool], step: float = 0.01) -> None:
    """Let time pass until something holds."""
    for _ in range(100_000):
        if holds():
            return
        await world.pass_time(step)
    raise AssertionError(names_at(world))


async def half_way(world: World, names: Mapping[str, str] = SWAP, step: float = 0.01, **more: Any) -> None:
    """Have people exchange their names, until one of them has stepped aside."""
    give(world, names, **more)
    await until(world, lambda: _is_half_way(world), step)


@asynccontextmanager
async def held_half_way(world: World) -> AsyncIterator[None]:
    """Have people exchange their names, and no one change any more once one has stepped aside.

    The service refuses all that is sent inside the block, and until the operator has seen what the block did.
    """

    held = False

    def hold(_: Exchange) -> None:
        nonlocal held
        if not held and _is_half_way(world):
            held = True
            world.service.faults.add("status=503;method=PATCH;path=/Users")

    world.history.done.append(hold)
    await half_way(world)
    yield
    await world.pass_time(1.0)
    world.service.faults.clear()


def _is_half_way(world: World) -> bool:
    return any(map(BETWEEN.search, names_at(world).values()))


async def ended(world: World, checker: Checker) -> None:
    """Come to rest, with no promise broken."""
    await world.rest()
    assert not checker.check_rest(), checker.violations
    await world.end()


async def exchanged(world: World, checker: Checker, names: Mapping[str, str] = SWAP, within: float = 60.0) -> None:
    """See the names exchanged within a time, everyone Ready, and nothing broken."""
    await world.pass_time(within)
    assert names_at(world) == names
    assert reasons(world) == DONE
    await ended(world, checker)


def groups(world: World) -> list[dict[str, Any]]:
    """The groups at the service."""
    return list(world.service.groups.values())


def stranger(world: World, name: str) -> None:
    """Someone whom no manifest names is at the service."""
    world.service.by_hand("POST", "/Users", {**user(name), "externalId": f"foreign-{name}", "schemas": [CORE_USER]})
