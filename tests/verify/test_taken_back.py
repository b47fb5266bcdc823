"""An account of someone who has left the scope is another's to take over, and its former owner's to take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from verify.campaigns.run import SLOW
from verify.manifests import user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

DESK = "desk@corp.example"


def _back(world: World, **more: Any) -> None:
    world.apply(Kind.USER, "ada", user("ada", title="Countess", **more))


def _comes(world: World) -> None:
    world.apply(Kind.USER, "dan", user("dan", userName=DESK, title="Clerk"))


ORDERS: dict[str, tuple[Callable[[World], None], ...]] = {
    "who comes back first": (_back, _comes),
    "who takes over first": (_comes, _back),
}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_an_account_is_not_taken_over_and_taken_back_at_once(
    order: tuple[Callable[[World], None], ...], seed: int
) -> None:
    """Each of the two was planned while it was no one's, and both plans were sent to it (campaign 560103)."""

    async def life() -> None:
        world = World(seed, users={"externalId": "Generated", "adoption": "IfUnowned"})
        checker = Checker(world)
        world.weather.slowness = SLOW if seed % 2 else 0.0
        world.apply(Kind.USER, "ada", user("ada", userName=DESK))
        world.start()
        await world.rest()
        world.apply(Kind.USER, "ada", user("ada", userName=DESK, notAfter="2026-01-01T00:20:00Z"))
        await world.rest()
        for step in order:
            step(world)
        await world.rest()
        assert checker.violations == []
        people = {one["userName"]: one.get("title") for one in world.service.users.values()}
        assert people == {DESK: "Clerk", "ada@corp.example": "Countess"}
        await world.end()

    run(life())
