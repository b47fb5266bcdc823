"""The Leases that a replica is about to have: those who share a service wait for what is done under them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.core.leases.lease import EVERYWHERE, NAMESPACES, Lease, Place, Role, body_of
from tests.unit.kube.test_hold import Store, held, look
from tests.unit.kube.test_leases import PLACE, kept
from tests.unit.kube.test_leases import Store as Leases
from tests.unit.kube.test_leases import Worker as Tenant
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.leases.versions import Handover


def test_it_is_awaited_until_the_tenant_knows_of_it_and_again_once_it_is_lost() -> None:
    async def story() -> None:
        seen: list[bool] = []

        async def slowly(namespace: str, *, former: Handover) -> Mapping[ConfigKey, Mapping[str, Any]]:
            seen.append(hold.awaited)
            return {}

        store = Store()
        hold, _ = held(store, slowly)
        seen.append(hold.awaited)
        await look(hold, store)
        assert (seen, hold.awaited) == ([True, True], False)
        store.put(holder="other")
        hold.look(store.lease, VirtualClock().monotonic())
        assert hold.awaited
        hold.wanted = False
        assert not hold.awaited

    run(story())


def test_one_that_is_given_away_is_not_awaited() -> None:
    async def story() -> None:
        store = Store()
        hold, worker = held(store)
        await look(hold, store)
        worker.leaves = lambda: awaited.append(hold.awaited)
        store.put(wanted="other")
        await look(hold, store, "other")
        assert awaited == [False]

    awaited: list[bool] = []
    run(story())


def test_a_lease_is_expected_until_it_is_held_and_only_where_it_is_wanted() -> None:
    async def story() -> None:
        store = Leases()
        keeper = kept(store, Tenant())
        assert keeper.expects(PLACE), "whose it is to be is not known yet"
        store.answers.clear()
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        assert keeper.expects(PLACE), "it is being taken"
        store.answers.set()
        await asyncio.sleep(1.0)
        assert not keeper.expects(PLACE), "work goes on under it"
        assert not keeper.expects(Place("other", PLACE.address)), "no config needs it"
        keeping.cancel()

    run(story())


class Shared(Leases):
    """The Leases of several replicas; those of `others` live too, and watch everything."""

    others = tuple(f"other-{number}" for number in range(20))

    async def all(self, role: Role, among: Collection[str] = ()) -> list[dict[str, Any]]:
        if role is not Role.REPLICA:
            return await super().all(role, among)
        return [self._shown(name) for name in self.others]

    def _shown(self, name: str) -> dict[str, Any]:
        body = body_of(Lease(name, VirtualClock().now(), version="1"))
        metadata = {"namespace": "scim-system", "name": name, "resourceVersion": "1"}
        return {**body, "metadata": {**body["metadata"], **metadata, "annotations": {NAMESPACES: EVERYWHERE}}}


def test_a_lease_that_is_to_be_anothers_is_not_expected() -> None:
    async def story() -> None:
        keeper = kept(Shared(), Tenant())
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        assert keeper.fence(PLACE) is None
        assert not keeper.expects(PLACE)
        keeping.cancel()

    run(story())


def test_what_is_to_stay_with_one_that_is_held_is_expected_whoever_has_it() -> None:
    """Two replicas that see different ones live take the Leases of one neighbourhood apart, for a moment."""
    beside, apart = Place("zone", PLACE.address), Place("zone-2", "elsewhere.example:443/")

    async def story() -> None:
        store = Shared()
        store.lease = Lease("", wanted="me", version="0")
        keeper = kept(store, Tenant())
        for place in (beside, apart):
            keeper.want(place, worked=False)
        keeping = asyncio.create_task(keeper.run())
        await asyncio.sleep(1.0)
        assert keeper.fence(PLACE) is not None, "it was released to us, though another is chosen"
        assert keeper.expects(beside)
        assert not keeper.expects(apart)
        keeping.cancel()

    run(story())
