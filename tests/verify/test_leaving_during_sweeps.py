"""Access ends within a second while a sweep lists, plans and carries out, and no limit is passed by that."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import REQUESTS
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from tests.support.limiting import limits
from verify.history import Exchange
from verify.manifests import user
from verify.process import Machine
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

MANY = 400
TURN = 0.25
"""Each fifty objects take so many seconds: a sweep claims for two, and plans for two."""
SAID = frozenset({"digest", "held", "reason", "protected"})
SWEEP = 11.0
"""Seconds from the call for a sweep of these objects to its end, at most."""


def name(number: int) -> str:
    return f"user{number:03}"


class Busy(World):
    """A world of many users, all provisioned, whose operator's machine has much to do."""

    def __init__(self, **spec: Any) -> None:
        super().__init__(7, **{"interval": "1h", **spec})
        self.weather.slowness = 0.0005
        self.machines = lambda: Machine("operator-1", turn=TURN)
        for number in range(MANY):
            self.apply(Kind.USER, name(number), user(name(number), title="Clerk"))

    async def begin(self) -> None:
        """Provision everyone."""
        self.start()
        while len(self.service.users) < MANY or not (self.config.get("status") or {}).get("lastSweep"):
            await self.pass_time(1)
        await self.pass_time(60)

    def sweep(self) -> None:
        """Ask for a sweep now."""
        asked = {"metadata": {"annotations": {REQUESTS[0]: str(self.now)}}}
        self.server.patch(Target(CONFIGS, NAMESPACE, CONFIG), asked)

    @property
    def left(self) -> dict[str, float]:
        """When the request that disabled or deleted each user was sent, by name."""
        found: dict[str, float] = {}
        for each in self.history.entries:
            if isinstance(each, Exchange) and each.to_service and each.method in ("PATCH", "PUT", "DELETE"):
                before, after = each.before or {}, each.after or {}
                if before.get("active") and not after.get("active"):
                    found.setdefault(before["userName"].split("@")[0], each.sent)
        return found

    def shown(self) -> dict[str, set[str]]:
        """What the config's status showed beside each digest."""
        contents: dict[str, set[str]] = defaultdict(set)
        for each in self.history.entries:
            if isinstance(each, Exchange) and each.path.endswith(f"{CONFIG}/status"):
                plan = ((each.body or {}).get("status") or {}).get("plan") or {}
                if plan.get("held"):
                    rest = {key: value for key, value in plan.items() if key not in SAID}
                    contents[plan["digest"]].add(json.dumps(rest, sort_keys=True))
        return contents

    @property
    def held(self) -> bool:
        """Whether the config's status shows a plan that waits."""
        return bool(((self.config.get("status") or {}).get("plan") or {}).get("held"))


def lived(story: Callable[[Busy], Coroutine[Any, Any, None]], **spec: Any) -> None:
    async def told() -> None:
        world = Busy(**spec)
        await world.begin()
        await story(world)
        await world.end()

    run(told())


def disable(world: World, number: int) -> None:
    world.apply(Kind.USER, name(number), user(name(number), title="Clerk", active=False))


def delete(world: World, number: int) -> None:
    world.delete(Kind.USER, name(number))


def test_whoever_is_disabled_at_any_moment_of_a_sweep_is_so_within_a_second() -> None:
    async def story(world: Busy) -> None:
        asked: dict[str, float] = {}
        world.sweep()
        for number in range(int(SWEEP / 0.25)):
            asked[name(number)] = world.now
            (disable if number % 2 else delete)(world, number)
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert asked.keys() == world.left.keys()
        late = {one: world.left[one] - asked[one] for one in asked}
        assert max(late.values()) < 1 + TURN, late

    lived(story, limits=limits(disables=50, deletes=50))


def test_a_mass_deletion_that_drips_in_during_a_sweep_passes_no_limit() -> None:
    async def story(world: Busy) -> None:
        world.sweep()
        for number in range(int(SWEEP / 0.25)):
            delete(world, number)
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert len(world.left) <= 5
        assert world.held
        contents = world.shown()
        assert contents
        assert {digest: plans for digest, plans in contents.items() if len(plans) > 1} == {}

    lived(story, limits=limits(deletes=5, disables=5))


def test_whom_an_edit_of_the_config_would_disable_is_judged_with_all_of_them() -> None:
    """A touched manifest is none that ends access: what the config does by mistake waits as a whole."""

    async def story(world: Busy) -> None:
        world.configure(scope="Assigned")
        for number in range(int(SWEEP / 0.25)):
            world.apply(Kind.USER, name(number), user(name(number), title="Head"))
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert world.left == {}
        assert world.held

    lived(story, limits=limits(disables=5))


def test_what_is_held_already_counts_beside_whoever_leaves_during_a_sweep() -> None:
    async def story(world: Busy) -> None:
        for number in range(8):
            delete(world, number)
        await world.pass_time(10)
        assert (world.left, world.held) == ({}, True)
        world.sweep()
        for number in range(100, 100 + int(SWEEP / 0.25)):
            disable(world, number)
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert world.left == {}

    lived(story, limits=limits(deletes=5, disables=5))
