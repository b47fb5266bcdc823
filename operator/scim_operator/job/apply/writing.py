"""Sends one change in the first way that the service takes, and what it refuses as a whole in pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import apart
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import EVERYONE
from scim_operator.core.plan.parts import only_takes_access
from scim_operator.core.plan.update import after, version_of
from scim_operator.core.plan.verb import Verb
from scim_operator.core.service.capabilities import MemberForm
from scim_operator.errors import (
    PatchUnsupported,
    PreconditionFailed,
    Rejected,
    ResourceGone,
    ScimOperatorError,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongService,
)
from scim_operator.job.apply.requests import requests
from scim_operator.job.apply.ways import FORBIDDEN, MOST, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.plan.plan import Member, Plan
    from scim_operator.core.resource import Document
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.job.apply.ways import Way, Ways
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Written:
    """A change that the service took: what it had before, its last answer, and the way.

    `is_fresh`: what it had before was read for this change, so that what is gone after it was lost by it.
    """

    before: Document
    answer: Document | None
    way: Way
    is_fresh: bool = False


class Writing:
    """Sends changes to one service."""

    def __init__(self, service: Service, knowledge: Knowledge, ways: Ways) -> None:
        self._service = service
        self._knowledge = knowledge
        self._ways = ways

    async def write(self, plan: Plan, observed: Document) -> Written:
        """Send a change; where it is refused, in other ways; and where all are, each part of it alone.

        What can be sent is sent, and the refusal of the rest is raised.
        """
        try:
            return await self._in_some_way(plan, observed)
        except Rejected as refusal:
            pieces = _pieces(plan)
            if len(pieces) < 2:
                raise
            return await self._in_pieces(pieces, observed, refusal)

    async def _in_pieces(self, pieces: Iterable[Plan], observed: Document, refusal: Rejected) -> Written:
        written, refused = None, None
        for piece in pieces:
            try:
                written = await self._in_some_way(piece, observed)
            except Rejected as error:
                refused = refused or error
            else:
                observed = after(written.before, piece, written.answer)
                self._knowledge.index[piece.key.kind.resource_type].put(observed)
        if written is None or refused is not None:
            raise refused or refusal
        return replace(written, answer=None)

    async def _in_some_way(self, plan: Plan, observed: Document) -> Written:
        """Send a change in the way in force, and in each that its refusal may call for, until one is taken."""
        todo = [self._ways.first(plan)]
        refused: dict[Way, ScimOperatorError] = {}
        current = await self._before(plan)
        while todo and len(refused) < MOST:
            way = todo.pop(0)
            try:
                if not way.patch and current is None and plan.verb is not Verb.CREATE:
                    current = await self._current(plan)
                answer = await self._send(plan, current or observed, way)
            except ScimOperatorError as error:
                if not self._is_about_the_way(plan, error):
                    if refused:
                        break  # what was said first counts
                    raise
                if not refused or isinstance(error, ResourceGone):
                    current = await self._reread(plan, error) or current
                refused[way] = error
                others = self._ways.after(way, plan, error)
                todo += [each for each in others if each not in refused and each not in todo]
            else:
                self._ways.worked(plan, way, refused.items())
                return Written(current or observed, answer, way, current is not None)
        raise _terminal(next(iter(refused.values())))

    async def _before(self, plan: Plan) -> Document | None:
        """Return the resource where a write may lose something of it; None where not, or where access cannot wait."""
        suspect = plan.verb is not Verb.CREATE and plan.key.kind.resource_type in self._ways.suspects
        if not suspect and not _may_lose_members(plan):
            return None
        if not only_takes_access(plan):
            return await self._current(plan)
        return None if plan.id in self._ways.unread else await self._readable(plan)

    async def _readable(self, plan: Plan) -> Document | None:
        """Return the resource as it is now; None where the service does not let it be read."""
        try:
            return await self._current(plan)
        except (Rejected, Unauthorized) as error:
            if passes(error):
                raise
            return None

    def _is_about_the_way(self, plan: Plan, error: ScimOperatorError) -> bool:
        """Return whether another way may avoid an error."""
        if isinstance(error, Rejected | PatchUnsupported):
            return True
        if plan.verb is Verb.CREATE:
            return False
        if isinstance(error, ResourceGone):
            return True
        if isinstance(error, PreconditionFailed):  # where no version was named
            return only_takes_access(plan) and not self._service.capabilities.etag
        if isinstance(error, Unauthorized) and error.status == FORBIDDEN:
            return only_takes_access(plan)
        # What is no word of the service on the change may be a proxy's on PATCH, which it does not know.
        return passes(error) and only_takes_access(plan) and self._ways.keeps_failing(plan)

    async def _reread(self, plan: Plan, failure: ScimOperatorError) -> Document | None:
        """Return the resource after a failure that may not be about this change; None where it is, or no one may read.

        Raises ResourceGone where it is gone, and the failure where the resource cannot be read either.
        """
        if isinstance(failure, ResourceGone):
            return await self._current(plan)
        if not passes(failure):
            return None
        try:
            return await self._readable(plan)
        except (Unauthorized, Unavailable, Unreachable, Throttled, WrongService) as error:
            self._ways.fails_no_more(plan)
            raise failure from error

    async def put(self, plan: Plan) -> Document | None:
        """Send a change by PUT, which says all that the resource is to have; the answer."""
        return await self._send(plan, await self._current(plan), replace(self._ways.first(plan), patch=False))

    async def _current(self, plan: Plan) -> Document:
        """Return the resource as it is now: a PUT sends all of it back, and what a write loses is put back."""
        current = await self._service.get(plan.key.kind.resource_type, plan.id)
        if current is None:
            raise ResourceGone("The resource is gone.")
        return self._knowledge.index.with_members(current) if plan.key.kind is Kind.GROUP else current

    async def _send(self, plan: Plan, observed: Document, way: Way) -> Document | None:
        """Send the requests of a plan, each with the version that the one before left; the last answer."""
        capabilities = way.over(self._service.capabilities.of(plan.key.kind.resource_type))
        answer: Document | None = None
        version = version_of(observed) if capabilities.etag else None
        several = requests(self._named(plan, capabilities), observed, capabilities)
        if capabilities.bulk and version is None and (together := tuple(several)):
            return await self._service.write_all(together)
        for request in several:
            answer = await self._service.write(request, version)
            version = version_of(answer) if answer and version else None
        return answer

    def _named(self, plan: Plan, capabilities: Capabilities) -> Plan:
        """Return the plan with the names of its new members, where the service wants them."""
        if capabilities.member_form is not MemberForm.NAMED or not plan.member_adds:
            return plan
        return replace(plan, member_adds=tuple(map(self._with_name, plan.member_adds)))

    def _with_name(self, member: Member) -> Member:
        document = self._knowledge.index[member.type].get(member.id) or {}
        return replace(member, display=str(document.get("displayName") or document.get("userName") or ""))


def _may_lose_members(plan: Plan) -> bool:
    """Return whether members that only the service knows may be lost: they are looked at before as well as after."""
    is_group = plan.key.kind.resource_type is ResourceType.GROUP and plan.verb is not Verb.CREATE
    others = bool(plan.remembered) and EVERYONE not in plan.remembered
    return is_group and (bool(plan.changes) or others)


def _pieces(plan: Plan) -> list[Plan]:
    """Return the parts of a change that make sense alone: each attribute, and the new members."""
    if plan.verb is Verb.CREATE:
        return [plan]
    alone = [replace(plan, changes=changes, member_adds=(), member_removals=()) for changes in apart(plan.changes)]
    if plan.member_adds or plan.member_removals:
        alone.append(replace(plan, changes=()))
    return alone


def _terminal(error: ScimOperatorError) -> ScimOperatorError:
    return Rejected(str(error), status=error.status) if isinstance(error, PatchUnsupported) else error
