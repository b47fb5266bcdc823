"""The service as last listed: an index for each resource type, each renewed by a listing of its own."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING
from weakref import ref

from scim_operator.core.keys import ResourceType
from scim_operator.job.gather.census import Census
from scim_operator.job.gather.matches import identifying
from scim_operator.job.gather.overview import Overview
from scim_operator.job.gather.relisting import Relisting
from scim_operator.job.gather.remote_index import RemoteIndex, as_it_is

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import Kind
    from scim_operator.core.resource import Document
    from scim_operator.job.base.settings import Settings


class RemoteIndexes(dict[ResourceType, RemoteIndex]):
    """The index of each resource type.

    `hides_members`: the config takes what was sent for what the service holds, and no listing has shown a member yet;
    `recorded` are then the ids that we put into the group of an id. `shows_members`: a listing has shown one.
    `overview` says which types could not be listed. `owners` returns the ids that a manifest owns, by kind.
    """

    def __init__(
        self,
        settings: Settings,
        recorded: Callable[[str], Iterable[str]],
        owners: Callable[[Kind], Container[str]] = lambda kind: (),
    ) -> None:
        self._rules = settings.rules
        self._owners = owners
        self._packs = True
        self._made: dict[ResourceType, list[ref[RemoteIndex]]] = {type: [] for type in ResourceType}
        self._recorded = recorded
        capabilities = settings.spec.service.capabilities
        self.hides_members = capabilities.verify_members is False
        self.overview = Overview()
        self.shows_members = False
        self._learned: dict[ResourceType, tuple[AttributePath, ...]] = dict.fromkeys(ResourceType, ())
        super().__init__({type: self._empty(type) for type in ResourceType})

    def fresh(self, type: ResourceType) -> RemoteIndex | Relisting:
        """Return what takes in a new listing; `renew` adds what the present index takes in meanwhile."""
        self[type].keep_journal()
        return Relisting(self[type]) if self[type].listed else self._empty(type)

    def learned(self, type: ResourceType) -> tuple[AttributePath, ...]:
        """Return by which attributes the resources of a type can be found, beside those that they are known by."""
        return self._learned[type]

    def learn(self, type: ResourceType, path: AttributePath) -> None:
        """Make the resources of a type findable by one more attribute, from now on."""
        if path not in identifying(self._rules[type]) and path not in self._learned[type]:
            self._learned[type] = (*self._learned[type], path)
            self[type].learn(path)

    def settling(self, type: ResourceType, listed: RemoteIndex | Relisting) -> Iterator[None]:
        """Do the long part of `renew`, where much is otherwise; others may have a turn at each step."""
        if isinstance(listed, Relisting) and not listed.is_small:
            made = self._empty(type)
            for document in listed.documents():
                made.put(document)
                yield
            listed.made = made

    def renew(self, type: ResourceType, listed: RemoteIndex | Relisting) -> None:
        """A listing is complete: it replaces what was known, but not what we wrote while it ran."""
        if type is ResourceType.GROUP and listed.has_members:  # a group without any is an empty one there
            self.hides_members, self.shows_members = False, True
        if isinstance(listed, Relisting) and listed.made is None:
            listed.take_in()
            return
        made = listed.made if isinstance(listed, Relisting) else listed
        assert made is not None  # noqa: S101 - as `settling` left it
        for path in self._learned[type]:
            made.learn(path)  # what was learned while the listing ran
        moved = listed.moved() if isinstance(listed, Relisting) else set()
        self[type].replay_journal(made)
        made.listed, made.moved = True, self[type].moved | moved
        self[type] = made

    def keep_plainly(self) -> None:
        """Forget what was listed, and keep resources as they are: for a command, which ends before memory matters."""
        self._packs = False
        self.release()

    def release(self) -> None:
        """Forget what was listed: at most one session of a job is to hold it."""
        self.update({type: self._empty(type) for type in ResourceType})

    def take_moved(self) -> dict[ResourceType, set[str]]:
        """Return the ids of what came, went or changed since this was asked before."""
        found = {type: index.moved for type, index in self.items()}
        for index in self.values():
            index.moved = set()
        return found

    def owned(self, kind: Kind, id: str, step: int) -> None:
        """See `Census.moved`; a listing under way counts too, whose index is not in use yet."""
        for made in self._made[kind.resource_type]:
            if (index := made()) is not None:
                index.census.moved(index, id, step)

    def recount(self) -> None:
        """Count again whose the resources are, as other manifests own them now."""
        for made in chain.from_iterable(self._made.values()):
            if (index := made()) is not None:
                index.census.recount(index)

    def holding(self, id: str) -> list[str]:
        """Return the ids of the groups at the service that list this id as a member."""
        return self[ResourceType.GROUP].holding(id)

    def _empty(self, type: ResourceType) -> RemoteIndex:
        owner, complete = self._rules[type].owner, self.with_members if type is ResourceType.GROUP else as_it_is
        paths = (*identifying(self._rules[type]), *self._learned[type])
        owners = partial(self._owners, type.kind)
        census = Census(lambda document: bool(owner.other(document)), owners)
        made = RemoteIndex(paths, census, complete, packs=self._packs)
        self._made[type] = [*(each for each in self._made[type] if each() is not None), ref(made)]
        return made

    def with_members(self, group: Document) -> Document:
        """Return a group with the members that we put there, where the service shows none."""
        if not self.hides_members or "members" in group:
            return group
        return {**group, "members": [{"value": id} for id in self._recorded(group["id"])]}
