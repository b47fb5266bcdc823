"""On a service that takes one request a second, the end of access passes all that waits there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

CROWD = [f"user{number:02}" for number in range(40)]


def slow(concurrency: int) -> World:
    """A world whose service takes one request a second, with Anna and a group of hers."""
    world = World(3)
    budget = {"requestsPerSecond": 1, "concurrency": concurrency}
    world.configure(service={**world.spec["service"], "budget": budget})
    world.apply(Kind.USER, "anna", {**user("anna"), "roles": [{"value": "admin"}]})
    return world


def team(*names: str) -> dict[str, object]:
    """A group of these users."""
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names]}


def disable(world: World) -> None:
    world.apply(Kind.USER, "anna", user("anna", active=False))


def delete(world: World) -> None:
    world.delete(Kind.USER, "anna")


def leave(world: World) -> None:
    world.apply(Kind.GROUP, "team", team())


async def before(end: Callable[[World], None], concurrency: int) -> int:
    """Return how many requests the service got between the edit and the one that ended access."""
    world = slow(concurrency)
    world.apply(Kind.GROUP, "team", team("anna"))
    world.start()
    await world.rest()
    for name in CROWD:
        world.apply(Kind.USER, name, user(name))
    await world.pass_time(20)  # as many as there are workers have a request that waits
    mark = len(world.history.entries)
    end(world)
    await world.pass_time(60)
    sent = [each for each in world.history.entries[mark:] if isinstance(each, Exchange) and each.to_service]
    await world.end()
    return next(n for n, each in enumerate(sent) if each.method == "PATCH")


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("end", [disable, delete, leave])
def test_what_waits_lets_the_end_of_access_pass(end: Callable[[World], None], concurrency: int) -> None:
    """A group waits a second for company before it asks for its turn."""
    assert run(before(end, concurrency)) <= (4 if end is leave else 3)
