"""An operator that dies in the first sweep of a config: what limits remember is on record before any effect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [f"user{number}" for number in range(6)]
ONE = {"percent": 0, "min": 1, "max": 1}


async def until(holds: Callable[[], Any], world: World) -> None:
    """Wait until something holds; it fails where that takes a minute."""
    for _ in range(60_000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError(world.history.text(last=30))


async def killed_in_its_first_sweep(world: World) -> None:
    """Start an operator, and another once the first was killed with one user at the service and in a status."""
    for name in NAMES:
        world.apply(Kind.USER, name, user(name))
    world.start()
    await until(lambda: any("services" in (one.get("status") or {}) for one in users(world)), world)
    await world.kill()
    world.start()


def users(world: World) -> list[dict[str, Any]]:
    return list(world.manifests(Kind.USER).values())


def active(world: World) -> int:
    return sum(one["active"] for one in world.service.users.values())


def limits(world: World) -> dict[str, Any]:
    found: dict[str, Any] = (world.config.get("status") or {}).get("limits") or {}
    return found


def test_the_limits_of_the_next_one_are_not_spent() -> None:
    async def story() -> None:
        world = World(1, limits={"disables": ONE})
        await killed_in_its_first_sweep(world)
        await until(lambda: "lastSweep" in world.config["status"], world)
        assert "fullUntil" not in limits(world)
        world.apply(Kind.USER, NAMES[0], {**user(NAMES[0]), "active": False})
        await until(lambda: active(world) == len(NAMES) - 1, world)
        await world.end()

    run(story())


def test_the_next_one_has_no_allowance_before_the_sweep_has_ended() -> None:
    async def story() -> None:
        world = World(1, limits={"disables": {"percent": 100, "min": 1000, "max": 1000}})
        await killed_in_its_first_sweep(world)
        assert limits(world)["firstSweep"] is True
        await world.end()

    run(story())
