"""The experience of a session: what was found out about its service, and which objects that does not take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import EVERYONE
from scim_operator.core.service.quirks import Found, InForce, Quirk, by_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.retries import Retries
    from scim_operator.job.gather.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Experience:
    """Collects what every part has learned; `by_writing` is what only writes have."""

    service: Service
    knowledge: Knowledge
    retries: Retries
    by_writing: Callable[[], Iterable[Found]]

    @property
    def in_force(self) -> InForce:
        """Return what is in force of the service now."""
        quirks = (*self.service.quirks, *self.by_writing(), *self._of_objects())
        return InForce(self.service.capabilities, quirks)

    def lasts(self, key: ObjectKey) -> bool:
        """Return whether an object has failed so often that waiting will hardly help."""
        return self.retries.lasts(key)

    def _of_objects(self) -> Iterable[Found]:
        """Return what the objects' statuses say of the service."""
        entries, index = list(self.knowledge.entries.all()), self.knowledge.index
        forms = ((key.kind.resource_type, form.path) for key, entry in entries for form in entry.reformatted)
        yield from by_type(Quirk.REFORMATTED, forms)
        hides = index.hides_members and index[ResourceType.GROUP].listed
        recorded = (entry.members for key, entry in entries if key.kind is Kind.GROUP)
        if hides and any(members and EVERYONE not in members for members in recorded):
            yield Found(Quirk.HIDDEN_MEMBERS)
