"""One object at a time: gather, decide, ask the gate, carry out, report."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.core.decision.announced import held, planned
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.removal import deleted_softly, ends_itself
from scim_operator.core.decision.stored import tried_again
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.errors import (
    DependencyNotReady,
    InternalError,
    InvalidSpec,
    NotAnswered,
    NotWritten,
    NotYetKnown,
    Rejected,
    ScimOperatorError,
    TerminalError,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongService,
)
from scim_operator.job.apply.alone import alone
from scim_operator.job.apply.conclusions import Conclusions
from scim_operator.job.apply.evidence import Evidence
from scim_operator.job.apply.inquiry import Inquiry
from scim_operator.job.apply.lasting import Lasting
from scim_operator.job.apply.outcome import MORE, PLAN_AGAIN, TAKEN, Done, PlanAgain
from scim_operator.job.apply.overdue import Overdue
from scim_operator.job.apply.parked import Parked
from scim_operator.job.apply.recorder import Recorder
from scim_operator.job.apply.sender import Sender
from scim_operator.job.apply.statuses import Statuses
from scim_operator.job.apply.turns import Turns
from scim_operator.job.base.writing import must_add_finalizer, written
from scim_operator.job.gate.gate import Admission
from scim_operator.job.gate.waiting import Cause
from scim_operator.observability.tracing.spans import current
from scim_operator.scim.precedence import put_first

if TYPE_CHECKING:
    from collections.abc import Collection

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.events import ObjectEvents
    from scim_operator.job.apply.outcome import Outcome
    from scim_operator.job.apply.tools import Tools

logger = logging.getLogger(__name__)

ROUNDS = 6
"""How often one object is planned again in a row before it backs off: no service may keep us busy for ever."""


def takes(plan: Plan) -> bool:
    """Return whether a plan takes what may be no one's: another manifest is perhaps about to claim it."""
    return plan.verb is Verb.CREATE or plan.adopts


class Reconciler:
    """Brings single objects to rest. Its parts keep what lasts from one object to the next."""

    def __init__(self, tools: Tools, events: ObjectEvents) -> None:
        self._tools = tools
        self._knowledge = tools.knowledge
        self._gate = tools.gate
        self._events = events
        self.statuses = Statuses(tools.knowledge.settings, tools.writer, tools.retries)
        self._recorder = Recorder(tools.knowledge, tools.writer, self.statuses.unwritten)
        self.inquiry = Inquiry(tools.knowledge, tools.executor, tools.termination, Lasting(tools.retries, events))
        self.overdue = Overdue(tools.knowledge, tools.executor, tools.gate, tools.provisioning_log)
        self.parked = Parked(tools.knowledge, tools.retries)
        self._sender = Sender(tools, events)
        turns = Turns(tools.knowledge, tools.gate, self.parked)
        self.evidence = Evidence(tools.retries, tools.knowledge.now)
        parts = (self.inquiry, self._recorder, self.overdue, self.parked, self.statuses, turns, self.evidence)
        self._conclusions = Conclusions(tools, events, *parts)

    def look_again(self, key: ObjectKey) -> None:
        """Note that the manifest changed: what failed before may be tried at once."""
        self.parked.release(key)
        self._tools.retries.forget(key)

    def observe_again(self, record: SourceRecord) -> None:
        """Read what the service has before deciding, because someone asks for a look now.

        In which form it stores values is found out again, so that one which was learned by mistake does not last.
        """
        self.look_again(record.key)
        entry = self._knowledge.entries.of(record)
        if entry is not None and entry.id:
            self._recorder.note(record, replace(entry, reformatted=()))
            self._knowledge.index[record.key.kind.resource_type].doubt((entry.id,))

    def forgive(self, kinds: Collection[Kind] = frozenset(Kind)) -> None:
        """Try everything of these kinds now, because someone asks for it or the service answers for them again."""
        for key in (*self.parked.keys(), *self._tools.retries.keys()):
            if key.kind in kinds:
                self.look_again(key)

    def inherit(self, former: Reconciler) -> None:
        """Take over what failed over another connection to the same service, under the same spec."""
        self._tools.retries.inherit(former._tools.retries)
        self._tools.executor.inherit(former._tools.executor)
        self.parked.inherit(former.parked)

    def outlook(self, record: SourceRecord, facts: Facts, plan: Plan) -> Plan | None:
        """Return what is to be reported of an object for which nothing is to be sent; None when something is."""
        if self._knowledge.settings.spec.mode is Mode.PLAN:
            return planned(plan, facts)
        if not plan.acts:
            return plan
        if facts.entry is not None and self.parked.holds(record, plan):
            return replace(plan.stopped(facts.entry.verdict), pending=facts.entry.pending)
        if self._gate.holds(self._gate.step(plan)) and self._gate.meanwhile(plan).verb is None:
            return held(plan, record)
        return None

    async def reconcile(self, key: ObjectKey) -> None:
        """Bring one object to rest, or note why not. Errors stay with this object."""
        record = self._knowledge.namespace.get(key.kind, key.name)
        with self._tools.traces.object(key, record, self._tools.queue.taken(key)):
            await self._reconcile(key, record)

    async def _reconcile(self, key: ObjectKey, record: SourceRecord | None) -> None:
        self._tools.provisioning_log.begin(key)
        put_first(record is None)  # what it left is deleted, if anything is sent
        try:
            if record is None:
                await self._conclusions.gone(key)
            else:
                await self._settle(record)
        except Exception as error:  # noqa: BLE001
            await self._failed(key, record, self._tools.internal_errors.see(error, key))
        finally:
            self._knowledge.identities.peers.release(key)
            self._tools.provisioning_log.end(key)

    async def _failed(self, key: ObjectKey, record: SourceRecord | None, error: ScimOperatorError) -> None:
        logger.warning("%s: %s failed (%s): %s", self._knowledge.settings.key, key, error.reason, error)
        current().fail(error.reason)
        if isinstance(error, TerminalError):
            reason = Reason.INVALID_SPEC if isinstance(error, InvalidSpec) else Reason.REJECTED
        else:
            reason = Reason.INTERNAL_ERROR if isinstance(error, InternalError) else Reason.RETRYING
            at_least = error.retry_after if isinstance(error, Throttled) else 0.0
            self._tools.retries.later(key, at_least, own=not isinstance(error, Throttled | NotWritten | NotAnswered))
        if isinstance(error, DependencyNotReady):
            if not await self._events.still_connected():
                self._events.connection_lost(error)
                return
            if isinstance(error, Unauthorized | WrongService):
                reason, error = alone(error)  # everything else works, so it is this object's trouble
        if isinstance(error, Unreachable | Unavailable):
            await self._events.stumbled(key)
        self._tools.provisioning_log.failed(key, Verdict(reason, str(error)), error)
        if record is not None:
            await self._conclusions.fail(record, reason, error)
        elif isinstance(error, TerminalError):
            self._tools.retries.later(key)

    async def _settle(self, record: SourceRecord) -> None:
        self._knowledge.waits.look_again(self._knowledge.identities.claim(record))
        self._conclusions.tell_groups(record.key)
        searched = False
        self._conclusions.say_anew(record)
        self.inquiry.begin(record.key)
        self.parked.begin(record.key)
        for _ in range(ROUNDS):
            record = self._newest(record)
            facts = self.inquiry.seen(self._knowledge.facts(record))
            if self._tools.retries.is_called(record.key):
                facts = tried_again(facts)
            plan = decide(facts, self._knowledge.rules(record.key.kind))
            put_first(plan.takes_access)
            self._tools.provisioning_log.planned(facts, plan)
            if await self.inquiry.learned(facts, plan):
                continue
            if self.parked.holds(record, plan):
                await self._stay(record, facts, plan)
                return
            if not searched and self.inquiry.must_search(record, plan):
                searched = True
                if await self.inquiry.search(record):
                    continue
            if await self._go_on(record, facts, plan) is not PLAN_AGAIN:
                return
        raise Unavailable("The service is not consistent: what it holds is not what it just answered.", status=200)

    async def _stay(self, record: SourceRecord, facts: Facts, plan: Plan) -> None:
        """Note of what failed, and is not tried again, all that a sweep finds to be news: else each one finds it."""
        if facts.entry is None:
            return
        still = plan.stopped(facts.entry.verdict)
        claims = still if still.id else replace(still, owned=False)  # what never came needs no one to let it go
        try:
            claimed = await self._claimed(record, facts, claims)
        except NotWritten as error:  # it goes on saying why it failed
            logger.warning("%s: %s was not claimed: %s", self._knowledge.settings.key, record.key, error)
            self._tools.retries.later(record.key, own=False)
        else:
            if claimed is not None:
                await self._conclusions.stay(record, facts, still)

    async def _go_on(self, record: SourceRecord, facts: Facts, plan: Plan) -> PlanAgain | None:
        try:
            return await self._advance(record, facts, plan)
        except ScimOperatorError as error:
            if not await self._gives_up(plan, error):
                raise
            return PLAN_AGAIN

    async def _gives_up(self, plan: Plan, error: ScimOperatorError) -> bool:
        """Return whether a user is deleted whom no request disables: the end of access waits for no group."""
        if plan.verdict.reason is not Reason.NEEDED:
            return False
        if not (isinstance(error, Rejected | Unavailable) or await self.inquiry.lasting.lasts(plan.key, error)):
            return False
        self._knowledge.members.floors.give_up(plan.id)
        return True

    def _newest(self, record: SourceRecord) -> SourceRecord:
        """Return the manifest as it is by now: members are those of the newest ones, and no mixture is to be sent."""
        newest = self._knowledge.namespace.get(record.key.kind, record.key.name) or record
        if newest.key in self._knowledge.namespace.faults:  # what was in its way may be another's, and gone
            self._knowledge.namespace.put(newest)
        if newest is not record:
            self._knowledge.waits.look_again(self._knowledge.identities.claim(newest))
        return newest

    async def _advance(self, record: SourceRecord, facts: Facts, plan: Plan) -> PlanAgain | None:
        if self._knowledge.settings.spec.mode is Mode.PLAN:
            await self._conclusions.conclude(record, facts, planned(plan, facts), Done(facts.match.document))
            return None
        if plan.steps_aside and not self._conclusions.turns.may_begin(facts, plan):
            return None
        if takes(plan) and (coming := self._knowledge.identities.peers.coming):
            raise NotYetKnown(coming)
        step = self._gate.step(plan)
        leaves = ends_itself(record, self._knowledge.now())
        admission = self._gate.admit(step, Cause.MANIFEST if leaves else Cause.CHANGE)
        if admission is Admission.WAIT:
            return None
        due = self._gate.meanwhile(plan) if admission is Admission.HELD else plan
        begins = admission is Admission.GO and step is not plan
        if not self._has_to_itself(facts, step if begins else due):
            return PLAN_AGAIN
        return await (self._begin(record, facts, step, plan) if begins else self._carry_out(record, facts, due, plan))

    def _has_to_itself(self, facts: Facts, due: Plan) -> bool:
        """Return whether no other manifest has, or is about to take, the resource that this one takes or takes back.

        What has left the scope may be taken over by another manifest. Both may have been planned while it was no
        one's, so this is asked when the first request is about to be sent.
        """
        key, entries = facts.record.key, self._knowledge.entries
        takes = due.acts or (due.owned and facts.desired is not None)
        if not (takes and due.id) or entries.holder(key.kind, due.id) == key:
            return True
        return self._knowledge.identities.take(key, due.id)

    async def _begin(self, record: SourceRecord, facts: Facts, step: Plan, plan: Plan) -> PlanAgain | None:
        """Send the first step of a plan, whose rest is to be planned and judged again."""
        announced = await self._claimed(record, facts, step)
        if announced is None:
            return None
        if not isinstance(await self._sent_off(record, facts, step, plan, announced), PlanAgain):
            self._recorder.removed(record, step)
            self._tools.provisioning_log.begun(facts, step)
        return PLAN_AGAIN

    async def _carry_out(self, record: SourceRecord, facts: Facts, due: Plan, plan: Plan) -> PlanAgain | None:
        """Send `due`, which is what of `plan` may go on now, and conclude."""
        announced = await self._claimed(record, facts, due)
        if announced is None:
            return None
        outcome = await self._sent_off(record, facts, due, plan, announced)
        if isinstance(outcome, PlanAgain):
            return PLAN_AGAIN
        if due.verb is Verb.DELETE and outcome.document is not None:
            due = plan = deleted_softly(plan)
        if due is not plan:
            await self._conclusions.conclude(record, facts, held(plan, record), outcome)
            return None
        if outcome.kept:  # a rename that is sent again has been let through
            plan, outcome = self.evidence.weigh(plan, outcome)
        elif not plan.toward:
            self._gate.withdraw(record.key)
        self._sender.settled(record.key)
        await self._conclusions.conclude(record, facts, plan, outcome)
        return None

    async def _claimed(self, record: SourceRecord, facts: Facts, due: Plan) -> str | None:
        """Put our finalizer on where it must be; what the manifest announces then, or None where it is gone."""
        if not must_add_finalizer(record, facts, due):
            return ""
        claimed = await written(self._tools.writer.add_finalizer(record, self._recorder.announcement(record, due)))
        return None if claimed is None else claimed.creating

    async def _sent_off(self, record: SourceRecord, facts: Facts, due: Plan, plan: Plan, announced: str) -> Outcome:
        if due.verb is None:
            return Done(facts.match.document)
        self.inquiry.sending(due)
        self._tools.provisioning_log.sending(due)
        self._recorder.sending(record, due)
        self.parked.sending(record, plan)
        self._knowledge.note_waits(facts, plan)  # what moves while it is sent is not missed
        first = await self._recorder.note_creation(record, due, announced)
        await self._recorder.adding(record, due)
        outcome = await self._send(record, facts, due, plan)
        if outcome is TAKEN and first:
            self._recorder.lost_the_race(record)
        if outcome is MORE:
            await self._recorder.created(record, due)
            self._tools.provisioning_log.in_part(facts, due)
        logger.info("%s: %s %s", self._knowledge.settings.key, due.verb, record.key)
        return outcome

    async def _send(self, record: SourceRecord, facts: Facts, due: Plan, plan: Plan) -> Outcome:
        desired = facts.sent_by(due, plan)
        if not due.steps_aside:
            return await self._sender.send(record, due, desired)
        return await self._conclusions.turns.begin(facts, due, self._sender.send(record, due, desired))
