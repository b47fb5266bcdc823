"""What the feed and its observers remember: no order of events may leave them with less, or with what is gone."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import FINALIZER, SourceRecord, packed_document
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.kube.configs import ConfigBook
from scim_operator.kube.feed import Feed
from scim_operator.kube.orphans import Orphanage
from scim_operator.kube.reflector import Replaced
from scim_operator.kube.writer import RecentWrites
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def record(name: str, kind: Kind = Kind.USER, namespace: str = "identity", *, deleting: bool = False) -> SourceRecord:
    finalizers = (FINALIZER,) if deleting else ()
    key = ObjectKey(kind, namespace, name)
    return SourceRecord(
        key, f"uid-{name}", 1, "1", {}, deleting=deleting, finalizers=finalizers, packed_document=packed_document({})
    )


def feed_into(directory: Namespaces, *observers: RecentWrites | Orphanage, namespaces: tuple[str, ...] = ()) -> Feed:
    return Feed(None, namespaces, directory, observers)  # type: ignore[arg-type]


async def listed(feed: Feed, kind: Kind, *records: SourceRecord) -> None:
    """A reflector of all namespaces has listed its kind: it says that it is synced, then hands the list over."""
    for reflector in feed.reflectors:
        if reflector.kind is kind:
            reflector.pulse.synced = True
    await feed.apply(Replaced(kind, None, records))


@pytest.mark.parametrize("synced_before", [0, 1, 2])
async def test_a_namespace_is_covered_whether_the_reflectors_sync_before_or_after_it_is_asked_for(
    synced_before: int,
) -> None:
    directory = Namespaces()
    feed = feed_into(directory)
    for kind in list(Kind)[:synced_before]:
        await listed(feed, kind)
    feed.cover("empty")
    assert directory.is_synced("empty") is (synced_before == 2)
    for kind in list(Kind)[synced_before:]:
        await listed(feed, kind)
    assert directory.is_synced("empty"), "it was asked for once, and nobody asks again"


async def test_a_namespace_that_was_asked_for_too_early_is_not_emptied_by_what_comes_first() -> None:
    directory = Namespaces()
    feed = feed_into(directory)
    feed.cover("identity")
    await listed(feed, Kind.GROUP)
    assert not directory.is_synced("identity"), "its users are not listed yet"
    await listed(feed, Kind.USER, record("ada"))
    assert directory.is_synced("identity")
    assert directory.namespace("identity").count(Kind.USER) == 1


class Hand:
    """Releases what it is given, and lets something happen meanwhile."""

    def __init__(self, **meanwhile: Any) -> None:
        self.released: list[str] = []
        self._meanwhile = meanwhile

    async def remove_finalizer(self, record: SourceRecord) -> None:
        self.released.append(record.key.name)
        self._meanwhile.get(record.key.name, lambda: None)()

    async def announce(self, about: ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """Nobody reads it here."""


@contextlib.asynccontextmanager
async def at_work(orphanage: Orphanage) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(orphanage.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def complete_book() -> ConfigBook:
    book = ConfigBook()
    book.complete = True
    return book


def config(namespace: str) -> dict[str, Any]:
    metadata = {"namespace": namespace, "name": "vmware", "uid": "u", "resourceVersion": "1", "generation": 1}
    return {"metadata": metadata, "spec": {}}


async def test_what_was_deleted_while_no_one_watched_is_forgotten_with_the_listing_that_lacks_it() -> None:
    """Else an orphan that is long gone is released, in a message to everybody, once the last config goes."""
    memory, orphanage = RecentWrites(), Orphanage(Hand(), complete_book())
    gone, elsewhere = record("gone", deleting=True), record("other", namespace="other", deleting=True)
    feed = feed_into(Namespaces(), memory, orphanage, namespaces=("identity",))
    for known in (gone, elsewhere):
        memory.keep(known)
        orphanage.observe(known)
    await feed.apply(Replaced(Kind.GROUP, "identity", ()))
    assert (len(memory), len(orphanage.leaving)) == (2, 2), "a listing of groups says nothing of users"
    await feed.apply(Replaced(Kind.USER, "identity", (record("ada"),)))
    assert (len(memory), orphanage.leaving) == (1, ("uid-other",))


async def test_a_list_of_all_namespaces_leaves_each_its_own_objects() -> None:
    """Else an orphan that is there is forgotten as if it were gone, and keeps its finalizer for ever."""
    orphanage = Orphanage(Hand(), complete_book())
    here, there = record("ada", deleting=True), record("ben", namespace="other", deleting=True)
    gone, last = record("gone", deleting=True), record("last", namespace="emptied", deleting=True)
    feed = feed_into(Namespaces(), orphanage)
    await listed(feed, Kind.USER, here, there, gone, last)
    await listed(feed, Kind.GROUP, record("team", Kind.GROUP, deleting=True))
    assert set(orphanage.leaving) == {"uid-ada", "uid-ben", "uid-gone", "uid-last", "uid-team"}
    await listed(feed, Kind.USER, there, here)
    assert set(orphanage.leaving) == {"uid-ada", "uid-ben", "uid-team"}


async def test_an_orphan_that_goes_while_another_is_released_ends_nothing() -> None:
    hand = Hand(ada=lambda: orphanage.forget("uid-bob"))
    orphanage = Orphanage(hand, complete_book(), grace=0.0)
    for name in ("ada", "bob", "cid"):
        orphanage.observe(record(name, deleting=True))
    async with at_work(orphanage) as task:
        await until(lambda: task.done() or not orphanage.leaving)
        assert not task.done(), task.exception()
    assert hand.released == ["ada", "cid"]


async def test_a_config_that_comes_while_another_orphan_is_released_has_the_rest() -> None:
    book = complete_book()
    hand = Hand(ada=lambda: book.see(config("identity")))
    orphanage = Orphanage(hand, book, grace=0.0)
    for name in ("ada", "bob"):
        orphanage.observe(record(name, deleting=True))
    async with at_work(orphanage):
        await until(lambda: hand.released)
        orphanage.observe(record("cid", namespace="other", deleting=True))
        await until(lambda: "cid" in hand.released, "two more rounds")
    assert hand.released == ["ada", "cid"]
    assert orphanage.leaving == ("uid-bob",)
