"""Decides what is remembered, written and looked at again once an object came to rest, failed or is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.report.config_status import failure_of
from scim_operator.errors import Rejected, ScimOperatorError, TerminalError
from scim_operator.job.base.retries import DECAYED
from scim_operator.job.gather.waits import FreeValue, Resource

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.events import ObjectEvents
    from scim_operator.job.apply.evidence import Evidence
    from scim_operator.job.apply.inquiry import Inquiry
    from scim_operator.job.apply.outcome import Done
    from scim_operator.job.apply.overdue import Overdue
    from scim_operator.job.apply.parked import Parked
    from scim_operator.job.apply.recorder import Recorder
    from scim_operator.job.apply.statuses import Statuses
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.apply.turns import Turns


@dataclass(frozen=True, slots=True)
class Conclusions:
    """The conclusions of one session."""

    tools: Tools
    events: ObjectEvents
    inquiry: Inquiry
    recorder: Recorder
    overdue: Overdue
    parked: Parked
    statuses: Statuses
    turns: Turns
    evidence: Evidence

    async def conclude(self, record: SourceRecord, facts: Facts, plan: Plan, outcome: Done) -> None:
        """Note that the plan was carried out, or nothing was to be done."""
        self.parked.release(record.key)
        self.events.succeeded()
        self.inquiry.settled(record.key)
        if not plan.toward:
            self.tools.knowledge.swaps.forget(record.key)
        if facts.fault:
            self.tools.knowledge.desired.mapper(record).choices.release(record.key)
        known = facts.entry
        entry = self.recorder.conclude(record, facts, plan, outcome)
        self.tools.provisioning_log.concluded(plan, entry, known)
        self._note_turn(known, entry)
        self.overdue.note(facts, plan, entry)
        self.tell_groups(record.key)
        self.tools.knowledge.note_waits(facts, plan)
        if record.deleting and plan.verdict.ready:
            await self.events.parted(record)
        else:
            await self.statuses.write(record, entry, known)
        if record.key not in self.statuses.unwritten:
            self._rest(record.key, plan, entry, outcome)
        if plan.acts or known is None or (known.id, known.verdict) != (entry.id, entry.verdict):
            self._moved(record.key, plan.id, entry.id)

    async def fail(self, record: SourceRecord, reason: Reason, error: ScimOperatorError) -> None:
        """Note that the object failed; one that failed for good is parked."""
        known, final = self.tools.knowledge.entries.of(record), isinstance(error, TerminalError)
        entry = self.recorder.fail(record, Verdict(reason, str(error)), final=final)
        refusal = self.turns.failed(record, error)  # by what is on record: whose the resource is was perhaps news
        if refusal.words:
            entry = self.recorder.fail(record, Verdict(reason, f"{error}{refusal.words}"), final=final)
        freed = isinstance(error, Rejected) and self.parked.is_freed(record)
        passing = freed or (isinstance(error, Rejected) and self.parked.may_pass(record, error))
        if passing:
            self.tools.retries.later(record.key, 0.0 if freed else _soonest(error))
        # What could not be planned is not parked: there is no plan to compare a later one with.
        decayed = self.tools.retries.is_decayed(record.key) and reason is not Reason.INTERNAL_ERROR
        if (final and not refusal.steps_aside) or decayed:
            self.parked.park(record, for_good=final and not passing)
            self.events.turned()
        self._note_turn(known, entry)
        self.tell_groups(record.key)
        await self.statuses.write(record, entry, known)

    def _rest(self, key: ObjectKey, plan: Plan, entry: ServiceEntry, outcome: Done) -> None:
        """Forget the failures of an object, unless it only waits for an approval, or something is sent again."""
        if plan.verdict.reason is Reason.HELD:
            self.tools.retries.put_off(key)
        elif not self.evidence.lasts(key, plan, entry, outcome):
            self.tools.retries.forget(key)

    def _note_turn(self, before: ServiceEntry | None, now: ServiceEntry) -> None:
        """Note whether the object has begun or ceased to fail, or fails for another reason."""
        if failure_of(before) != failure_of(now):
            self.events.turned()

    async def stay(self, record: SourceRecord, facts: Facts, still: Plan) -> None:
        """Note what moved beside what failed, and is not tried again, and write what could not be written before."""
        known = self.tools.knowledge.entries.of(record)
        if known is not None:
            await self.statuses.write(record, self.recorder.stay(record, known, facts, still), known)

    def say_anew(self, record: SourceRecord) -> None:
        """Have the status written of a manifest that is made anew, also where nothing else is news."""
        entries = self.tools.knowledge.entries
        entry = entries.of(record)
        if entry is not None and entries.passes.is_unsaid(record, entry):
            self.statuses.unwritten.add(record.key)
            entries.passes.said(record.key)

    async def gone(self, key: ObjectKey) -> None:
        """Note that the manifest is gone: delete what it left, if that is due, and forget it."""
        self.tools.knowledge.desired.mappers[key.kind.resource_type].choices.release(key)
        self.parked.release(key)
        self.evidence.forget(key)
        self.statuses.unwritten.discard(key)
        self._groups_moved(key)
        self.tools.knowledge.waits.look_again(self.tools.knowledge.forget(key))
        self._moved(key, await self.overdue.settle(key))
        self.tools.retries.forget(key)
        self.events.succeeded()

    def tell_groups(self, key: ObjectKey) -> None:
        """Have the groups looked at that the object has come to, left, or changed its id in.

        And those that kept it although they do not name it any more, as while it was suspended: whatever becomes of the
        object itself (campaign 560150).
        """
        presence, knowledge = self.tools.knowledge.desired.presence, self.tools.knowledge
        was_frozen = presence.was_frozen(key)
        if presence.has_moved(key):
            self._groups_moved(key)
            if was_frozen and (id := knowledge.entries.known_id(key)):
                knowledge.waits.moved(Resource(key.kind, id))

    def _groups_moved(self, key: ObjectKey) -> None:
        self.events.groups_moved(self.tools.knowledge.members.touched_by(key))

    def _moved(self, key: ObjectKey, *ids: str) -> None:
        """Note that the manifest, and these resources of its kind, may be what others wait for no longer."""
        resources = (Resource(key.kind, id) for id in ids if id)
        self.tools.knowledge.waits.moved(key, FreeValue(key.kind), *resources)


def _soonest(error: ScimOperatorError) -> float:
    """Return the seconds after which what may pass is tried again, at the earliest: what was lost, at once."""
    return 0.0 if isinstance(error, Rejected) and error.lost else DECAYED
