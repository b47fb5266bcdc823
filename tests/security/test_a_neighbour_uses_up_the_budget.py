"""Configs at one service: together within one budget, in turns, and silent together when the service asks for it."""

from __future__ import annotations

import asyncio

import pytest

from scim_operator.scim.sharing import Budgets, Member
from tests.scim.virtual import VirtualClock
from tests.support.rig import rig

SERVICE, TOKEN = "vc.example/scim/v2", "token"


class Traffic:
    """Requests of several configs, each taking `seconds`, and who began when."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.clock = VirtualClock()
        self.budgets = Budgets(self.clock)
        self.seconds = seconds
        self.began: list[tuple[str, float]] = []
        self.running = self.most = 0

    def member(self, *, concurrency: int = 8, rate: float | None = None, address: str = SERVICE) -> Member:
        return self.budgets.member(address, concurrency=concurrency, rate=rate)

    async def send(self, name: str, member: Member, token: str = TOKEN, wait: float | None = None) -> None:
        async with member.request(token) as sending:
            self.running += 1
            self.most = max(self.most, self.running)
            self.began.append((name, self.clock.monotonic()))
            await self.clock.sleep(self.seconds)
            self.running -= 1
            if wait is None:
                sending.succeeded()
            else:
                sending.refused(wait)


async def test_a_thousand_requests_of_one_config_do_not_hold_up_anothers_one() -> None:
    traffic = Traffic(seconds=1)
    many, one = traffic.member(concurrency=1), traffic.member(concurrency=1)
    flood = [asyncio.ensure_future(traffic.send("many", many)) for _ in range(1000)]
    await asyncio.sleep(0)
    await traffic.clock.run(traffic.send("one", one))
    assert [name for name, _ in traffic.began].index("one") <= 2
    for task in flood:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)


async def test_together_they_never_exceed_the_smallest_budget() -> None:
    traffic = Traffic(seconds=1)
    members = [traffic.member(concurrency=8), traffic.member(concurrency=3), traffic.member(concurrency=5)]
    for member in members:
        await traffic.clock.run(traffic.send("join", member))
    await traffic.clock.run(asyncio.gather(*(traffic.send("x", member) for member in members for _ in range(20))))
    assert traffic.most == 3


async def test_together_they_never_exceed_the_smallest_rate() -> None:
    traffic = Traffic()
    members = [traffic.member(rate=10), traffic.member(rate=None), traffic.member(rate=50)]
    for member in members:
        await traffic.clock.run(traffic.send("join", member))
    await traffic.clock.run(asyncio.gather(*(traffic.send("x", member) for member in members for _ in range(40))))
    times = [at for _, at in traffic.began]
    assert all(sum(start <= at < start + 1 for at in times) <= 11 for start in times)


async def test_a_retry_after_silences_all_of_them() -> None:
    traffic = Traffic()
    one, other = traffic.member(), traffic.member()
    await traffic.clock.run(traffic.send("refused", one, wait=60))
    await traffic.clock.run(traffic.send("after", other))
    assert traffic.began[-1] == ("after", 60)


async def test_a_retry_after_outlives_the_connection_that_got_it() -> None:
    traffic = Traffic()
    one = traffic.member()
    await traffic.clock.run(traffic.send("refused", one, wait=60))
    one.close()
    await traffic.clock.run(traffic.send("after", traffic.member()))
    assert traffic.began[-1] == ("after", 60)


@pytest.mark.parametrize(("address", "token"), [("other.example/scim/v2", TOKEN), (SERVICE, "another token")])
async def test_another_service_or_another_account_is_not_silenced(address, token) -> None:
    traffic = Traffic()
    await traffic.clock.run(traffic.send("refused", traffic.member(), wait=60))
    await traffic.clock.run(traffic.send("free", traffic.member(address=address), token))
    assert traffic.began[-1] == ("free", 0)


async def test_when_the_smallest_leaves_the_others_have_their_own() -> None:
    traffic = Traffic(seconds=1)
    large, small = traffic.member(concurrency=8), traffic.member(concurrency=1)
    await traffic.clock.run(asyncio.gather(traffic.send("x", large), traffic.send("x", small)))
    small.close()
    await traffic.clock.run(asyncio.gather(*(traffic.send("x", large) for _ in range(16))))
    assert traffic.most == 8


async def test_anyone_who_gives_up_waiting_holds_up_no_one() -> None:
    traffic = Traffic(seconds=1)
    one, other = traffic.member(concurrency=1), traffic.member(concurrency=1)
    first = asyncio.ensure_future(traffic.send("first", one))
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(traffic.send("gone", one)) for _ in range(5)]
    last = asyncio.ensure_future(traffic.send("last", other))
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await traffic.clock.run(asyncio.gather(first, last))
    assert [name for name, _ in traffic.began] == ["first", "last"]


async def test_two_configs_of_one_operator_are_silent_together() -> None:
    async with rig() as r:
        r.user("ada")
        await r.start()
        await r.settle()
        await r.configure_other("planner", 1, mode="Plan")
        jobs = [r.supervisor.job(key) for key in r.supervisor.configs]
        assert len(jobs) == 2
        await r.until(lambda: all(job.session is not None and job.session.resting for job in jobs))
        assert r.connector.budgets.accounts == 1
