"""A lock for which several parties queue, each in a lane of its own: lanes take turns.

A lane keeps its order, but for what goes first in it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


class _Lane:
    """Those who wait in one lane: those who go first, and the others."""

    def __init__(self) -> None:
        self._first: deque[asyncio.Future[None]] = deque()
        self._rest: deque[asyncio.Future[None]] = deque()

    def join(self, turn: asyncio.Future[None], *, first: bool) -> None:
        """Queue for a turn."""
        (self._first if first else self._rest).append(turn)

    def next(self) -> asyncio.Future[None] | None:
        """Remove and return who is next and has not gone away; None where no one waits."""
        for waiting in (self._first, self._rest):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    return turn
        return None

    def __bool__(self) -> bool:
        return bool(self._first or self._rest)


class Turnstile:
    """Lets one through at a time; a thousand waiting in one lane delay another by a turn. Cancel anywhere."""

    def __init__(self) -> None:
        self._held = False
        self._served: Hashable = None
        self._lanes: OrderedDict[Hashable, _Lane] = OrderedDict()

    @asynccontextmanager
    async def turn(self, lane: Hashable, *, first: bool = False) -> AsyncIterator[None]:
        """Wait for a turn, and have it; `first` in its lane."""
        if self._held:
            await self._wait(lane, first=first)
        self._held, self._served = True, lane
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, lane: Hashable, *, first: bool) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, _Lane()).join(turn, first=first)
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
            turn = waiting.next()
            if turn is not None:
                turn.set_result(None)
                if waiting:
                    self._lanes[lane] = waiting
                return
        self._held = False
