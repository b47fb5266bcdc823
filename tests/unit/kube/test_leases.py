"""The Leases of one operator, at an API server in memory: nothing is held any more once they are released."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from scim_operator.core.leases.lease import DURATION, RENEWAL, Lease, Place, Role, body_of
from scim_operator.errors import PreconditionFailed
from scim_operator.kube.hold import Office, Self
from scim_operator.kube.leases import LeaseKeeper
from scim_operator.kube.replicas import Replicas
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey

PLACE = Place("identity", "tenant.example:443/")


class Store:
    """The Leases that there are. While `answers` is not set, what is written has no answer yet."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.writes = 0

    async def all(self, role: Role) -> list[dict[str, Any]]:
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
    """Works under the Lease."""

    def gained(self, place: Place, statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        """See `Tenant.gained`."""

    def lost(self, place: Place) -> None:
        """See `Tenant.lost`."""

    async def give(self, place: Place) -> None:
        """See `Tenant.give`."""


async def reread(namespace: str, *, manifests: bool) -> Mapping[ConfigKey, Mapping[str, Any]]:
    return {}


def test_a_renewal_whose_answer_comes_late_gets_no_lease_back_that_is_being_released() -> None:
    async def story() -> None:
        store, clock = Store(), VirtualClock()
        given = cast("Any", store)
        office = Office(given, Self("me", "", 5.0, lambda: True), clock, random.Random(1))
        keeper = LeaseKeeper(office, Replicas(given, "scim-system", (), "me", ""))
        keeper.serve(Worker())
        keeper.before_work(reread)
        keeper.want(PLACE, worked=False)
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
