"""When sweeps happen: one at the start, one each interval, and again until each has come to its end."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from scim_operator.errors import DependencyNotReady, TransientError
from scim_operator.job.base.backoff import Backoff
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.report.sweeps import SweepRecord
from scim_operator.job.sweep.sweep import Sweep

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.job.apply.reconciler import Reconciler
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.base.ports import Service
    from scim_operator.job.report.totals import Totals
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

DOUBTS = 3
"""Sweeps in a row that did not finish, after which the connection itself is in doubt."""


class SweepEvents(Protocol):
    """What the sweeps ask and report."""

    async def still_connected(self) -> bool:
        """Return whether Test Connection passes now."""

    def planning(self) -> None:
        """Note that a sweep plans from now on."""

    def planned(self) -> None:
        """Note that the sweep has ended, or has failed: look at the groups that it moved."""

    async def surveyed(self) -> None:
        """Note that the service was listed; returns when it may be planned on that."""

    async def swept(self) -> None:
        """Note that a sweep has come to its end; raises what is to end the session."""


class Sweeps:
    """The sweeps of one session."""

    def __init__(
        self,
        tools: Tools,
        service: Service,
        reconciler: Reconciler,
        totals: Totals,
        clock: Clock,
        events: SweepEvents,
    ) -> None:
        self._tools = tools
        self._settings = tools.knowledge.settings
        self._service = service
        self._reconciler = reconciler
        self._totals = totals
        self._clock = clock
        self._events = events
        self._sweep: Sweep | None = None
        self._at_once = asyncio.Event()
        self.listed_at: float | None = None
        """When, on the monotonic clock, a listing or a sweep last ended, even without success."""
        self.begun = 0
        """How many sweeps have begun, with those that did not finish."""
        self.finished = 0
        """How many sweeps have finished."""

    @property
    def running(self) -> bool:
        """Return whether a sweep plans or carries out now."""
        return self._sweep is not None

    async def first_listing(self) -> None:
        """Read everything that is at the service; `run` plans on it."""
        await self._new().survey()
        await self._events.surveyed()
        self._beat()

    async def run(self) -> None:
        """Sweep until cancelled; raises what ends the connection."""
        await self._until_finished(listed=True)
        while True:
            await wait_for(self._at_once, self._clock, self._settings.spec.interval.total_seconds())
            self._at_once.clear()
            await self._until_finished(listed=False)

    def sweep_now(self) -> None:
        """Do not wait for the interval to pass."""
        self._at_once.set()

    def settled(self, key: ObjectKey) -> None:
        """Note that a worker is done with a key."""
        if self._sweep is not None:
            self._sweep.settled(key)

    async def _until_finished(self, *, listed: bool) -> None:
        backoff, failures = Backoff(), 0
        while True:
            try:
                await self._once(listed=listed)
            except DependencyNotReady:
                raise
            except TransientError as error:
                failures += 1
                if failures >= DOUBTS:
                    if not await self._events.still_connected():
                        raise
                    await self._totals.unswept(error)
                self._beat()
                logger.warning("%s: the sweep did not finish: %s Trying again.", self._settings.key, error)
                await self._clock.sleep(backoff.next())
                listed = False
            else:
                return

    async def _once(self, *, listed: bool) -> None:
        started, began = self._clock.now(), self._clock.monotonic()
        # The first sweep's listing came before it, with all that this client has read so far.
        reads, writes = (0, 0) if listed else (self._service.reads, self._service.writes)
        sweep = self._new()
        self.begun += 1
        if not listed:
            await self._service.probe()
            await sweep.survey()
            await self._events.surveyed()
        self._sweep = sweep
        self._events.planning()
        self._tools.provisioning_log.sweep_begins()
        try:
            result = await sweep.run()
        finally:
            self._sweep = None
            self._tools.provisioning_log.sweep_ends()
            self._events.planned()
        self._beat()
        duration = timedelta(seconds=self._clock.monotonic() - began)
        sent = self._service.reads - reads, self._service.writes - writes
        await self._totals.swept(SweepRecord(started, duration, *sent, result.drift), result, self._service)
        self.finished += 1
        await self._events.swept()

    def _beat(self) -> None:
        self.listed_at = self._clock.monotonic()

    def _new(self) -> Sweep:
        return Sweep(self._tools, self._service, self._reconciler, self._totals, self._clock)
