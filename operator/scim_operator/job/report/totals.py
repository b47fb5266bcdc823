"""Shows how a config stands, in its status and in the metrics: the sweep's progress, what it found, the totals."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.api.notifications import Topic
from scim_operator.core.decision.announced import deleted_by_mistake
from scim_operator.core.keys import Kind
from scim_operator.core.report.config_status import failures_by_reason
from scim_operator.core.report.notice import failing, recovered
from scim_operator.core.report.standing import HeldChanges, Phase, Tallied
from scim_operator.core.report.tally import State
from scim_operator.job.base.waiting import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.report.notice import Notice
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.report.experience import Experience
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.report.sweeps import SweepRecord, SweepResult
    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)


class Totals:
    """What one session shows; all of it is read from what the session knows."""

    def __init__(
        self,
        knowledge: Knowledge,
        gate: Gate,
        reporter: Reporter,
        metrics: Metrics,
        notify: Callable[[Notice], None],
        experience: Experience,
    ) -> None:
        self._knowledge = knowledge
        self._settings = knowledge.settings
        self._gate = gate
        self._reporter = reporter
        self._metrics = metrics
        self._notify = notify
        self._experience = experience
        self._stock = experience.stock
        self._failing: set[ObjectKey] = set()

    async def recall(self, clock: Clock) -> None:
        """Count everything. Failures from before this session were reported then: only new ones are news."""
        async for _ in in_turn(self._stock.recounting(), clock):
            pass
        self._failing = self._failing_now()
        if unproven := self._knowledge.entries.unproven:
            self._metrics.unproven(self._settings.key, "id", unproven)
            logger.warning(
                "%s: the status of %d manifests is not the operator's own, or its key was lost: their ids are not "
                "believed, and what matches is taken over as the adoption policy says.",
                self._settings.key,
                unproven,
            )

    def moved(self, key: ObjectKey) -> None:
        """Note that an object may count otherwise now."""
        self._stock.moved((key,))

    async def progress(self, phase: Phase, done: int, total: int) -> None:
        """Show how far the sweep is; a later sweep that finds nothing to do shows nothing."""
        report = self._reporter.report
        if report.standing.phase is Phase.DONE and phase in (Phase.LISTING, Phase.PLANNING):
            return
        report.standing = report.standing.at(phase)
        report.done, report.total = done, total
        await self._reporter.write_sometimes()

    async def swept(self, record: SweepRecord, result: SweepResult, clock: Clock) -> None:
        """Show what a sweep found and did."""
        report = self._reporter.report
        report.last_sweep = record
        report.url = self._settings.spec.service.url
        planning = self._settings.spec.mode is Mode.PLAN
        if planning:
            report.counts, report.first = result.counts, result.first
        report.done = report.total
        await self._settle(clock)
        report.standing = report.standing.swept(self._knowledge.index.overview.said())
        if not planning:
            await self._gate.observe()
            report.ledger = self._gate.accounts.ledger
        self.take_stock()
        self._metrics.swept(
            self._settings.key,
            seconds=record.duration.total_seconds(),
            drift=record.drift,
            at=self._knowledge.now().timestamp(),
        )
        await self._reporter.write()
        logger.info(
            "%s: swept in %.1f s with %d reads and %d writes; changed by others: %d.",
            self._settings.key,
            record.duration.total_seconds(),
            record.reads,
            record.writes,
            record.drift,
        )

    async def unswept(self, error: ScimOperatorError) -> None:
        """Show that sweeps do not come to their end, although the service answers."""
        report = self._reporter.report
        report.standing = report.standing.not_swept(str(error))
        await self._reporter.write()

    async def tell(self, clock: Clock) -> None:
        """Count again, and write what is news."""
        await self._settle(clock)
        self.take_stock()
        await self._reporter.write()

    async def _settle(self, clock: Clock) -> None:
        """Look at what moved, however much that is, with turns for others; what moves meanwhile is little."""
        async for _ in in_turn(self._stock.settling(), clock):
            pass

    def take_stock(self) -> None:
        """Count how the objects stand, and show what is held: in sweeps too, a digest stands beside its own plan.

        What a config that only plans would do is known when the sweep is done.
        """
        report, held = self._reporter.report, self._gate.held
        self._stock.settle()
        report.in_force = self._experience.in_force
        users, groups = self._stock.tallied(Kind.USER), self._stock.tallied(Kind.GROUP)
        planning = self._settings.spec.mode is Mode.PLAN
        report.standing = report.standing.counted(users, groups, self._held_changes(), planning_only=planning)
        report.failures = self._stock.failures
        if not planning:
            report.counts, report.first = held.counts, held.first
        self._metrics.held(self._settings.key, held=bool(held.plans))
        self._measure(Kind.USER, users)
        self._measure(Kind.GROUP, groups)
        self._tell_failures()

    def _held_changes(self) -> HeldChanges:
        held = self._gate.held
        because = held.because if held.plans else ""
        mistaken = deleted_by_mistake(held.count_among(self._knowledge.namespace.deleting), self._settings.namespace)
        used_up = self._gate.used_up
        return HeldChanges(len(held.plans), held.digest, because, held.protected, used_up=used_up, mistaken=mistaken)

    def _tell_failures(self) -> None:
        """Notify of objects that now need a person, and when none does any more."""
        if not self._settings.spec.notifications:
            return
        before, self._failing = self._failing, self._failing_now()
        if self._failing - before:
            entries = filter(None, map(self._knowledge.entries.known, self._failing))
            self._notify(failing(dict(failures_by_reason(entries)), self._failing))
        elif before and not self._failing:
            self._notify(recovered(Topic.FAILURE, "No object needs a person any more."))

    def _failing_now(self) -> set[ObjectKey]:
        return self._stock.in_need if self._settings.spec.notifications else set()

    def _measure(self, kind: Kind, tallied: Tallied) -> None:
        states = {name: getattr(tallied, name) for name in (*State, "unmanaged", "foreign")}
        self._metrics.objects(self._settings.key, kind.resource_type, states)
