"""Several operators in virtual time, while there is always something to send: the Lease of one ends meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.leases.lease import DURATION, GRACE, MARGIN
from tests.verify.test_replicas import A_MOMENT, Shared, lived
from verify.fates import Fate
from verify.manifests import user
from verify.world import config_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

PEOPLE = 80
SLOW: Mapping[str, object] = {**config_spec()["service"], "budget": {"requestsPerSecond": 2, "concurrency": 2}}
"""A service that takes two requests a second: 80 people keep an operator at work for most of a minute."""


async def at_work(world: Shared, *, rate: float = 1.0) -> str:
    """Start an operator that has much to do, and let it do some; return its name."""
    world.rate = rate
    for number in range(PEOPLE):
        world.apply(Kind.USER, f"user-{number}", user(f"user-{number}"))
    world.start()
    await world.until(lambda: len(world.service.users) > 2, 3 * A_MOMENT)
    return world.processes[0].life.name


def test_one_whose_clock_is_slow_stops_before_its_lease_ends_where_it_cannot_renew_it() -> None:
    async def story(world: Shared) -> None:
        await at_work(world, rate=0.9)
        world.processes[0].life.cut_off = True
        await world.pass_time(DURATION - MARGIN - 5.0)
        before = world.referee.writes
        await world.pass_time(4 * MARGIN)
        assert world.referee.writes > before, "it goes on for as long as it may"
        assert len(world.service.users) < PEOPLE, "and there was more to do"

    lived(story, service=SLOW)


def test_one_that_stood_still_sends_nothing_more_under_a_lease_that_ended() -> None:
    async def story(world: Shared) -> None:
        await at_work(world)
        (first,) = world.processes
        for seconds in (DURATION - MARGIN, DURATION, 2 * DURATION):
            first.life.stop()
            await world.pass_time(seconds + 0.1)
            first.life.go()
            await world.pass_time(A_MOMENT)
        assert len(world.service.users) < PEOPLE, "there was more to do"

    lived(story, service=SLOW)


def test_one_that_hands_over_has_ended_what_was_under_way() -> None:
    async def story(world: Shared) -> None:
        first = await at_work(world)
        world.weather.service = {Fate.DELAYED: 0.7}
        for _ in range(4):
            world.start()
            await world.pass_time(6.0)
            if world.holder() != first:
                break
        assert world.holder() != first, "another is chosen"
        assert len(world.service.users) < PEOPLE, "there was more to do"
        world.weather.clear()
        await world.until(lambda: len(world.service.users) == PEOPLE + 1, GRACE + 2 * PEOPLE)

    lived(story, service=SLOW)
