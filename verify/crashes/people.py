"""The small tenants in which scenarios begin, and waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from verify.manifests import user

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from verify.world import World

LULL = 650.0
"""Seconds without a write after which the next step of a scenario is taken: a sweep was among them."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. `begin` says what is there before; if it is `filled`, an operator has brought it to the service.

    `unique`: the service refuses a second resource of the same name; elsewhere only the operator's own care does.
    `timed`: its end depends on what is seen when, so that it is told by no view that lies, and on no stale list.
    """

    name: str
    begin: Callable[[World], None]
    act: Callable[[World], Awaitable[None]]
    filled: bool = True
    unique: bool = False
    timed: bool = False
    spec: Mapping[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)


def group(name: str, *members: str, nested: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the spec of a group of users, and of groups that are `nested` in it."""
    users = [{"userRef": {"name": member}} for member in members]
    return {"displayName": name, "members": [*users, *({"groupRef": {"name": inner}} for inner in nested)]}


async def lull(world: World, seconds: float = LULL) -> None:
    """Wait until nothing was written for a while. Raises Restless."""
    began, writes = world.now, -1
    while writes != world.history.writes:
        world.must_rest(began)
        writes = world.history.writes
        await asyncio.sleep(seconds)


def people(world: World) -> None:
    """Three people, and two teams of them."""
    for name in ("anna", "ben", "carla"):
        world.apply(Kind.USER, name, user(name))
    world.apply(Kind.GROUP, "red", group("red", "anna", "ben"))
    world.apply(Kind.GROUP, "blue", group("blue", "carla"))


def people_of_another(world: World) -> None:
    """Two people and a team under ids of the identity provider, so that nothing at the service has our mark."""
    for name in ("anna", "ben"):
        world.apply(Kind.USER, name, user(name, externalId=f"oid-{name}"))
    world.apply(Kind.GROUP, "red", {**group("red", "anna", "ben"), "externalId": "oid-red"})


def crowd(world: World) -> None:
    """Enough people that a limit means something."""
    names = [f"user-{number}" for number in range(8)]
    for name in names:
        world.apply(Kind.USER, name, user(name))
    world.apply(Kind.GROUP, "red", group("red", *names))
