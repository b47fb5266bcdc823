"""What the API server shows of a config is older than what was known of it: etcd was restored, or a cache lags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from verify.crashes.sweep import Case, check
from verify.crashes.views import Lie, Sight
from verify.manifests import user
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from verify.apiserver import Event, Manifest

STATUS = Target(CONFIGS, NAMESPACE, CONFIG, "status")
SOON = 130.0
"""Seconds within which two roll calls come."""


async def a_world() -> World:
    """Return a world at rest with one user."""
    world = World(1)
    world.apply(Kind.USER, "ada", user("ada"))
    world.start()
    await world.rest()
    return world


def ready(world: World) -> str:
    """Return the reason of the config's Ready, "" where its status has no such condition."""
    conditions = world.config["status"].get("conditions") or ()
    return next((str(one["reason"]) for one in conditions if one["type"] == "Ready"), "")


def names(world: World) -> set[str]:
    """Return the userNames at the service."""
    return {str(one["userName"]).partition("@")[0] for one in world.service.users.values()}


def copied_at_once(world: World, **spec: Any) -> Mapping[Target, Manifest]:
    """Change the config's spec; return what a backup holds that is made before any status can speak of it."""
    backup: dict[Target, Manifest] = {}

    def copy(event: Event) -> None:
        if event.target.resource is CONFIGS and not backup:
            backup.update(world.server.dump())

    world.server.changed.append(copy)
    world.configure(**spec)
    world.server.changed.remove(copy)
    return backup


async def restored(world: World) -> None:
    """Suspend the config, and restore a backup in which the status does not say so yet."""
    backup = copied_at_once(world, suspend=True)
    await world.rest()
    world.server.restore(backup)


async def wiped(world: World) -> None:
    """Suspend the config, and have someone wipe its conditions."""
    world.configure(suspend=True)
    await world.rest()
    world.server.patch(STATUS, {"status": {"conditions": None}})


@pytest.mark.parametrize("lose", [restored, wiped])
def test_what_a_status_has_lost_is_said_again_where_no_sweep_comes_to_say_it(
    lose: Callable[[World], Awaitable[None]],
) -> None:
    async def live() -> None:
        world = await a_world()
        await lose(world)
        assert ready(world) != "Suspended"
        await world.pass_time(SOON)
        assert ready(world) == "Suspended"
        writes = world.history.writes
        await world.pass_time(3600.0)
        assert world.history.writes == writes, "what is said is not said again"
        await world.end()

    run(live())


def test_a_restored_spec_is_taken_up_although_its_version_is_older() -> None:
    async def live() -> None:
        world = await a_world()
        backup = world.server.dump()
        world.configure(suspend=True)
        await world.rest()
        world.server.restore(backup)
        world.apply(Kind.USER, "ben", user("ben"))
        await world.pass_time(SOON)
        assert names(world) == {"ada", "ben"}
        assert ready(world) == "Provisioned"
        await world.end()

    run(live())


def test_a_list_that_lags_behind_takes_back_no_spec() -> None:
    """A config that is suspended changes nothing (promise S5), whatever an old list says."""

    async def live() -> None:
        world = await a_world()
        before = world.server.version
        world.configure(suspend=True)
        world.apply(Kind.USER, "ben", user("ben"))
        await world.rest()
        world.weather.lists_as_of = before
        await world.pass_time(SOON)
        assert names(world) == {"ada"}
        assert ready(world) == "Suspended"
        await world.end()

    run(live())


def test_a_status_that_was_restored_under_a_running_operator_does_not_stay() -> None:
    """It said `Progressing`, as it was when the backup was made, until other news came."""
    assert check(Case("adoption", 40000, Sight(20, Lie.RESTORED_UNDER))) == ""
