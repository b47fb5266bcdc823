"""An alarm that rings once, at the earliest of the times that were asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.scim.clock import Clock

TURNS = 10
"""Turns that all other tasks get before it rings: what has come meanwhile is read first, on a busy machine too."""


class Alarm:
    """Calls `ring` with the time until which everything that came has been read."""

    def __init__(self, clock: Clock, ring: Callable[[float], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._at = 0.0
        self._task: asyncio.Task[None] | None = None

    def set(self, at: float) -> None:
        """Ring at this time on the clock, unless it rings before that anyway."""
        if self._task is not None and not self._task.done():
            if self._at <= at:
                return
            self._task.cancel()
        self._task, self._at = asyncio.ensure_future(self._wait(at)), at

    async def _wait(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        until = self._clock.monotonic()
        for _ in range(TURNS):
            await self._clock.sleep(0)
        # It is done before the call, which may set it again.
        self._task = None
        self._ring(until)
