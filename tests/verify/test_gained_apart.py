"""A replica that gains the Leases of two namespaces apart: what both claim at one service stays no one's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.leases.lease import GRACE
from scim_operator.kube.client import Target
from scim_operator.kube.resources import LEASES
from verify.manifests import UNLIMITED, user
from verify.neighbour import Neighbour
from verify.process import Machine
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Both:
    """Two namespaces whose manifests ask for one userName, and operators that share them by Leases."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed, limits=UNLIMITED)
        self.world.machines = Machine
        self.service = self.world.service
        """The whole of it, not what one namespace sees."""
        self.beside = Neighbour(self.world, "zone", limits=UNLIMITED)
        for each in (self.world, self.beside):
            each.apply(Kind.USER, "ada", user("ada"))

    def reason(self, world: World) -> str:
        status = world.manifests(Kind.USER)["ada"].get("status") or {}
        return next((one["reason"] for one in status.get("conditions", ()) if one["type"] == "Ready"), "")

    @property
    def reasons(self) -> list[str]:
        return [self.reason(self.world), self.reason(self.beside)]

    @property
    def there(self) -> list[str]:
        return [one["userName"] for one in self.service.users.values()]

    def holders(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for place in (self.world, self.beside):
            for lease in place.server.list(Target(LEASES, place.namespace)):
                found[place.namespace] = lease["spec"]["holderIdentity"] or ""
        return found


def lived(seed: int, story: Callable[[Both], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        both = Both(seed)
        await story(both)
        await both.world.end()

    run(told())


@pytest.mark.parametrize("seed", range(12))
def test_what_two_claim_stays_no_ones_when_their_operator_dies(seed: int) -> None:
    """Its successor has their Leases one after the other, as each ends in its own time."""

    async def story(both: Both) -> None:
        both.world.start()
        both.world.start()
        await both.world.pass_time(120.0)
        assert both.reasons == ["Conflict", "Conflict"]
        assert both.there == []
        holders = set(both.holders().values())
        assert len(holders) == 1, both.holders()
        await both.world.kill(next(one for one in both.world.processes if one.life.name in holders))
        await both.world.pass_time(GRACE + 120.0)
        assert both.there == [], both.world.history.text(last=600)
        assert both.reasons == ["Conflict", "Conflict"]

    lived(seed, story)


def delete_lease(world: World) -> None:
    """Delete the Lease of a namespace by hand, which no one should."""
    for lease in world.server.list(Target(LEASES, world.namespace)):
        world.server.delete(Target(LEASES, world.namespace, lease["metadata"]["name"]))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("first", [True, False], ids=["of the first", "of the other"])
def test_what_two_claim_stays_no_ones_when_one_lease_is_lost(seed: int, first: bool) -> None:
    async def story(both: Both) -> None:
        both.world.start()
        await both.world.pass_time(60.0)
        assert both.reasons == ["Conflict", "Conflict"]
        loses, keeps = (both.world, both.beside) if first else (both.beside, both.world)
        delete_lease(loses)
        await both.world.pass_time(8.0)
        keeps.apply(Kind.USER, "ada", user("ada", title="Analyst"))
        await both.world.pass_time(GRACE + 120.0)
        assert both.there == [], both.world.history.text(last=600)
        assert both.reasons == ["Conflict", "Conflict"]

    lived(seed, story)


@pytest.mark.parametrize("seed", range(12))
def test_what_two_claim_stays_no_ones_when_their_leases_are_handed_over(seed: int) -> None:
    async def story(both: Both) -> None:
        both.world.start()
        await both.world.pass_time(60.0)
        assert both.reasons == ["Conflict", "Conflict"]
        for _ in range(4):
            both.world.start()
            await both.world.pass_time(30.0)
            serving = next(one for one in both.world.processes if one.life.name in both.holders().values())
            both.world.processes.remove(serving)
            await serving.stop()
            both.world.start()
            await both.world.pass_time(60.0)
        assert both.there == [], both.world.history.text(last=600)
        assert both.reasons == ["Conflict", "Conflict"]

    lived(seed, story)
