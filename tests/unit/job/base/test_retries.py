"""When what has failed is tried again: each object after its own pauses, all of them within their share."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.job.base.retries import MOST_CREDIT, Retries, interval_of
from tests.scim.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Collection

ADA, BOB, EVE, SAM, LIZ = (ObjectKey(Kind.USER, "identity", name) for name in ("ada", "bob", "eve", "sam", "liz"))


class Dice(random.Random):
    """A chance that always falls at the same place between the least and the most."""

    def __init__(self, place: float) -> None:
        super().__init__()
        self._place = place

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self._place


class Bench:
    """Retries that note when each key's time came, of which `heals` succeed at once, and `fails` fail again."""

    def __init__(self, interval: float = 0.0, place: float = 0.5) -> None:
        self.clock = VirtualClock()
        self.came: list[tuple[float, str]] = []
        self.heals: Collection[ObjectKey] = ()
        self.fails: Collection[ObjectKey] = ()
        self.retries = Retries(self.clock, Dice(place), self._again, interval)
        self._rang = asyncio.Event()

    def _again(self, key: ObjectKey) -> None:
        self.came.append((self.clock.monotonic(), key.name))
        if key in self.heals:
            self.retries.forget(key)
        if key in self.fails:
            self.retries.later(key)
        self._rang.set()

    def later(self, *keys: ObjectKey, times: int = 1, own: bool = True) -> None:
        for key in keys:
            for _ in range(times):
                self.retries.later(key, own=own)

    async def pause(self) -> float:
        """Wait for the next that comes; how long that took."""
        began = self.clock.monotonic()
        self._rang.clear()
        await self._keep(self._rang.wait())
        return self.clock.monotonic() - began

    async def pass_time(self, seconds: float) -> list[tuple[float, str]]:
        await self._keep(self.clock.sleep(seconds))
        return self.came

    async def _keep(self, awaited: object) -> None:
        task = asyncio.ensure_future(self.retries.run())
        await self.clock.run(awaited)  # type: ignore[arg-type]
        task.cancel()


@pytest.mark.parametrize(("place", "factor"), [(0.0, 0.75), (1.0, 1.25)])
async def test_each_pause_is_twice_the_one_before_up_to_a_quarter_of_an_hour(place: float, factor: float) -> None:
    bench = Bench(place=place)
    pauses = []
    for _ in range(12):
        bench.later(ADA, own=False)
        pauses.append(await bench.pause())
    assert pauses == pytest.approx([factor * min(900, 2**number) for number in range(12)])


@pytest.mark.parametrize(("place", "pause"), [(0.0, 3600), (1.0, 5400)])
async def test_after_ten_failures_of_its_own_it_is_tried_each_hour(place: float, pause: float) -> None:
    bench = Bench(place=place)
    bench.later(ADA, times=9)
    assert not bench.retries.lasts(ADA)
    assert not bench.retries.is_decayed(ADA)
    bench.later(ADA)
    assert bench.retries.lasts(ADA)
    assert bench.retries.is_decayed(ADA)
    assert await bench.pause() == pytest.approx(pause)
    assert bench.retries.lasts(ADA), "it is being tried, and has not succeeded yet"
    assert not bench.retries.is_decayed(ADA), "it has no appointment"


@pytest.mark.parametrize(("at_least", "pause"), [(30.0, 30.0), (0.5, 1.0), (0.0, 1.0)])
async def test_it_waits_as_long_as_the_service_asks(at_least: float, pause: float) -> None:
    bench = Bench()
    bench.retries.later(ADA, at_least)
    assert await bench.pause() == pytest.approx(pause)


async def test_a_new_failure_replaces_the_appointment() -> None:
    bench = Bench()
    bench.later(ADA, times=3)
    assert len(bench.retries) == 1
    assert await bench.pass_time(100) == [(4.0, "ada")]


async def test_the_appointments_in_their_order() -> None:
    bench = Bench()
    bench.retries.later(EVE, 9.0)
    bench.retries.later(ADA, 3.0)
    bench.retries.later(BOB, 6.0)
    assert bench.retries.keys() == [EVE, ADA, BOB]
    assert await bench.pass_time(8.0) == [(3.0, "ada"), (6.0, "bob")]
    assert (EVE in bench.retries, ADA in bench.retries, len(bench.retries)) == (True, False, 1)


@pytest.mark.parametrize(("seconds", "within"), [(5.9, False), (6.0, True), (7.0, True)])
async def test_whether_anything_is_due_soon(seconds: float, within: bool) -> None:
    bench = Bench()
    bench.retries.later(ADA, 6.0)
    assert bench.retries.within(seconds) is within


async def test_who_succeeds_begins_afresh() -> None:
    bench = Bench()
    bench.later(ADA, times=10)
    bench.retries.forget(ADA)
    assert (ADA in bench.retries, bench.retries.lasts(ADA)) == (False, False)
    bench.later(ADA)
    assert await bench.pause() == pytest.approx(1.0)


async def test_two_retries_are_an_interval_apart() -> None:
    bench = Bench(interval=60.0)
    bench.later(ADA, BOB, EVE)
    assert await bench.pass_time(500) == [(1.0, "ada"), (61.0, "bob"), (121.0, "eve")]


async def test_one_that_succeeds_lets_two_more_go_at_once() -> None:
    bench = Bench(interval=60.0)
    bench.heals = {ADA}
    bench.later(ADA, BOB, EVE, LIZ, SAM)
    assert await bench.pass_time(500) == [(1.0, "ada"), (1.0, "bob"), (1.0, "eve"), (61.0, "liz"), (121.0, "sam")]


async def test_one_that_fails_again_closes_the_way() -> None:
    bench = Bench(interval=60.0)
    bench.heals, bench.fails = {ADA}, {BOB}
    bench.later(ADA, BOB, EVE)
    assert await bench.pass_time(70) == [(1.0, "ada"), (1.0, "bob"), (61.0, "eve")]


async def test_when_all_succeed_no_more_than_64_go_ahead() -> None:
    assert MOST_CREDIT == 64
    bench = Bench(interval=60.0)
    bench.later(*(ObjectKey(Kind.USER, "identity", f"u{number:03}") for number in range(200)))
    tried = bench.retries.keys()
    bench.heals = tried[:100]
    came = await bench.pass_time(60.5)
    assert [at for at, _ in came] == [1.0] * 164, "a hundred that succeed, and sixty-four that use up the credit"


async def test_the_first_of_many_that_had_decayed_brings_the_others_forward() -> None:
    bench = Bench(interval=60.0, place=0.0)
    bench.later(ADA, BOB, EVE, times=10)
    bench.retries.later(LIZ, 9000.0)
    bench.heals = {ADA, BOB, EVE}
    assert await bench.pass_time(3700) == [(3600.0, "ada"), (3600.0, "bob"), (3600.0, "eve")]


async def test_one_that_had_not_decayed_brings_no_one_forward() -> None:
    bench = Bench(place=0.0)
    bench.later(ADA, times=9)
    bench.later(BOB, times=10)
    bench.heals = {ADA}
    assert await bench.pass_time(300) == [(192.0, "ada")]


async def test_what_was_the_fault_of_the_service_is_pardoned() -> None:
    bench = Bench()
    bench.later(ADA, times=10)
    bench.later(BOB, own=False)
    bench.retries.pardon((ADA, BOB, EVE))
    assert (bench.retries.lasts(ADA), EVE in bench.retries) == (False, False)
    bench.later(BOB, times=9)
    assert not bench.retries.lasts(BOB)
    bench.later(BOB)
    assert bench.retries.lasts(BOB), "there was nothing to pardon before"


async def test_a_new_connection_remembers_the_failures() -> None:
    former, bench = Bench(), Bench()
    former.later(ADA, times=10)
    former.later(BOB, times=2)
    bench.retries.inherit(former.retries)
    assert bench.retries.lasts(ADA)
    assert await bench.pause() == pytest.approx(2.0)
    bench.later(BOB)
    assert await bench.pause() == pytest.approx(4.0)


@pytest.mark.parametrize(("rate", "seconds"), [(1, 60), (10, 6), (60, 1)])
def test_the_share_of_the_budget(rate: float, seconds: float) -> None:
    """Three requests for each retry, within a twentieth of the budget."""
    assert interval_of(rate) == pytest.approx(seconds)
