"""A lock for which several parties queue, each in a lane of its own: lanes take turns, a lane keeps its order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


class Turnstile:
    """Lets one through at a time; a thousand waiting in one lane delay another by a turn. Cancel anywhere."""

    def __init__(self) -> None:
        self._held = False
        self._served: Hashable = None
        self._lanes: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, lane: Hashable) -> AsyncIterator[None]:
        """Wait for a turn, and have it."""
        if self._held:
            await self._wait(lane)
        self._held, self._served = True, lane
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, lane: Hashable) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # the turn came, and no one takes it
            raise

    def _pass_on(self) -> None:
        """Give the turn to the lane that waits longest for one; `_held` stays on while it is on its way."""
        while self._lanes:
            if len(self._lanes) > 1 and next(iter(self._lanes)) == self._served:
                self._lanes.move_to_end(self._served)
            lane, waiting = self._lanes.popitem(last=False)
            while waiting and waiting[0].done():
                waiting.popleft()
            if waiting:
                waiting.popleft().set_result(None)
                if waiting:
                    self._lanes[lane] = waiting
                return
        self._held = False
