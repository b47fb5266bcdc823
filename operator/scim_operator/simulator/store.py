"""The stored resources: found by id, userName, externalId, displayName and e-mail in one step, listed in order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.members import MemberDraft, Members
from scim_operator.simulator.messages import Document, packed
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


@dataclass(slots=True)
class Resource:
    """One stored resource. `body` is its canonical document as JSON, without id, meta, members and groups.

    A hundred thousand parsed documents would take five times the memory and slow the garbage collector down.
    `groups` are the ids of the groups it is a direct member of, `rendered` the full answer while it holds.
    """

    type: ResourceType
    id: str
    body: bytes
    created: str
    modified: str
    version: int = 1
    written: float = 0.0
    born: float = 0.0
    """When it was created, on the store's clock."""
    members: Members = field(default_factory=dict)
    groups: dict[str, None] | None = None
    rendered: bytes | None = None

    def document(self) -> Document:
        """Returns the canonical document, a fresh one that may be changed."""
        document: Document = orjson.loads(self.body)
        return document

    @property
    def etag(self) -> str:
        """Returns the weak entity tag of this version (RFC 7644 section 3.14)."""
        return f'W/"{self.version}"'


def _emails(document: Document) -> Iterable[str]:
    return (email.get("value", "") for email in document.get("emails", ()))


_KEYS: dict[str, Callable[[Document], Iterable[str]]] = {
    "username": lambda document: (document.get("userName", ""),),
    "externalid": lambda document: (document.get("externalId", ""),),
    "displayname": lambda document: (document.get("displayName", ""),),
    "emails.value": _emails,
}
_EXACT = {"externalid"}


def _fold(index: str, value: str) -> str:
    return value if index in _EXACT else value.casefold()


@dataclass(slots=True)
class Collection:
    """The resources of one type."""

    by_id: dict[str, Resource] = field(default_factory=dict)
    _indexes: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=lambda: {name: {} for name in _KEYS})
    _order: list[Resource] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __len__(self) -> int:
        return len(self.by_id)

    def ordered(self) -> Sequence[Resource]:
        """Returns all resources in the order of their creation; not to be changed."""
        if self._order is None:
            self._order = list(self.by_id.values())
        return self._order

    def find(self, index: str, value: str) -> list[Resource] | None:
        """Returns the resources with that value, or None when there is no such index."""
        if index == "id":
            found = self.by_id.get(value)
            return [found] if found else []
        entries = self._indexes.get(index)
        if entries is None:
            return None
        return [self.by_id[identifier] for identifier in entries.get(_fold(index, value), ())]

    def insert(self, resource: Resource, document: Document) -> None:
        """Adds a resource with the parsed body `document`."""
        self.by_id[resource.id] = resource
        if self._order is not None:
            self._order.append(resource)
        self._index(resource.id, {}, document)

    def reindex(self, resource: Resource, old: Document, new: Document) -> None:
        """Moves the index entries of a resource from the values of `old` to those of `new`."""
        self._index(resource.id, old, new)

    def discard(self, resource: Resource) -> None:
        """Forgets a resource."""
        del self.by_id[resource.id]
        self._order = None
        self._index(resource.id, resource.document(), {})

    def _index(self, identifier: str, old: Document, new: Document) -> None:
        for name, keys in _KEYS.items():
            before = {_fold(name, key) for key in keys(old) if key}
            after = {_fold(name, key) for key in keys(new) if key}
            entries = self._indexes[name]
            for key in before - after:
                _drop(entries, key, identifier)
            for key in after - before:
                entries[key] = (*entries.get(key, ()), identifier)


def _drop(entries: dict[str, tuple[str, ...]], key: str, identifier: str) -> None:
    rest = tuple(other for other in entries.get(key, ()) if other != identifier)
    if rest:
        entries[key] = rest
    else:
        entries.pop(key, None)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(slots=True)
class Store:
    """Users, groups and memberships. `clock` gives seconds, for the age of a write, and `new_uuid` the ids."""

    clock: Callable[[], float]
    numbered_ids: bool = False
    new_uuid: Callable[[], uuid.UUID] = uuid.uuid4
    collections: dict[ResourceType, Collection] = field(
        default_factory=lambda: {type_: Collection() for type_ in ResourceType}
    )

    def of(self, type_: ResourceType) -> Collection:
        """Returns the resources of one type."""
        return self.collections[type_]

    def any(self, identifier: str) -> Resource | None:
        """Returns the user or group of that id."""
        users, groups = self.of(ResourceType.USER).by_id, self.of(ResourceType.GROUP).by_id
        return users.get(identifier) or groups.get(identifier)

    def create(
        self, type_: ResourceType, document: Document, members: Iterable[str] = (), identifier: str = ""
    ) -> Resource:
        """Stores a new resource and gives it its id."""
        now = _now()
        resource = Resource(type_, identifier or self._new_id(type_), packed(document), now, now)
        resource.written = resource.born = self.clock()
        self.of(type_).insert(resource, document)
        draft = MemberDraft(resource.members)
        draft.add(members)
        self._commit(resource, draft)
        return resource

    def _new_id(self, type_: ResourceType) -> str:
        """Returns a UUID, or the next number of the type."""
        return str(next(self.of(type_).numbers)) if self.numbered_ids else str(self.new_uuid())

    def update(self, resource: Resource, document: Document, draft: MemberDraft) -> bool:
        """Stores the changes of `document` and `draft`; returns False, and touches nothing, when there are none."""
        body = packed(document)
        changed = body != resource.body and document != resource.document()
        if not changed and not draft.changed:
            return False
        if changed:
            self._rewrite(resource, document, body)
        self._commit(resource, draft)
        resource.modified = _now()
        resource.version += 1
        resource.rendered = None
        return True

    def delete(self, resource: Resource) -> None:
        """Removes a resource, and it from all groups."""
        for group in list(resource.groups or ()):
            self._leave(self.of(ResourceType.GROUP).by_id[group], resource.id)
        for member in resource.members:
            self._left(resource, member)
        self.of(resource.type).discard(resource)

    def clear(self) -> None:
        """Forgets everything."""
        for type_ in ResourceType:
            self.collections[type_] = Collection()

    def _rewrite(self, resource: Resource, document: Document, body: bytes) -> None:
        old = resource.document()
        self.of(resource.type).reindex(resource, old, document)
        resource.body = body
        if any(old.get(name) != document.get(name) for name in ("displayName", "userName")):
            self._forget_neighbours(resource)

    def _forget_neighbours(self, resource: Resource) -> None:
        """Answers of groups show their members' names, and those of users the names of their groups."""
        for identifier in (*resource.members, *(resource.groups or ())):
            other = self.any(identifier)
            if other is not None:
                other.rendered = None

    def _commit(self, group: Resource, draft: MemberDraft) -> None:
        lost, gained = draft.lost, draft.gained
        draft.commit(group.members)
        for member in lost:
            self._left(group, member)
        for member in gained:
            self._joined(group, member)

    def _joined(self, group: Resource, member: str) -> None:
        resource = self.any(member)
        if resource is not None:
            resource.groups = {} if resource.groups is None else resource.groups
            resource.groups[group.id] = None
            resource.rendered = None

    def _left(self, group: Resource, member: str) -> None:
        resource = self.any(member)
        if resource is not None and resource.groups is not None:
            resource.groups.pop(group.id, None)
            resource.rendered = None

    def _leave(self, group: Resource, member: str) -> None:
        group.members.pop(member, None)
        group.version += 1
        group.modified = _now()
        group.rendered = None
