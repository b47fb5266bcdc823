"""Keys that are to be looked at again later: failures that back off, each on its own."""

from __future__ import annotations

import asyncio
import heapq
from typing import TYPE_CHECKING

from scim_operator.job.base.waiting import wait_for

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.scim.clock import Clock

FIRST, LONGEST = 1.0, 900.0
"""Seconds before the first retry, and at most before each of the first `TENACITY`."""
TENACITY, DECAYED = 10, 3600.0
"""After so many failures in a row a key is tried at most once in so many seconds: waiting has not helped so far."""


class Retries:
    """Calls `again(key)` when a key's time has come. One key has one appointment, and waits longer each time."""

    def __init__(self, clock: Clock, random: random.Random, again: Callable[[ObjectKey], None]) -> None:
        self._clock = clock
        self._random = random
        self._again = again
        self._attempts: dict[ObjectKey, int] = {}
        self._due: dict[ObjectKey, float] = {}
        self._heap: list[tuple[float, ObjectKey]] = []
        self._changed = asyncio.Event()

    def __contains__(self, key: object) -> bool:
        return key in self._due

    def __len__(self) -> int:
        return len(self._due)

    def keys(self) -> list[ObjectKey]:
        """Return the keys that have an appointment."""
        return list(self._due)

    def later(self, key: ObjectKey, at_least: float = 0.0) -> None:
        """Note that the key failed: look at it again after its back-off, and not before `at_least` seconds."""
        attempt = self._attempts.get(key, 0)
        self._attempts[key] = attempt + 1
        due = self._clock.monotonic() + max(self._delay(attempt), at_least)
        self._due[key] = due
        heapq.heappush(self._heap, (due, key))
        self._changed.set()

    def is_decayed(self, key: ObjectKey) -> bool:
        """Return whether the key has failed so often that no one but its own appointment brings it up again."""
        return key in self._due and self._attempts.get(key, 0) >= TENACITY

    def _delay(self, attempt: int) -> float:
        if attempt + 1 >= TENACITY:
            return DECAYED * self._random.uniform(1.0, 1.5)
        return min(LONGEST, FIRST * 2.0**attempt) * self._random.uniform(0.75, 1.25)

    def forget(self, key: ObjectKey) -> None:
        """Note that the key succeeded, changed or is gone: it starts afresh."""
        self._attempts.pop(key, None)
        self._due.pop(key, None)

    async def run(self) -> None:
        """Keep the appointments; runs until cancelled."""
        while True:
            self._changed.clear()
            wait = self._ring()
            await wait_for(self._changed, self._clock, wait)

    def _ring(self) -> float | None:
        """Call for all whose time has come; the seconds until the next one."""
        while self._heap:
            due, key = self._heap[0]
            if self._due.get(key) != due:
                heapq.heappop(self._heap)
            elif (wait := due - self._clock.monotonic()) > 0:
                return wait
            else:
                heapq.heappop(self._heap)
                del self._due[key]
                self._again(key)
        return None
