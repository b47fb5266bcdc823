"""The Leases of one operator, at an API server in memory: nothing is held any more once they are released."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from scim_operator.core.leases.lease import DURATION, RENEWAL, Lease, Place, Role, body_of
from scim_operator.errors import PreconditionFailed
from scim_operator.kube.client import ListPage, Target
from scim_operator.kube.hold import Office, Self
from scim_operator.kube.lease_store import LeaseStore
from scim_operator.kube.leases import LeaseKeeper
from scim_operator.kube.replicas import Replicas
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey

PLACE = Place("identity", "tenant.example:443/")


class Store:
    """The Leases that there are. While `answers` is not set, what is written has no answer; a list takes `slowness`."""

    def __init__(self, slowness: float = 0.0) -> None:
        self.slowness = slowness
        self.lease: Lease | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.writes = 0

    async def all(self, role: Role) -> list[dict[str, Any]]:
        await asyncio.sleep(self.slowness)
        if self.lease is None or role is Role.REPLICA:
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


class Worker:
    """Works under the Lease; `losses` is how often it was lost."""

    def __init__(self) -> None:
        self.losses = 0

    def gained(self, place: Place, statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        """See `Tenant.gained`."""

    def lost(self, place: Place) -> None:
        """See `Tenant.lost`."""
        self.losses += 1

    async def give(self, place: Place) -> None:
        """See `Tenant.give`."""


async def reread(namespace: str, *, manifests: bool) -> Mapping[ConfigKey, Mapping[str, Any]]:
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
