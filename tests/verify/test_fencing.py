"""Several operators share one service: a slice of the schedules that `python -m verify.fencing` lives through."""

from __future__ import annotations

import pytest

from scim_operator.kube.client import Target
from scim_operator.kube.resources import LEASES
from verify.fencing.referee import Referee
from verify.fencing.schedule import lived
from verify.history import Exchange
from verify.virtual import run
from verify.world import World


@pytest.mark.parametrize("seed", [5, 11, 23])
def test_no_write_is_sent_without_the_lease(seed: int) -> None:
    verdict = lived(seed)
    assert verdict.faults == ()
    assert verdict.holders > 1, "the service went from one to another"
    assert verdict.writes > 10, "there was something to write"


WRITES = [
    pytest.param("one", True, 1.0, "", id="the holder"),
    pytest.param("two", True, 1.0, "and one holds the Lease", id="another, at the service"),
    pytest.param("two", False, 1.0, "and one holds the Lease", id="another, in a status"),
    pytest.param("one", True, 16.0, "16.0 s after the last renewal", id="a holder that has not renewed"),
]


@pytest.mark.parametrize(("sender", "to_service", "after", "fault"), WRITES)
def test_the_referee_sees_who_may_write(sender: str, to_service: bool, after: float, fault: str) -> None:
    async def judged() -> list[str]:
        world = World(1)
        referee = Referee(world)
        hold(world, "one")
        await world.pass_time(after)
        path = "/Users/1" if to_service else "scimusers/identity/anna/status"
        world.history.sends(Exchange(sender, to_service, "PATCH", path))
        return referee.faults

    assert [fault in each for each in run(judged())] == ([True] if fault else [])


def test_the_referee_sees_what_arrives_after_another_has_begun() -> None:
    async def judged() -> list[str]:
        world = World(1)
        referee = Referee(world)
        hold(world, "one")
        late = Exchange("one", True, "PATCH", "/Users/1")
        world.history.sends(late)
        hold(world, "two")
        world.history.sends(Exchange("two", True, "PATCH", "/Users/2"))
        world.history.did(late)
        return referee.faults

    (fault,) = run(judged())
    assert "arrived after two had begun to write" in fault


def hold(world: World, name: str) -> None:
    """Write a holder into the Lease, as it stands at the API server."""
    place = Target(LEASES, "identity", "scim-operator-1")
    spec = {"holderIdentity": name, "renewTime": f"by {name}"}
    world.server.apply(place, spec, labels={"scim-operator.io/lease": "service"})
