"""The service's resources as last seen: filled by a sweep's listing, kept by the answers to our own requests.

Resources are held packed, so that a hundred thousand of them take twenty megabytes and not a gigabyte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scim_operator.core.attributes.equality import canonical, unassigned
from scim_operator.core.filing import Filing
from scim_operator.job.gather.census import Census
from scim_operator.job.gather.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import Document, JsonValue


_MARK = 4
"""Bytes of a member's mark; what two have in common is told apart by the group's own JSON."""


def as_it_is(document: Document) -> Document:
    """Return a resource that lacks nothing."""
    return document


class RemoteIndex:
    """The resources of one type, findable by id and by each matching attribute.

    `census` counts whose they are, `complete` adds what the service never shows, `packs` says how they are kept.
    """

    def __init__(
        self,
        matching: Sequence[AttributePath],
        census: Census | None = None,
        complete: Callable[[Document], Document] = as_it_is,
        *,
        packs: bool = True,
    ) -> None:
        self._matching = tuple(matching)
        self._complete = complete
        self.census = Census() if census is None else census
        self.shelf = Shelf(packs=packs)
        """The resources as JSON."""
        self._ids: dict[AttributePath, Filing[Hashable, str]] = {path: Filing() for path in matching}
        self._doubtful: set[str] = set()
        self._members: dict[str, bytes] = {}
        """Marks of the members of each group that has some, by which those that do not hold someone are passed over."""
        self.inactive: set[str] = set()
        """The ids of those that are disabled."""
        self.journal: set[str] | None = None
        """The ids of what was learned while a listing ran; None while none runs."""
        self.moved: set[str] = set()
        """The ids of what came, went or changed since these were looked at; nothing before it is `listed`."""
        self.listed = False
        """Whether a complete listing stands behind it; until one does, it has only what was read by id or found."""

    def __len__(self) -> int:
        return len(self.shelf)

    def __contains__(self, id: object) -> bool:
        return id in self.shelf

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids of all resources."""
        return iter(self.shelf)

    def ids(self) -> frozenset[str]:
        """Return the ids of all resources."""
        return frozenset(self.shelf.keys())

    def common(self, others: RemoteIndex | Mapping[str, object]) -> AbstractSet[str]:
        """Return the ids that others have too."""
        keys = others.shelf.keys() if isinstance(others, RemoteIndex) else others.keys()
        return self.shelf.keys() & keys

    def get(self, id: str) -> Document | None:
        """Return the resource, a fresh copy, or None."""
        document = self._stored(id)
        return None if document is None else self._complete(document)

    @property
    def has_members(self) -> bool:
        """Return whether any resource has members."""
        return bool(self._members)

    def find(self, path: AttributePath, value: JsonValue) -> tuple[str, ...]:
        """Return the ids of the resources whose matching attribute `path` equals `value`."""
        return tuple(sorted(self._ids[path].of(canonical(path, value))))

    def learn(self, path: AttributePath) -> None:
        """Make the resources findable by one more attribute."""
        if path in self._ids:
            return
        self._matching, self._ids[path] = (*self._matching, path), Filing()
        for id in self.shelf:
            value = path.read(self._stored(id) or {})
            if not unassigned(value):
                self._ids[path].add(canonical(path, value), id)

    def put(self, document: Document) -> None:
        """Take in a resource as the service has it now."""
        id, body = document["id"], orjson.dumps(document)
        self._note(id)
        self._doubtful.discard(id)
        if self.shelf.has(id, body):
            return
        self._unlink(id)
        self.shelf.put(id, body)
        if members := document.get("members"):
            self._members[id] = b"".join(map(_mark_of_member, members))
        if document.get("active") is False:
            self.inactive.add(id)
        for path, value in self._values(document):
            self._ids[path].add(value, id)
        self.census.came(self, document)

    def drop(self, id: str) -> None:
        """Forget a resource that is gone."""
        self._note(id)
        self._unlink(id)
        self.shelf.drop(id)
        self._doubtful.discard(id)

    def holding(self, member: str) -> list[str]:
        """Return the ids of the groups that list this id as a member."""
        mark, needle = _mark(member), f'"{member}"'.encode()
        perhaps = [id for id, marks in self._members.items() if mark in marks]
        return [id for id in perhaps if needle in (self.shelf.get(id) or b"")]

    def doubt(self, ids: Iterable[str]) -> None:
        """Note that these may have changed behind our back, so that they are read again before the next plan."""
        self._doubtful.update(id for id in ids if id in self.shelf)

    def is_doubtful(self, id: str) -> bool:
        """Return whether the resource must be read again before anything is concluded from it."""
        return id in self._doubtful

    def keep_journal(self) -> None:
        """Note from now on which resources change."""
        self.journal = set()

    def replay_journal(self, other: RemoteIndex) -> None:
        """Repeat in `other` what was noted, so that a listing does not undo what was learned while it ran."""
        for id in self.journal or ():
            document = self.get(id)
            if document is None:
                other.drop(id)
            else:
                other.put(document)
        other.doubt(self._doubtful)

    def _note(self, id: str) -> None:
        if self.journal is not None:
            self.journal.add(id)
        if self.listed:
            self.moved.add(id)

    def size(self, id: str) -> int:
        """Return how many members a group has."""
        return len(self._members.get(id, b"")) // _MARK

    def is_active(self, id: str) -> bool:
        """Return whether the resource is there, and not disabled."""
        return id in self.shelf and id not in self.inactive

    def _stored(self, id: str) -> Document | None:
        body = self.shelf.get(id)
        return None if body is None else orjson.loads(body)

    def _unlink(self, id: str) -> None:
        if id not in self.shelf:
            return
        self.census.goes(self, id)
        self._members.pop(id, None)
        self.inactive.discard(id)
        document = self._stored(id)
        if document is None:
            return
        for path, value in self._values(document):
            self._ids[path].discard(value, id)

    def _values(self, document: Document) -> list[tuple[AttributePath, Hashable]]:
        read = [(path, path.read(document)) for path in self._matching]
        return [(path, canonical(path, value)) for path, value in read if not unassigned(value)]


def _mark(id: str) -> bytes:
    return (hash(id) & 0xFFFFFFFF).to_bytes(_MARK, "little")


def _mark_of_member(member: Document) -> bytes:
    return _mark(str(member.get("value")))
