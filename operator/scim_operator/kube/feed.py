"""Brings the manifests of the cluster into the directory that the jobs read."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.unexpected import unexpected
from scim_operator.kube.beside import Listings
from scim_operator.kube.marks import Marks, Progress
from scim_operator.kube.reflector import Change, Dropped, Portion, Put, Reflector, Replaced
from scim_operator.kube.turns import TURN_SECONDS, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scim_operator.core.leases.versions import Handover
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.client import KubeClient
    from scim_operator.observability.metrics import Metrics

logger = logging.getLogger(__name__)

LATE = 2.0
"""Seconds that a watch has to come to what the former holder of a Lease knew, before the namespace is listed."""


class Namespaces(Protocol):
    """Takes the records; `job.gather.namespace.Directory` is the real one."""

    def replacing(self, kind: Kind, namespace: str, records: Iterable[SourceRecord]) -> Iterator[None]:
        """`records` are all objects of `kind` in `namespace`; they are taken in one at each step."""

    def get(self, key: ObjectKey) -> SourceRecord | None:
        """Return what is known of a manifest."""

    def records(self, kind: Kind, namespace: str) -> Iterable[SourceRecord]:
        """Return what is known of one kind in one namespace."""

    def putting(self, record: SourceRecord) -> Iterator[None]:
        """Take in a manifest that was added or changed, step by step."""

    def drop(self, key: ObjectKey, uid: str) -> None:
        """Forget a manifest that is gone."""


class Observer(Protocol):
    """Anyone else who sees every record that comes in: the writer, and the keeper of orphans."""

    def observe(self, record: SourceRecord) -> None:
        """Note that the API server shows this record now."""

    def forget(self, uid: str) -> None:
        """Note that the API server no longer has the object."""

    def retain(self, kind: Kind, namespace: str, uids: frozenset[str]) -> None:
        """Note that `namespace` has only these objects of `kind`: a missed deletion shows here."""


class _Source:
    """One watch, and the listings beside it. One of them is taken in at a time."""

    def __init__(self, reflector: Reflector) -> None:
        self.reflector = reflector
        self.listings = Listings()
        self.progress = Progress()
        self.taking_in = asyncio.Lock()


def _version_of(change: Change) -> str:
    return change.record.resource_version if isinstance(change, Put) else change.version


async def _has_come(source: _Source, namespace: str, version: int) -> bool:
    """Wait a moment until a watch has come to a version; return whether it has, and goes on from there."""
    has_come, is_set_back = await asyncio.gather(
        source.progress.reach(version, LATE), source.reflector.is_set_back(namespace)
    )
    return has_come and not is_set_back


class Feed:
    """Reflects ScimUsers and ScimGroups of `namespaces` (empty: of all) into a directory.

    `turn` is how many seconds of a list are taken in before others have a turn. `marks` is what the writer notes too.
    """

    def __init__(  # noqa: PLR0913 - all that it works with
        self,
        client: KubeClient,
        namespaces: Sequence[str],
        manifests: Namespaces,
        observers: Sequence[Observer] = (),
        *,
        turn: float = TURN_SECONDS,
        metrics: Metrics | None = None,
        marks: Marks | None = None,
    ) -> None:
        self._marks = marks or Marks()
        self._metrics = metrics
        self._turn = turn
        self._manifests = manifests
        self._observers = observers
        self._covered: set[tuple[Kind, str]] = set()
        self.taken: set[tuple[Kind, str | None]] = set()
        """The lists that have been taken in whole once, by kind and namespace; None is that of all namespaces."""
        self._founded: set[str] = set()
        """Namespaces of which all ends that any holder has seen are known, or were before this replica came."""
        self._wanted: set[str] = set()
        """Namespaces that a config lives in: the next listing speaks for them too, whenever it comes."""
        places: list[str | None] = [*namespaces] or [None]
        kinds, portion = (Kind.USER, Kind.GROUP), Portion(turn=turn)
        self._sources = [_Source(Reflector(client, kind, at, portion=portion)) for kind in kinds for at in places]
        self.reflectors = [source.reflector for source in self._sources]

    async def run(self) -> None:
        """Reflect until cancelled."""
        async with asyncio.TaskGroup() as group:
            for source in self._sources:
                group.create_task(self._run(source), name=f"feed of {source.reflector.target}")

    def cover(self, namespace: str) -> None:
        """Have the directory know an empty namespace as empty: a listing of all namespaces does not name it.

        Asking once is enough: where a kind is not listed yet, its first listing covers the namespace.
        """
        self._wanted.add(namespace)
        for reflector in self.reflectors:
            if reflector.pulse.synced and reflector.namespace in (None, namespace):
                self._cover(reflector.kind, namespace)

    def versions(self, namespace: str) -> str:
        """Return how far the manifests of a namespace are known, for who takes its Lease next; "" for no word on it."""
        return self._marks.text(namespace, self._manifests.get) if namespace in self._founded else ""

    async def take_over(self, namespace: str, former: Handover) -> None:
        """Have the manifests of a namespace as its former holder knew them, or newer."""
        if former.versions is None and not former.moved:
            if former.first:
                self._founded.add(namespace)
            return
        if not await self._have_come(namespace, former.versions):
            await self.relist(namespace)
        self._founded.add(namespace)

    async def _have_come(self, namespace: str, versions: Mapping[Kind, int] | None) -> bool:
        """Return whether the watches have come to these versions. They count for who comes after us, too."""
        if versions is None:
            return False
        for kind, version in versions.items():
            self._marks.note(kind, namespace, str(version))
        concerned = [each for each in self._sources if each.reflector.namespace in (None, namespace)]
        return all(
            await asyncio.gather(*(_has_come(each, namespace, versions[each.reflector.kind]) for each in concerned))
        )

    async def relist(self, namespace: str) -> None:
        """List the manifests of a namespace again: another replica may have written their statuses a moment ago.

        The watches go on meanwhile, for other namespaces and for this one.
        """
        concerned = [each for each in self._sources if each.reflector.namespace in (None, namespace)]
        await asyncio.gather(*(self._relist(each, namespace) for each in concerned))

    async def _relist(self, source: _Source, namespace: str) -> None:
        reflector = source.reflector
        with source.listings.listing() as gone:
            listed = await reflector.beside(namespace, self._manifests.get) if reflector.pulse.synced else None
            if listed is None:
                await reflector.relist()
                self._marks.note(reflector.kind, namespace, source.progress.version)
                return
            self._marks.show(listed)
            async with source.taking_in:
                known = self._manifests.records(reflector.kind, namespace)
                if (merged := source.listings.merged(listed, gone, known)) is not None:
                    await self._take_in(merged, source)

    async def _run(self, source: _Source) -> None:
        async for change in source.reflector.changes():
            async with source.taking_in:
                self._marks.show(change, again=source.progress.version != "")
                if source.listings.is_news(change):
                    await self._take_in(change, source)
            source.progress.come(_version_of(change))

    async def _take_in(self, change: Change, source: _Source) -> None:
        try:
            await self.apply(change)
        except Exception as error:  # noqa: BLE001
            self._tell(error, source.reflector.target)

    def _tell(self, error: Exception, about: object) -> None:
        """Log and count an error: a manifest that no one foresaw must not end the feed, and with it the operator."""
        named = unexpected(error)
        logger.error("%s: %s %s", about, named, getattr(named, "trace", ""))
        if self._metrics is not None:
            self._metrics.internal_error(None)

    async def apply(self, change: Change) -> None:
        """Carry one change into the directory."""
        match change:
            case Replaced():
                await self._replace(change)
            case Put(record):
                self._cover(record.key.kind, record.key.namespace)
                await self._in_turn(self._manifests.putting(record))
                self._observe(record)
            case Dropped(key, uid, _):
                self._manifests.drop(key, uid)
                for observer in self._observers:
                    observer.forget(uid)

    async def _replace(self, change: Replaced) -> None:
        if change.unread:
            change = replace(change, records=(*change.records, *self._kept(change)))
        places = self._by_namespace(change)
        # Before anyone else has a turn: what is still to be taken in must not be covered as empty.
        self._covered.update((change.kind, namespace) for namespace in places)
        for namespace, records in places.items():
            await self._in_turn(self._manifests.replacing(change.kind, namespace, records))
            await self._in_turn(self._observing(records))
            self._retain(change.kind, namespace, records)
        self.taken.add((change.kind, change.namespace))

    async def _in_turn(self, steps: Iterator[None]) -> None:
        async for _ in in_turn(steps, self._turn):
            pass

    def _by_namespace(self, change: Replaced) -> dict[str, list[SourceRecord]]:
        places: dict[str, list[SourceRecord]] = defaultdict(list)
        if change.namespace is not None:
            places[change.namespace] = list(change.records)
            return places
        known = {namespace for kind, namespace in self._covered if kind is change.kind}
        for namespace in sorted(known | self._wanted):
            places[namespace] = []  # may be empty, or have become so
        for record in change.records:
            places[record.key.namespace].append(record)
        return places

    def _kept(self, change: Replaced) -> list[SourceRecord]:
        """Return what is known of manifests that cannot be read now."""
        for _ in change.unread if self._metrics is not None else ():
            self._metrics.internal_error(None)  # type: ignore[union-attr]
        known = (self._manifests.get(key) for key in change.unread)
        return [record for record in known if record is not None]

    def _cover(self, kind: Kind, namespace: str) -> None:
        if (kind, namespace) not in self._covered:
            self._covered.add((kind, namespace))
            for _ in self._manifests.replacing(kind, namespace, ()):
                pass

    def _observing(self, records: Iterable[SourceRecord]) -> Iterator[None]:
        for record in records:
            self._observe(record)
            yield

    def _observe(self, record: SourceRecord) -> None:
        for observer in self._observers:
            try:
                observer.observe(record)
            except Exception as error:  # noqa: BLE001
                self._tell(error, record.key)

    def _retain(self, kind: Kind, namespace: str, records: Iterable[SourceRecord]) -> None:
        uids = frozenset(record.uid for record in records)
        for observer in self._observers:
            observer.retain(kind, namespace, uids)
