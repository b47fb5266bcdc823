"""A service that numbers its users and its groups each from 1 on: an id says nothing without its resource type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import rig, service_group, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig


@pytest.fixture(params=[False, True], ids=["flat", "nested groups"])
async def r(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with rig(numbered_ids=True, nested_groups=request.param) as made:
        if request.param:
            made.spec["service"] = {**made.spec["service"], "capabilities": {"nestedGroups": True}}
        yield made


async def provisioned(r: Rig) -> None:
    """Three users and three groups, of which each has the id of the other."""
    for name in ("ada", "bob", "carol"):
        r.user(name)
    for name, members in (("one", ["ada"]), ("two", ["bob", "carol"]), ("three", ["ada", "bob", "carol"])):
        r.group(name, members)
    await r.start()
    await r.settle()


async def test_each_keeps_its_own(r: Rig) -> None:
    await provisioned(r)
    assert sorted(r.simulator.users) == sorted(r.simulator.groups) == ["1", "2", "3"]
    assert r.status["totals"]["users"]["unmanaged"] == r.status["totals"]["groups"]["unmanaged"] == 0
    await r.check_quiet()


async def test_what_leaves_takes_no_other_along(r: Rig) -> None:
    await provisioned(r)
    r.cluster.delete(Kind.GROUP, "one")
    r.cluster.delete(Kind.USER, "carol")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "one") is None and r.cluster.get(Kind.USER, "carol") is None)
    await r.rest()
    assert r.members("three") == {"ada", "bob"}
    assert {r.reason(name) for name in ("ada", "bob")} == {"Provisioned"}
    assert {r.reason(name, Kind.GROUP) for name in ("two", "three")} == {"Provisioned"}
    assert {user["userName"]: user["active"] for user in r.simulator.users.values()} == {
        "ada@corp.example": True,
        "bob@corp.example": True,
        "carol@corp.example": False,
    }
    await r.stop()
    await r.start()
    await r.settle()
    await r.check_quiet()


async def test_tombstones_are_of_one_type(r: Rig) -> None:
    """The group with the id of a user who is to be deleted comes back: the user stays to be deleted."""
    await provisioned(r)
    ids = {name: r.id_of(name) for name in ("ada", "bob", "carol")}
    group = next(name for name in ("one", "two", "three") if r.entry(name, Kind.GROUP)["id"] == ids["carol"])
    r.cluster.delete(Kind.USER, "carol")
    r.cluster.delete(Kind.GROUP, group)
    await r.until(lambda: r.cluster.get(Kind.USER, "carol") is None and r.cluster.get(Kind.GROUP, group) is None)
    await r.rest()
    await r.sweep()
    stones = {(stone["kind"], stone["id"]) for stone in r.status["tombstones"]}
    assert stones == {("ScimUser", ids["carol"]), ("ScimGroup", ids["carol"])}
    r.group(group, ["ada"])
    await r.until(lambda: r.members(group) == {"ada"})
    await r.sweep()
    assert [(stone["kind"], stone["id"]) for stone in r.status["tombstones"]] == [("ScimUser", ids["carol"])]


async def test_a_stranger_with_the_id_of_our_group_is_a_stranger(r: Rig) -> None:
    r.simulator.seed([service_user("stranger")], [service_group("theirs")])
    r.group("ours", [])
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.status["totals"]["users"]["unmanaged"] == 1
    assert r.status["totals"]["groups"]["unmanaged"] == 1
    assert present(r.at_service("stranger"))["active"]
