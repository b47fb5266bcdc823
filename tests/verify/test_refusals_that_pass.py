"""A refusal that is wrong, or that nothing explains, keeps no one in or out for ever.

The crash sweep found it: a single 409 that the service gave by mistake parked its object for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from scim_operator.job.base.retries import FIRST
from verify.crashes.scenarios import group, lull, people
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from verify.history import Exchange

HOURS = 2 * 3600.0


async def _filled(fault: str = "") -> World:
    """A world with three people and two teams; the fault is there from its first day."""
    world = World(1)
    if fault:
        world.service.faults.add(fault)
    people(world)
    world.start()
    await lull(world)
    return world


def _ready(world: World, kind: Kind, name: str) -> str:
    return next(one["reason"] for one in world.manifests(kind)[name]["status"]["conditions"] if one["type"] == "Ready")


def _active(world: World) -> dict[str, bool]:
    return {one["userName"].split("@")[0]: one["active"] for one in world.service.users.values()}


def test_one_whom_the_service_wrongly_calls_taken_comes_within_hours() -> None:
    async def story() -> None:
        world = await _filled("status=409:uniqueness;method=POST;path=/Users;times=1")
        [refused] = [name for name in ("anna", "ben", "carla") if _ready(world, Kind.USER, name) == "Rejected"]
        await world.pass_time(HOURS)
        assert _ready(world, Kind.USER, refused) == "Provisioned"
        assert len(world.service.users) == 3
        await world.end()

    run(story())


@pytest.mark.parametrize("status", ["409:uniqueness", "409", "400:invalidValue"])
def test_the_end_of_access_that_the_service_refuses_is_never_given_up(status: str) -> None:
    async def story() -> None:
        world = await _filled()
        world.service.faults.add(f"status={status};path=/Users/")
        world.delete(Kind.USER, "anna")
        world.apply(Kind.USER, "ben", user("ben", active=False))
        await lull(world)
        assert _active(world)["anna"]
        assert _active(world)["ben"]
        world.service.faults.clear()
        await world.pass_time(HOURS)
        assert _active(world) == {"anna": False, "ben": False, "carla": True}
        await world.end()

    run(story())


def test_the_end_of_a_membership_that_the_service_refuses_is_never_given_up() -> None:
    async def story() -> None:
        world = await _filled()
        world.service.faults.add("status=400;path=/Groups/")
        world.apply(Kind.GROUP, "red", group("red", "ben"))
        await lull(world)
        world.service.faults.clear()
        await world.pass_time(HOURS)
        [red] = [one for one in world.service.groups.values() if one["displayName"] == "red"]
        assert len(red["members"]) == 1
        await world.end()

    run(story())


def test_what_another_is_seen_to_have_is_not_asked_for_again() -> None:
    async def story() -> None:
        world = await _filled()
        world.service.by_hand("POST", "/Users", {"schemas": [CORE_USER], **user("gus"), "externalId": "foreign-gus"})
        await lull(world)
        world.apply(Kind.USER, "anna", user("anna", userName="gus@corp.example"))
        await lull(world)
        assert _ready(world, Kind.USER, "anna") == "Rejected"
        writes = world.history.writes
        await world.pass_time(HOURS)
        assert world.history.writes == writes
        await world.end()

    run(story())


def test_a_deletion_under_way_is_not_asked_for_once_more_because_it_is_overdue() -> None:
    """What is overdue is looked for every five seconds, and a slow service takes longer to refuse a deletion."""

    async def story() -> None:
        world = World(1, users={"externalId": "Generated", "deleteAfter": "10s"})
        world.apply(Kind.USER, "anna", user("anna"))
        world.start()
        await world.rest()
        world.service.faults.add("status=400;method=DELETE")
        world.weather.slowness = 8.0
        refused: list[float] = []
        asked: list[float] = []

        def note(exchange: Exchange) -> None:
            if exchange.to_service and exchange.method == "DELETE":
                refused.append(world.now)
            elif exchange.to_service and exchange.id and len(asked) < len(refused):
                asked.append(exchange.sent)

        world.history.ended.append(note)
        world.delete(Kind.USER, "anna")
        await world.pass_time(HOURS)
        pauses = [again - ended for ended, again in zip(refused, asked, strict=False)]
        assert len(pauses) > 8
        assert [pause >= 0.75 * FIRST * 2**number for number, pause in enumerate(pauses[:8])] == [True] * 8
        await world.end()

    run(story())
