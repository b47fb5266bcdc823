"""A kind that the config switches off (`enabled: false`) has not left: no one comes or goes because of the switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.neighbour import Neighbour, start_all
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

NUMBERED = "int(user.title) > 0"


async def switch(r: Rig, *, on: bool, restart: bool = False, **users: Any) -> None:
    """Switch users on or off, in a running operator or before it starts again."""
    r.spec["users"] = {**r.spec.get("users", {}), **users, "enabled": on}
    if restart:
        await r.stop()
        await r.start()
    else:
        await r.configure()
    await r.settle()


@pytest.mark.parametrize("restart", [False, True])
async def test_people_stay_in_their_groups_while_users_are_off(r: Rig, *, restart: bool) -> None:
    for name in ("ada", "bob"):
        r.user(name)
    r.group("engineering", ["ada"])
    r.group("everyone", None, members=[{"expression": "true"}])
    await r.start()
    await r.settle()
    mark = r.mark()
    await switch(r, on=False, restart=restart)
    await r.sweep()
    assert r.writes(mark) == []
    assert (r.members("engineering"), r.members("everyone")) == ({"ada"}, {"ada", "bob"})
    assert r.cluster.ready(Kind.GROUP, "everyone") == ("True", "Provisioned")


async def test_members_come_and_go_while_users_are_off(r: Rig) -> None:
    """Groups are still kept as their manifests say; of whoever leaves, the groups are told."""
    for name in ("ada", "bob", "eve"):
        r.user(name)
    r.group("engineering", ["ada", "eve"])
    await r.start()
    await r.settle()
    await switch(r, on=False)
    r.group("engineering", ["bob", "eve"])
    await r.until(lambda: r.members("engineering") == {"bob", "eve"})
    r.user("eve", notAfter=r.soon(-60))
    await r.until(lambda: r.members("engineering") == {"bob"})
    r.cluster.delete(Kind.USER, "bob")
    await r.until(lambda: r.members("engineering") == set())
    assert present(r.at_service("bob"))["active"] is True, "no request is sent for users"


async def test_access_ends_once_users_are_on_again_although_their_scope_is_unknown(r: Rig) -> None:
    r.user("ada", title="1")
    await r.start()
    await r.settle()
    await switch(r, on=False, expression=NUMBERED)
    r.user("ada", title="none", active=False)
    await switch(r, on=True)
    assert present(r.at_service("ada"))["active"] is False
    assert r.reason("ada") == "InvalidSpec"


async def test_no_one_is_disabled_as_users_are_switched_on_while_an_assigned_group_is_unknown(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"groupRef": {"name": "numbered"}}]}
    r.user("ada", title="1")
    r.user("bob", title="2")
    r.group("numbered", None, members=[{"expression": NUMBERED}])
    await r.start()
    await r.settle()
    await switch(r, on=False)
    r.user("bob", title="none")
    await switch(r, on=True, restart=True)
    assert {present(r.at_service(name))["active"] for name in ("ada", "bob")} == {True}
    assert r.members("numbered") == {"ada", "bob"}


@pytest.mark.parametrize("restart", [False, True])
async def test_a_neighbour_takes_nothing_over_meanwhile(r: Rig, *, restart: bool) -> None:
    neighbour = Neighbour(r, users={"adoption": "IfUnowned"})
    r.user("ada", externalId="00u1")
    await r.start()
    await r.settle()
    await switch(r, on=False)
    mark = r.mark()
    neighbour.user("mallory", userName="ada@corp.example")
    if restart:
        await r.stop()
        await start_all(r, neighbour)
    else:
        await neighbour.configure()
    await neighbour.settle()
    assert neighbour.reason("mallory") == "Conflict"
    assert r.writes(mark) == []
