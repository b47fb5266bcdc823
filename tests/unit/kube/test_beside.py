"""A namespace is listed when its Lease is taken, while the watch goes on: of each object the newer one counts."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import SourceRecord, packed_document
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.kube.beside import Listings
from scim_operator.kube.feed import Feed
from scim_operator.kube.reflector import Change, Dropped, Put, Replaced
from tests.support.lists import NAMESPACE, Lists, served, user
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


def record(name: str, version: int, namespace: str = NAMESPACE, uid: str = "") -> SourceRecord:
    key = ObjectKey(Kind.USER, namespace, name)
    document = packed_document({})
    return SourceRecord(
        key, uid or f"uid-{name}", 1, str(version), {}, deleting=False, finalizers=(), packed_document=document
    )


def listing(version: int, *records: SourceRecord, namespace: str | None = NAMESPACE) -> Replaced:
    return Replaced(Kind.USER, namespace, records, version=str(version))


def gone(name: str) -> Dropped:
    return Dropped(ObjectKey(Kind.USER, NAMESPACE, name), f"uid-{name}")


@pytest.mark.parametrize(
    ("reason", "known", "meanwhile", "listed", "left"),
    [
        ("the watch is behind", [("ada", 3)], [], [("ada", 5)], {"ada": 5}),
        ("the watch is ahead", [("ada", 9)], [], [("ada", 5)], {"ada": 9}),
        ("made after the listing", [("ben", 9)], [], [], {"ben": 9}),
        ("gone before the listing", [("ben", 3)], [], [], {}),
        ("gone after the listing", [], [gone("ada")], [("ada", 5)], {}),
        ("gone, and made anew under its name", [], [gone("cid")], [("cid", 5, "uid-new")], {"cid": 5}),
        ("not shown by the watch yet", [], [], [("ada", 5)], {"ada": 5}),
    ],
)  # fmt: skip
def test_the_newer_of_the_two_counts(
    reason: str,
    known: Sequence[tuple[str, int]],
    meanwhile: Sequence[Change],
    listed: Sequence[tuple[str, int] | tuple[str, int, str]],
    left: dict[str, int],
) -> None:
    listings = Listings()
    with listings.listing() as away:
        for change in meanwhile:
            assert listings.is_news(change)
        shown = listing(7, *(record(name, version, uid=(*uid, "")[0]) for name, version, *uid in listed))
        merged = listings.merged(shown, away, [record(name, version) for name, version in known])
    assert merged is not None
    assert {one.key.name: int(one.resource_version) for one in merged.records} == left, reason


def test_what_the_watch_shows_late_is_no_news() -> None:
    """One that is gone by now would be there again, until the watch comes to its end."""
    listings = Listings()
    with listings.listing() as away:
        listings.merged(listing(7, record("ada", 5)), away, [])
    assert not listings.is_news(Put(record("ben", 6)))
    assert not listings.is_news(Put(record("ada", 5)))
    assert listings.is_news(Put(record("ada", 8)))
    assert listings.is_news(Put(record("ben", 6, namespace="other")))
    assert listings.is_news(gone("ada")), "it was listed, so this is later"


def test_a_listing_of_everything_has_the_last_word() -> None:
    """Versions go back where etcd was restored from a backup."""
    listings = Listings()
    with listings.listing() as away:
        listings.merged(listing(70, record("ada", 50)), away, [])
    assert listings.is_news(listing(3, record("ada", 2), namespace=None))
    assert listings.is_news(Put(record("ben", 4)))
    with listings.listing() as away:
        assert listings.is_news(listing(9, record("ada", 8), namespace=None))
        assert listings.merged(listing(9, record("ada", 8)), away, [record("ada", 8)]) is None, "that was listed too"
        assert listings.merged(listing(10, record("ada", 10)), away, [record("ada", 8)]) is not None


@asynccontextmanager
async def watched(lists: Lists) -> AsyncIterator[tuple[Feed, Namespaces]]:
    """A feed whose watches are open."""
    manifests = Namespaces()
    async with lists.running() as client:
        feed = Feed(client, [NAMESPACE], manifests)
        task = asyncio.create_task(feed.run())
        await until(lambda: manifests.is_synced(NAMESPACE) and len(lists.watches) == 2, "two watches are open")
        yield feed, manifests
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def users(manifests: Namespaces) -> dict[str, SourceRecord]:
    return {one.key.name: one for one in manifests.records(Kind.USER, NAMESPACE)}


async def test_the_watches_stay_open_and_only_what_differs_is_read_anew() -> None:
    """For each Lease that was taken, all was listed, and edits of other configs waited: 4.5 s with 15,000 manifests."""
    lists = Lists()
    lists.put("scimusers", [user(number) for number in range(3)])
    async with watched(lists) as (feed, manifests):
        before = users(manifests)
        lists.put("scimusers", [{**user(1), "metadata": {"name": "user-000001", "resourceVersion": "4"}}])
        del lists.objects["scimusers"]["user-000002"]
        lists.version = "5"
        await feed.relist(NAMESPACE)
        after = users(manifests)
    assert {name: one.resource_version for name, one in after.items()} == {"user-000000": "1", "user-000001": "4"}
    assert after["user-000000"] is before["user-000000"]
    assert lists.watches == ["scimusers", "scimgroups"]


async def test_a_list_that_is_older_than_what_the_watch_has_shown_is_not_believed() -> None:
    """As where etcd was restored from a backup: then only a listing of everything says what there is."""
    lists = Lists()
    lists.put("scimusers", [user(0)])
    edited = served({**user(0), "metadata": {"name": "user-000000", "resourceVersion": "8"}})
    lists.events.append({"type": "MODIFIED", "object": edited})
    async with watched(lists) as (feed, manifests):
        await until(lambda: users(manifests)["user-000000"].resource_version == "8")
        lists.events.clear()
        await feed.relist(NAMESPACE)
        await until(lambda: users(manifests)["user-000000"].resource_version == "1")
        await until(lambda: lists.watches.count("scimusers") == 2, "the watch begins anew from there")
