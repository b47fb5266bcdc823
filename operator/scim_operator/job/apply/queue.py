"""The queue of dirty keys: deduplicating, with lanes, one worker per key at a time.

A key that is marked dirty while a worker holds it comes back once that worker is done with it, so nothing is lost and
no two requests for one object overlap. Groups wait for users, and a moment for company: a membership that changes with
its people, or through several nested groups, costs one request.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from scim_operator.core.keys import Kind
from scim_operator.job.apply.alarm import Alarm
from scim_operator.job.apply.company import Company
from scim_operator.job.apply.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.scim.clock import Clock


PATIENT = 20
"""While other keys wait, every so many-th that is taken may be one that has failed, so that none waits for ever."""
FAR = 50
"""Groups of a lane that are looked at for one that need not wait."""
_CHANGES = frozenset({Lane.DEPROVISION, Lane.EDIT})


class Taken(NamedTuple):
    """How a key was taken: out of which lane, and after how many seconds."""

    lane: Lane
    waited: float


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


class DirtyQueue:
    """Dirty keys by lane. `patience` is how long, in seconds, a group waits at most for users or for company.

    `parts` names the groups that a group has as members: it waits for those that wait or are worked on, since an id or
    a member of theirs is coming.
    """

    def __init__(
        self,
        clock: Clock,
        meter: Meter,
        patience: float = 1.0,
        parts: Callable[[ObjectKey], Iterable[ObjectKey]] = lambda _: (),
    ) -> None:
        self._clock = clock
        self._meter = meter
        self._patience = patience
        self._parts = parts
        self._touched = Company(patience)
        self._lanes: dict[tuple[Lane, Kind], OrderedDict[ObjectKey, float]] = {
            (lane, kind): OrderedDict() for lane in Lane for kind in (Kind.USER, Kind.GROUP)
        }
        self._where: dict[ObjectKey, Lane] = {}
        self._busy: dict[ObjectKey, Lane | None] = {}
        self._taken: dict[ObjectKey, Taken] = {}
        self._changed = asyncio.Event()
        self._alarm = Alarm(clock, self._heard)
        self._since_retry = 0
        meter.measure(lambda: len(self._touched) + len(self._where))

    def works_on(self, key: ObjectKey) -> bool:
        """Return whether a worker holds the key."""
        return key in self._busy

    @property
    def idle(self) -> bool:
        """Return whether nothing is queued and nothing is being worked on."""
        return not len(self._touched) and not self._where and not self._busy

    def add(self, key: ObjectKey, lane: Lane) -> None:
        """Mark a key dirty; one that waits already moves up to the better lane."""
        if lane in _CHANGES:
            self._touched.stir(self._clock.monotonic())
        self._queue(key, lane)

    def _queue(self, key: ObjectKey, lane: Lane) -> None:
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
        self._touched.touch(key, lane, self._clock.monotonic())
        self._changed.set()

    async def take(self, *lanes: Lane) -> ObjectKey:
        """Wait for the next key, of all lanes or of these, and hold it; `done` gives it back."""
        while (key := self.take_now(*lanes)) is None:
            self._changed.clear()
            await self._changed.wait()
        return key

    def take_now(self, *lanes: Lane) -> ObjectKey | None:
        """Take the next key, and hold it; None where none may go now."""
        key = self._next(lanes)
        if key is not None:
            self.take_this(key)
        return key

    def take_this(self, key: ObjectKey) -> bool:
        """Take a certain key, and hold it; return whether it was queued."""
        lane = self._where.pop(key, None)
        if lane is None:
            return False
        since = self._lanes[lane, key.kind].pop(key)
        self._since_retry = 0 if lane is Lane.RETRY else self._since_retry + 1
        self._busy[key] = None
        self._taken[key] = taken = Taken(lane, self._clock.monotonic() - since)
        self._meter.begun(key, taken.waited)
        return True

    def taken(self, key: ObjectKey) -> Taken:
        """Return how a key was taken that is held; one that is not counts as an edit that did not wait."""
        return self._taken.get(key, Taken(Lane.EDIT, 0.0))

    async def crowded(self, most: int) -> None:
        """Wait for a change after which more keys than so many are queued."""
        while True:
            self._changed.clear()
            await self._changed.wait()
            if len(self._where) > most:
                return

    def done(self, key: ObjectKey) -> None:
        """Give a key back; it is queued again if it was marked dirty meanwhile."""
        again = self._busy.pop(key)
        self._taken.pop(key, None)
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
        """Queue the touched whose moment has passed."""
        while len(self._touched):
            ripe = self._touched.ripe()
            if ripe is None:
                self._alarm.set(self._touched.due)
                return
            self._queue(*ripe)

    def _next(self, of: tuple[Lane, ...]) -> ObjectKey | None:
        self._ripen()
        lanes = [Lane.RETRY, *Lane] if self._since_retry >= PATIENT else Lane
        for lane in of or lanes:
            for kind in (Kind.USER, Kind.GROUP):
                key = self._first(lane, kind)
                if key is not None:
                    return key
        return None

    def _first(self, lane: Lane, kind: Kind) -> ObjectKey | None:
        """Return the first key of a lane that may go now."""
        waiting = self._lanes[lane, kind]
        if kind is Kind.USER or not waiting:
            return next(iter(waiting), None)
        users = self._users_at_work()
        for key, since in islice(waiting.items(), FAR):
            if not self._waits(since) or not (users or self._part_is_coming(key)):
                return key
        return None

    def _waits(self, since: float) -> bool:
        """Return whether a group that is queued since then may wait longer; it is looked at again when it may not."""
        until = since + self._patience
        if until <= self._clock.monotonic():
            return False
        self._alarm.set(until)
        return True

    def _users_at_work(self) -> bool:
        at_work = any(key.kind is Kind.USER for key in self._busy)
        return at_work or any(self._lanes[lane, Kind.USER] for lane in Lane)

    def _part_is_coming(self, key: ObjectKey) -> bool:
        coming = (self._where, self._busy, self._touched)
        return any(part in each for part in self._parts(key) if part != key for each in coming)

    def _heard(self, until: float) -> None:
        self._touched.hear(until)
        self._changed.set()
