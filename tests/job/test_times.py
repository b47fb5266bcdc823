"""Each time that a config states is kept in its own unit: hours of it, on a virtual clock."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scim_operator.core.keys import Kind
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World


def listings(world: World) -> list[float]:
    """Return when the users were listed."""
    listed = [e for e in world.history.entries if isinstance(e, Exchange) and e.to_service and e.method == "GET"]
    return [e.sent for e in listed if e.path.strip("/") == "Users" and "filter" not in e.query]


async def begun(**spec: object) -> World:
    world = World(1, **spec)
    world.apply(Kind.USER, "ada", user("ada"))
    world.start()
    await world.pass_time(30)
    return world


INTERVALS = [("90s", 90), ("10m", 600), ("2h", 7200), ("1h30m", 5400)]


@pytest.mark.parametrize(("interval", "seconds"), INTERVALS, ids=[interval for interval, _ in INTERVALS])
def test_a_sweep_begins_once_in_each_interval(interval: str, seconds: float) -> None:
    async def life() -> None:
        world = await begun(interval=interval)
        await world.pass_time(4.5 * seconds)
        gaps = [later - earlier for earlier, later in pairwise(listings(world))]
        assert gaps == [pytest.approx(seconds, abs=15)] * 4
        await world.end()

    run(life())


def test_left_out_the_interval_is_forty_minutes() -> None:
    async def life() -> None:
        world = await begun()
        del world.spec["interval"]
        world.configure()
        await world.pass_time(30)
        before = len(listings(world))
        await world.pass_time(39 * 60)
        assert len(listings(world)) == before
        await world.pass_time(2 * 60)
        assert len(listings(world)) == before + 1
        await world.end()

    run(life())
