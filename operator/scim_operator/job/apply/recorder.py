"""Records what became of an object: which resource is its own, and what that is known by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import CLEARED
from scim_operator.core.plan.membership import EVERYONE, on_record
from scim_operator.core.plan.update import member_ids
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.job.apply.outcome import Done
from scim_operator.job.base.writing import written
from scim_operator.job.gather.service_entries import ABOUT_TO_CREATE

if TYPE_CHECKING:
    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.gather.knowledge import Knowledge


class Recorder:
    """Keeps the entries of one job; each is remembered with its proof. Reporting them is the reconciler's part.

    `unwritten` takes the objects of which more is remembered than their status says, until that is reported.
    """

    def __init__(self, knowledge: Knowledge, writer: Writer, unwritten: set[ObjectKey]) -> None:
        self._knowledge = knowledge
        self._unwritten = unwritten
        self._notary = knowledge.memory.notary
        self._writer = writer
        self._asked: dict[ObjectKey, tuple[AttributeChange, ...]] = {}
        """What was sent of each object, in one request or in several, and did not come to rest yet."""

    def conclude(self, record: SourceRecord, facts: Facts, plan: Plan, outcome: Done) -> ServiceEntry:
        """Remember what a plan came to."""
        self._asked.pop(record.key, None)
        return self._knowledge.entries.remember(record, self._entry(record, facts, plan, outcome))

    def fail(self, record: SourceRecord, verdict: Verdict, *, final: bool) -> ServiceEntry:
        """Remember a failure; a `final` one was a refusal, so that what is found later was not created by us."""
        known = self._knowledge.entries.of(record) or self._blank(record, verdict)
        entry = replace(known, verdict=verdict, generation=record.generation, service=self._notary.service)
        entry = replace(entry, handled=record.requested, creating="" if final else entry.creating)
        entry = replace(entry, members=self._answered_for(record, entry), applied=self._went_through(record, entry))
        return self._knowledge.entries.remember(record, self._own(record, self._named(record, entry)))

    def _went_through(self, record: SourceRecord, entry: ServiceEntry) -> tuple[str, ...]:
        """Return what is applied with what of the changes went through alone, as where another one was refused.

        Else it stays at the service when the manifest does not set it any more (quarantined campaign 830014).
        """
        asked = self._asked.pop(record.key, ())
        shown = self._knowledge.index[record.key.kind.resource_type].get(entry.id) if asked and entry.id else None
        if shown is None:
            return entry.applied
        done = (each for each in asked if each.new is not CLEARED and equal(each.path, each.new, each.path.read(shown)))
        return tuple(dict.fromkeys((*entry.applied, *(str(each.path) for each in done))))

    def _answered_for(self, record: SourceRecord, entry: ServiceEntry) -> tuple[str, ...]:
        """Return for whom we answer of a group that cannot be read as its policy changes: who was seen in it last.

        Who comes until it can be read is a guest (810044).
        """
        index = self._knowledge.index[record.key.kind.resource_type]
        if EVERYONE not in entry.members or (seen := index.get(entry.id)) is None:
            return entry.members
        return on_record(_policy(record), entry.members, entry.members, member_ids(seen))

    def stay(self, record: SourceRecord, known: ServiceEntry, facts: Facts, still: Plan) -> ServiceEntry:
        """Remember what moved beside what failed, and is not tried again: `still` is the plan without what is due."""
        document = facts.match.document
        entry = replace(known, reformatted=Done(document).forms(known.reformatted, still.unlike))
        if still.owned and document is not None and entry.id != document["id"]:
            entry = replace(self._with_id(record, entry, document), creating="")
        return self._knowledge.entries.remember(record, entry)

    def _own(self, record: SourceRecord, entry: ServiceEntry) -> ServiceEntry:
        """Return an entry without the id that another manifest has taken over: a restart must not give it back."""
        holder = self._knowledge.entries.holder(record.key.kind, entry.id) if entry.id else None
        return entry if holder in (None, record.key) else replace(entry, id="", identity="")

    def note(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """Remember what is reported with the conclusion, also where that is no news by then."""
        self._unwritten.add(record.key)
        self._knowledge.entries.remember(record, entry)

    def announcement(self, record: SourceRecord, due: Plan) -> str:
        """Return what the claim of the manifest is to say of what is about to be created, "" where that is nothing.

        It goes with the finalizer, so that it costs no write of its own. Where there is an entry already, that says it.
        """
        creating = self._creating(record, due)
        if not creating or self._knowledge.entries.of(record) is not None:
            return ""
        return self._notary.announcement(record.key, record.uid, creating)

    async def note_creation(self, record: SourceRecord, due: Plan, announced: str) -> bool:
        """Have it on record what is about to be created, unless it will carry our mark; return whether that is news.

        `announced` is what the manifest says by now. After a crash, what was created is then known to be ours: the
        search before has found no one of that identity. Errors: NotWritten, and then nothing may be created.
        """
        creating, entries = self._creating(record, due), self._knowledge.entries
        pending = Verdict(Reason.PENDING, ABOUT_TO_CREATE)
        known = entries.of(record) or self._blank(record, pending)
        if known.creating == creating or not creating:
            return False
        is_durable = announced == self._notary.announcement(record.key, record.uid, creating)
        entry = replace(known, verdict=pending, service=self._notary.service, creating=creating)
        entry = entries.remember(record, self._own(record, entry))
        if not is_durable:
            await written(self._writer.report(record, entry))
        return True

    def sending(self, record: SourceRecord, due: Plan) -> None:
        """Forget in which form values are stored that are about to be others: the answer may be lost, or refused."""
        self._asked[record.key] = due.changes
        known, paths = self._knowledge.entries.of(record), {str(change.path) for change in due.changes}
        if known is not None and any(each.path in paths and not each.kept for each in known.reformatted):
            still = tuple(each for each in known.reformatted if each.kept or each.path not in paths)
            self.note(record, replace(known, reformatted=still))

    async def adding(self, record: SourceRecord, due: Plan) -> None:
        """Note which members are about to be added to an additive group: a part may go through, or an answer be lost.

        From then on they are ours to take away, and that is in the status before they are added: after a kill nothing
        else would tell them from guests. So are all where the service has not shown a member of any group yet: an
        empty list is then no proof that no one came. Of a group that is Exclusive it is remembered beside `EVERYONE`:
        its policy may be another by the time that it can be read. Errors: NotWritten, and then no one may be added.
        """
        every = EVERYONE in due.remembered
        ids = set() if every else set(due.remembered)
        if not self._knowledge.index.shows_members or (every and due.verb is Verb.UPDATE):
            ids.update(member.id for member in due.member_adds)
        known = self._knowledge.entries.of(record)
        if not ids or (known is not None and ids <= set(known.members)):
            return
        pending = Verdict(Reason.PENDING, "Its members are about to be added.")
        entry = known or self._blank(record, pending)
        if not entry.id:  # what was true of one that is gone is not true of one that is about to be made (600165)
            entry = replace(entry, verdict=pending)
        entry = replace(entry, members=tuple(sorted({*entry.members, *ids})), service=self._notary.service)
        if due.member_adds and EVERYONE not in due.remembered:
            await written(self._writer.report(record, self._knowledge.entries.remember(record, entry)))
        else:
            self.note(record, entry)

    def removed(self, record: SourceRecord, done: Plan) -> None:
        """Note who was taken out of a group by the first step of a plan, so that the rest does not take them out again.

        Nothing else shows it where no listing has shown a member of any group yet.
        """
        known, gone = self._knowledge.entries.of(record), {member.id for member in done.member_removals}
        if known is not None and not gone.isdisjoint(known.members):
            members = tuple(id for id in known.members if id not in gone)
            self.note(record, replace(known, members=members))

    async def created(self, record: SourceRecord, due: Plan) -> None:
        """Have it on record what was created, with which members: the rest of them follows.

        Errors: NotWritten, and then the object is tried again.
        """
        _, match = self._knowledge.look(record)
        if match.document is None or not match.owned:
            return
        verdict = Verdict(Reason.PENDING, "It was created; the rest of its members follows.")
        known = self._knowledge.entries.of(record) or self._blank(record, verdict)
        identity = self._notary.identity(record.key.kind, match.document)
        here = member_ids(match.document)
        entry = replace(
            known,
            verdict=verdict,
            service=self._notary.service,
            id=match.document["id"],
            identity=identity,
            applied=due.applied,
            members=tuple(id for id in due.remembered if id in here or id == EVERYONE),
        )
        await written(self._writer.report(record, self._knowledge.entries.remember(record, entry)))

    def _creating(self, record: SourceRecord, due: Plan) -> str:
        """Return what a resource that is about to be created is known by, "" where it carries our mark."""
        if due.verb is not Verb.CREATE or due.document is None:
            return ""
        if self._knowledge.rules(record.key.kind).owner.carries(due.document, record.key):
            return ""
        return self._notary.identity(record.key.kind, due.document)

    def lost_the_race(self, record: SourceRecord) -> None:
        """Note that what is there was not created by us, because we had not asked for it before."""
        entry = self._knowledge.entries.of(record)
        if entry is not None:
            self.note(record, replace(entry, creating=""))

    def _named(self, record: SourceRecord, entry: ServiceEntry) -> ServiceEntry:
        """Return an entry with the id of what is ours by its mark, where it has none: groups take and keep it so."""
        key, unplanned = record.key, entry.verdict.reason is Reason.INTERNAL_ERROR
        if entry.id or unplanned or key in self._knowledge.namespace.faults:
            return entry
        _, match = self._knowledge.look(record)
        owner = self._knowledge.rules(key.kind).owner
        if match.document is None or not match.owned or not owner.carries(match.document, key):
            return entry
        return self._with_id(record, entry, match.document)

    def _with_id(self, record: SourceRecord, entry: ServiceEntry, document: Document) -> ServiceEntry:
        identity = self._notary.identity(record.key.kind, document)
        return replace(entry, id=document["id"], identity=identity, claimed="")

    def _blank(self, record: SourceRecord, verdict: Verdict) -> ServiceEntry:
        return ServiceEntry(self._knowledge.settings.key.name, verdict, record.generation)

    def _entry(self, record: SourceRecord, facts: Facts, plan: Plan, outcome: Done) -> ServiceEntry:
        if not plan.owned and facts.match.by == "id" and facts.entry is not None:
            # Whose it is by now is another question: without the id on record, a second one would be created.
            said = replace(facts.entry, verdict=plan.verdict, generation=record.generation)
            return replace(said, pending=plan.pending, handled=record.requested)
        if facts.entry is not None and not self._knowledge.rules(facts.record.key.kind).enabled:
            return replace(facts.entry, verdict=plan.verdict, generation=record.generation, handled=record.requested)
        kept = plan.owned and outcome.document is not None
        known = facts.entry.reformatted if facts.entry else ()
        untried = facts.entry is not None and not kept and self._knowledge.settings.is_restrained
        return ServiceEntry(
            config=self._knowledge.settings.key.name,
            verdict=plan.verdict,
            generation=record.generation,
            service=self._notary.service,
            id=outcome.document["id"] if kept and outcome.document else "",
            identity=self._identity(facts, plan, outcome) if kept else "",
            applied=plan.applied if kept else (),
            reformatted=outcome.forms(known, plan.unlike) if kept else (),
            members=_put_in(facts, plan, outcome) if kept else (),
            pending=plan.pending,
            handled=record.requested,
            creating=facts.entry.creating if facts.entry and untried else "",
            claimed=facts.entry.claimed if facts.entry and not kept else "",
            lost=facts.entry.lost if facts.entry and not kept else None,
        )

    def _identity(self, facts: Facts, plan: Plan, outcome: Done) -> str:
        """Return what the resource is known by: as it was on record, unless it was written, or is ours only now."""
        entry = facts.entry
        if entry is not None and entry.identity and not plan.acts and entry.id == plan.id:
            return entry.identity
        return self._notary.identity(facts.record.key.kind, outcome.document or {})


def _put_in(facts: Facts, plan: Plan, outcome: Done) -> tuple[str, ...]:
    """Return whom we put into a group and answer for, once a plan is carried out, or as much of it as may be."""
    present = member_ids(outcome.document or {})
    gone = {member.id for member in plan.member_removals}.difference(present)
    planned = tuple(id for id in plan.remembered if id not in gone)
    if facts.entry is None or not (planned or facts.entry.members):
        return planned
    return on_record(_policy(facts.record), planned, facts.entry.members, present)


def _policy(record: SourceRecord) -> MembershipPolicy:
    return MembershipPolicy.OBSERVE if record.members is None else record.membership_policy
