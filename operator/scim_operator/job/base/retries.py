"""Keys that are to be looked at again later: failures that back off, each on its own, and together within a share.

What fails again and again is left for its appointments, an hour apart. The first that succeeds opens the way for the
others: a service that was broken for many is most likely repaired for all of them.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.backoff import doubled
from scim_operator.job.base.waiting import wait_for

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.scim.clock import Clock

FIRST, LONGEST = 1.0, 900.0
"""Seconds before the first retry, and at most before each of the first `TENACITY`."""
TENACITY, DECAYED = 10, 3600.0
"""After so many failures in a row a key is tried at most once in so many seconds: waiting has not helped so far."""
SHARE, REQUESTS = 0.05, 3
"""The part of the budget that failing objects get, and the requests that a retry takes: searches, a read, a write."""
MOST_CREDIT = 64
"""Retries that may follow others at once, at most, because those succeeded."""


def interval_of(requests_per_second: float) -> float:
    """Return the seconds between two retries that keep them within their share of a budget."""
    return REQUESTS / (SHARE * requests_per_second)


@dataclass(slots=True)
class _Failures:
    """The failures in a row of a key: those that make it wait longer, and those that are its own fault."""

    waits: int = 0
    own: int = 0


class Retries:
    """Calls `again(key)` when a key's time has come. One key has one appointment, and waits longer each time.

    `interval` is the seconds between two of them, unless the one before has succeeded.
    """

    def __init__(
        self, clock: Clock, random: random.Random, again: Callable[[ObjectKey], None], interval: float = 0.0
    ) -> None:
        self._clock = clock
        self._random = random
        self._again = again
        self._interval = interval
        self._failures: dict[ObjectKey, _Failures] = {}
        self._due: dict[ObjectKey, float] = {}
        self._heap: list[tuple[float, ObjectKey]] = []
        self._changed = asyncio.Event()
        self._released: set[ObjectKey] = set()
        self._credit = 0
        self._open_at = float("-inf")

    def __contains__(self, key: object) -> bool:
        return key in self._due

    def __len__(self) -> int:
        return len(self._due)

    def keys(self) -> list[ObjectKey]:
        """Return the keys that have an appointment."""
        return list(self._due)

    def within(self, seconds: float) -> bool:
        """Return whether anything is to be tried again within so many seconds."""
        until = self._clock.monotonic() + seconds
        return any(due <= until for due in self._due.values())

    def later(self, key: ObjectKey, at_least: float = 0.0, *, own: bool = True) -> None:
        """Note that the key failed: look at it again after its back-off, and not before `at_least` seconds.

        `own`: the service did not take this object. Otherwise the failure says nothing about the object.
        """
        failures = self._failures.setdefault(key, _Failures())
        failures.own += own
        delay = self._delay(failures)
        failures.waits += 1
        if key in self._released:
            self._released.discard(key)
            self._credit = 0
        self._appoint(key, self._clock.monotonic() + max(delay, at_least))

    def is_decayed(self, key: ObjectKey) -> bool:
        """Return whether the key has failed so often that no one but its own appointment brings it up again."""
        return key in self._due and self.lasts(key)

    def lasts(self, key: ObjectKey) -> bool:
        """Return whether the key has failed so often that waiting will hardly help."""
        return key in self._failures and self._failures[key].own >= TENACITY

    def is_called(self, key: ObjectKey) -> bool:
        """Return whether the key is looked at because its time has come."""
        return key in self._released

    def forget(self, key: ObjectKey) -> None:
        """Note that the key succeeded, changed or is gone: it starts afresh."""
        if key in self._released:
            self._released.discard(key)
            self._credit = min(self._credit + 2, MOST_CREDIT)
            if self.lasts(key):
                self._bring_forward()
            self._changed.set()
        self._failures.pop(key, None)
        self._due.pop(key, None)

    def put_off(self, key: ObjectKey) -> None:
        """Note that the key waits for something else, as for an approval; how often it has failed stays known."""
        self._released.discard(key)
        self._due.pop(key, None)

    def pardon(self, keys: Iterable[ObjectKey]) -> None:
        """Note that a failure of each was the service's, which was away."""
        for key in keys:
            if key in self._failures:
                self._failures[key].own = max(0, self._failures[key].own - 1)

    def inherit(self, former: Retries) -> None:
        """Take over what was remembered over another connection to the same service."""
        for key, failures in former._failures.items():
            self._failures[key] = failures
        for key, due in former._due.items():
            self._appoint(key, due)

    async def run(self) -> None:
        """Keep the appointments; runs until cancelled."""
        while True:
            self._changed.clear()
            wait = self._ring()
            await wait_for(self._changed, self._clock, wait)

    def _delay(self, failures: _Failures) -> float:
        if failures.own >= TENACITY:
            return DECAYED * self._random.uniform(1.0, 1.5)
        return doubled(FIRST, failures.waits, LONGEST) * self._random.uniform(0.75, 1.25)

    def _appoint(self, key: ObjectKey, due: float) -> None:
        self._due[key] = due
        heapq.heappush(self._heap, (due, key))
        self._changed.set()

    def _bring_forward(self) -> None:
        """Try now what has decayed: one of them works again."""
        for key in [key for key in self._due if self.lasts(key)]:
            self._appoint(key, self._clock.monotonic())

    def _ring(self) -> float | None:
        """Call for all whose time has come; the seconds until the next one."""
        while self._heap:
            due, key = self._heap[0]
            if self._due.get(key) != due:
                heapq.heappop(self._heap)
                continue
            opens = due if self._credit else max(due, self._open_at)
            if (wait := opens - self._clock.monotonic()) > 0:
                return wait
            heapq.heappop(self._heap)
            self._release(key)
        return None

    def _release(self, key: ObjectKey) -> None:
        del self._due[key]
        self._released.add(key)
        if self._credit:
            self._credit -= 1
        else:
            self._open_at = self._clock.monotonic() + self._interval
        self._again(key)
