"""What campaigns have found that needs an operator killed at a certain moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from verify.campaigns.outcome import outcome_of
from verify.manifests import user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from verify.history import Exchange


def crew(*names: str) -> dict[str, Any]:
    """Return the spec of an additive group of these users."""
    members = [{"userRef": {"name": name}} for name in names]
    return {"displayName": "crew", "members": members, "membershipPolicy": "Additive"}


async def struck(world: World, method: str) -> None:
    """Kill the operator after such a request for a group took effect, before anything more reaches the API server."""

    def cut(exchange: Exchange) -> None:
        if exchange.to_service and exchange.type == "Groups" and exchange.method == method:
            world.server.reachable = False

    world.history.done.append(cut)
    await world.pass_time(60.0)
    assert not world.server.reachable
    world.history.done.remove(cut)
    await world.kill()
    world.server.reachable = True
    world.start()
    await world.rest()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_whom_an_additive_group_was_given_right_before_a_kill_leaves_it_again(method: str) -> None:
    """It was on record with the status after the request only: after the kill they were guests (campaign 3093)."""

    async def live() -> None:
        world = World(1)
        checker = Checker(world)
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name))
        if method == "PATCH":
            world.apply(Kind.GROUP, "crew", crew("ada"))
        world.start()
        await world.rest()
        world.apply(Kind.GROUP, "crew", crew("ada", "ben"))
        await struck(world, method)
        assert outcome_of(world).groups["crew"] == {"ada@corp.example", "ben@corp.example"}
        world.apply(Kind.GROUP, "crew", crew("ada"))
        await world.rest()
        found = outcome_of(world).groups["crew"]
        await world.end()
        assert found == {"ada@corp.example"}
        assert checker.violations == []

    run(live())
