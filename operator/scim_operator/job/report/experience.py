"""The experience of a session: what was found out about its service, and which objects that does not take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import EVERYONE
from scim_operator.core.service.quirks import Found, InForce, Quirk, by_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.report.stock import Stock


@dataclass(frozen=True, slots=True)
class Experience:
    """Collects what every part has learned; `by_writing` is what only writes have."""

    service: Service
    knowledge: Knowledge
    by_writing: Callable[[], Iterable[Found]]
    stock: Stock

    @property
    def in_force(self) -> InForce:
        """Return what is in force of the service now."""
        quirks = (*self.service.quirks, *self.by_writing(), *self._of_objects())
        return InForce(self.service.capabilities, quirks)

    def _of_objects(self) -> Iterable[Found]:
        """Return what the objects' statuses say of the service."""
        index = self.knowledge.index
        yield from by_count(Quirk.REFORMATTED, self.stock.forms)
        hides = index.hides_members and index[ResourceType.GROUP].listed
        recorded = (entry.members for key, entry in self.knowledge.entries.all() if key.kind is Kind.GROUP)
        if hides and any(members and EVERYONE not in members for members in recorded):
            yield Found(Quirk.HIDDEN_MEMBERS)
