"""Several operators share one service: a slice of the schedules that `python -m verify.fencing` lives through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_operator.kube.client import Target
from scim_operator.kube.resources import LEASES
from verify.fencing.referee import Referee
from verify.fencing.schedule import lived
from verify.history import Exchange
from verify.virtual import run
from verify.world import World

BROKEN = [
    pytest.param(5113, id="deleted under its holder"),
    pytest.param(7267, id="gained during the stop"),
    pytest.param(5282, id="a copy of an answered request"),
    pytest.param(20279, id="taken and deleted while another stood still"),
    pytest.param(30256, id="taken and deleted before another could look"),
    pytest.param(20433, id="deleted 36 ms after it was made"),
    pytest.param(61512, id="a copy of an answered request undoes what came after it"),
    pytest.param(200478, id="lost while a renewal that is refused was under way"),
    pytest.param(30097, id="deleted before a second one saw it"),
]
"""Seeds that once broke the promise, or what was said of it."""
PLACE = Target(LEASES, "identity", "scim-operator-1")


@pytest.mark.parametrize("seed", [5, 11, 23, *BROKEN])
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

    early, late = run(judged())
    assert "one → service PATCH /Users/1  may be under way" in early
    assert "arrived after two had begun to write" in late


def test_the_referee_lets_a_copy_pass_that_the_network_made_of_an_answered_request() -> None:
    async def judged() -> list[str]:
        world = World(1)
        referee = Referee(world)
        hold(world, "one")
        first = Exchange("one", True, "PATCH", "/Users/1")
        world.history.sends(first)
        first.answered = True
        world.history.ends(first)
        hold(world, "two")
        world.history.sends(Exchange("two", True, "PATCH", "/Users/2"))
        world.history.did(replace(first, again=True))
        assert referee.copies == 1, "what it undid is for the next sweep"
        return referee.faults

    assert run(judged()) == []


@pytest.mark.parametrize("to_service", [True, False])
def test_the_referee_gives_the_service_to_who_held_a_lease_that_someone_deleted(*, to_service: bool) -> None:
    async def judged() -> list[str]:
        world = World(1)
        referee = Referee(world)
        hold(world, "one")
        await world.pass_time(5.0)
        world.server.delete(PLACE)
        hold(world, "two")
        path = "/Users/1" if to_service else "scimusers/identity/anna/status"
        for sender in ("one", "two"):
            done = Exchange(sender, to_service, "PATCH", path, sent=world.now, answered=True)
            world.history.sends(done)
            world.history.ends(done)
        await world.pass_time(10.1)
        world.history.sends(Exchange("two", to_service, "PATCH", path))
        return referee.faults

    (fault,) = run(judged())
    assert "two → " in fault
    assert "sent while one may write" in fault


def test_the_referee_forgets_no_one_whose_lease_was_deleted_when_the_next_one_hands_on() -> None:
    async def judged() -> list[str]:
        world = World(1)
        referee = Referee(world)
        hold(world, "one")
        world.server.delete(PLACE)
        for name in ("two", "", "three"):
            hold(world, name)
        world.history.sends(Exchange("one", False, "PATCH", "scimusers/identity/anna/status"))
        world.history.sends(Exchange("three", False, "PATCH", "scimusers/identity/anna/status"))
        return referee.faults

    (fault,) = run(judged())
    assert "three → " in fault
    assert "sent while one may write" in fault


def hold(world: World, name: str) -> None:
    """Write a holder into the Lease, as it stands at the API server."""
    spec = {"holderIdentity": name, "renewTime": f"by {name}"}
    world.server.apply(PLACE, spec, labels={"scim-operator.io/lease": "service"})
