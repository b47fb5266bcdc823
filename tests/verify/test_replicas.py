"""Several operators in virtual time: how soon one serves, and hands over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.leases.lease import DURATION, GRACE, QUIET
from scim_operator.core.leases.moves import PATIENCE
from scim_operator.kube.client import Target
from scim_operator.kube.leases import LOOK, QUICK
from scim_operator.kube.resources import LEASES
from verify.fencing.referee import Referee
from verify.history import Exchange
from verify.manifests import UNLIMITED, user
from verify.process import Machine
from verify.virtual import run
from verify.world import NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

A_MOMENT = 3.0
"""Seconds in which an operator has listed everything and sent what is due, where nothing keeps it."""


class Shared(World):
    """A world with a user, whose operators share the work.

    `pod` is what the next one runs in, and `rate` how fast its clock goes.
    """

    def __init__(self, **spec: Any) -> None:
        super().__init__(1, limits=UNLIMITED, **spec)
        self.pod, self.rate = "", 1.0
        self.machines = lambda: Machine(self.pod, self.rate)
        self.referee = Referee(self)
        self.apply(Kind.USER, "anna", user("anna"))

    def holder(self) -> str:
        """Return who holds the Lease of the service, "" while no one does."""
        leases = self.server.list(Target(LEASES, NAMESPACE))
        return str(leases[0]["spec"]["holderIdentity"] or "") if leases else ""

    def delete_lease(self) -> None:
        """Delete the Lease of the service by hand, which no one should."""
        for lease in self.server.list(Target(LEASES, NAMESPACE)):
            self.server.delete(Target(LEASES, NAMESPACE, lease["metadata"]["name"]))

    def is_there(self, name: str) -> bool:
        """Return whether the service has a user."""
        return any(one["userName"] == user(name)["userName"] for one in self.service.users.values())

    async def until(self, holds: Callable[[], bool], seconds: float) -> float:
        """Return after how many seconds something holds; it fails where that takes longer."""
        began = self.now
        while not holds():
            assert self.now - began < seconds, self.history.text(last=30)
            await self.pass_time(0.05)
        return self.now - began


def lived(story: Callable[[Shared], Coroutine[Any, Any, None]], **spec: Any) -> None:
    """Live through a story in which no write is wrong; `spec` is what the config says besides."""

    async def told() -> None:
        world = Shared(**spec)
        await story(world)
        assert world.referee.faults == []
        await world.end()

    run(told())


def test_one_that_is_alone_serves_at_once() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)

    lived(story)


def test_one_that_stops_hands_over_at_once() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        world.start()
        await world.pass_time(20.0)
        serving = next(one for one in world.processes if one.life.name == world.holder())
        world.processes.remove(serving)
        await serving.stop()
        world.apply(Kind.USER, "ben", user("ben"))
        await world.until(lambda: world.is_there("ben"), A_MOMENT)

    lived(story)


def test_one_that_stops_serves_until_another_is_about_to_look() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        world.start()
        await world.pass_time(20.0)
        serving = next(one for one in world.processes if one.life.name == world.holder())
        world.processes.remove(serving)
        stopping = asyncio.create_task(serving.stop())
        world.apply(Kind.USER, "ben", user("ben"))
        await world.until(lambda: world.is_there("ben"), LOOK)
        assert not stopping.done()
        assert world.holder() == serving.life.name
        await world.until(lambda: world.holder() == "", LOOK)
        await world.until(lambda: world.holder() != "", QUICK + 0.1)
        await stopping
        world.apply(Kind.USER, "carla", user("carla"))
        await world.until(lambda: world.is_there("carla"), A_MOMENT)

    lived(story)


@pytest.mark.parametrize("late", [pytest.param(0.5, id="a moment"), pytest.param(60.0, id="a minute")])
def test_one_whose_watch_is_late_does_nothing_for_who_is_gone(late: float) -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        world.start()
        await world.pass_time(20.0)
        serving, other = sorted(world.processes, key=lambda one: one.life.name != world.holder())
        other.life.sees.clear()
        world.delete(Kind.USER, "anna")
        await world.until(lambda: not world.manifests(Kind.USER), A_MOMENT)
        gone = len(of_service(world))
        world.processes.remove(serving)
        await serving.stop()
        await world.pass_time(late)
        other.life.sees.set()
        world.apply(Kind.USER, "ben", user("ben"))
        await world.until(lambda: world.is_there("ben"), A_MOMENT)
        assert [one.method for one in of_service(world)[gone:]] == ["POST"], "that is ben"

    lived(story)


def of_service(world: World) -> list[Exchange]:
    """What was written to the service."""
    return [one for one in world.history.entries if isinstance(one, Exchange) and one.to_service and one.writes]


def test_one_that_is_killed_is_replaced_and_its_last_request_is_waited_for() -> None:
    async def story(world: Shared) -> None:
        world.start()
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        await world.pass_time(20.0)
        await world.kill(next(one for one in world.processes if one.life.name == world.holder()))
        dead = world.holder()
        world.apply(Kind.USER, "ben", user("ben"))
        await world.until(lambda: world.holder() != dead, DURATION + A_MOMENT)
        waited = await world.until(lambda: world.is_there("ben"), GRACE + A_MOMENT)
        assert waited > GRACE - DURATION

    lived(story)


def test_a_process_that_starts_again_in_its_pod_takes_its_lease_back_at_once() -> None:
    async def story(world: Shared) -> None:
        world.pod = "uid"
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        await world.kill()
        dead = world.holder()
        world.start()
        await world.until(lambda: world.holder() not in ("", dead), A_MOMENT)

    lived(story)


def test_one_that_comes_gets_what_is_its_by_choice() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        held = {world.holder()}
        for _ in range(5):
            world.start()
            await world.pass_time(20.0)
            held.add(world.holder())
        assert len(held) > 1, "of six, the first is hardly the one that is chosen each time"

    lived(story)


def test_a_lease_that_is_deleted_as_soon_as_it_is_made_leaves_no_two_at_work() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        world.start()
        await world.pass_time(20.0)
        for _ in range(8):
            world.delete_lease()
            await world.until(lambda: world.holder() != "", A_MOMENT)
            world.processes[0].life.stop()
            await world.pass_time(world.random.choice((0.04, 5.0, 14.0)))
            world.delete_lease()
            await world.pass_time(world.random.choice((0.0, 0.5, 16.0)))
            world.processes[0].life.go()
            world.processes.reverse()
        world.apply(Kind.USER, "ben", user("ben"))
        await world.until(lambda: world.is_there("ben"), QUIET + GRACE + 2 * A_MOMENT)

    lived(story)


def test_a_lease_that_comes_and_goes_between_two_looks_is_waited_for() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        world.start()
        await world.pass_time(20.0)
        world.delete_lease()
        await world.until(lambda: world.holder() != "", DURATION + PATIENCE)
        maker, other = sorted(world.processes, key=lambda one: one.life.name != world.holder())
        await world.pass_time(0.04)
        world.delete_lease()  # the other has never seen it
        await world.pass_time(1.0)
        maker.life.stop()
        await world.until(lambda: world.holder() == other.life.name, DURATION + PATIENCE)
        maker.life.go()
        await world.pass_time(QUIET)

    lived(story)


def test_a_process_that_starts_again_in_its_pod_waits_on_where_its_former_one_was_to_wait() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        (first,) = world.processes
        first.life.stop()  # and writes for as long as its Lease would last
        world.delete_lease()
        world.pod = "uid"
        second = world.start()
        await world.until(lambda: world.holder() != "", A_MOMENT + 10.0)
        await world.kill(second)
        third = world.start()
        await world.until(lambda: world.holder() == third.life.name, A_MOMENT)
        await world.pass_time(QUIET)

    lived(story)


def test_one_that_stops_before_it_may_work_hands_the_wait_over_too() -> None:
    async def story(world: Shared) -> None:
        world.start()
        await world.until(lambda: world.is_there("anna"), A_MOMENT)
        world.start()
        await world.pass_time(20.0)
        first = next(one for one in world.processes if one.life.name == world.holder())
        first.life.cut_off = True
        world.delete_lease()
        await world.until(lambda: world.holder() != "", 15.0)
        second = next(one for one in world.processes if one.life.name == world.holder())
        world.processes.remove(second)
        third = world.start()
        await world.pass_time(1.0)
        await second.stop()
        await world.until(lambda: world.holder() == third.life.name, A_MOMENT)
        await world.pass_time(QUIET)

    lived(story)
