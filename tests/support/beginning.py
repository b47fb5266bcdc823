"""A small world whose operator begins to work while the service's lists take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.busy import Busy, lived
from tests.support.limiting import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.busy import Story

FEW = 60
PAGE = 10.0
"""Seconds that each page takes: one of users, one of groups."""
LISTED = 2 * PAGE
BOUND = 1.0
"""Seconds within which access ends."""
ROOM = limits(disables=5, deletes=5)


def begun(story: Story, **spec: Any) -> None:
    """Have a small world begin, whose lists are slow from then on, and live through a story."""

    async def slowly(world: Busy) -> None:
        world.page = PAGE
        await story(world)

    lived(slowly, FEW, 0.0, **{"limits": ROOM, **spec})


async def restarted(world: Busy, *acts: Callable[[], object]) -> float:
    """Kill the operator, do what is done meanwhile, and start it again; when its first list was asked for."""
    await world.kill()
    for act in acts:
        act()
    return await started(world)


async def started(world: Busy) -> float:
    """Start the operator; return when its first list was asked for."""
    before = world.pages
    world.start()
    while world.pages == before:
        await world.pass_time(0.01)
    return world.now


async def waited(world: Busy, first: float) -> None:
    """Let the bound pass, in which the first listing does not end."""
    pages = world.pages
    await world.pass_time(first + BOUND - world.now)
    assert world.pages == pages


async def all_of_it(world: Busy) -> None:
    """Wait until listing and sweep have ended."""
    await world.pass_time(LISTED + 30)
