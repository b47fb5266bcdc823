"""Waiting for events, and letting others have a turn, on the clock port, so that a simulation's time counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scim_operator.scim.clock import Clock

Step = TypeVar("Step")
BREATH = 50
"""Objects taken in, planned or judged before other tasks get a turn, such as the probes of the health endpoint."""


async def in_turn(steps: Iterable[Step], clock: Clock) -> AsyncIterator[Step]:
    """Yield the steps of long work, and let others have a turn after every `BREATH` of them."""
    for number, step in enumerate(steps):
        yield step
        if number % BREATH == BREATH - 1:
            await clock.sleep(0)


async def wait_for(event: asyncio.Event, clock: Clock, seconds: float | None) -> bool:
    """Wait until the event is set, at most `seconds` (None: for ever). Return whether it was set."""
    if seconds is None or event.is_set():
        return await event.wait()
    waiter, timer = asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((waiter, timer), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
        timer.cancel()
    return event.is_set()
