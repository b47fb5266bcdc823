"""Whom a group that turns `Additive` still takes out, in virtual time: who was in it, and no one who comes later.

As long as a group is Exclusive, all members are its own. The status says so by `*`, which must end with the policy, in
whatever state the group is as it changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from verify.campaigns.outcome import outcome_of
from verify.manifests import UNLIMITED, user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import INTERVAL, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ADA, BEN, EVE = (f"{name}@corp.example" for name in ("ada", "ben", "eve"))


def team(*names: str, **more: Any) -> dict[str, Any]:
    """Return the spec of a group of these users."""
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names], **more}


def lived(life: Callable[[World], Awaitable[None]]) -> None:
    """Live with Ada and Ben in an Exclusive group, and with Eve, who is in none."""

    async def whole() -> None:
        world = World(1, limits=UNLIMITED)
        checker = Checker(world)
        for name in ("ada", "ben", "eve"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "team", team("ada", "ben"))
        world.start()
        await world.rest()
        await life(world)
        assert checker.check_rest() == []
        await world.end()

    run(whole())


def put_in(world: World, name: str) -> None:
    """Put someone into the group by hand."""
    [member] = [id for id, one in world.service.users.items() if one["userName"].startswith(name)]
    [group] = world.service.groups
    change = {"op": "add", "path": "members", "value": [{"value": member}]}
    schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    world.service.by_hand("PATCH", f"/Groups/{group}", {"schemas": [schema], "Operations": [change]})


def members(world: World) -> frozenset[str]:
    """Return the userNames of the group's members."""
    return frozenset(outcome_of(world).groups["team"])


_SALES = {
    "filters": [
        {
            "title": "Sales",
            "clauses": [{"attribute": "displayName", "operator": "EQUALS", "value": "sales"}],
        }
    ]
}
_FAILING = {"expression": "int(group.displayName) > 1"}
AWAY = [
    pytest.param({"groups": _SALES}, {}, {}, id="out of scope"),
    pytest.param({"groups": _FAILING}, {}, {}, id="no one knows whether in scope"),
    pytest.param({}, {"suspend": True}, {}, id="suspended"),
    pytest.param({"mode": "Plan"}, {}, {}, id="nothing is sent"),
    pytest.param({"groups": _SALES | {"whenOutOfScope": "Retain"}}, {}, {}, id="left as it was"),
    pytest.param({"groups": _SALES}, {"membershipPolicy": "Observe"}, {"membershipPolicy": "Observe"}, id="observed"),
]


@pytest.mark.parametrize(("config", "group", "meanwhile"), AWAY)
def test_who_comes_after_a_group_has_turned_additive_stays(
    config: dict[str, Any], group: dict[str, Any], meanwhile: dict[str, Any]
) -> None:
    """The group turns while nothing is done with it; Eve comes after that, and it is provisioned again (S9)."""

    async def life(world: World) -> None:
        world.configure(**config)
        world.apply(Kind.GROUP, "team", team("ada", "ben", **group))
        await world.rest()
        turned = {"membershipPolicy": "Additive"} | group | meanwhile
        world.apply(Kind.GROUP, "team", team("ada", **turned))
        await world.rest()
        put_in(world, "eve")
        await world.pass_time(3 * INTERVAL)
        assert EVE in members(world)
        world.configure(mode="Apply", groups={"enabled": True})
        world.apply(Kind.GROUP, "team", team("ada", membershipPolicy="Additive"))
        await world.rest()
        assert members(world) - {BEN} == {ADA, EVE}
        if not meanwhile:
            assert BEN not in members(world)

    lived(life)


def test_who_comes_before_a_group_turns_additive_leaves_when_something_is_sent_again() -> None:
    """All members were its own as it turned, and Eve was to leave before (campaign 500004: the check forgot that)."""

    async def life(world: World) -> None:
        world.configure(mode="Plan")
        put_in(world, "eve")
        await world.pass_time(2 * INTERVAL)
        world.apply(Kind.GROUP, "team", team("ada", "ben", membershipPolicy="Additive"))
        await world.rest()
        assert members(world) == {ADA, BEN, EVE}
        world.configure(mode="Apply")
        await world.rest()
        assert members(world) == {ADA, BEN}

    lived(life)


def test_who_comes_before_an_emptied_group_turns_additive_and_is_seen_after_it_stays() -> None:
    """The record of an emptied group had all of its members, of whom there were none (campaign 40022 over slack)."""

    async def life(world: World) -> None:
        world.configure(groups=_SALES)
        await world.rest()
        assert members(world) == set()
        put_in(world, "eve")
        world.apply(Kind.GROUP, "team", team("ada", membershipPolicy="Additive"))
        await world.rest()
        assert members(world) == {EVE}

    lived(life)


@pytest.mark.parametrize("joiner", [(), ("joan",)])
def test_while_groups_are_switched_off_the_change_is_still_to_be_made(joiner: tuple[str, ...]) -> None:
    """No one may look who is in the group, so that who is in it when groups are on again was in it before.

    Whom it is given by then is in its status before the request, which does not say that the change was made: the check
    took it to say so.
    """
    joined = {f"{name}@corp.example" for name in joiner}

    async def life(world: World) -> None:
        for name in joiner:
            world.apply(Kind.USER, name, user(name))
        world.configure(groups={"enabled": False})
        await world.rest()
        world.apply(Kind.GROUP, "team", team("ada", *joiner, membershipPolicy="Additive"))
        await world.rest()
        put_in(world, "eve")
        await world.pass_time(3 * INTERVAL)
        assert members(world) == {ADA, BEN, EVE}
        world.configure(groups={"enabled": True})
        await world.rest()
        assert members(world) == {ADA} | joined
        put_in(world, "eve")
        await world.rest()
        assert members(world) == {ADA, EVE} | joined

    lived(life)


def test_who_comes_to_an_emptied_group_that_is_exclusive_leaves() -> None:
    """All members are its own, for as long as no one says otherwise."""

    async def life(world: World) -> None:
        world.configure(groups=_SALES)
        await world.rest()
        put_in(world, "eve")
        await world.rest()
        assert members(world) == set()

    lived(life)
