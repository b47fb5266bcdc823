"""The queue of dirty keys: deduplicating, with lanes, one worker per key at a time.

A key that is marked dirty while a worker holds it comes back once that worker is done with it, so nothing is lost and
no two requests for one object overlap. Groups wait for users, and a moment for company: a membership that changes with
its people, or through several nested groups, costs one request.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.scim.clock import Clock


class Lane(IntEnum):
    """Which dirty key goes first: access that ends, then what changed, what a sweep found, and what has failed."""

    DEPROVISION = 0
    EDIT = 1
    DRIFT = 2
    RETRY = 3


PATIENT = 20
"""While other keys wait, every so many-th that is taken may be one that has failed, so that none waits for ever."""
QUIET = 0.1
"""Seconds that a touched group stays untouched before it is worked on: one `kubectl apply` comes as many events."""


class Meter(Protocol):
    """The meter of a queue; `observability.queues.QueueMeter` is the real one."""

    def measure(self, depth: Callable[[], int]) -> None:
        """`depth` returns how many keys wait."""

    def added(self) -> None:
        """Note that a key was queued that did not wait before."""

    def begun(self, key: ObjectKey, waited: float) -> None:
        """Work on a key began, after it waited `waited` seconds."""

    def done(self, key: ObjectKey) -> None:
        """Work on a key ended."""


@dataclass(frozen=True, slots=True)
class _Touched:
    lane: Lane
    first: float
    due: float


class DirtyQueue:
    """Dirty keys by lane. `patience` is how long, in seconds, a group waits at most for users or for company."""

    def __init__(self, clock: Clock, meter: Meter, patience: float = 1.0) -> None:
        self._clock = clock
        self._meter = meter
        self._patience = patience
        self._touched: OrderedDict[ObjectKey, _Touched] = OrderedDict()
        self._lanes: dict[tuple[Lane, Kind], OrderedDict[ObjectKey, float]] = {
            (lane, kind): OrderedDict() for lane in Lane for kind in (Kind.USER, Kind.GROUP)
        }
        self._where: dict[ObjectKey, Lane] = {}
        self._busy: dict[ObjectKey, Lane | None] = {}
        self._changed = asyncio.Event()
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = 0.0
        self._since_retry = 0
        meter.measure(lambda: len(self._touched) + len(self._where))

    @property
    def idle(self) -> bool:
        """Return whether nothing is queued and nothing is being worked on."""
        return not self._touched and not self._where and not self._busy

    def add(self, key: ObjectKey, lane: Lane) -> None:
        """Mark a key dirty; one that waits already moves up to the better lane."""
        if key in self._busy:
            again = self._busy[key]
            self._busy[key] = lane if again is None else min(again, lane)
            return
        current = self._where.get(key)
        if current is not None and current <= lane:
            return
        if current is None:
            since = self._clock.monotonic()
            self._meter.added()
        else:
            since = self._lanes[current, key.kind].pop(key)
        self._where[key] = lane
        self._lanes[lane, key.kind][key] = since
        self._changed.set()

    def touch(self, key: ObjectKey, lane: Lane) -> None:
        """Mark a group dirty once nothing has touched it for a moment; one that waits its turn already keeps it."""
        if key in self._busy or key in self._where:
            self.add(key, lane)
            return
        now = self._clock.monotonic()
        before = self._touched.pop(key, _Touched(lane, now, now))
        due = min(now + QUIET, before.first + self._patience)
        self._touched[key] = _Touched(min(lane, before.lane), before.first, due)
        self._changed.set()

    async def take(self) -> ObjectKey:
        """Wait for the next key and hold it; `done` gives it back."""
        while (key := self._next()) is None:
            self._changed.clear()
            await self._changed.wait()
        lane = self._where.pop(key)
        since = self._lanes[lane, key.kind].pop(key)
        self._since_retry = 0 if lane is Lane.RETRY else self._since_retry + 1
        self._busy[key] = None
        self._meter.begun(key, self._clock.monotonic() - since)
        return key

    def done(self, key: ObjectKey) -> None:
        """Give a key back; it is queued again if it was marked dirty meanwhile."""
        again = self._busy.pop(key)
        self._meter.done(key)
        if again is not None:
            self.add(key, again)
        self._changed.set()

    def clear(self) -> None:
        """Forget what waits; what is being worked on goes on."""
        for lane in self._lanes.values():
            lane.clear()
        self._touched.clear()
        self._where.clear()
        self._busy = dict.fromkeys(self._busy)
        self._changed.set()

    async def drained(self) -> None:
        """Wait until nothing is queued and nothing is being worked on."""
        while not self.idle:
            self._changed.clear()
            await self._changed.wait()

    def _ripen(self) -> None:
        """Queue the touched whose moment has passed; who was touched longest ago comes first."""
        while self._touched:
            key, touched = next(iter(self._touched.items()))
            wait = touched.due - self._clock.monotonic()
            if wait > 0:
                self._wake_in(wait)
                return
            del self._touched[key]
            self.add(key, touched.lane)

    def _next(self) -> ObjectKey | None:
        self._ripen()
        lanes = [Lane.RETRY, *Lane] if self._since_retry >= PATIENT else Lane
        for lane in lanes:
            for kind in (Kind.USER, Kind.GROUP):
                waiting = self._lanes[lane, kind]
                if waiting and (kind is Kind.USER or self._groups_may_go(next(iter(waiting.values())))):
                    return next(iter(waiting))
        return None

    def _groups_may_go(self, since: float) -> bool:
        users_at_work = any(key.kind is Kind.USER for key in self._busy) or any(
            self._lanes[lane, Kind.USER] for lane in Lane
        )
        wait = since + self._patience - self._clock.monotonic()
        if users_at_work and wait > 0:
            self._wake_in(wait)
            return False
        return True

    def _wake_in(self, seconds: float) -> None:
        at = self._clock.monotonic() + seconds
        if self._alarm is not None and not self._alarm.done():
            if self._alarm_at <= at:
                return
            self._alarm.cancel()
        self._alarm, self._alarm_at = asyncio.ensure_future(self._ring(seconds)), at

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._changed.set()
