"""The Leases of one operator, at an API server in memory: nothing is held any more once they are released."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from scim_operator.core.leases.lease import DURATION, EVERYWHERE, NAMESPACES, RENEWAL, Lease, Place, Role, body_of
from scim_operator.core.leases.moves import HASTE
from scim_operator.errors import PreconditionFailed
from scim_operator.kube.client import ListPage, Target
from scim_operator.kube.hold import Office, Self
from scim_operator.kube.lease_store import LeaseStore
from scim_operator.kube.leases import LOOK, QUICK, LeaseKeeper
from scim_operator.kube.replicas import Replicas
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.leases.versions import Handover

PLACE = Place("identity", "tenant.example:443/")


class Store:
    """The Leases that there are: that of the service, and those of other `replicas`, by their names.

    While `answers` is not set, what is written has no answer; a list takes `slowness`, and `looks` counts them.
    """

    def __init__(self, slowness: float = 0.0) -> None:
        self.slowness = slowness
        self.looks = 0
        self.replicas: dict[str, Lease] = {}
        self.lease: Lease | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.writes = 0

    async def all(self, role: Role, among: Collection[str] = ()) -> list[dict[str, Any]]:
        await asyncio.sleep(self.slowness)
        if role is Role.REPLICA:
            return [of_replica(lease) for lease in self.replicas.values()]
        self.looks += 1
        if self.lease is None:
            return []
        body = body_of(self.lease)
        metadata = {"namespace": PLACE.namespace, "name": PLACE.lease_name, "resourceVersion": self.lease.version}
        return [{**body, "metadata": {**body["metadata"], **metadata}}]

    async def read(self, *_: str) -> Lease | None:
        return self.lease

    async def write(self, _namespace: str, _name: str, role: Role, lease: Lease, _notes: object) -> Lease:
        if role is Role.REPLICA:
            return lease
        if lease.version != (self.lease.version if self.lease is not None else ""):
            raise PreconditionFailed("It has changed meanwhile.")
        self.writes += 1
        written = self.lease = replace(lease, version=str(self.writes))
        await self.answers.wait()
        return written


def of_replica(lease: Lease) -> dict[str, Any]:
    """The Lease by which a replica shows that it lives, and watches everything."""
    body = body_of(lease)
    metadata = {"namespace": "scim-system", "name": f"scim-operator-replica-of-{lease.holder}"}
    return {**body, "metadata": {**body["metadata"], **metadata, "annotations": {NAMESPACES: EVERYWHERE}}}


class Worker:
    """Works under the Lease; `gains` and `losses` are how often it was gained and lost."""

    def __init__(self) -> None:
        self.gains, self.losses = 0, 0

    def gained(self, place: Place, statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        """See `Tenant.gained`."""
        self.gains += 1

    def lost(self, place: Place) -> None:
        """See `Tenant.lost`."""
        self.losses += 1

    async def give(self, place: Place) -> None:
        """See `Tenant.give`."""


async def reread(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
    return {}


def kept(store: Store, worker: Worker) -> LeaseKeeper:
    """The keeper of the one Lease, which is wanted."""
    given = cast("Any", store)
    office = Office(given, Self("me", "", 5.0, lambda: True), VirtualClock(), random.Random(1))
    keeper = LeaseKeeper(office, Replicas(given, "scim-system", (), "me", ""))
    keeper.serve(worker)
    keeper.before_work(reread)
    keeper.want(PLACE, worked=False)
    return keeper


def test_a_renewal_whose_answer_comes_late_gets_no_lease_back_that_is_being_released() -> None:
    async def story() -> None:
        store = Store()
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        assert keeper.fence(PLACE) is not None
        store.answers.clear()
        await asyncio.sleep(RENEWAL)
        assert store.writes == 2
        releasing = asyncio.create_task(keeper.release())
        await asyncio.sleep(0.1)
        store.answers.set()
        await releasing
        await asyncio.sleep(DURATION)
        keeping.cancel()
        assert store.lease is not None
        assert (store.lease.holder, keeper.fence(PLACE)) == ("", None)

    run(story())


def test_a_lease_is_renewed_however_long_it_takes_to_look_at_all_of_them() -> None:
    async def story() -> None:
        store, worker = Store(slowness=20.0), Worker()
        keeper = kept(store, worker)
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(300.0)
        keeping.cancel()
        assert (keeper.fence(PLACE) is not None, worker.losses) == (True, 0)

    run(story())


def of_another(store: Store, **more: Any) -> None:
    """Write into the Lease as another does, who holds it unless told otherwise."""
    store.writes += 1
    now = VirtualClock().now()
    store.lease = Lease(**{"holder": "other", "renewed": now, "version": str(store.writes), **more})


async def until_held(keeper: LeaseKeeper, seconds: float) -> float:
    """Return after how many seconds it is held; it fails where that takes longer."""
    began = VirtualClock().monotonic()
    while keeper.fence(PLACE) is None:
        assert VirtualClock().monotonic() - began < seconds
        await asyncio.sleep(0.01)
    return VirtualClock().monotonic() - began


@pytest.mark.parametrize("moment", [0.0, 0.3, 0.7])
def test_one_that_is_about_to_be_released_to_this_replica_is_taken_within_an_instant(moment: float) -> None:
    async def story() -> None:
        store = Store()
        of_another(store)
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(2.0 + moment)
        of_another(store, wanted="me")
        await asyncio.sleep(LOOK + 0.1)
        of_another(store, holder="", wanted="me")
        await until_held(keeper, QUICK + 0.02)
        keeping.cancel()

    run(story())


def test_one_that_is_never_released_is_looked_at_often_for_a_while_only() -> None:
    async def story() -> None:
        store = Store()
        of_another(store)
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        looks = []
        for _ in range(3):
            of_another(store, wanted="me")  # it renews, and never gives
            before = store.looks
            await asyncio.sleep(HASTE)
            looks.append(store.looks - before)
        keeping.cancel()
        assert looks[0] > HASTE / QUICK * 0.8
        assert looks[2] < HASTE / LOOK * 1.5

    run(story())


def test_who_stops_says_first_who_is_next_and_serves_meanwhile() -> None:
    async def story() -> None:
        store, worker = Store(), Worker()
        store.replicas["other"] = Lease("other", VirtualClock().now(), version="1")
        keeper = kept(store, worker)
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(12.0)  # no one else asks for it
        assert keeper.fence(PLACE) is not None
        telling = asyncio.create_task(keeper.announce())
        await asyncio.sleep(LOOK - 0.1)
        assert store.lease is not None
        assert (store.lease.holder, store.lease.wanted, telling.done()) == ("me", "other", False)
        assert (keeper.fence(PLACE) is not None, worker.losses) == (True, 0)
        await asyncio.sleep(0.2)
        assert telling.done()
        await keeper.release()
        assert (store.lease.holder, store.lease.wanted) == ("", "other")
        keeping.cancel()

    run(story())


class Noting(Store):
    """Notes which namespaces the replica says that it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: list[str] = []

    async def write(self, _namespace: str, _name: str, role: Role, lease: Lease, notes: Any) -> Lease:
        if role is Role.REPLICA:
            self.watched.append(notes.get(NAMESPACES, "gone"))
        return await super().write(_namespace, _name, role, lease, notes)


def test_who_stops_is_chosen_for_nothing_more() -> None:
    """Of two that stop together, one would leave its Leases to the other, which takes none any more."""

    async def story() -> None:
        store = Noting()
        store.replicas["other"] = Lease("other", VirtualClock().now(), version="1")
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(12.0)
        assert set(store.watched) == {EVERYWHERE}
        await keeper.announce()
        await keeper.release()
        assert store.watched[-2:] == ["", "gone"]
        keeping.cancel()

    run(story())


def test_who_stops_and_is_alone_waits_for_no_one() -> None:
    async def story() -> None:
        store = Store()
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        began = VirtualClock().monotonic()
        await keeper.announce()
        assert (VirtualClock().monotonic(), store.writes) == (began, 1)
        keeping.cancel()

    run(story())


def test_who_stops_takes_nothing_more_and_renews_what_it_has() -> None:
    async def story() -> None:
        store = Store()
        store.replicas["other"] = Lease("other", VirtualClock().now(), version="1")
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        keeper.want(free := Place("identity", "another.example:443/"), worked=False)
        await keeper.announce()
        await asyncio.sleep(RENEWAL)
        assert keeper.fence(free) is None
        assert store.lease is not None
        assert (store.lease.holder, store.lease.wanted, store.writes) == ("me", "other", 3)
        keeping.cancel()

    run(story())


def test_who_stops_begins_nothing_under_a_lease_that_it_just_took() -> None:
    async def story() -> None:
        store, worker = Store(), Worker()
        keeper = kept(store, worker)
        read = asyncio.Event()

        async def slowly(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
            await read.wait()
            return {}

        keeper.before_work(slowly)
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        assert keeper.fence(PLACE) is not None
        await keeper.announce()
        assert keeper.fence(PLACE) is None
        read.set()
        await asyncio.sleep(1.0)
        assert (keeper.fence(PLACE), worker.gains) == (None, 0)
        keeping.cancel()

    run(story())


def test_who_stops_waits_for_no_api_server_that_does_not_answer() -> None:
    async def story() -> None:
        store = Store()
        store.replicas["other"] = Lease("other", VirtualClock().now(), version="1")
        keeper = kept(store, Worker())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        store.answers.clear()
        began = VirtualClock().monotonic()
        await keeper.announce()
        assert VirtualClock().monotonic() - began <= LOOK
        keeping.cancel()

    run(story())


class SlowClient:
    """An API server that takes a second for each list."""

    async def page(self, target: Target, *, limit: int, token: str, label: str) -> ListPage:
        await asyncio.sleep(1.0)
        return ListPage([{"metadata": {"namespace": target.namespace}}], "", "1")


def test_the_namespaces_are_looked_at_side_by_side() -> None:
    async def story() -> None:
        watched = [f"tenant-{number}" for number in range(50)]
        store = LeaseStore(cast("Any", SlowClient()), "scim-system", watched)
        began = VirtualClock().monotonic()
        assert len(await store.all(Role.SERVICE)) == 51
        assert VirtualClock().monotonic() - began < 2.0

    run(story())
