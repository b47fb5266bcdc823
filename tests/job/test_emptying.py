"""Groups whose manifests go: members out at once, the group deleted later, the same one when it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def provisioned(r: Rig, **group: str) -> None:
    for name in ("ada", "bob"):
        r.user(name)
    r.group("admins", ["ada", "bob"], **group)
    await r.start()
    await r.settle()


def foreigner(r: Rig) -> str:
    """Somebody whom another has put into the group."""
    (id,), _ = r.simulator.seed([service_user("foreign")])
    r.patch_by_hand(f"/Groups/{r.group_id('admins')}", {"op": "add", "path": "members", "value": [{"value": id}]})
    return id


async def gone(r: Rig) -> None:
    r.cluster.delete(Kind.GROUP, "admins")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "admins") is None)
    await r.rest()


async def test_a_deleted_group_is_emptied_and_comes_back_as_the_same_one(r: Rig) -> None:
    await provisioned(r)
    before = r.group_id("admins")
    await gone(r)
    assert r.members("admins") == set()
    assert [(each["id"], each["kind"]) for each in r.status["tombstones"]] == [(before, "ScimGroup")]
    r.group("admins", ["ada"])
    await r.until(lambda: r.members("admins") == {"ada"})
    await r.rest()
    assert r.group_id("admins") == before
    await r.sweep()
    assert r.status["tombstones"] == []


async def test_it_is_deleted_when_it_has_stayed_away(hurried: Rig) -> None:
    r = hurried
    r.spec["groups"] = {"deleteAfter": "10s"}
    await provisioned(r)
    await gone(r)
    await r.until(lambda: r.simulator.group("admins") is None)


async def test_it_stays_when_someone_uses_it_meanwhile(hurried: Rig) -> None:
    r = hurried
    r.spec["groups"] = {"deleteAfter": "10s"}
    await provisioned(r)
    await gone(r)
    foreigner(r)
    await r.until(lambda: r.status["tombstones"] == [])
    assert r.members("admins") == {"foreign"}


@pytest.mark.parametrize(
    ("policy", "left"),
    [("Exclusive", set()), ("Additive", {"foreign"}), ("Observe", {"foreign"})],
)
async def test_who_is_taken_out_is_who_the_manifest_decides_about(r: Rig, policy: str, left: set[str]) -> None:
    await provisioned(r, membershipPolicy=policy)
    foreigner(r)
    r.group("admins", ["ada", "bob"], membershipPolicy=policy)
    await r.sweep()
    await gone(r)
    assert r.members("admins") == left


async def test_a_group_that_leaves_the_scope_is_emptied_and_says_so(r: Rig) -> None:
    await provisioned(r)
    clause = {"attribute": "displayName", "operator": "NOT EQUALS", "value": "admins"}
    await r.configure(groups={"filters": [{"title": "not admins", "clauses": [clause]}]})
    await r.settle()
    assert r.members("admins") == set()
    assert r.cluster.ready(Kind.GROUP, "admins") == ("True", "Emptied")
    assert "still there" not in r.message("admins", Kind.GROUP)
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_it_does_not_say_that_no_one_is_left_where_others_are(r: Rig) -> None:
    await provisioned(r, membershipPolicy="Additive")
    foreigner(r)
    await r.configure(groups={"expression": "false"})
    await r.settle()
    assert r.members("admins") == {"foreign"}
    assert "Not put in by it, and still there: 1 member." in r.message("admins", Kind.GROUP)
    await r.check_quiet()


async def test_where_nothing_may_be_deleted_nothing_is_emptied(r: Rig) -> None:
    r.spec["groups"] = {"actions": ["Create", "Update"]}
    await provisioned(r)
    await gone(r)
    assert r.members("admins") == {"ada", "bob"}
