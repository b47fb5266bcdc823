"""When sweeps happen: one at the start, one each interval, and again until each has come to its end."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.backoff import Backoff
from scim_operator.errors import DependencyNotReady, TransientError
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.report.sweeps import SweepRecord
from scim_operator.job.report.traces import REPORT
from scim_operator.job.sweep.patience import Patience
from scim_operator.job.sweep.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.job.apply.reconciler import Reconciler
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.overview import Overview
    from scim_operator.job.report.sweeps import SweepResult
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
        self._service = service
        self._reconciler = reconciler
        self._totals = totals
        self._clock = clock
        self._events = events
        self._sweep: Sweep | None = None
        self._at_once = asyncio.Event()
        self._patience = Patience(clock, self._overview)
        self.listed_at: float | None = None
        """When, on the monotonic clock, a listing or a sweep last ended, even without success."""
        self.begun = 0
        """How many sweeps have begun, with those that did not finish."""
        self.finished = 0
        """How many sweeps have finished."""

    @property
    def _settings(self) -> Settings:
        return self._tools.knowledge.settings

    @property
    def _overview(self) -> Overview:
        return self._tools.knowledge.index.overview

    @property
    def running(self) -> bool:
        """Return whether a sweep plans or carries out now."""
        return self._sweep is not None

    async def first_listing(self, covered: Callable[[], object] = lambda: None) -> None:
        """Read everything that is at the service; `run` plans on it, or on what can be read where parts cannot.

        `covered` is called once it is known what is sensitive, before the first request.
        Raises what keeps the service from being listed when it does not pass Test Connection either.
        """
        backoff, sweep = Backoff(), self._new()
        with self._tools.traces.listing():
            await sweep.cover()
            covered()
            await self._survey(sweep, self._settings.enabled, covered=True)
            for _ in range(DOUBTS - 1):
                if not await self._fails_in_parts(transiently=True):
                    break
                await self._clock.sleep(backoff.next())
                await self._survey(sweep, self._overview.unread)
            await self._fails_in_parts(transiently=False)
            await self._events.surveyed()
        self._beat()

    async def run(self) -> None:
        """Sweep until cancelled; raises what ends the connection."""
        await self._until_finished(listed=True)
        while True:
            listed = await self._due_again()
            self._at_once.clear()
            if self._settings.is_restrained and not listed:
                await self._tools.gate.judge(again=True)  # without a listing: the window may allow more by now
            else:
                await self._until_finished(listed=listed)

    async def _fails_in_parts(self, *, transiently: bool) -> bool:
        """Return whether a type could not be listed, in a way that heals by itself where that is asked.

        Raises the reason where the whole service is away.
        """
        error = self._overview.error
        if error is not None and not await self._events.still_connected():
            raise error
        return isinstance(error, TransientError) if transiently else error is not None

    async def _due_again(self) -> bool:
        """Wait until a sweep is due, trying what could not be listed; return whether that can be listed by now."""
        backoff, end = Backoff(), self._clock.monotonic() + self._settings.spec.interval.total_seconds()
        while (left := end - self._clock.monotonic()) > 0:
            unread = self._overview.unread
            pause = max(backoff.next(), min(map(self._patience.left, unread))) if unread else left
            if await wait_for(self._at_once, self._clock, min(pause, left)):
                return False
            if pause < left and await self._listed_at_last():
                return True
        return False

    async def _listed_at_last(self) -> bool:
        before, sweep = self._overview.unread, self._new()
        self.begun += 1
        with self._tools.traces.listing():
            await self._survey(sweep, self._patience.due(before))
            self._beat()
            if isinstance(self._overview.error, DependencyNotReady):
                await self._fails_in_parts(transiently=False)
            if self._overview.unread != before:
                await self._events.surveyed()
                return True
        self._tools.traces.give_up()
        return False

    async def _survey(self, sweep: Sweep, types: Collection[ResourceType], *, covered: bool = False) -> None:
        before = self._service.reads
        if not covered:
            await sweep.cover()
        await sweep.survey(types)
        self._patience.listed(types, self._service.reads - before)

    def sweep_now(self) -> None:
        """Do not wait for the interval to pass, nor for anything else."""
        self._patience.end()
        self._at_once.set()

    def settled(self, key: ObjectKey) -> None:
        """Note that a worker is done with a key."""
        if self._sweep is not None:
            self._sweep.settled(key)

    async def _until_finished(self, *, listed: bool) -> None:
        backoff, failures = Backoff(), 0
        while True:
            try:
                with self._tools.traces.sweeping():
                    await self._once(listed=listed, resigned=self._patience.waits or failures + 1 >= DOUBTS)
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

    async def _once(self, *, listed: bool, resigned: bool) -> None:
        """Sweep; one that is `resigned` goes on where a type cannot be listed for now."""
        started, began = self._clock.now(), self._clock.monotonic()
        # The first sweep's listing came before it, with all that this client has read so far.
        reads, writes = (self._service.reads, self._service.writes) if self.begun else (0, 0)
        sweep = self._new()
        self.begun += 1
        if not listed:
            await self._list(sweep, resigned=resigned)
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
        with self._tools.traces.part(REPORT):
            await self._report(SweepRecord(started, duration, *sent, result.drift), result)

    async def _list(self, sweep: Sweep, *, resigned: bool) -> None:
        with self._tools.traces.listing():
            await self._service.probe()
            await self._survey(sweep, self._patience.due(self._settings.enabled))
            if isinstance(self._overview.error, TransientError) and not resigned:
                raise self._overview.error
            await self._fails_in_parts(transiently=False)
            await self._events.surveyed()

    async def _report(self, record: SweepRecord, result: SweepResult) -> None:
        self._tools.traces.swept(record)
        await self._totals.swept(record, result, self._clock)
        self.finished += 1
        await self._events.swept()

    def _beat(self) -> None:
        self.listed_at = self._clock.monotonic()

    def _new(self) -> Sweep:
        return Sweep(self._tools, self._service, self._reconciler, self._totals, self._clock)
