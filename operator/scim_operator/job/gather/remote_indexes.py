"""The service as last listed: an index for each resource type, each renewed by a listing of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import ResourceType
from scim_operator.job.gather.matches import identifying
from scim_operator.job.gather.remote_index import RemoteIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.decision.facts import Rules


class RemoteIndexes(dict[ResourceType, RemoteIndex]):
    """The index of each resource type."""

    def __init__(self, rules: Mapping[ResourceType, Rules]) -> None:
        self._rules = rules
        super().__init__({type: self._empty(type) for type in ResourceType})

    def fresh(self, type: ResourceType) -> RemoteIndex:
        """Return an empty index for a new listing. `renew` replays what the present one takes in meanwhile."""
        self[type].keep_journal()
        return self._empty(type)

    def renew(self, type: ResourceType, listed: RemoteIndex) -> None:
        """A listing is complete: it replaces what was known, but not what we wrote while it ran."""
        self[type].replay_journal(listed)
        listed.listed = True
        self[type] = listed

    def holding(self, id: str) -> list[str]:
        """Return the ids of the groups at the service that list this id as a member."""
        needle, groups = f'"{id}"'.encode(), self[ResourceType.GROUP]
        return [group for group in groups.ids() if groups.mentions(group, needle)]

    def _empty(self, type: ResourceType) -> RemoteIndex:
        owner = self._rules[type].owner
        return RemoteIndex(identifying(self._rules[type]), lambda document: bool(owner.other(document)))
