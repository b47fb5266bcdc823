"""The resources created here a moment ago, which an eventually consistent service may not know everywhere yet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scim_operator.core.wording import counted
from scim_operator.errors import NotYetKnown, Rejected, ScimOperatorError, WrongService, WrongServiceReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scim_operator.core.keys import ResourceType
    from scim_operator.core.plan.plan import Plan
    from scim_operator.job.gather.remote_index import RemoteIndex

YOUTH = timedelta(minutes=5)
"""How long after its creation a refusal may mean that the service does not know a resource yet."""
SETTLING = timedelta(minutes=1)
"""How long after its creation an id that the service does not know may still be that of a resource it has."""
NAMED = 5
_UNKNOWN = frozenset({400, 404, 409, 410, 422})
"""Statuses with which services answer to a member that they do not know."""
MOST = 100_000
"""Creations that are remembered."""


class Youth:
    """When the resources of one session were created, by id. `index` is what the service holds."""

    def __init__(self, now: Callable[[], datetime], index: Mapping[ResourceType, RemoteIndex]) -> None:
        self._now = now
        self._index = index
        self._born: dict[str, datetime] = {}

    def born(self, id: str) -> None:
        """Note that a resource was created just now; those that are no longer young are forgotten."""
        self._born.pop(id, None)
        self._born[id] = self._now()
        while self._born and (len(self._born) > MOST or not self._is_young(next(iter(self._born)))):
            del self._born[next(iter(self._born))]

    def excuse(self, plan: Plan, error: ScimOperatorError) -> ScimOperatorError:
        """Return the error that a refused plan ends with: NotYetKnown where it may be about a young member."""
        # Some services take no inactive members, which no time heals.
        active = (member for member in plan.member_adds if self._index[member.type].is_active(member.id))
        young = sorted(member.name for member in active if self._is_young(member.id))
        if not young or not _may_be_of_a_member(error):
            return error
        names = ", ".join(young[:NAMED]) + (
            f" and {counted(len(young) - NAMED, 'other')}" if len(young) > NAMED else ""
        )
        return NotYetKnown(f"The service may not know {names} yet, created a moment ago: it is tried again. {error}")

    def seen(self, id: str) -> None:
        """Note that the service has shown a resource: what it says of that from now on is believed."""
        self._born.pop(id, None)

    def believe_gone(self, id: str) -> None:
        """Raise NotYetKnown where an unknown id may be one that the service does not know yet.

        Asked before access that is to end is taken for ended: a moment later the resource may be there, and active.
        """
        if self._is_young(id, SETTLING):
            raise NotYetKnown(
                "The service does not know by its id what was created a moment ago, and may still have it: it is tried "
                "again."
            )

    def _is_young(self, id: str, youth: timedelta = YOUTH) -> bool:
        return id in self._born and self._now() - self._born[id] < youth


def _may_be_of_a_member(error: ScimOperatorError) -> bool:
    if isinstance(error, WrongService):
        return error.reason == WrongServiceReason.WRONG_URL
    return isinstance(error, Rejected) and error.status in _UNKNOWN
