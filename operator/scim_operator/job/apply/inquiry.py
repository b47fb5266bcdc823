"""Questions to ask before a plan counts: to the service about one resource, to Kubernetes about the namespace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.facts import Match
from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason
from scim_operator.errors import Rejected, Throttled, Unauthorized, Unavailable, Unreachable, WrongService

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.apply.executor import Executor
    from scim_operator.job.apply.lasting import Lasting
    from scim_operator.job.base.ports import TerminationCheck
    from scim_operator.job.gather.knowledge import Knowledge


_UNREAD = (Rejected, Throttled, Unavailable, Unreachable, Unauthorized, WrongService)
"""Answers to a read, or none, after which what ends access is sent by what was known before."""


def _is_to_lose_access(facts: Facts) -> bool:
    """Return whether a user is to lose access that, by what is on record, has it still."""
    wanted = facts.desired is not None and facts.desired.get(ACTIVE) is not False
    return facts.record.key.kind is Kind.USER and not wanted and facts.entry is not None and not has_left(facts.entry)


def unseen(error: Rejected) -> Rejected:
    """Return what it means that a service shows neither lists nor filters, as an error."""
    refusal = Rejected(
        f"{error} Filters are refused as well, so it cannot be known whether the resource is there already, and it is "
        "not created: have the service's administrator allow one of the two.",
        status=error.status,
        scim_type=error.scim_type,
    )
    refusal.may_pass = True
    return refusal


class Inquiry:
    """The questions of one session. `fresh`: the types that were listed just now: what is lacking is not there."""

    def __init__(
        self, knowledge: Knowledge, executor: Executor, termination: TerminationCheck, lasting: Lasting
    ) -> None:
        self._knowledge = knowledge
        self._executor = executor
        self._termination = termination
        self.lasting = lasting
        self._sent: set[ObjectKey] = set()
        self._asked: set[ObjectKey] = set()
        """Those that were asked for by the id on record since the last sweep began."""
        self._unseen: set[ObjectKey] = set()
        self._seen: set[ObjectKey] = set()
        """Those whose resource the service was asked for in this look."""
        self.fresh: frozenset[ResourceType] = frozenset()

    def sending(self, due: Plan) -> None:
        """Something is sent for the object, whose answer may be lost, and which may give access again."""
        self._sent.add(due.key)
        if due.verb not in {Verb.DISABLE, Verb.DELETE}:
            self._executor.shown(due.id)

    def settled(self, key: ObjectKey) -> None:
        """Note that the object came to rest: what was sent for it is known."""
        self._sent.discard(key)

    def begin(self, key: ObjectKey) -> None:
        """A look at an object begins: what the service did not show before may be shown now."""
        self._unseen.discard(key)
        self._seen.discard(key)

    def seen(self, facts: Facts) -> Facts:
        """Return the facts, with the id on record for a resource that the service did not show in this look."""
        if facts.record.key not in self._unseen or facts.match.document is not None or facts.entry is None:
            return facts
        match = Match({"id": facts.entry.id}, "id", owned=True, unseen=True)
        guarded = self._knowledge.members.floors.guarded(facts.record, match, goes=facts.desired is None)
        return replace(facts, match=match, guarded=guarded)

    async def learned(self, facts: Facts, plan: Plan) -> bool:
        """Return whether something had to be asked before the plan can count, and was; never of a kind that is off."""
        if not self._knowledge.rules(facts.record.key.kind).enabled:
            return False
        self._doubt_what_is_let_go(facts, plan)
        if await self._refreshed(facts, plan) or await self._looked_up(facts, plan):
            return True
        if await self._asked_what_is_taken(facts, plan):
            return True
        return bool(plan.tally.ends_access or facts.terminating) and await self.look_around()

    async def look_around(self) -> bool:
        """Ask whether all manifests are being deleted; return True where that is news, so that a new plan is due.

        Asked before anything is taken away, because deleting a namespace looks like deleting everyone in it.
        """
        before = self._knowledge.terminating
        self._knowledge.terminating = await self._termination.terminating(self._knowledge.settings.namespace)
        return self._knowledge.terminating != before

    def must_search(self, record: SourceRecord, plan: Plan) -> bool:
        """Return whether the index is not proof enough that the service lacks the resource.

        A manifest with our finalizer may have been sent by a process that was killed before the answer came; one
        without it was never sent by us, so a fresh listing answers for it.
        """
        if plan.verb is Verb.CREATE:
            return record.finalized or record.key in self._sent or record.key.kind.resource_type not in self.fresh
        lost = record.deleting and record.finalized and not plan.owned and plan.verb is not Verb.DELETE
        lost = lost and self._knowledge.rules(record.key.kind).enabled
        return lost and not self._knowledge.entries.parted(record)

    async def search(self, record: SourceRecord) -> bool:
        """Ask for what the record's matching attributes name; True where something new to us was found.

        Where the service shows neither lists nor filters, nothing is created: a finalizer and a status that are gone,
        as after a cluster was rebuilt, would prove that nothing was sent, and not every service refuses a second
        resource of the same name (promise S2).
        """
        try:
            return await self._executor.search(record)
        except Rejected as error:
            raise unseen(error) from None

    def _doubt_what_is_let_go(self, facts: Facts, plan: Plan) -> None:
        """Have a resource read once more before its manifest goes with nothing sent.

        Someone may have given access by hand since the last listing, and no sweep looks at it after that. What a sweep
        sends may take an hour, so that its listing is no exception.
        """
        if self._lets_go(facts, plan) and facts.record.key not in self._seen:
            self._knowledge.index[facts.record.key.kind.resource_type].doubt((plan.id,))

    def _lets_go(self, facts: Facts, plan: Plan) -> bool:
        """Return whether a manifest goes whose access has ended, as far as is known."""
        record = facts.record
        ends = record.deleting and plan.owned and not plan.acts and plan.verdict.reason is not Reason.RETAINED
        return ends and not self._knowledge.entries.parted(record)

    async def _refreshed(self, facts: Facts, plan: Plan) -> bool:
        """Read what is doubtful; where the service does not answer, what ends access is sent by what was known."""
        document, type = facts.match.document, facts.record.key.kind.resource_type
        if document is None or facts.match.unseen:
            return False
        if not self._knowledge.index[type].is_doubtful(document["id"]):
            self._executor.shown(document["id"])
            return False
        self._seen.add(facts.record.key)
        try:
            await self._executor.refresh(type, document["id"])
        except _UNREAD as error:
            if await self._is_let_go_unseen(facts, plan, error):
                return False
            self._executor.believe_ended(document["id"], error)
            if not plan.tally.ends_access:
                raise
            return False
        return True

    async def _is_let_go_unseen(self, facts: Facts, plan: Plan, error: ScimOperatorError) -> bool:
        """Return whether a manifest goes although its resource could not be read: the service will never show it."""
        if not self._lets_go(facts, plan):
            return False
        return isinstance(error, Rejected) or await self.lasting.lasts(facts.record.key, error)

    async def _looked_up(self, facts: Facts, plan: Plan) -> bool:
        """Ask for the recorded id where the listing lacks it: only a 404 proves that the resource is gone (S10)."""
        id, index = self._to_ask_for(facts, plan), self._knowledge.index[facts.record.key.kind.resource_type]
        if not id or id in index or facts.match.unseen:
            return False
        self._seen.add(facts.record.key)
        try:
            there = await self._read(facts.record, id)
        except _UNREAD as error:
            self._executor.believe_ended(id, error)
            if not _is_to_lose_access(facts):
                raise
            self._unseen.add(facts.record.key)
            return True
        if not there:
            if facts.desired is None or facts.desired.get(ACTIVE) is False:
                self._executor.youth.believe_gone(id)
            self._knowledge.entries.forget_id(facts.record)
        return True

    def _to_ask_for(self, facts: Facts, plan: Plan) -> str:
        """Return the id on record; what was lost may be there again by the time that it would be created anew."""
        entry = facts.entry
        if entry is None or entry.id or not plan.recreates or facts.record.key in self._asked:
            return entry.id if entry is not None else ""
        return self._knowledge.memory.notary.lost_id(entry)

    def begin_sweep(self) -> None:
        """Note that a sweep begins: what was lost may be there again."""
        self._asked.clear()

    async def ask(self, record: SourceRecord, id: str) -> None:
        """Ask for the id on record of a resource that no listing has shown; forget it where it is proved to be gone.

        Errors: those of a read that proves nothing.
        """
        if not await self._read(record, id) and self._knowledge.entries.known_id(record.key) == id:
            self._knowledge.entries.forget_id(record)

    async def _read(self, record: SourceRecord, id: str) -> bool:
        """Return whether the service has the resource of an id; raises what keeps that unknown."""
        type = record.key.kind.resource_type
        try:
            await self._executor.refresh(type, id)
        except Rejected as error:
            if not await self._is_gone(record, id, error):
                raise
        self._asked.add(record.key)
        return id in self._knowledge.index[type]

    async def _is_gone(self, record: SourceRecord, id: str, error: Rejected) -> bool:
        """Return whether a service that answers an unknown id with something else than 404 means by it just that.

        No complete listing has it, no filter finds it, and the id is refused as such (4xx).
        """
        type = record.key.kind.resource_type
        listed = self._knowledge.index[type].listed and type not in self._knowledge.index.overview.unread
        if not (listed and 400 <= error.status < 500):
            return False
        await self._executor.search(record)
        return id not in self._knowledge.index[type]

    async def _asked_what_is_taken(self, facts: Facts, plan: Plan) -> bool:
        """Ask which of the values among which SelectUniqueValue chooses are free, once before a resource is created."""
        choices = self._knowledge.desired.mapper(facts.record).choices
        if plan.verb is not Verb.CREATE or not choices.is_due(facts.record):
            return False
        await self._executor.choose(facts.record)
        return True
