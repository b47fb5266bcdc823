"""Puts a session together: what one connection works with, wired in the order in which each part needs the others."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.job.apply.executor import Executor
from scim_operator.job.apply.queue import DirtyQueue
from scim_operator.job.apply.reconciler import Reconciler
from scim_operator.job.apply.tools import Tools
from scim_operator.job.base.discretion import Discreet
from scim_operator.job.base.retries import Retries, interval_of
from scim_operator.job.gather.chance import Chance
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.remembering import remembered
from scim_operator.job.report.experience import Experience
from scim_operator.job.report.provisioning_log import ProvisioningLog
from scim_operator.job.report.stock import Stock
from scim_operator.job.report.totals import Totals
from scim_operator.job.report.traces import Traces
from scim_operator.job.session.ahead import Ahead
from scim_operator.job.session.approvals import Approvals
from scim_operator.job.session.edits import Edits
from scim_operator.job.session.events import FromGate, FromObjects, FromSweeps
from scim_operator.job.session.health import Health
from scim_operator.job.session.intake import Intake
from scim_operator.job.session.lanes import Lanes
from scim_operator.job.session.leavers import Leavers
from scim_operator.job.session.ledger import ledger_of
from scim_operator.job.session.news import News
from scim_operator.job.session.tombstones import DurableTombstones
from scim_operator.job.sweep.schedule import Sweeps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.core.report.notice import Notice
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.remembering import Remembered
    from scim_operator.job.report.internal_errors import InternalErrors
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.surroundings import Surroundings


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one session."""

    knowledge: Knowledge
    queue: DirtyQueue
    lanes: Lanes
    retries: Retries
    gate: Gate
    reconciler: Reconciler
    intake: Intake
    totals: Totals
    sweeps: Sweeps
    health: Health
    approvals: Approvals
    news: News
    ahead: Ahead


@dataclass(frozen=True, slots=True)
class Assembly:
    """Makes the parts of a session of one config, over a client of its service."""

    settings: Settings
    service: Service
    around: Surroundings
    reporter: Reporter
    internal_errors: InternalErrors

    def parts(self, assess: Callable[[], Awaitable[None]]) -> Parts:
        """Return the parts, wired. `assess` looks at what each sweep left."""
        around, news = self.around, News()
        knowledge = self._knowledge()
        meter = around.metrics.queues.of(self.settings.key)
        queue = DirtyQueue(around.clock, meter, parts=knowledge.members.parts)
        lanes = Lanes(knowledge, queue, meter)
        knowledge.waits.wake = lanes.woken
        interval = interval_of(self.settings.spec.service.budget.requests_per_second)
        retries = Retries(around.clock, around.random, lanes.retry, interval)
        health = Health(self.service, retries)
        approvals = Approvals(
            self.settings.key, around.writer, self._notify, self.reporter.status, self.settings.approver
        )
        gate = self._gate(FromGate(knowledge, self.reporter, approvals, lanes, news))
        tools = self._tools(knowledge, gate, queue, retries)
        tombstones = DurableTombstones(knowledge.memory.tombstones, self.reporter)
        objects = FromObjects(knowledge, health, lanes, news, tombstones, around.parted)
        reconciler = Reconciler(tools, objects)
        experience = Experience(self.service, knowledge, lambda: tools.executor.quirks, Stock(knowledge, retries.lasts))
        totals = Totals(knowledge, gate, self.reporter, around.metrics, self._notify, experience)
        from_sweeps = FromSweeps(knowledge, health, lanes, assess)
        sweeps = Sweeps(tools, self.service, reconciler, totals, around.clock, from_sweeps)
        intake = Intake(knowledge, reconciler, lanes)
        ahead = Ahead(Leavers(tools, reconciler, lanes, around.clock), Edits(tools, reconciler, lanes, around.clock))
        return Parts(
            knowledge, queue, lanes, retries, gate, reconciler, intake, totals, sweeps, health, approvals, news, ahead
        )

    def _knowledge(self) -> Knowledge:
        memory = self._memory()
        self.reporter.report.tombstones = memory.tombstones
        return Knowledge(
            self.settings,
            self.around.namespace,
            memory,
            self.around.clock.now,
            chance=Chance(self.around.random.randbytes(32)),
            peers=self.around.peers,
        )

    def _memory(self) -> Remembered:
        """Return what the status says that is believed; what is not is counted, and logged."""
        around, key, reporter = self.around, self.settings.key, self.reporter
        status = {**reporter.status, "service": {"url": reporter.report.url}}
        memory = remembered(self.settings, status, around.seal, checks=around.checks)
        if memory.unproven:
            logger.warning(
                "%s: %d entries of status.tombstones are dropped, because the operator did not write them: no one is "
                "deleted because of them.",
                key,
                memory.unproven,
            )
            around.metrics.unproven(key, "tombstone", memory.unproven)
        return memory

    def _gate(self, events: FromGate) -> Gate:
        clock = self.around.clock
        gate = self.around.gate(self.settings, events, clock, ledger_of(self.settings, self.reporter, clock))
        self.reporter.report.ledger = gate.accounts.ledger
        return gate

    def _tools(self, knowledge: Knowledge, gate: Gate, queue: DirtyQueue, retries: Retries) -> Tools:
        around = self.around
        return Tools(
            knowledge,
            Executor(self.service, knowledge),
            gate,
            Discreet(around.writer, self.settings.veil),
            queue,
            retries,
            around.termination,
            ProvisioningLog(knowledge, around.log, around.clock, around.random),
            self.internal_errors,
            Traces(around.tracer, self.settings.key),
        )

    def _notify(self, notice: Notice) -> None:
        self.around.notifier.notify(self.settings.key, self.settings.spec.notifications, notice)
