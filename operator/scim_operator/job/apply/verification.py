"""What a write really did: the service's answer, or one look at what it has, beside what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.decision import reformatted
from scim_operator.core.keys import ResourceType
from scim_operator.core.plan.update import is_dialect, member_ids
from scim_operator.errors import Rejected
from scim_operator.job.apply.outcome import PLAN_AGAIN, Done

if TYPE_CHECKING:
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.status import Reformatted
    from scim_operator.core.resource import Document
    from scim_operator.job.apply.outcome import Outcome
    from scim_operator.job.apply.ways import Ways
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

    async def members(self, plan: Plan, expected: Document, desired: DesiredAttributes) -> Outcome:
        """Read the group back: services answer success to removals that they did not make, or that took everyone."""
        await self.refresh(ResourceType.GROUP, plan.id)
        actual = self._knowledge.index[ResourceType.GROUP].get(plan.id)
        if actual is None:
            return PLAN_AGAIN
        wanted, found = member_ids(expected), member_ids(actual)
        if wanted == found:
            return Done(actual, await self.reformatted(plan.key, actual, desired))
        if is_dialect(plan, wanted, found):
            self._ways.in_vain(removing=bool(plan.member_removals))
        return PLAN_AGAIN

    async def reformatted(
        self, key: ObjectKey, document: Document, desired: DesiredAttributes
    ) -> tuple[Reformatted, ...]:
        """Return what the service keeps in another form than we sent, after one look of its own to be sure."""
        type, immutable = key.kind.resource_type, self._knowledge.rules(key.kind).immutable
        if not _unlike(document, desired, immutable):
            return ()
        await self.refresh(type, document["id"])
        again = self._knowledge.index[type].get(document["id"]) or {}
        left = [change for change in changes(desired, again, clear=()) if change.path not in immutable]
        if any(change.path == ACTIVE for change in left):
            raise Rejected("The service answered success, but `active` is not as sent.", status=200)
        return tuple(reformatted(change, key, self._knowledge.seal) for change in left)


def refuse_access(plan: Plan, document: Document) -> None:
    """Raise where the service still says that access holds which it was asked to end, or the other way round."""
    wanted = {change.path: change.new for change in plan.changes if change.path == ACTIVE}
    if not unassigned(ACTIVE.read(document)) and changes(wanted, document):
        raise Rejected("The service answered success, but `active` is not as sent.", status=200)


def _unlike(document: Document, desired: DesiredAttributes, immutable: frozenset[AttributePath]) -> bool:
    return any(change.path not in immutable for change in changes(desired, document, clear=()))
