"""All manifests of one namespace, as records, and who is in which group. Shared by the jobs of the namespace."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.members.selection import MOST
from scim_operator.job.gather.away import Away
from scim_operator.job.gather.placement import Placement, is_edit
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.scim.clock import Clock


@dataclass(frozen=True, slots=True)
class Change:
    """One manifest moved: the records before and after (None: there is none), and the groups that this touches."""

    before: SourceRecord | None
    after: SourceRecord | None
    groups: frozenset[str]
    due: bool = False
    """Whether more moves than an edit shows: one of the manifest's dates has come, or it could not be placed before."""

    @property
    def key(self) -> ObjectKey:
        """Return the manifest's key."""
        record = self.after or self.before
        assert record is not None  # noqa: S101 - a change has at least one side
        return record.key

    @property
    def is_request(self) -> bool:
        """Return whether the change is a request to look at the object now."""
        before, after = self.before, self.after
        return after is not None and after.requested != (before.requested if before is not None else after.requested)

    @property
    def means_something(self) -> bool:
        """Return whether it is more than a write to status, such as our own, which come back as changes too."""
        before, after = self.before, self.after
        if before is None or after is None or self.due or self.is_request:
            return True
        return _meaning(before) != _meaning(after)


def _meaning(record: SourceRecord) -> tuple[object, ...]:
    return record.uid, record.generation, record.labels, record.deleting, record.undeleting


TOGETHER = 16
"""Listed groups whose expressions see each user together."""
_NOW = SystemClock().now
"""The clock for dates unless a caller has its own."""


class Namespace:
    """The records of one namespace. Listeners hear every change after it took effect, in order.

    What has dates is on an agenda; `advancing` lets those take effect whose time has come. `faults` says why records
    could not be placed; the planner of these records reports it.
    """

    def __init__(self, now: Callable[[], datetime] = _NOW, memberships: int = MOST) -> None:
        self._placement = Placement(self._document, now, memberships)
        self.topology = self._placement.topology
        self.reports = self._placement.reports
        self.faults = self._placement.faults
        self.deleting: AbstractSet[ObjectKey] = self._placement.deleting
        """The manifests that are being deleted."""
        self._records: dict[Kind, dict[str, SourceRecord]] = {Kind.USER: {}, Kind.GROUP: {}}
        self._synced: set[Kind] = set()
        self._all_synced = asyncio.Event()
        self._advances = False
        self._listeners: list[Callable[[Change], None]] = []
        self._away = Away(self._placement.agenda, now)

    def get(self, kind: Kind, name: str) -> SourceRecord | None:
        """Return the record of that name, or None."""
        return self._records[kind].get(name)

    def records(self, kind: Kind) -> Iterator[SourceRecord]:
        """All records of a kind, as they are now (a snapshot)."""
        return iter(tuple(self._records[kind].values()))

    def all_records(self) -> list[SourceRecord]:
        """All records, users before groups."""
        return [record for kind in Kind for record in self.records(kind)]

    def count(self, kind: Kind) -> int:
        """Return how many records of a kind there are."""
        return len(self._records[kind])

    async def synced(self) -> None:
        """Wait until both kinds were listed completely once: before that, a missing record means nothing."""
        await self._all_synced.wait()

    @property
    def is_synced(self) -> bool:
        """Return whether both kinds were listed completely once."""
        return self._all_synced.is_set()

    @property
    def suspended(self) -> frozenset[ObjectKey]:
        """Return the manifests with `suspend: true`."""
        return frozenset(self._placement.suspended)

    @property
    def invalid(self) -> frozenset[ObjectKey]:
        """Return the manifests of which nothing but the name is known."""
        return frozenset(self._placement.invalid)

    @property
    def next_turn(self) -> datetime | None:
        """Return when a manifest's next date comes; in the past, where it is still to take effect."""
        return self._placement.agenda.next

    @property
    def is_due(self) -> bool:
        """Return whether a date has come that is still to take effect."""
        return self._placement.is_due

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` for each change from now on; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def put(self, record: SourceRecord) -> None:
        """Take in a record; one that is the same as what is known changes nothing, unless that could not be placed."""
        records = self._records[record.key.kind]
        before = records.get(record.key.name)
        is_known = before is not None and before.resource_version == record.resource_version
        was_faulty = record.key in self.faults
        if is_known and not was_faulty:
            return
        records[record.key.name] = record
        self._away.end(record.key)
        groups = self._placement.put(record, before)
        self._publish(Change(before, record, groups, due=was_faulty and record.key not in self.faults))

    def putting(self, record: SourceRecord) -> Iterator[None]:
        """Take in a record as `put` does; others may have a turn at each step, and see it only after the last."""
        if _is_news(record, self._records[record.key.kind].get(record.key.name)):
            yield from self._placement.preparing(record)
        self.put(record)

    def drop(self, key: ObjectKey, uid: str) -> None:
        """Forget a record, unless another manifest has taken the name since.

        One whose deletion is not meant is about to be made anew: it counts as there for as long as it may be away.
        """
        before = self._records[key.kind].get(key.name)
        if before is None or before.uid != uid:
            return
        if before.undeleting and not self._away.is_over(key):
            self._away.begin(before)
            return
        del self._records[key.kind][key.name]
        self._away.end(key)
        self._publish(Change(before, None, self._placement.drop(key)))

    def replace(self, kind: Kind, records: Iterable[SourceRecord]) -> None:
        """Take in a complete list: what it lacks is gone."""
        for _ in self.replacing(kind, records):
            pass

    def replacing(self, kind: Kind, records: Iterable[SourceRecord]) -> Iterator[None]:
        """Do the same record by record, so that others get a turn: each step leaves a whole namespace."""
        listed = {record.key.name: record for record in records}
        for gone in [record for name, record in self._records[kind].items() if name not in listed]:
            self.drop(gone.key, gone.uid)
            yield
        waiting = list(listed.values())
        for at in range(0, len(waiting), TOGETHER):
            together = waiting[at : at + TOGETHER]
            known = self._records[kind]
            edits = (each for each in together if _is_news(each, known.get(each.key.name)))
            try:
                yield from self._placement.preparing(*edits)
                for record in together:
                    yield from self.putting(record)
                    yield
            finally:
                self._placement.abandon(together)
        self._synced.add(kind)
        if len(self._synced) == len(self._records):
            self._all_synced.set()

    def advancing(self) -> Iterator[None]:
        """Let the dates take effect whose time has come; others may have a turn at each step. One at a time does it."""
        if self._advances:
            return
        self._advances = True
        try:
            while self.is_due and (key := self._placement.agenda.first) is not None:
                record = self._records[key.kind][key.name]
                if self._away.is_over(key):
                    self.drop(key, record.uid)
                    continue
                yield from self._placement.preparing(record)
                if self._records[key.kind].get(key.name) is record:
                    self._placement.agenda.put(key, None)
                    self._publish(Change(record, record, self._placement.put(record), due=True))
                    self._away.schedule(record)
        finally:
            self._advances = False

    def reconsider(self) -> Iterator[None]:
        """Ask again the members' expressions that look at the clock, one group at each step."""
        for touched in self.topology.refresh():
            for name in touched:
                record = self._records[Kind.GROUP].get(name)
                if record is not None:
                    self._publish(Change(record, record, frozenset({name}), due=True))
            yield

    def _document(self, user: str) -> Document:
        return self._records[Kind.USER][user].document

    def _publish(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)


def _is_news(record: SourceRecord, before: SourceRecord | None) -> bool:
    return before is None or is_edit(record, before)


class Namespaces:
    """The namespaces that the operator watches, each made on first sight.

    Args: now, the time that dates go by; memberships, how many the groups of one namespace may have together.
    """

    def __init__(self, now: Callable[[], datetime] = _NOW, memberships: int = MOST) -> None:
        self._now = now
        self._memberships = memberships
        self._namespaces: dict[str, Namespace] = {}

    def namespace(self, name: str) -> Namespace:
        """Return the records of a namespace."""
        found = self._namespaces.get(name)
        if found is None:
            found = self._namespaces[name] = Namespace(self._now, self._memberships)
        return found

    def get(self, key: ObjectKey) -> SourceRecord | None:
        """Return what is known of a manifest, None where there is none."""
        return self.namespace(key.namespace).get(key.kind, key.name)

    def records(self, kind: Kind, namespace: str) -> Iterator[SourceRecord]:
        """Return what is known of one kind in one namespace, as it is now."""
        return self.namespace(namespace).records(kind)

    def put(self, record: SourceRecord) -> None:
        """Take in a record that was added or changed."""
        self.namespace(record.key.namespace).put(record)

    def putting(self, record: SourceRecord) -> Iterator[None]:
        """Do the same step by step, so that others get a turn."""
        return self.namespace(record.key.namespace).putting(record)

    def drop(self, key: ObjectKey, uid: str) -> None:
        """Take in that a manifest is gone."""
        self.namespace(key.namespace).drop(key, uid)

    def replace(self, kind: Kind, namespace: str, records: Iterable[SourceRecord]) -> None:
        """Take in a complete list of one kind in one namespace."""
        self.namespace(namespace).replace(kind, records)

    def replacing(self, kind: Kind, namespace: str, records: Iterable[SourceRecord]) -> Iterator[None]:
        """Do the same record by record; it is complete when the iterator ends."""
        return self.namespace(namespace).replacing(kind, records)

    def is_synced(self, namespace: str) -> bool:
        """Return whether both kinds of the namespace were listed completely once."""
        return self.namespace(namespace).is_synced


async def advance(namespace: Namespace, clock: Clock) -> None:
    """Let dates take effect that have come, in whichever job of the namespace does it."""
    while namespace.is_due:
        for _ in namespace.advancing():
            await clock.sleep(0)
        await clock.sleep(0)


def namespace_of(records: Iterable[SourceRecord]) -> Namespace:
    """Return the records as a job sees them, listed completely."""
    listed, namespace = tuple(records), Namespace()
    for kind in Kind:
        namespace.replace(kind, [record for record in listed if record.key.kind is kind])
    return namespace
