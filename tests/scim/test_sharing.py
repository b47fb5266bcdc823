"""Budgets of accounts: whose token becomes another one goes on with its budget (promise S8)."""

from __future__ import annotations

import asyncio

import pytest

from scim_operator.scim.sharing import Budgets, Member
from tests.scim.virtual import VirtualClock

HERE = "https://scim.example"


class Company:
    """Configs that send to one service, and the times at which their requests began."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.budgets = Budgets(self.clock)
        self.began: list[float] = []
        self.running = self.most = 0

    def member(self, *, concurrency: int = 4, rate: float | None = None) -> Member:
        return self.budgets.member(HERE, concurrency=concurrency, rate=rate)

    async def request(self, member: Member, token: str, *, seconds: float = 1.0, wait: float | None = None) -> None:
        async with member.request(token) as sending:
            self.running += 1
            self.most = max(self.most, self.running)
            self.began.append(self.clock.monotonic())
            await self.clock.sleep(seconds)
            self.running -= 1
            if wait is None:
                sending.succeeded()
            else:
                sending.refused(wait)

    async def rotate(self, member: Member) -> None:
        """Send ten requests with each of two tokens, the second ones while the first are under way."""
        former = [asyncio.ensure_future(self.request(member, "old")) for _ in range(10)]
        await self.clock.sleep(0.5)
        await asyncio.gather(*former, *(self.request(member, "new") for _ in range(10)))


async def test_what_is_under_way_counts_after_the_token_is_another_one() -> None:
    company = Company()
    await company.clock.run(company.rotate(company.member()))
    assert company.most == 4


async def test_the_rate_is_kept_while_the_token_becomes_another_one() -> None:
    company = Company()
    await company.clock.run(company.rotate(company.member(concurrency=64, rate=10)))
    assert company.began[-1] == pytest.approx(19 / 10, rel=0.05)


async def test_the_silence_that_the_service_asked_for_is_kept() -> None:
    company = Company()
    member = company.member()

    async def scenario() -> None:
        await company.request(member, "old", seconds=0.0, wait=30.0)
        await company.request(member, "new")

    await company.clock.run(scenario())
    assert company.began[1] >= 30.0


async def test_who_gets_a_token_of_its_own_is_bound_by_its_own_limits() -> None:
    company = Company()
    mine, other = company.member(concurrency=8), company.member(concurrency=1)

    async def scenario() -> None:
        await company.request(other, "shared")
        await company.request(mine, "shared")
        await asyncio.gather(*(company.request(mine, "mine") for _ in range(8)))

    await company.clock.run(scenario())
    assert company.most == 8


async def test_tokens_that_are_no_longer_used_have_no_budget() -> None:
    company = Company()
    member = company.member()

    async def scenario() -> None:
        for number in range(5):
            await company.request(member, f"token {number}")

    await company.clock.run(scenario())
    assert company.budgets.accounts == 1
