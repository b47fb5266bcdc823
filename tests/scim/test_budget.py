"""The budget on a virtual clock: rate, concurrency, and silence while a Retry-After runs (promise S8)."""

from __future__ import annotations

import asyncio

import pytest

from scim_operator.scim.budget import CATCH_UP, Budget, BudgetState
from scim_operator.scim.precedence import put_first
from tests.scim.virtual import VirtualClock


class Service:
    """Requests through a budget, each taking `seconds`, and when they began."""

    def __init__(self, *, concurrency: int, rate: float | None = None, seconds: float = 0.0) -> None:
        self.clock = VirtualClock()
        self.budget = Budget(self.clock, concurrency=concurrency, rate=rate)
        self.seconds = seconds
        self.began: list[tuple[int, float]] = []
        self.running = self.most = 0

    async def request(self, number: int = 0) -> None:
        async with self.budget.request() as sending:
            self.running += 1
            self.most = max(self.most, self.running)
            self.began.append((number, self.clock.monotonic()))
            await self.clock.sleep(self.seconds)
            self.running -= 1
            sending.succeeded()

    async def requests(self, count: int) -> None:
        await self.clock.run(asyncio.gather(*(self.request(number) for number in range(count))))

    @property
    def times(self) -> list[float]:
        return [time for _, time in self.began]


async def test_no_second_holds_more_than_the_rate() -> None:
    service = Service(concurrency=64, rate=25)
    await service.requests(200)
    for start in service.times:
        assert sum(start <= time < start + 1 for time in service.times) <= 25 + 1
    assert service.times[-1] == pytest.approx(199 / 25, rel=0.01), "and the rate is used up"


async def test_what_ends_access_passes_those_who_wait() -> None:
    service = Service(concurrency=1, rate=1)

    async def end_access() -> None:
        put_first(True)
        await service.request(100)

    async def scenario() -> None:
        crowd = [asyncio.ensure_future(service.request(number)) for number in range(20)]
        await service.clock.sleep(2.5)
        await asyncio.ensure_future(end_access())
        await asyncio.gather(*crowd)

    await service.clock.run(scenario())
    numbers = [number for number, _ in service.began]
    assert numbers.index(100) <= 4, "one held the turn already"
    assert sorted(numbers) == [*range(20), 100]
    assert [number for number in numbers if number != 100] == [*range(20)], "the others keep their order"


async def test_late_timers_do_not_cost_the_rate() -> None:
    state, now, sent = BudgetState(concurrency=64, rate=100), 0.0, 0
    while now < 10:
        wait = state.admit(now)
        if wait == 0:
            sent += 1
            state.release()
            state.succeeded(now)
        now += wait + (0.004 if wait else 0)  # every wake-up is 4 ms late
    assert sent >= 970
    assert sent <= 1001 + CATCH_UP * 100


async def test_a_pause_is_not_made_good_by_a_burst() -> None:
    service = Service(concurrency=64, rate=10)
    await service.clock.run(service.clock.sleep(100))
    await service.requests(20)
    assert service.times[-1] - service.times[0] >= 19 / 10 - CATCH_UP - 0.1


async def test_concurrency_is_never_exceeded() -> None:
    service = Service(concurrency=3, seconds=1)
    await service.requests(10)
    assert service.most == 3
    assert service.clock.monotonic() == 4


async def test_first_come_first_served() -> None:
    service = Service(concurrency=2, rate=5, seconds=1)
    await service.requests(20)
    assert [number for number, _ in service.began] == list(range(20))


async def test_nothing_is_sent_while_a_retry_after_runs() -> None:
    service = Service(concurrency=8)
    async with service.budget.request() as sending:
        sending.refused(30)
    assert service.budget.closed_for == 30
    await service.requests(5)
    assert min(service.times) >= 30


async def test_a_later_retry_after_holds_those_that_wait_already() -> None:
    service = Service(concurrency=1, seconds=1)

    async def scenario() -> None:
        async with service.budget.request() as sending:
            waiting = asyncio.ensure_future(service.request())
            await service.clock.sleep(1)
            sending.refused(30)
            await service.clock.sleep(1)
            sending.refused(60)
        await waiting

    await service.clock.run(scenario())
    assert service.times == [62]


async def test_a_shorter_retry_after_does_not_open_the_gate() -> None:
    state = BudgetState(concurrency=1)
    state.refused(0, 0, 60)
    state.refused(1, 1, 2)
    assert state.admit(10) == 50


async def test_a_refusal_halves_concurrency_once_for_all_that_were_under_way() -> None:
    state = BudgetState(concurrency=16)
    for _ in range(16):
        state.refused(now=5, sent_at=4, wait=0)
    assert int(state.allowed) == 8
    state.refused(now=7, sent_at=6, wait=0)
    assert int(state.allowed) == 4


async def test_concurrency_never_falls_below_one_and_climbs_back_to_the_ceiling() -> None:
    state = BudgetState(concurrency=4)
    for moment in range(10):
        state.refused(now=moment + 0.5, sent_at=moment, wait=0)
    assert state.allowed == 1
    for _ in range(100):
        state.succeeded()
    assert state.allowed == 4


async def test_refusals_without_a_time_wait_longer_each_time() -> None:
    state, waits = BudgetState(concurrency=4), []
    for moment in range(0, 1000, 100):
        state.refused(now=moment + 1, sent_at=moment, wait=None)
        waits.append(state.closed_until - moment - 1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    state.succeeded()
    state.refused(now=2001, sent_at=2000, wait=None)
    assert state.closed_until == 2002, "a success starts over"


@pytest.mark.parametrize("waits_for", ["the turnstile", "a place", "the rate", "the gate"])
async def test_cancelling_a_waiter_loses_no_place(waits_for) -> None:
    service = Service(concurrency=2, rate=1 if waits_for == "the rate" else None, seconds=5)

    async def scenario() -> None:
        running = [asyncio.ensure_future(service.request(n)) for n in range(1 if waits_for == "the rate" else 2)]
        await service.clock.sleep(0.1)
        if waits_for == "the gate":
            service.budget.state.refused(0.1, 0.1, 3)
        waiting = [asyncio.ensure_future(service.request(n)) for n in (10, 11)]
        await service.clock.sleep(0.1)
        victim = waiting.pop(1 if waits_for == "the turnstile" else 0)
        victim.cancel()
        await asyncio.gather(victim, return_exceptions=True)
        await asyncio.gather(*running, *waiting)

    await service.clock.run(scenario())
    assert service.budget.state.running == 0
    await service.requests(4)
    assert service.most <= 2


async def test_a_request_that_fails_gives_its_place_back() -> None:
    service = Service(concurrency=1)
    with pytest.raises(ConnectionError):
        async with service.budget.request():
            raise ConnectionError
    await service.requests(1)
