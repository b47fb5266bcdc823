"""A Lease was released with a note: the watch is waited for, and the namespace is listed only where that is late."""

from __future__ import annotations

import asyncio

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.leases.versions import Handover, versions_in
from tests.support.lists import NAMESPACE, Lists, served, user
from tests.support.waiting import until
from tests.unit.kube.test_beside import users, watched


def left(*, users: int, groups: int = 0, moved: bool = True) -> Handover:
    """What a former holder noted."""
    return Handover(moved, {Kind.USER: users, Kind.GROUP: groups})


def edited(number: int, version: int) -> dict[str, object]:
    """A user in a version."""
    return served({**user(number), "metadata": {"name": f"user-{number:06}", "resourceVersion": str(version)}})


def lists_of(first: int) -> Lists:
    """An API server with two users."""
    lists = Lists()
    lists.put("scimusers", [user(0), user(1)])
    lists.version = str(first)
    return lists


async def test_what_the_watch_has_shown_is_not_listed() -> None:
    lists = lists_of(1)
    lists.events.append({"type": "MODIFIED", "object": edited(0, 8)})
    async with watched(lists) as (feed, manifests):
        await until(lambda: users(manifests)["user-000000"].resource_version == "8")
        lists.version = "9"
        whole = lists.whole
        await feed.take_over(NAMESPACE, left(users=8))
        assert lists.whole == whole


async def test_what_the_watch_shows_a_moment_later_is_waited_for() -> None:
    lists = lists_of(1)
    async with watched(lists) as (feed, manifests):
        whole, lists.version = lists.whole, "9"
        taking = asyncio.create_task(feed.take_over(NAMESPACE, left(users=8)))
        await asyncio.sleep(0)
        await lists.show("scimusers", {"type": "DELETED", "object": edited(0, 8)})
        await taking
        assert (set(users(manifests)), lists.whole) == ({"user-000001"}, whole)


@pytest.mark.parametrize(
    ("reason", "former"),
    [
        ("the watch is late", left(users=8)),
        ("nothing was noted", Handover(moved=True)),
    ],
)
async def test_else_it_is_listed(reason: str, former: Handover) -> None:
    """One whose end the watch has not shown yet would be provisioned again."""
    lists = lists_of(1)
    async with watched(lists) as (feed, manifests):
        del lists.objects["scimusers"]["user-000000"]
        lists.version = "9"
        await feed.take_over(NAMESPACE, former)
        assert set(users(manifests)) == {"user-000001"}, reason


async def test_where_etcd_was_restored_it_is_listed() -> None:
    lists = lists_of(1)
    lists.events.append({"type": "MODIFIED", "object": edited(0, 8)})
    async with watched(lists) as (feed, manifests):
        await until(lambda: users(manifests)["user-000000"].resource_version == "8")
        lists.events.clear()
        lists.version = "3"
        await feed.take_over(NAMESPACE, left(users=2))
        await until(lambda: users(manifests)["user-000000"].resource_version == "1")


async def test_what_was_told_is_passed_on() -> None:
    lists = lists_of(1)
    async with watched(lists) as (feed, _):
        assert feed.versions(NAMESPACE) == ""
        await feed.take_over(NAMESPACE, Handover(first=True))
        assert versions_in(feed.versions(NAMESPACE)) == {Kind.USER: 1, Kind.GROUP: 0}
        await feed.take_over(NAMESPACE, left(users=8, groups=6, moved=False))
        assert versions_in(feed.versions(NAMESPACE)) == {Kind.USER: 8, Kind.GROUP: 6}
        lists.version = "9"
        await feed.take_over(NAMESPACE, Handover(moved=True))
        assert versions_in(feed.versions(NAMESPACE)) == {Kind.USER: 9, Kind.GROUP: 9}


async def test_what_a_former_process_saw_end_is_not_noted_before_a_listing_under_the_lease() -> None:
    """A process that begins again in its pod has no word of the ends that the former one acted on."""
    lists = lists_of(1)
    async with watched(lists) as (feed, _):
        await feed.take_over(NAMESPACE, Handover())
        assert feed.versions(NAMESPACE) == ""
        await feed.take_over(NAMESPACE, Handover(moved=True))
        assert feed.versions(NAMESPACE) != ""
