"""A sweep: list the service, plan everything, judge what is destructive as a whole, send only what differs.

Nothing is concluded from a listing before it is complete (promise S10). Users come before groups, so that a group is
written once, with all its members.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from scim_operator.api.config import Mode
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.stored import unlearned
from scim_operator.core.keys import Kind
from scim_operator.core.plan.plan import Plan, count
from scim_operator.core.records.status import Reason
from scim_operator.core.report.excerpt import with_plan
from scim_operator.core.report.standing import Phase
from scim_operator.job.apply.lane import Lane
from scim_operator.job.base.waiting import in_turn, wait_for
from scim_operator.job.gather.listing import list_parts
from scim_operator.job.gather.rest import Rest
from scim_operator.job.report.sweeps import SweepResult
from scim_operator.job.report.traces import APPLY, JUDGE, PLAN, READ
from scim_operator.job.sweep.awake import awake, follow, follow_one, note, sleepers
from scim_operator.job.sweep.recall import Recall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.reconciler import Reconciler
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.base.ports import Service
    from scim_operator.scim.clock import Clock


logger = logging.getLogger(__name__)


class Onlooker(Protocol):
    """A listener for the progress of a sweep."""

    async def progress(self, phase: Phase, done: int, total: int) -> None:
        """Note that the sweep is at `done` of `total` objects."""


class Sweep:
    """One pass over everything; there is one for each sweep."""

    def __init__(
        self, tools: Tools, service: Service, reconciler: Reconciler, onlooker: Onlooker, clock: Clock
    ) -> None:
        self._knowledge = tools.knowledge
        self._service = service
        self._gate = tools.gate
        self._tools = tools
        self._internal_errors = tools.internal_errors
        self._queue = tools.queue
        self._reconciler = reconciler
        self._onlooker = onlooker
        self._clock = clock
        self._recall = Recall(tools.knowledge, tools.executor, reconciler.inquiry, clock)
        self._left: set[ObjectKey] = set()
        self._finished = asyncio.Event()

    async def survey(self, types: Iterable[ResourceType]) -> None:
        """Read everything of these types that is at the service, and learn who claims what of it; plan nothing yet.

        `cover` came before. The types whose listing is not complete are noted in the overview.
        """
        await self._onlooker.progress(Phase.LISTING, 0, 0)
        before = self._knowledge.index.overview.unread
        await list_parts(self._service, self._knowledge, self._clock, types)
        self._reconciler.forgive([type.kind for type in before - self._knowledge.index.overview.unread])
        self._knowledge.desired.begin_sweep()
        await self._claim_all()

    async def cover(self) -> None:
        """Learn what is sensitive before the service answers anything that might repeat it."""
        if self._knowledge.desired.concealment.covers:
            async for record in in_turn(self._records(), self._clock):
                self._knowledge.desired.concealment.cover(record)
            self._knowledge.settings.veil.complete = True

    async def run(self) -> SweepResult:
        """Plan and carry out; `survey` came before."""
        self._knowledge.members.nested = self._service.capabilities.nested_groups
        before = self._internal_errors.outside
        with self._tools.traces.part(READ):
            await self._recall.read()
            if self._gate.held.plans or self._knowledge.terminating:
                await self._reconciler.inquiry.look_around()
        self._gate.pause()
        try:
            with self._tools.traces.part(PLAN):
                due, result = await self._plan_all()
        finally:
            with self._tools.traces.part(JUDGE):
                await self._gate.resume()
        enabled, unread = self._knowledge.settings.enabled, self._knowledge.index.overview.unread
        self._reconciler.inquiry.fresh = frozenset(enabled) - unread
        try:
            with self._tools.traces.part(APPLY):
                await self._carry_out(due)
        finally:
            self._reconciler.inquiry.fresh = frozenset()
        self._internal_errors.settle(before)
        return result

    def settled(self, key: ObjectKey) -> None:
        """Note that a worker is done with a key."""
        self._left.discard(key)
        if not self._left:
            self._finished.set()

    async def _claim_all(self) -> None:
        """Learn who owns each resource, and who claims what, before the first plan.

        No resource may count as unowned by mistake, and neither of two rivals may go ahead.
        """
        for _ in self._knowledge.namespace.reconsider():
            await self._clock.sleep(0)
        follow(self._knowledge)
        async for record in self._awake():
            try:
                self._knowledge.identities.entry(record)
                self._knowledge.entries.rest.end(self._knowledge.identities.claim(record))
                follow_one(self._knowledge, record.key)
            except Exception as error:  # noqa: BLE001
                self._broke(record.key, error)

    async def _plan_all(self) -> tuple[list[ObjectKey], SweepResult]:
        result = SweepResult()
        total = sum(self._knowledge.namespace.count(kind) for kind in Kind)
        await self._onlooker.progress(Phase.PLANNING, 0, total)
        follow(self._knowledge)
        self._knowledge.desired.pass_over(len(self._knowledge.entries.rest))
        self._examine_all()
        due = [record.key async for record in self._awake() if self._plan(record, result)]
        try:
            for plan in self._reconciler.overdue.join_sweep():
                self._count(plan, result)
        except Exception as error:  # noqa: BLE001
            self._internal_errors.see_outside(error)
        return due, result

    def _plan(self, record: SourceRecord, result: SweepResult) -> bool:
        """Plan one object; return whether a worker must look at it."""
        try:
            facts = self._knowledge.facts(record)
            plan = decide(facts, self._knowledge.rules(record.key.kind))
            if self._recall.lacks(facts, plan):
                return True
            drift = plan.verb is not None and _is_drift(record, facts, plan)
            due = self._is_due(record, facts, plan)
        except Exception as error:  # noqa: BLE001
            self._broke(record.key, error)
            return True
        self._count(plan, result)
        self._reconciler.evidence.recall(record.key, facts.entry)
        if not self._reconciler.parked.holds(record, plan):  # what is in its way is noted with it
            self._knowledge.note_waits(facts, plan)
        if plan.acts:
            result.drift += drift
            self._ask_gate(record, plan)
        if due:
            self._tools.provisioning_log.found(record.key, drift=drift)
            self._tools.traces.found(record.key)
        elif not plan.acts:
            note(self._knowledge, facts, plan)
        return due

    def _broke(self, key: ObjectKey, error: Exception) -> None:
        """Leave an error to its object: a worker looks at it alone, and reports what is wrong."""
        self._internal_errors.see(error, key)
        self._reconciler.statuses.unwritten.add(key)

    def _count(self, plan: Plan, result: SweepResult) -> None:
        if plan.acts or plan.coming:
            result.counts += count((plan,))
        if not self._applies:
            result.first = with_plan(result.first, plan)

    @property
    def _applies(self) -> bool:
        return self._knowledge.settings.spec.mode is Mode.APPLY

    def _ask_gate(self, record: SourceRecord, plan: Plan) -> None:
        if self._applies and not self._reconciler.parked.holds(record, plan):
            self._gate.admit(self._gate.step(plan))

    def _is_due(self, record: SourceRecord, facts: Facts, plan: Plan) -> bool:
        """Return whether a worker must look at the object: something is to be sent, claimed, released or reported."""
        if self._is_wiped(record, facts):
            self._reconciler.statuses.unwritten.add(record.key)
        unsaid = self._knowledge.entries.passes.is_unsaid(record, facts.entry)
        if unsaid or record.key in self._reconciler.statuses.unwritten:
            return True
        reported = self._reconciler.outlook(record, facts, plan)
        if reported is None:
            return True
        if record.deleting and reported.verdict.ready:
            return not self._knowledge.entries.parted(record)
        return self._is_news(record, facts, reported) or self._reconciler.overdue.is_missing(reported)

    def _is_wiped(self, record: SourceRecord, facts: Facts) -> bool:
        """Return whether someone has wiped the manifest's status, from which we learn after a restart."""
        if record.packed_status or facts.entry is None:
            return False
        return not self._reconciler.statuses.keeps_silent(record, facts.entry)

    def _is_news(self, record: SourceRecord, facts: Facts, reported: Plan) -> bool:
        """Return whether the manifest does not say yet what is to be reported of it."""
        entry = facts.entry
        if entry is None:
            return True
        if entry.handled != record.requested:
            return True
        if (entry.verdict, entry.generation, entry.pending) != (reported.verdict, record.generation, reported.pending):
            return True
        if reported.owned and reported.id != entry.id:
            return True
        if unlearned(entry.reformatted, reported):
            return True
        claims = self._applies and reported.owned and facts.scope.in_scope
        return claims and not record.finalized

    async def _carry_out(self, due: list[ObjectKey]) -> None:
        total, done = len(due), 0
        for phase, kind in ((Phase.USERS, Kind.USER), (Phase.GROUPS, Kind.GROUP)):
            keys = [key for key in due if key.kind is kind]
            self._left = set(keys)
            for key in keys:
                self._queue.add(key, Lane.DRIFT)
            while self._left:
                await self._onlooker.progress(phase, done + len(keys) - len(self._left), total)
                self._finished.clear()
                await self._some_are_done()
            done += len(keys)

    async def _some_are_done(self) -> None:
        await wait_for(self._finished, self._clock, 1.0)

    def _awake(self) -> AsyncIterator[SourceRecord]:
        return awake(self._knowledge, self._reconciler.statuses.unwritten, self._clock)

    def _examine_all(self) -> None:
        """Plan what rests too, and count whose the resources are, where verification asks for it."""
        if not Rest.examined:
            return
        for type, index in self._knowledge.index.items():
            counted = index.census.counts()
            index.census.recount(index)
            if index.census.counts() != counted:
                logger.error("%s: %s were counted, and there are %s.", type.value, counted, index.census.counts())
        for record in filter(sleepers(self._knowledge, self._reconciler.statuses.unwritten), self._records()):
            facts = self._knowledge.facts(record)
            plan = decide(facts, self._knowledge.rules(record.key.kind))
            if plan.acts or plan.coming or self._is_due(record, facts, plan):
                logger.error("%s rests, and %s is due for it.", record.key, plan.verb or plan.verdict.reason)

    def _records(self) -> list[SourceRecord]:
        return self._knowledge.namespace.all_records()


def _is_drift(record: SourceRecord, facts: Facts, plan: Plan) -> bool:
    """Return whether someone else changed what we had verified: nothing on our side gives a reason for this plan."""
    entry = facts.entry
    return (
        entry is not None
        and entry.generation == record.generation
        and entry.verdict.reason in (Reason.PROVISIONED, Reason.INCOMPLETE)
        and plan.verb is not None
        and not plan.removes
    )
