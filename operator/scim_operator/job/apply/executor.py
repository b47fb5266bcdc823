"""Carries one plan out at the service: SCIM requests in, what the service then holds out.

A request whose answer is lost is never repeated blindly: the service is asked what it has, and a new plan is made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.keys import ResourceType
from scim_operator.core.ownership.owner import still_has
from scim_operator.core.plan.update import after, is_dialect, lost_members, member_ids, tells, with_members
from scim_operator.core.plan.verb import Verb
from scim_operator.core.wording import counted
from scim_operator.errors import (
    NotYetKnown,
    PreconditionFailed,
    Rejected,
    RequestTooLarge,
    ResourceGone,
    ScimOperatorError,
    Unavailable,
    Unreachable,
)
from scim_operator.job.apply.damage import Damage
from scim_operator.job.apply.outcome import MORE, PLAN_AGAIN, TAKEN, Done
from scim_operator.job.apply.requests import requests
from scim_operator.job.apply.verification import Verification, has_access_as_sent, refuse_access
from scim_operator.job.apply.ways import Ways, passes
from scim_operator.job.apply.writing import Writing
from scim_operator.job.apply.youth import Youth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Member, Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.core.service.quirks import Found
    from scim_operator.job.apply.outcome import Outcome
    from scim_operator.job.apply.writing import Written
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.service_entries import Entries


_NOT_SHOWN = (
    "The service confirmed the end of access, and does not show what became of the resource: it is looked at again, "
    "and each listing will tell."
)


class Executor:
    """Sends what plans ask for to one service, and keeps the index of what it holds."""

    def __init__(self, service: Service, knowledge: Knowledge) -> None:
        self._service = service
        self._knowledge = knowledge
        self._ways = Ways(service)
        self._writing = Writing(service, knowledge, self._ways)
        self._verification = Verification(service, knowledge, self._ways)
        self._damage = Damage(knowledge, self._ways, self._writing, self._verification)
        self.youth = Youth(knowledge.now, knowledge.index)

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what writes have found out about the service that no capability says."""
        return self._ways.quirks

    def inherit(self, former: Executor) -> None:
        """Take over what was learned over another connection to the same service, under the same spec."""
        self._ways.ended |= former._ways.ended

    def shown(self, id: str) -> None:
        """Note that the service shows a resource as it is: an end of access that was confirmed before is over."""
        self._ways.ended.discard(id)

    def believe_ended(self, id: str, error: ScimOperatorError) -> None:
        """Raise where the service confirmed an end of access, and cannot show what became of it because of an error.

        The end is not sent again then. The refusal of a read may be the service's way to say that it is gone.
        """
        if id in self._ways.ended:
            if isinstance(error, Rejected):
                raise NotYetKnown(_NOT_SHOWN) from error
            raise error

    async def carry_out(self, record: SourceRecord, plan: Plan, desired: DesiredAttributes) -> Outcome:
        """Send the plan's requests. Errors are those of `errors.py`; PLAN_AGAIN is no error."""
        type = record.key.kind.resource_type
        self._knowledge.index.overview.demand(type)
        try:
            match plan.verb:
                case Verb.CREATE:
                    return await self._create(record, plan, desired)
                case Verb.DELETE:
                    return _or_another(self._knowledge.entries, record, await self.delete(plan))
                case _:
                    return await self._update(type, plan, desired)
        except ResourceGone:
            await self._believe_gone(plan)
            return PLAN_AGAIN
        except (PreconditionFailed, RequestTooLarge):
            self._knowledge.index[type].doubt([plan.id])
            return PLAN_AGAIN
        except ScimOperatorError:
            # A chunk may have gone through, or the answer was lost: what the service holds is to be read again.
            self._knowledge.index[type].doubt([plan.id])
            raise

    async def _believe_gone(self, plan: Plan) -> None:
        """Note that the resource is gone.

        Raises Rejected where the group that was not found is there, so that 404 was about one of its members.
        """
        if plan.ends_access:
            self.youth.believe_gone(plan.id)
            self._ways.ended.add(plan.id)
        self._knowledge.index[plan.key.kind.resource_type].drop(plan.id)
        if not plan.member_adds:
            return
        await self.refresh(ResourceType.GROUP, plan.id)
        if plan.id in self._knowledge.index[ResourceType.GROUP]:
            raise Rejected(
                "The service answered 404, has the group, and so does not know one of its members.", status=404
            )

    async def search(self, record: SourceRecord) -> bool:
        """Ask the service for what the record's matching attributes name; return whether we found anything new."""
        type = record.key.kind.resource_type
        self._knowledge.index.overview.demand(type)
        index, found = self._knowledge.index[type], False
        for path, value in self._knowledge.identities.sought(record):
            for document in await self._service.find(type, str(path), str(value)):
                found = found or document["id"] not in index
                index.put(document)
            if found:
                return True
        return False

    async def choose(self, record: SourceRecord) -> bool:
        """Have SelectUniqueValue choose among what the service does not have; return whether the choice is new."""
        choices = self._knowledge.desired.mapper(record).choices
        if not choices:
            return False
        async with choices.turn:
            candidates = choices.candidates(record)
            taken = await self._taken(record.key.kind.resource_type, candidates)
            return choices.choose(record, candidates, taken)

    async def _taken(
        self, type: ResourceType, candidates: Iterable[tuple[AttributePath, str]]
    ) -> frozenset[tuple[AttributePath, str]]:
        """Return which of the values the service has already; each attribute's are asked for up to a free one."""
        found: set[tuple[AttributePath, str]] = set()
        free: set[AttributePath] = set()
        for path, value in candidates:
            if path not in free:
                if await self._service.find(type, str(path), value):
                    found.add((path, value))
                else:
                    free.add(path)
        return frozenset(found)

    async def refresh(self, type: ResourceType, id: str) -> None:
        """Read one resource again."""
        self._knowledge.index.overview.demand(type)
        try:
            await self._verification.refresh(type, id)
        except ScimOperatorError as error:
            self._ways.unread[id] = error
            raise
        self._ways.unread.pop(id, None)
        self._ways.ended.discard(id)
        if id in self._knowledge.index[type]:
            self.youth.seen(id)

    async def _create(self, record: SourceRecord, plan: Plan, desired: DesiredAttributes) -> Outcome:
        body = plan.document or {}
        try:
            created = (await self._writing.write(plan, body)).answer
        except (Rejected, Unreachable) as error:
            if not _may_exist(error):
                raise
            # Where a value was chosen for being free, someone may have been quicker, and another one is chosen.
            if not await self._found(record, error) and not await self.choose(record):
                raise (_hidden(error) if isinstance(error, Rejected) else error) from None
            return TAKEN if isinstance(error, Rejected) and not error.repeated else PLAN_AGAIN
        if created is None or not await self._is_new(record, body, created):
            if await self.search(record) or self._knowledge.identities.holders(record, ""):
                return PLAN_AGAIN
            raise Rejected(
                "The service answered a create without the resource, or with another one, and does not find it.",
                status=200,
            )
        return await self._created(record, plan, created, desired)

    async def _found(self, record: SourceRecord, error: Rejected | Unreachable) -> bool:
        """Return whether a search finds what may exist; raises `error` where the service shows nothing."""
        try:
            return await self.search(record)
        except Rejected:
            if isinstance(error, Unreachable):
                raise error from None
            raise _hidden(error) from None

    async def _is_new(self, record: SourceRecord, body: Document, created: Document) -> bool:
        """Return whether an answer shows what was asked for: with another resource's id we would own that (S1)."""
        type, id = record.key.kind.resource_type, created.get("id")
        paths = self._known_by(record)
        wanted = {path: path.read(body) for path in paths}
        if not id:
            return False
        if _is_blank(created, paths):
            if id not in self._knowledge.index[type]:
                await self.refresh(type, id)
        elif not still_has(created, wanted, paths):
            return False
        known = self._knowledge.index[type].get(id)
        return known is None or still_has(known, wanted, paths)

    def _known_by(self, record: SourceRecord) -> set[AttributePath]:
        return {EXTERNAL_ID, *(path for path, _ in self._knowledge.identities.sought(record))}

    async def _created(
        self, record: SourceRecord, plan: Plan, created: Document, desired: DesiredAttributes
    ) -> Outcome:
        """Take in what was created, as the service shows it: what it left out, one look finds."""
        type, chunk = plan.key.kind.resource_type, self._service.capabilities.member_chunk
        known = self._knowledge.index[type].get(created["id"]) if _is_blank(created, self._known_by(record)) else None
        document: Document | None = known or created
        if type is ResourceType.GROUP and plan.member_adds:
            document = with_members(known or created, frozenset(plan.member_adds[:chunk]))
            document = await self._verification.members(plan, document, created)
        if document is None:
            return PLAN_AGAIN
        self._knowledge.index[type].put(document)
        self.youth.born(document["id"])
        if plan.member_adds[chunk:]:
            return MORE
        if member_ids(document) != {member.id for member in plan.member_adds}:
            return PLAN_AGAIN
        return await self._verification.settled(plan, document, desired)

    async def delete(self, plan: Plan) -> Done:
        """Delete one resource, which may be gone already, and look whether it is: an answer alone proves nothing.

        Some services keep users, inactive, which is reported.
        """
        type, id = plan.key.kind.resource_type, plan.id
        sent = [await self._service.delete(each) for each in requests(plan, None, self._service.capabilities)]
        self._ways.ended.add(id)
        # Whether the service takes a deleted resource out of its groups is not for us to guess.
        self._knowledge.index[ResourceType.GROUP].doubt(self._knowledge.index.holding(id))
        await self.refresh(type, id)
        left = self._knowledge.index[type].get(id)
        if left is not None and (type is ResourceType.GROUP or changes({ACTIVE: False}, left)):
            said = "success to the deletion" if all(sent) else "that it is gone already"
            raise Rejected(f"The service answered {said} but still has the {type.value.lower()}.", status=200)
        self._ways.fails_no_more(plan)
        return Done(left)

    def is_refused(self, plan: Plan, error: ScimOperatorError) -> bool:
        """Return whether a failure of a deletion speaks of it alone: it is an answer to it, or has lasted."""
        return isinstance(error, Rejected | Unavailable) or (passes(error) and self._ways.keeps_failing(plan))

    async def _update(self, type: ResourceType, plan: Plan, desired: DesiredAttributes) -> Outcome:
        observed = self._knowledge.index[type].get(plan.id)
        if observed is None:
            if plan.verb is not Verb.DISABLE:
                return PLAN_AGAIN
            observed = {"id": plan.id}  # the service does not show the user: the id on record is enough
        written = await self._writing.write(plan, observed)
        document = after(written.before, plan, written.answer)
        self._knowledge.index[type].put(document)
        if plan.verb is Verb.DISABLE:
            self._ways.ended.add(plan.id)
        if type is ResourceType.GROUP:
            ours = {member.id for member in (*plan.member_adds, *plan.member_removals)}
            news = (member_ids(written.before) ^ member_ids(observed)) - ours
            outcome = await self._regrouped(plan, document, written, desired)
            return PLAN_AGAIN if news else outcome  # the plan did not know who was in it, and who was not
        if plan.changes and not (tells(written.answer) and has_access_as_sent(plan, document)):
            await self.refresh(type, plan.id)
            document = self._knowledge.index[type].get(plan.id) or document
        refuse_access(plan, document)
        document = await self._damage.repaired(plan, written, document, desired)
        return await self._verification.settled(plan, document, desired, written.way)

    async def _regrouped(self, plan: Plan, expected: Document, written: Written, desired: DesiredAttributes) -> Outcome:
        """Compare the members with those that are to be there, and put back whom the write has lost."""
        actual = await self._verification.members(plan, expected, written.answer)
        if actual is not None and written.is_fresh and (lost := lost_members(plan, expected, actual)):
            actual = await self._put_back(plan, actual, lost)
        if actual is None:
            return PLAN_AGAIN
        self._knowledge.index[ResourceType.GROUP].put(actual)
        wanted, found = member_ids(expected), member_ids(actual)
        if wanted == found:
            return await self._verification.settled(plan, actual, desired, written.way)
        if is_dialect(plan, wanted, found) and not self._ways.in_vain(plan):
            raise Unavailable(_NOT_MADE, status=200)
        return PLAN_AGAIN

    async def _put_back(self, plan: Plan, actual: Document, lost: tuple[Member, ...]) -> Document | None:
        """Add those again who were in the group right before a write, and are not after it."""
        repair = replace(plan, changes=(), member_adds=lost, member_removals=(), remembered=())
        written = await self._writing.write(repair, actual)
        found = await self._verification.members(repair, after(written.before, repair, written.answer), written.answer)
        gone = {member.id for member in lost} - (member_ids(found) if found else set())
        if gone:
            raise Rejected(
                f"The service took {counted(len(gone), 'member')} out of the group when it was changed, and does not "
                "take them back: add them at the service, and report this to its vendor.",
                status=200,
            )
        return found


def _or_another(entries: Entries, record: SourceRecord, done: Done) -> Outcome:
    """Return what comes of a deletion: what another operator has on record beside what is gone is planned then."""
    if done.document is not None or record.key not in entries.elsewhere:
        return done
    entries.forget_id(record)
    return PLAN_AGAIN


_NOT_MADE = (
    "The service answers success to a change of members, and does not make it. If it never shows who is in a group, "
    "set spec.service.capabilities.verifyMembers to false: what was sent is then taken for what it holds."
)


def _is_blank(document: Document, paths: Iterable[AttributePath]) -> bool:
    """Return whether a resource shows nothing that it is known by."""
    return all(unassigned(path.read(document)) for path in paths)


def _hidden(error: Rejected) -> Rejected:
    return Rejected(
        f"{error} No list and no filter shows what has the value, so it is hidden at the service, as when it was "
        "deleted or deactivated there, or belongs to another directory: restore, rename or remove it there.",
        status=error.status,
        scim_type=error.scim_type,
    )


def _may_exist(error: Rejected | Unreachable) -> bool:
    if isinstance(error, Unreachable):
        return error.sent
    return error.status == 409 or error.scim_type.lower() == "uniqueness"
