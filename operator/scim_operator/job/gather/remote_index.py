"""The service's resources as last seen: filled by a sweep's listing, kept by the answers to our own requests.

Resources are held serialised, so that a hundred thousand of them take a hundred megabytes and not a gigabyte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scim_operator.core.attributes.equality import canonical, unassigned
from scim_operator.core.filing import Filing
from scim_operator.core.resource import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import Document, JsonValue


def _of_no_one(_document: Document) -> bool:
    return False


def as_it_is(document: Document) -> Document:
    """Return a resource that lacks nothing."""
    return document


class RemoteIndex:
    """The resources of one type, findable by id and by each matching attribute.

    `is_foreign` says whether a resource carries someone else's mark, `complete` adds what the service never shows.
    """

    def __init__(
        self,
        matching: Sequence[AttributePath],
        is_foreign: Callable[[Document], bool] = _of_no_one,
        complete: Callable[[Document], Document] = as_it_is,
    ) -> None:
        self._matching = tuple(matching)
        self._is_foreign = is_foreign
        self._complete = complete
        self._foreign: set[str] = set()
        self._documents: dict[str, bytes] = {}
        self._ids: dict[AttributePath, Filing[Hashable, str]] = {path: Filing() for path in matching}
        self._doubtful: set[str] = set()
        self._sizes: dict[str, int] = {}
        self.inactive: set[str] = set()
        """The ids of those that are disabled."""
        self.journal: set[str] | None = None
        """The ids of what was learned while a listing ran; None while none runs."""
        self.moved: set[str] = set()
        """The ids of what came, went or changed since these were looked at; nothing before it is `listed`."""
        self.listed = False
        """Whether a complete listing stands behind it; until one does, it has only what was read by id or found."""

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, id: object) -> bool:
        return id in self._documents

    def ids(self) -> frozenset[str]:
        """Return the ids of all resources."""
        return frozenset(self._documents)

    def common(self, others: RemoteIndex | Mapping[str, object]) -> AbstractSet[str]:
        """Return the ids that others have too."""
        keys = others._documents.keys() if isinstance(others, RemoteIndex) else others.keys()  # noqa: SLF001
        return self._documents.keys() & keys

    def get(self, id: str) -> Document | None:
        """Return the resource, a fresh copy, or None."""
        body = self._documents.get(id)
        return None if body is None else self._complete(orjson.loads(body))

    @property
    def foreign(self) -> int:
        """Return how many resources carry someone else's mark."""
        return len(self._foreign)

    @property
    def has_members(self) -> bool:
        """Return whether any resource has members."""
        return bool(self._sizes)

    def find(self, path: AttributePath, value: JsonValue) -> tuple[str, ...]:
        """Return the ids of the resources whose matching attribute `path` equals `value`."""
        return tuple(sorted(self._ids[path].of(canonical(path, value))))

    def learn(self, path: AttributePath) -> None:
        """Make the resources findable by one more attribute."""
        if path in self._ids:
            return
        self._matching, self._ids[path] = (*self._matching, path), Filing()
        for id, body in self._documents.items():
            value = path.read(orjson.loads(body))
            if not unassigned(value):
                self._ids[path].add(canonical(path, value), id)

    def put(self, document: Document) -> None:
        """Take in a resource as the service has it now."""
        id = document["id"]
        self._note(id)
        self._unlink(id)
        self._documents[id] = packed(document)
        if members := document.get("members"):
            self._sizes[id] = len(members)
        if document.get("active") is False:
            self.inactive.add(id)
        self._doubtful.discard(id)
        for path, value in self._values(document):
            self._ids[path].add(value, id)
        if self._is_foreign(document):
            self._foreign.add(id)

    def drop(self, id: str) -> None:
        """Forget a resource that is gone."""
        self._note(id)
        self._unlink(id)
        self._documents.pop(id, None)
        self._doubtful.discard(id)

    def mentions(self, id: str, needle: bytes) -> bool:
        """Return whether the resource's JSON contains `needle`."""
        return needle in self._documents.get(id, b"")

    def doubt(self, ids: Iterable[str]) -> None:
        """Note that these may have changed behind our back, so that they are read again before the next plan."""
        self._doubtful.update(id for id in ids if id in self._documents)

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

    def body(self, id: str) -> bytes | None:
        """Return the JSON of a resource, or None."""
        return self._documents.get(id)

    def _note(self, id: str) -> None:
        if self.journal is not None:
            self.journal.add(id)
        if self.listed:
            self.moved.add(id)

    def size(self, id: str) -> int:
        """Return how many members a group has."""
        return self._sizes.get(id, 0)

    def is_active(self, id: str) -> bool:
        """Return whether the resource is there, and not disabled."""
        return id in self._documents and id not in self.inactive

    def _unlink(self, id: str) -> None:
        self._sizes.pop(id, None)
        self.inactive.discard(id)
        body = self._documents.get(id)
        if body is None:
            return
        self._foreign.discard(id)
        for path, value in self._values(orjson.loads(body)):
            self._ids[path].discard(value, id)

    def _values(self, document: Document) -> list[tuple[AttributePath, Hashable]]:
        read = [(path, path.read(document)) for path in self._matching]
        return [(path, canonical(path, value)) for path, value in read if not unassigned(value)]
