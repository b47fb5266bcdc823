"""One Lease at an API server in memory: what is written into it, and when work begins and ends."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from scim_operator.core.leases.lease import DURATION, GRACE, MARGIN, QUIET, RENEWAL, Lease, Place
from scim_operator.errors import PreconditionFailed, Unreachable
from scim_operator.kube.hold import Hold, Office, Self
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.leases.versions import Handover
    from scim_operator.kube.hold import Reread

PLACE = Place("identity", "tenant.example:443/")


class Store:
    """The one Lease that there is; `reachable` is whether the API server answers, after `slowness` seconds."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.reachable, self.slowness = True, 0.0
        self.writes = 0

    async def read(self, *_: str) -> Lease | None:
        return self.lease

    async def write(self, _namespace: str, _name: str, _role: object, lease: Lease, _notes: object) -> Lease:
        if not self.reachable:
            raise Unreachable("No answer.")
        if lease.version != (self.lease.version if self.lease is not None else ""):
            raise PreconditionFailed("It has changed meanwhile.")
        self.writes += 1
        self.lease = written = replace(lease, version=str(self.writes))
        await asyncio.sleep(self.slowness)
        return written

    def put(self, **changes: Any) -> Lease:
        """Write as another does."""
        self.writes += 1
        self.lease = replace(self.lease or Lease(), version=str(self.writes), **changes)
        return self.lease


class Worker:
    """Works under the Lease."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.leaves: Callable[[], None] = lambda: None
        """Called when it finishes."""

    def gained(self, _place: Place, _statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        self.heard.append("gained")

    def lost(self, _place: Place) -> None:
        self.heard.append("lost")

    async def give(self, _place: Place) -> None:
        self.heard.append("gave")
        self.leaves()


async def reread(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
    return {}


def held(store: Store, reread: Reread = reread, note: str = "") -> tuple[Hold, Worker]:
    """A Lease that is wanted, and who works under it; `note` is how far the manifests are known."""
    me = Self("me", "", 5.0, lambda: True)
    office = Office(cast("Any", store), me, VirtualClock(), random.Random(1))
    office.tenant, office.reread, office.versions = (worker := Worker()), reread, lambda namespace: note
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


def test_work_begins_again_under_one_that_was_given_away_before_its_configs_could_be_read() -> None:
    """It was given away in the round in which they were to be read again, and nothing ever began there: 830386."""
    answers = iter([Unreachable("No answer.")])

    async def late(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
        for error in answers:
            raise error
        return {}

    async def story() -> None:
        store = Store()
        hold, worker = held(store, late)
        await look(hold, store)
        assert worker.heard == []
        store.put(wanted="other")
        await look(hold, store, "other")
        store.put(wanted="")
        await look(hold, store)
        assert (worker.heard, hold.works) == (["gave", "gained"], True)

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


async def rounds(hold: Hold, store: Store, seconds: float) -> None:
    """Rounds for so long, one a second."""
    end = VirtualClock().monotonic() + seconds
    while VirtualClock().monotonic() < end:
        await look(hold, store)
        await asyncio.sleep(0.99)


def test_a_lease_that_someone_deleted_is_made_at_once_and_work_begins_when_its_holder_is_certainly_done() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        hold.look(store.put(holder="other"), VirtualClock().monotonic())
        store.lease = None
        await look(hold, store)
        assert store.lease is not None
        assert (store.lease.holder, store.lease.quiet) == ("me", QUIET)
        await rounds(hold, store, QUIET - 1.0)
        assert (worker.heard, hold.works) == ([], False)
        await rounds(hold, store, 2.0)
        assert (worker.heard, hold.works) == (["gained"], True)
        assert hold.fence is not None
        opened = asyncio.create_task(hold.fence.opened())
        while not opened.done():
            await rounds(hold, store, 1.0)
        assert VirtualClock().monotonic() >= QUIET + GRACE
        await rounds(hold, store, RENEWAL)
        assert store.lease.quiet == 0.0

    run(story())


def test_for_how_long_no_one_has_seen_a_lease_tells_nothing_of_one_that_came_and_went() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        hold.worked = True
        for _ in range(5):
            hold.look(None, VirtualClock().monotonic())
            await asyncio.sleep(5.0)
        assert VirtualClock().monotonic() > QUIET
        await rounds(hold, store, QUIET - 1.0)
        assert worker.heard == []
        await rounds(hold, store, 2.0)
        assert worker.heard == ["gained"]

    run(story())


def test_one_that_is_handed_on_before_work_may_begin_says_so() -> None:
    async def story() -> None:
        store = Store()
        hold, _ = held(store)
        hold.worked = True
        await rounds(hold, store, 5.0)
        await hold.let_go("third")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.unanswered) == ("", True)
        assert store.lease.quiet == pytest.approx(QUIET - 5.0, abs=0.1)
        assert store.lease.grace == pytest.approx(QUIET + GRACE - 5.0, abs=0.1)
        taker, worker = held(store)
        await rounds(taker, store, QUIET - 6.0)
        assert worker.heard == []
        await rounds(taker, store, 2.0)
        assert worker.heard == ["gained"]

    run(story())


def test_one_whose_creation_had_no_answer_is_released_with_the_time_for_which_no_one_may_work() -> None:
    async def story() -> None:
        store = Store()
        store.put(holder="me", quiet=9.0, grace=69.0)
        hold, _ = held(store)
        hold.look(store.lease, VirtualClock().monotonic())
        await hold.let_go("third")
        assert store.lease is not None
        assert (store.lease.holder, store.lease.quiet, store.lease.unanswered) == ("", 9.0, True)

    run(story())


def test_who_finds_that_another_has_worked_on_a_new_config_waits_for_it() -> None:
    async def story() -> None:
        store = Store()
        asked = []

        async def read(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
            asked.append(former.moved)
            hold.worked = True  # by one whose Lease someone deleted before it was seen
            return {}

        hold, worker = held(store, read)
        await look(hold, store)
        assert (worker.heard, hold.works) == ([], False)
        await rounds(hold, store, 1.0)
        assert store.lease is not None
        assert store.lease.quiet == pytest.approx(QUIET, abs=0.1)
        fence = hold.fence
        await rounds(hold, store, QUIET - 2.0)
        assert worker.heard == []
        await rounds(hold, store, 2.0)
        assert (worker.heard, asked) == (["gained"], [False, True])
        assert fence is not None
        opened = asyncio.create_task(fence.opened())
        while not opened.done():
            await rounds(hold, store, 1.0)
        assert VirtualClock().monotonic() >= QUIET + GRACE

    run(story())


def test_one_that_another_made_first_is_taken_from_it_without_a_wait() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        hold.look(None, VirtualClock().monotonic())
        store.put(holder="other")
        await hold.step("me")  # too late
        hold.worked = True
        store.put(holder="")
        await look(hold, store)
        assert (worker.heard, hold.works) == (["gained"], True)

    run(story())


def test_an_answer_about_a_new_config_that_was_lost_leaves_the_question_whether_another_has_worked() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        store.reachable = False
        with pytest.raises(Unreachable):
            await look(hold, store)
        store.put(holder="me")
        store.reachable = hold.worked = True
        await rounds(hold, store, QUIET)
        assert worker.heard == []
        await rounds(hold, store, 2.0)
        assert worker.heard == ["gained"]

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


def test_a_lease_lasts_from_before_its_renewal_was_sent() -> None:
    """Others count from when they see it, and an answer may take long: from there on it would last too long."""

    async def story() -> None:
        store = Store()
        hold, _ = held(store)
        store.slowness = 4.0
        hold.look(store.lease, VirtualClock().monotonic())
        await hold.step("me")
        assert hold.fence is not None
        assert hold.fence.left == pytest.approx(DURATION - MARGIN - 4.0)

    run(story())
