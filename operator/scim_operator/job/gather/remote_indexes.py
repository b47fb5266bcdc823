"""The service as last listed: an index for each resource type, each renewed by a listing of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import ResourceType
from scim_operator.job.gather.matches import identifying
from scim_operator.job.gather.overview import Overview
from scim_operator.job.gather.remote_index import RemoteIndex, as_it_is

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import Document
    from scim_operator.job.base.settings import Settings


class RemoteIndexes(dict[ResourceType, RemoteIndex]):
    """The index of each resource type.

    `hides_members`: the config takes what was sent for what the service holds, and no listing has shown a member yet;
    `recorded` are then the ids that we put into the group of an id. `shows_members`: a listing has shown one.
    `overview` says which types could not be listed.
    """

    def __init__(self, settings: Settings, recorded: Callable[[str], Iterable[str]]) -> None:
        self._rules = settings.rules
        self._recorded = recorded
        capabilities = settings.spec.service.capabilities
        self.hides_members = capabilities.verify_members is False
        self.overview = Overview()
        self.shows_members = False
        self._learned: dict[ResourceType, tuple[AttributePath, ...]] = dict.fromkeys(ResourceType, ())
        super().__init__({type: self._empty(type) for type in ResourceType})

    def fresh(self, type: ResourceType) -> RemoteIndex:
        """Return an empty index for a new listing. `renew` replays what the present one takes in meanwhile."""
        self[type].keep_journal()
        return self._empty(type)

    def learned(self, type: ResourceType) -> tuple[AttributePath, ...]:
        """Return by which attributes the resources of a type can be found, beside those that they are known by."""
        return self._learned[type]

    def learn(self, type: ResourceType, path: AttributePath) -> None:
        """Make the resources of a type findable by one more attribute, from now on."""
        if path not in identifying(self._rules[type]) and path not in self._learned[type]:
            self._learned[type] = (*self._learned[type], path)
            self[type].learn(path)

    def renew(self, type: ResourceType, listed: RemoteIndex) -> None:
        """A listing is complete: it replaces what was known, but not what we wrote while it ran."""
        if type is ResourceType.GROUP and listed.has_members:  # a group without any is an empty one there
            self.hides_members, self.shows_members = False, True
        for path in self._learned[type]:
            listed.learn(path)  # what was learned while the listing ran
        self[type].replay_journal(listed)
        listed.listed = True
        self[type] = listed

    def holding(self, id: str) -> list[str]:
        """Return the ids of the groups at the service that list this id as a member."""
        needle, groups = f'"{id}"'.encode(), self[ResourceType.GROUP]
        return [group for group in groups.ids() if groups.mentions(group, needle)]

    def _empty(self, type: ResourceType) -> RemoteIndex:
        owner, complete = self._rules[type].owner, self.with_members if type is ResourceType.GROUP else as_it_is
        paths = (*identifying(self._rules[type]), *self._learned[type])
        return RemoteIndex(paths, lambda document: bool(owner.other(document)), complete)

    def with_members(self, group: Document) -> Document:
        """Return a group with the members that we put there, where the service shows none."""
        if not self.hides_members or "members" in group:
            return group
        return {**group, "members": [{"value": id} for id in self._recorded(group["id"])]}
