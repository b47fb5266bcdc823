"""Several who ask for a listing at nearly the same time, as where Leases of several services are taken at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

import pytest

from scim_operator.core.keys import Kind
from scim_operator.kube.reflector import Change, Put, Reflector, Replaced
from tests.support.lists import NAMESPACE, Lists, served, user


@pytest.mark.parametrize("rounds", range(8))
async def test_all_who_ask_are_answered(rounds: int) -> None:
    """The first one ends the watch; the second came while it was ending, and was answered with an error."""
    lists = Lists()
    lists.put("scimusers", [user(1)])
    edited = served({**user(1), "metadata": {"name": "user-000001", "resourceVersion": "2"}})
    lists.events.append({"type": "MODIFIED", "object": edited})
    seen: asyncio.Queue[Change] = asyncio.Queue()
    async with lists.running() as client:
        reflector = Reflector(client, Kind.USER, NAMESPACE)

        async def follow() -> None:
            async with aclosing(reflector.changes()) as changes:
                async for change in changes:
                    seen.put_nowait(change)

        following = asyncio.create_task(follow())
        assert isinstance(await seen.get(), Replaced)
        assert isinstance(await seen.get(), Put), "the watch is open, and waits for more"
        first = asyncio.create_task(reflector.relist())
        for _ in range(rounds):
            await asyncio.sleep(0)
        second = asyncio.create_task(reflector.relist())
        async with asyncio.timeout(30):
            await asyncio.gather(first, second)
        again = await seen.get()
        assert isinstance(again, Replaced)
        assert len(again.records) == 1
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
