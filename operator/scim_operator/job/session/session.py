"""A job while it is connected: the sweeps, the workers, the gate, all over one client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.core.service.address import same_service
from scim_operator.core.service.quirks import InForce
from scim_operator.job.gather.inheriting import forget_gone, inherit
from scim_operator.job.gather.namespace import advance
from scim_operator.job.report.internal_errors import InternalErrors
from scim_operator.job.session.crew import Crew
from scim_operator.job.session.ledger import doubt
from scim_operator.job.session.parts import Assembly
from scim_operator.job.session.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from typing import Any

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Change
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.surroundings import Surroundings


async def ended(tasks: Iterable[asyncio.Future[None]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    for task in (cancelled := tuple(tasks)):
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)


class Session:
    """One connection's worth of work. `run` ends only with the error that ended the connection, or by cancellation.

    `assess` looks at what each sweep left, and raises what is to end the session.
    """

    def __init__(
        self,
        settings: Settings,
        service: Service,
        around: Surroundings,
        reporter: Reporter,
        assess: Callable[[Session], Awaitable[None]] | None = None,
    ) -> None:
        self.settings = settings
        self.service = service
        self._around = around
        self._reporter = reporter
        self._assess = assess
        self._internal_errors = InternalErrors(settings.key, around.metrics, reporter.report)
        self._parts = Assembly(settings, service, around, reporter, self._internal_errors).parts(self._swept)
        self._upkeep = Upkeep(self._parts, around.clock)
        self.knowledge = self._parts.knowledge
        self.sweeps = self._parts.sweeps

    @property
    def idle(self) -> bool:
        """Return whether no sweep runs, and nothing is queued, under way or waiting to be judged."""
        return not self.sweeps.running and self._parts.queue.idle and self._parts.gate.settled

    @property
    def resting(self) -> bool:
        """Return whether a sweep has come to its end, and the session is idle."""
        return bool(self.sweeps.finished) and self.idle

    @property
    def held(self) -> tuple[Plan, ...]:
        """Return the plans that wait for approval."""
        return tuple(self._parts.gate.held.plans.values())

    @property
    def overdue(self) -> list[ObjectKey]:
        """Manifests that are gone and whose time has come, so that they are looked at again."""
        return self._parts.reconciler.overdue.expected()

    def lasts(self, key: ObjectKey) -> bool:
        """Return whether the service has not taken an object for so long that waiting will hardly help."""
        return self._parts.retries.lasts(key)

    def retries_within(self, seconds: float) -> bool:
        """Return whether an object is to be tried again within so many seconds."""
        return self._parts.retries.within(seconds)

    def forgive(self) -> None:
        """Have what failed tried again at once."""
        self._parts.reconciler.forgive()

    def hurry(self) -> None:
        """Sweep now, and try again at once what failed."""
        self.forgive()
        self.sweeps.sweep_now()

    def inherit(self, former: Session) -> None:
        """Take over what the job remembers from before the connection was renewed."""
        if not same_service(former.settings.spec.service.url, self.settings.spec.service.url):
            return
        inherit(self.knowledge, former.knowledge)
        self._parts.reconciler.statuses.unwritten |= former._parts.reconciler.statuses.unwritten
        self._parts.gate.accounts.inherit(former._parts.gate.accounts)
        if former.settings.generation == self.settings.generation:
            self._parts.reconciler.inherit(former._parts.reconciler)

    async def run(self) -> None:
        """List, sweep, then work on what changes, and sweep again each interval."""
        namespace = self._around.namespace
        self.service.conceal(self.settings.veil)
        await namespace.synced()
        await self._settle_limits()
        await advance(namespace, self._around.clock)
        forget_gone(self.knowledge)
        self._parts.intake.begin()
        unlisten = namespace.listen(self._internal_errors.guarding(self._changed))
        begun = [asyncio.create_task(each) for each in (self._parts.gate.run(), self._upkeep.keep_dates())]
        ahead: list[asyncio.Task[None]] = []
        try:
            self._reporter.report.in_force = InForce(self.service.capabilities, self.service.quirks)
            await self._list_first(ahead)
            await self._until_lost([*begun, *self._tasks()])
        finally:
            unlisten()
            await ended([*begun, *ahead])

    async def _list_first(self, begun: list[asyncio.Task[None]]) -> None:
        """List the service, and do meanwhile what needs no listing: that goes into `begun`."""
        ahead, shown = self._parts.ahead, self._reporter.status.get("plan") or {}
        self.knowledge.index.overview.awaited = True
        self._parts.gate.begin()
        await self.sweeps.first_listing(lambda: begun.extend(map(asyncio.create_task, ahead.tasks(shown))))
        await self._parts.totals.recall(self._around.clock)
        ahead.close()
        self.knowledge.index.overview.awaited = False

    async def close(self, patience: float) -> None:
        """Take nothing new up, and let what is under way finish for at most `patience` seconds."""
        self._parts.lanes.close()
        drained = asyncio.ensure_future(self._parts.queue.drained())
        timer = asyncio.ensure_future(self._around.clock.sleep(patience))
        await asyncio.wait((drained, timer), return_when=asyncio.FIRST_COMPLETED)
        drained.cancel()
        timer.cancel()

    async def _settle_limits(self) -> None:
        """Announce that what the limits remember is gone, where it is; have a new config's on record before any effect.

        Else an operator that dies in the first sweep leaves objects with ids and no memory of limits, as if that was
        wiped.
        """
        around, gate = self._around, self._parts.gate
        message = doubt(gate, self._reporter, around.namespace.all_records(), around.clock)
        if message:
            await around.writer.announce(self.settings.key, warning=True, reason="LimitsUnknown", message=message)
        elif gate.accounts.ledger.first:
            await self._reporter.write()

    def _tasks(self) -> list[Coroutine[Any, Any, None]]:
        parts, upkeep = self._parts, self._upkeep
        crew = Crew(parts, self.service, self._internal_errors, self.settings.spec.service.budget.concurrency)
        return [*crew.tasks(), parts.retries.run(), self.sweeps.run(), upkeep.keep_totals()]

    async def _until_lost(self, work: Iterable[Awaitable[None]]) -> None:
        """Do all of it until one part ends, or the connection is lost; raises the error that ended it."""
        lost = self._parts.health.lost
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            await asyncio.wait((*tasks, lost), return_when=asyncio.FIRST_COMPLETED)
            for task in (lost, *tasks):
                if task.done():
                    task.result()
        finally:
            await ended(tasks)

    def _changed(self, change: Change) -> None:
        self._upkeep.dates_changed()
        self._parts.totals.moved(change.key)
        self._parts.intake.changed(change)

    async def _swept(self) -> None:
        if self._assess is not None:
            await self._assess(self)
