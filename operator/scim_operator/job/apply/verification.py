"""What a write really did: the service's answer, or one look at what it has, beside what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.attributes.paths import ACTIVE, CLEARED
from scim_operator.core.decision.stored import is_kept, is_known_form, is_unrevoked, reformatted
from scim_operator.core.keys import ResourceType
from scim_operator.core.plan.update import tells
from scim_operator.core.plan.verb import Verb
from scim_operator.errors import Rejected
from scim_operator.job.apply.outcome import PLAN_AGAIN, Done

if TYPE_CHECKING:
    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document
    from scim_operator.job.apply.outcome import Outcome
    from scim_operator.job.apply.ways import Way, Ways
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge


class Verification:
    """Looks at what one service holds after a write."""

    def __init__(self, service: Service, knowledge: Knowledge, ways: Ways) -> None:
        self._service = service
        self._knowledge = knowledge
        self._ways = ways

    async def refresh(self, type: ResourceType, id: str) -> None:
        """Read one resource again."""
        document = await self._service.get(type, id)
        if document is None:
            self._knowledge.index[type].drop(id)
        else:
            self._knowledge.index[type].put(document)

    async def members(self, plan: Plan, expected: Document, answer: Document | None) -> Document | None:
        """Return the group after a write: as the answer shows it, or after one look; None when it is gone.

        Services answer success to removals that they did not make, and lose members when a name changes.
        """
        if not self._must_look(plan, expected, answer):
            shown = _shows_members(expected, answer)
            return {**expected, "members": answer.get("members") or []} if answer and shown else expected
        await self.refresh(ResourceType.GROUP, expected["id"])
        return self._knowledge.index[ResourceType.GROUP].get(expected["id"])

    def _must_look(self, plan: Plan, expected: Document, answer: Document | None) -> bool:
        """Return whether the answer does not show the members, or is not to be believed."""
        capabilities = self._service.capabilities
        moved = plan.verb is not Verb.CREATE and bool(plan.member_adds or plan.member_removals)
        if _shows_members(expected, answer):
            return moved and capabilities.verify_members
        return capabilities.verify_members or not (moved and capabilities.is_insisted("verify_members"))

    async def settled(
        self, plan: Plan, document: Document, desired: DesiredAttributes, way: Way | None = None
    ) -> Outcome:
        """Compare what the service holds with what was sent, after one look of its own where they differ.

        What was not sent teaches nothing: where that is not as desired, someone or the write itself has changed it,
        and a new plan is due. A value just sent that comes back otherwise is the service's own form of it.
        """
        if not self._unlike(plan, document, desired):
            self._ways.kept(plan, way)
            return Done(document, sent=_sent(plan, desired))
        await self.refresh(plan.key.kind.resource_type, document["id"])
        again = self._knowledge.index[plan.key.kind.resource_type].get(document["id"])
        if again is None and plan.verb is Verb.CREATE:  # created just now, and not known everywhere yet
            self._knowledge.index[plan.key.kind.resource_type].put(document)
            return Done(document, sent=_sent(plan, desired))
        if again is None:
            return PLAN_AGAIN
        sent, left = _sent(plan, desired), self._unlike(plan, again, desired)
        if any(str(change.path) not in sent for change in left):
            self._ways.dropped(plan)
            return PLAN_AGAIN
        self._ways.kept(plan, way)
        if any(change.path == ACTIVE and not _is_unshown_access(change) for change in left):
            raise _unseen() if unassigned(ACTIVE.read(again)) else unended("active")
        if granted := [str(change.path) for change in left if is_unrevoked(plan, change)]:
            raise unended(*granted)
        seal = self._knowledge.seal
        forms = tuple(reformatted(each, plan.key, seal, kept=is_kept(plan, each)) for each in left)
        return Done(again, forms, sent)

    def _unlike(self, plan: Plan, document: Document, desired: DesiredAttributes) -> list[AttributeChange]:
        """Return what is not as desired, without what the service never changes, or is known to keep in its form."""
        key, sent = plan.key, _sent(plan, desired)
        immutable, entry = self._knowledge.rules(key.kind).immutable, self._knowledge.entries.known(key)
        return [
            change
            for change in changes(desired, document, clear=_cleared(plan))
            if (plan.verb is Verb.CREATE or change.path not in immutable)
            and (str(change.path) in sent or not is_known_form(entry, change, key, self._knowledge.seal))
        ]


def has_access_as_sent(plan: Plan, document: Document) -> bool:
    """Return whether access is as asked for, as far as the resource shows it."""
    wanted = {change.path: change.new for change in plan.changes if change.path == ACTIVE}
    return unassigned(ACTIVE.read(document)) or not changes(wanted, document)


def refuse_access(plan: Plan, document: Document) -> None:
    """Raise where the service still says that access holds which it was asked to end, or the other way round."""
    if not has_access_as_sent(plan, document):
        raise unended("active")


def _is_unshown_access(change: AttributeChange) -> bool:
    """Return whether a service that does not show `active` was to give access: as any value that is never shown."""
    return unassigned(change.old) and equal(ACTIVE, change.new, True)  # noqa: FBT003


def _unseen() -> Rejected:
    """Return what it means that a service does not show whether access has ended: it is asked for again and again."""
    error = Rejected(
        "The service answered success and does not show `active`, so that it cannot be known whether access has ended; "
        "it is sent again.",
        status=200,
    )
    error.lost = True
    return error


def unended(*paths: str) -> Rejected:
    """Return what it means that access holds which was to end: a write may be lost, so it is sent again and again."""
    names = " and ".join(f"`{path}`" for path in paths)
    error = Rejected(f"The service answered success, but {names} is not as sent; it is sent again.", status=200)
    error.lost = True
    return error


def _shows_members(expected: Document, answer: Document | None) -> bool:
    """Return whether an answer shows who is in the group; a group without members may leave them out."""
    return answer is not None and tells(answer) and ("members" in answer or not expected.get("members"))


def _cleared(plan: Plan) -> list[AttributePath]:
    """Return what a plan takes away, of which the service may have kept some."""
    return [change.path for change in plan.changes if change.new is CLEARED]


def _sent(plan: Plan, desired: DesiredAttributes) -> frozenset[str]:
    """Return the paths whose values a plan sends: all of a new resource, and else what it changes."""
    paths = desired if plan.verb is Verb.CREATE else (change.path for change in plan.changes)
    return frozenset(map(str, paths))
