"""One Lease at an API server in memory: what is written into it, and when work begins and ends."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from scim_operator.core.leases.lease import DURATION, GRACE, MARGIN, Lease, Place
from scim_operator.errors import PreconditionFailed, Unreachable
from scim_operator.kube.hold import Hold, Office, Self
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey

PLACE = Place("identity", "tenant.example:443/")


class Store:
    """The one Lease that there is; `reachable` is whether the API server answers."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.reachable = True
        self.writes = 0

    async def read(self, *_: str) -> Lease | None:
        return self.lease

    async def write(self, _namespace: str, _name: str, _role: object, lease: Lease, _notes: object) -> Lease:
        if not self.reachable:
            raise Unreachable("No answer.")
        if lease.version != (self.lease.version if self.lease is not None else ""):
            raise PreconditionFailed("It has changed meanwhile.")
        self.writes += 1
        self.lease = replace(lease, version=str(self.writes))
        return self.lease

    def put(self, **changes: Any) -> Lease:
        """Write as another does."""
        self.writes += 1
        self.lease = replace(self.lease or Lease(), version=str(self.writes), **changes)
        return self.lease


class Worker:
    """Works under the Lease."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def gained(self, _place: Place, _statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        self.heard.append("gained")

    def lost(self, _place: Place) -> None:
        self.heard.append("lost")

    async def give(self, _place: Place) -> None:
        self.heard.append("gave")


async def reread(namespace: str, *, manifests: bool) -> Mapping[ConfigKey, Mapping[str, Any]]:
    return {}


def held(store: Store) -> tuple[Hold, Worker]:
    """A Lease that is wanted, and who works under it."""
    me = Self("me", "", 5.0, lambda: True)
    office = Office(cast("Any", store), me, VirtualClock(), random.Random(1))
    office.tenant, office.reread = (worker := Worker()), reread
    return Hold(PLACE, office), worker


async def look(hold: Hold, store: Store, choice: str = "me") -> None:
    """One round."""
    hold.look(store.lease, VirtualClock().monotonic())
    await hold.step(choice)
    await asyncio.sleep(0.01)


def test_it_is_taken_and_work_begins() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        await look(hold, store)
        assert store.lease is not None
        assert (store.lease.holder, worker.heard, hold.works) == ("me", ["gained"], True)

    run(story())


def test_work_ends_before_a_lease_that_is_not_renewed() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        await look(hold, store)
        await asyncio.sleep(DURATION - MARGIN + 0.1)
        assert (worker.heard, hold.fence) == (["gained", "lost"], None)

    run(story())


def test_work_ends_at_once_where_another_has_it() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        await look(hold, store)
        store.put(holder="other")
        await look(hold, store)
        assert worker.heard == ["gained", "lost"]

    run(story())


def test_it_is_given_to_the_one_that_is_chosen_and_asks() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        await look(hold, store)
        store.put(wanted="other")
        await look(hold, store, "other")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.wanted, worker.heard) == ("", "other", ["gained", "gave"])

    run(story())


def test_it_is_released_although_someone_asks_for_it_at_that_moment() -> None:
    async def story() -> None:
        store = Store()
        hold, _ = held(store)
        await look(hold, store)
        store.put(wanted="other")
        await hold.let_go("third")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.wanted) == ("", "third")

    run(story())


def test_one_that_was_lost_and_is_asked_for_is_released_too() -> None:
    async def story() -> None:
        store = Store()
        hold, _ = held(store)
        await look(hold, store)
        await asyncio.sleep(DURATION)
        store.put(wanted="other")
        await look(hold, store, "other")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.wanted) == ("", "other")

    run(story())


def test_an_answer_that_was_lost_is_no_reason_to_work() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        store.reachable = False
        with pytest.raises(Unreachable):
            await look(hold, store)
        store.put(holder="me")  # it arrived all the same
        store.reachable = True
        assert worker.heard == []
        await look(hold, store)
        assert worker.heard == ["gained"]

    run(story())


def test_a_lease_that_someone_deleted_is_taken_when_its_holder_is_certainly_done() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        hold.look(store.put(holder="other"), VirtualClock().monotonic())
        store.lease = None
        await look(hold, store)
        await asyncio.sleep(DURATION - 0.1)
        await look(hold, store)
        assert (store.lease, worker.heard) == (None, [])
        await asyncio.sleep(0.2)
        await look(hold, store)
        assert worker.heard == ["gained"]
        assert hold.fence is not None
        opened = asyncio.create_task(hold.fence.opened())
        while not opened.done():
            await asyncio.sleep(1.0)
            await look(hold, store)
        assert VirtualClock().monotonic() >= DURATION + GRACE

    run(story())


def test_one_that_is_handed_on_while_a_former_holders_request_may_be_under_way_says_so() -> None:
    async def story() -> None:
        store = Store()
        store.put(holder="other", grace=600.0)
        hold, _ = held(store)
        await look(hold, store)
        await asyncio.sleep(DURATION)
        await look(hold, store)
        await hold.let_go("third")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.unanswered) == ("", True)
        assert store.lease.grace > 600.0 - 1.0

    run(story())


def test_who_takes_it_says_for_how_long_a_former_holders_request_may_be_under_way() -> None:
    async def story() -> None:
        store = Store()
        store.put(holder="other", grace=600.0)
        hold, _ = held(store)
        await look(hold, store)
        await asyncio.sleep(DURATION)
        await look(hold, store)
        assert store.lease is not None
        assert (store.lease.holder, store.lease.grace > 590.0) == ("me", True)
        await asyncio.sleep(5.0)
        await look(hold, store)
        assert 580.0 < store.lease.grace < 600.0

    run(story())
