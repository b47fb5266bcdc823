"""One object at a time: gather, decide, ask the gate, carry out, report."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from scim_operator.api.config import Mode
from scim_operator.core.approval.digest import exact_digest_of
from scim_operator.core.decision.announced import held, planned
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.removal import deleted_softly
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.errors import (
    DependencyNotReady,
    InternalError,
    InvalidSpec,
    Rejected,
    ScimOperatorError,
    TerminalError,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongService,
)
from scim_operator.job.apply.blocked import Blocked
from scim_operator.job.apply.executor import MORE, PLAN_AGAIN, TAKEN, Done, PlanAgain
from scim_operator.job.apply.overdue import Overdue
from scim_operator.job.apply.queue import Lane
from scim_operator.job.apply.recorder import Recorder
from scim_operator.job.base.writing import must_claim, written
from scim_operator.job.gate.gate import Admission, Gate

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.executor import Executor, Outcome
    from scim_operator.job.apply.queue import DirtyQueue
    from scim_operator.job.base.ports import Premises, Writer
    from scim_operator.job.base.retries import Retries
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.report.mishaps import Mishaps
    from scim_operator.job.report.provisioning_log import Chronicle

logger = logging.getLogger(__name__)

ROUNDS = 6
"""How often one object is planned anew in a row before it backs off, so that no service keeps us busy for ever."""


class ObjectEvents(Protocol):
    """What the reconciler asks and reports."""

    async def still_connected(self) -> bool:
        """Whether Test Connection passes now."""

    def connection_lost(self, error: ScimOperatorError) -> None:
        """The service refuses the credentials or is no SCIM service: nothing can be done until that changes."""

    def stumbled(self, error: ScimOperatorError) -> None:
        """A request failed in a way that heals by itself."""

    def succeeded(self) -> None:
        """An object came to rest."""

    async def parted(self, record: SourceRecord) -> None:
        """This config is done with a manifest that is being deleted."""

    def groups_moved(self, keys: set[ObjectKey]) -> None:
        """The members of these groups came or went at the service."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What objects are brought to rest with."""

    knowledge: Knowledge
    executor: Executor
    gate: Gate
    writer: Writer
    queue: DirtyQueue
    retries: Retries
    premises: Premises
    chronicle: Chronicle
    mishaps: Mishaps


class Reconciler:
    """Brings single objects to rest. Everything it needs is given; it keeps what is parked and what is unreported."""

    def __init__(self, tools: Tools, events: ObjectEvents) -> None:
        self._knowledge = tools.knowledge
        self._executor = tools.executor
        self._gate = tools.gate
        self._writer = tools.writer
        self._queue = tools.queue
        self._retries = tools.retries
        self._premises = tools.premises
        self._chronicle = tools.chronicle
        self._mishaps = tools.mishaps
        self._events = events
        self._recorder = Recorder(tools.knowledge, tools.writer)
        self.overdue = Overdue(tools.knowledge, tools.executor, tools.gate, tools.chronicle)
        self._parked: dict[ObjectKey, tuple[str, tuple[str, ...]]] = {}
        self._sent: set[ObjectKey] = set()
        self.blocked = Blocked(tools.knowledge.peers)
        self.unreported: set[ObjectKey] = set()
        self.listing_is_fresh = False

    def look_again(self, key: ObjectKey) -> None:
        """The manifest changed: what failed before may be tried at once."""
        self._parked.pop(key, None)
        self._retries.forget(key)

    def observe_again(self, record: SourceRecord) -> None:
        """Somebody asks for a look now: read what the service has before deciding."""
        self.look_again(record.key)
        entry = self._knowledge.entries.of(record)
        if entry is not None and entry.id:
            self._knowledge.index[record.key.kind.resource_type].doubt((entry.id,))

    def forgive(self) -> None:
        """Somebody asks for everything to be tried now."""
        for key in (*self._parked, *self._retries.keys()):
            self.look_again(key)

    def outlook(self, record: SourceRecord, facts: Facts, plan: Plan) -> Plan | None:
        """What is to be told of an object for which nothing is to be sent; None when something is."""
        if self._knowledge.settings.spec.mode is Mode.PLAN:
            return planned(plan, facts)
        if not plan.acts:
            return plan
        if facts.entry is not None and (self.is_parked(record, plan) or self._retries.is_decayed(record.key)):
            return replace(plan.stopped(facts.entry.verdict), pending=facts.entry.pending)
        if self._gate.holds(plan) and self._gate.meanwhile(plan).verb is None:
            return held(plan)
        return None

    async def reconcile(self, key: ObjectKey) -> None:
        """Bring one object to rest, or note why not. Whatever goes wrong is this object's trouble alone."""
        record = self._knowledge.namespace.get(key.kind, key.name)
        self._chronicle.begin(key)
        try:
            if record is None:
                await self._gone(key)
            else:
                await self._settle(record)
        except Exception as error:  # noqa: BLE001
            await self._failed(key, record, self._mishaps.see(error, key))
        finally:
            self._knowledge.peers.release(key)
            self._chronicle.end(key)

    async def _failed(self, key: ObjectKey, record: SourceRecord | None, error: ScimOperatorError) -> None:
        logger.warning("%s: %s failed (%s): %s", self._knowledge.settings.key, key, error.reason, error)
        if isinstance(error, TerminalError):
            reason = Reason.INVALID_SPEC if isinstance(error, InvalidSpec) else Reason.REJECTED
        else:
            reason = Reason.INTERNAL_ERROR if isinstance(error, InternalError) else Reason.RETRYING
            self._retries.later(key, error.retry_after if isinstance(error, Throttled) else 0.0)
        if isinstance(error, DependencyNotReady):
            if not await self._events.still_connected():
                self._events.connection_lost(error)
                return
            if isinstance(error, Unauthorized | WrongService):
                # The service refuses this object alone, so it is this object's trouble.
                error = Rejected(str(error), status=403)
                reason = Reason.REJECTED
        if isinstance(error, Unreachable | Unavailable):
            self._events.stumbled(error)
        self._chronicle.failed(key, Verdict(reason, str(error)), error)
        if record is not None:
            await self._fail(record, reason, error)
        elif isinstance(error, TerminalError):
            self._retries.later(key)

    async def _settle(self, record: SourceRecord) -> None:
        for other in self._knowledge.claim(record):
            self._queue.add(other, Lane.EDIT)
        self._tell_groups(record.key)
        searched = False
        for _ in range(ROUNDS):
            facts = self._knowledge.facts(record)
            plan = decide(facts, self._knowledge.rules(record.key.kind))
            self._chronicle.planned(facts, plan)
            if await self._learned(facts, plan):
                continue
            if self.is_parked(record, plan):
                await self._report_again(record)
                return
            if not searched and self._must_search(record, plan):
                searched = True
                if await self._executor.search(record):
                    continue
            if await self._advance(record, facts, plan) is not PLAN_AGAIN:
                return
        raise Unavailable("The service does not hold still: what it has is not what it just answered.", status=200)

    async def _learned(self, facts: Facts, plan: Plan) -> bool:
        """Whether something had to be asked before the plan can count, and was."""
        if await self._refreshed(facts) or await self._looked_up(facts) or await self._asked_what_is_taken(facts, plan):
            return True
        return bool(plan.tally.ends_access or facts.terminating) and await self.look_around()

    async def _asked_what_is_taken(self, facts: Facts, plan: Plan) -> bool:
        """Ask which of the values among which SelectUniqueValue chooses are free, once before a resource is created."""
        mapper = self._knowledge.mapper(facts.record)
        if plan.verb is not Verb.CREATE or not mapper.is_to_choose(facts.record):
            return False
        await self._executor.choose(facts.record)
        return True

    async def look_around(self) -> bool:
        """Ask whether the manifests go as a whole; True where the answer is news, so that a new plan is due.

        Asked before anything is taken away, because deleting a namespace looks like deleting everybody in it.
        """
        before = self._knowledge.terminating
        self._knowledge.terminating = await self._premises.terminating(self._knowledge.settings.namespace)
        return self._knowledge.terminating != before

    async def _refreshed(self, facts: Facts) -> bool:
        document, type = facts.match.document, facts.record.key.kind.resource_type
        if document is None or not self._knowledge.index[type].is_doubtful(document["id"]):
            return False
        await self._executor.refresh(type, document["id"])
        return True

    async def _looked_up(self, facts: Facts) -> bool:
        """Ask for the recorded id where the listing lacks it: only a 404 proves that the resource is gone (S10)."""
        id, index = facts.entry.id if facts.entry else "", self._knowledge.index[facts.record.key.kind.resource_type]
        if not id or id in index:
            return False
        await self._executor.refresh(facts.record.key.kind.resource_type, id)
        if id not in index:
            self._knowledge.entries.forget_id(facts.record)
        return True

    def _must_search(self, record: SourceRecord, plan: Plan) -> bool:
        """Whether the index is not proof enough that the service lacks the resource.

        A manifest with our finalizer may have been sent by a process that was killed before the answer came; one
        without it was never sent by us, so a fresh listing answers for it.
        """
        if plan.verb is Verb.CREATE:
            return record.finalized or record.key in self._sent or not self.listing_is_fresh
        lost = record.deleting and record.finalized and not plan.owned
        return lost and not self._knowledge.entries.parted(record)

    async def _advance(self, record: SourceRecord, facts: Facts, plan: Plan) -> PlanAgain | None:
        if self._knowledge.settings.spec.mode is Mode.PLAN:
            await self._conclude(record, facts, planned(plan, facts), Done(facts.match.document))
            return None
        admission = self._gate.admit(plan)
        if admission is Admission.WAIT:
            return None
        due = self._gate.meanwhile(plan) if admission is Admission.HELD else plan
        if due.owned and facts.is_foreign and not self._knowledge.peers.reserve(record.key, due.id):
            return PLAN_AGAIN
        return await self._carry_out(record, facts, due, plan)

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
            await self._conclude(record, facts, held(plan), outcome)
            return None
        self._gate.withdraw(record.key)
        await self._conclude(record, facts, plan, outcome)
        return None

    async def _claimed(self, record: SourceRecord, facts: Facts, due: Plan) -> str | None:
        """Put our finalizer on where it must be; what the manifest announces then, or None where it is gone."""
        if not must_claim(record, facts, due):
            return ""
        claimed = await written(self._writer.claim(record, self._recorder.announcement(record, due)))
        return None if claimed is None else claimed.creating

    async def _sent_off(self, record: SourceRecord, facts: Facts, due: Plan, plan: Plan, announced: str) -> Outcome:
        if due.verb is None:
            return Done(facts.match.document)
        self._sent.add(record.key)
        self._chronicle.sending(due)
        first = await self._recorder.note_creation(record, due, announced)
        outcome = await self._executor.carry_out(record, due, facts.sent_by(due, plan))
        if outcome is TAKEN and first:
            self._recorder.somebody_was_quicker(record)
        if outcome is MORE:
            self._chronicle.in_part(facts, due)
        logger.info("%s: %s %s", self._knowledge.settings.key, due.verb, record.key)
        return outcome

    async def _conclude(self, record: SourceRecord, facts: Facts, plan: Plan, outcome: Done) -> None:
        self._parked.pop(record.key, None)
        self._events.succeeded()
        self._sent.discard(record.key)
        if facts.fault:
            self._knowledge.mapper(record).release(record.key)
        known = facts.entry
        entry = self._recorder.conclude(record, facts, plan, outcome)
        self._chronicle.concluded(plan, entry, known)
        self.overdue.note(facts, plan, entry)
        self._tell_groups(record.key)
        self.blocked.note(facts, plan)
        if record.deleting and plan.verdict.ready:
            await self._events.parted(record)
        elif known is not None or facts.scope.concerns or entry.id or entry.handled:
            await self._report(record, entry, known)
        if record.key not in self.unreported:
            self._retries.forget(record.key)
        self._unblock(record.key)

    def _unblock(self, key: ObjectKey) -> None:
        """The manifest may have given up what others wait for: look at them again."""
        for other in self.blocked.freed(key):
            self._queue.add(other, Lane.EDIT)

    async def _report(self, record: SourceRecord, entry: ServiceEntry, known: ServiceEntry | None) -> None:
        if entry == known and record.key not in self.unreported:
            return
        self.unreported.add(record.key)
        try:
            await self._writer.report(record, entry)
        except ScimOperatorError as error:
            # The API server does not take the news, which says nothing of the service: tell it later.
            logger.warning("%s: the status of %s was not written: %s", self._knowledge.settings.key, record.key, error)
            self._retries.later(record.key)
        else:
            self.unreported.discard(record.key)

    async def _fail(self, record: SourceRecord, reason: Reason, error: ScimOperatorError) -> None:
        known = self._knowledge.entries.of(record)
        entry = self._recorder.fail(record, Verdict(reason, str(error)), final=isinstance(error, TerminalError))
        if isinstance(error, TerminalError):
            self._park(record)
        await self._report(record, entry, known)

    def _park(self, record: SourceRecord) -> None:
        """Try it again only when the manifest, the config or what is in its way at the service has changed."""
        plan = self._knowledge.plan(record)
        holders = self._knowledge.holders(record, plan.id)
        self._parked[record.key] = (exact_digest_of(plan), holders)
        self.blocked.by((self._knowledge.entries.owner(record.key.kind, id) for id in holders), record.key)

    def is_parked(self, record: SourceRecord, plan: Plan) -> bool:
        """Whether the plan failed for good, and nothing has changed since."""
        parked = self._parked.get(record.key)
        if parked is None or not plan.acts:
            return False
        return parked == (exact_digest_of(plan), self._knowledge.holders(record, plan.id))

    async def _report_again(self, record: SourceRecord) -> None:
        """Tell what could not be told before."""
        entry = self._knowledge.entries.of(record)
        if entry is not None:
            await self._report(record, entry, entry)

    async def _gone(self, key: ObjectKey) -> None:
        self._knowledge.mappers[key.kind.resource_type].release(key)
        self._parked.pop(key, None)
        self.unreported.discard(key)
        self._groups_moved(key)
        for other in self._knowledge.forget(key):
            self._queue.add(other, Lane.EDIT)
        self._unblock(key)
        await self.overdue.settle(key)
        self._retries.forget(key)
        self._events.succeeded()

    def _tell_groups(self, key: ObjectKey) -> None:
        if self._knowledge.presence.has_moved(key):
            self._groups_moved(key)

    def _groups_moved(self, key: ObjectKey) -> None:
        self._events.groups_moved(self._knowledge.members.touched_by(key))
