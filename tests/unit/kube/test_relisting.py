"""Several who ask for a listing at nearly the same time, as where Leases of several services are taken at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from scim_operator.core.keys import Kind
from scim_operator.kube.reflector import Reflector, Replaced
from tests.support.lists import NAMESPACE, Lists, user


@pytest.mark.parametrize("rounds", range(8))
async def test_all_who_ask_are_answered(rounds: int) -> None:
    """The first one ends the watch; the second came while it was ending, and was answered with an error."""
    lists = Lists()
    lists.put("scimusers", [user(1)])
    listings: asyncio.Queue[Replaced] = asyncio.Queue()
    async with lists.running() as client:
        reflector = Reflector(client, Kind.USER, NAMESPACE)

        async def follow() -> None:
            async with aclosing(reflector.changes()) as changes:
                async for change in changes:
                    assert isinstance(change, Replaced)
                    listings.put_nowait(change)

        following = asyncio.create_task(follow())
        await listings.get()
        while reflector._patience is None:  # noqa: ASYNC110, SLF001 - until the watch is open; nothing else shows it
            await asyncio.sleep(0.01)
        first = asyncio.create_task(reflector.relist())
        for _ in range(rounds):
            await asyncio.sleep(0)
        second = asyncio.create_task(reflector.relist())
        async with asyncio.timeout(30):
            await asyncio.gather(first, second)
        assert len((await listings.get()).records) == 1
        following.cancel()
