"""Puts back what no one manages and a PATCH has lost (promise S9).

It is looked for in the answer, and where that lacks any, by one read.

| before the write       | after it                              | then                                                |
|------------------------|---------------------------------------|-----------------------------------------------------|
| read right before      | an attribute is gone                  | it is put back by PUT, and the type goes by PUT     |
| as last seen           | what we manage is gone as well        | it is put back by PUT                               |
| as last seen           | only what no one manages is gone      | someone may have removed it; the next write of the  |
|                        |                                       | type is looked at before                            |
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.plan.damage import loses_managed, lost
from scim_operator.core.plan.update import tells
from scim_operator.errors import PatchUnsupported, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document
    from scim_operator.job.apply.verification import Verification
    from scim_operator.job.apply.ways import Ways
    from scim_operator.job.apply.writing import Writing, Written
    from scim_operator.job.gather.knowledge import Knowledge

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Damage:
    """Looks for damage after each write of one service."""

    knowledge: Knowledge
    ways: Ways
    writing: Writing
    verification: Verification

    async def repaired(self, plan: Plan, written: Written, document: Document, desired: DesiredAttributes) -> Document:
        """Return the resource after a write, with what that has lost. Raises Rejected where it is not taken back."""
        type = plan.key.kind.resource_type
        gone = lost(plan, written.before, document, desired) if written.way.patch else ()
        if gone and tells(written.answer):  # an answer may show a part alone: one look says what is gone
            await self.verification.refresh(type, plan.id)
            document = self.knowledge.index[type].get(plan.id) or document
            gone = lost(plan, written.before, document, desired)
        if not gone:
            if written.is_fresh:
                self.ways.suspects.discard(type)
            return document
        if not written.is_fresh and not loses_managed(plan, written.before, document, desired):
            self.ways.suspects.add(type)
            logger.warning("%s: after a change %s lacks %s, which no one manages.", *self._about(plan, gone))
            return document
        logger.warning("%s: a change of %s has lost %s, which is put back.", *self._about(plan, gone))
        found = await self._put_back(plan, gone)
        if written.is_fresh:
            self.ways.lost(plan)
        return found

    def _about(self, plan: Plan, gone: tuple[AttributeChange, ...]) -> tuple[object, object, str]:
        return self.knowledge.settings.key, plan.key, ", ".join(str(change.path) for change in gone)

    async def _put_back(self, plan: Plan, gone: tuple[AttributeChange, ...]) -> Document:
        type, repair = plan.key.kind.resource_type, replace(plan, changes=gone)
        try:
            answer = await self.writing.put(repair)
        except (Rejected, PatchUnsupported):
            raise _not_taken_back(gone) from None
        if answer is not None and tells(answer):
            self.knowledge.index[type].put(answer)
        else:
            await self.verification.refresh(type, plan.id)
        found = self.knowledge.index[type].get(plan.id) or {}
        if still := [change for change in gone if unassigned(change.path.read(found))]:
            raise _not_taken_back(still)
        return found


def _not_taken_back(gone: Iterable[AttributeChange]) -> Rejected:
    names = ", ".join(str(change.path) for change in gone)
    return Rejected(
        f"The service has lost {names}, which no one manages, when the user was changed, and does not take it back: "
        "set it at the service, and report this to its vendor.",
        status=200,
    )
