"""`suspend: true` on one object: the service is left as it is, whatever happens, until it is false again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_a_suspended_user_is_not_created_and_goes_on_when_resumed(r: Rig) -> None:
    r.user("ada", suspend=True)
    await r.start()
    await r.settle()
    assert r.at_service("ada") is None
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "Suspended")
    assert r.condition("Ready") == ("True", "Provisioned"), "what a person suspended is not the config's trouble"
    r.user("ada")
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert r.at_service("ada") is not None


async def test_a_suspended_user_is_neither_edited_nor_repaired_nor_disabled(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada", title="Countess", active=False, suspend=True)
    await r.until(lambda: r.reason("ada") == "Suspended")
    r.by_hand("PUT", f"/Users/{r.id_of('ada')}", {**(r.at_service("ada") or {}), "title": "By hand"})
    mark = r.mark()
    await r.sweep()
    await r.configure(scope="Assigned")
    await r.settle()
    assert r.writes(mark) == []
    assert present(r.at_service("ada"))["title"] == "By hand"
    await r.configure(scope="All")
    await r.settle()
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert present(r.at_service("ada"))["title"] == "Countess"


async def test_a_suspended_member_neither_comes_nor_goes(r: Rig) -> None:
    for name in ("ada", "bob", "eve"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.settle()
    r.user("ada", suspend=True)
    r.user("eve", suspend=True)
    await r.until(lambda: r.reason("ada") == r.reason("eve") == "Suspended")
    r.group("engineering", ["eve"])
    await r.until(lambda: r.members("engineering") == {"ada"})
    r.user("ada")
    r.user("eve")
    await r.until(lambda: r.reason("ada") == r.reason("eve") == "Provisioned")
    await r.sweep()
    assert r.members("engineering") == {"eve"}


async def test_a_group_is_not_ready_while_a_suspended_member_is_not_in_it(r: Rig) -> None:
    r.user("ada")
    r.user("eve")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.user("eve", suspend=True)
    await r.until(lambda: r.reason("eve") == "Suspended")
    r.group("engineering", ["ada", "eve"])
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Incomplete")
    assert "not in it yet: scimuser/eve (suspended)" in r.message("engineering", Kind.GROUP)
    r.user("eve")
    await r.until(lambda: r.members("engineering") == {"ada", "eve"})
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Provisioned")


async def test_a_suspended_group_is_left_alone(r: Rig) -> None:
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    mark = r.mark()
    r.group("engineering", ["bob"], suspend=True)
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Suspended")
    await r.sweep()
    assert (r.writes(mark), r.members("engineering")) == ([], {"ada"})
    r.group("engineering", ["bob"])
    await r.until(lambda: r.members("engineering") == {"bob"})


async def test_deleting_a_suspended_manifest_leaves_the_resource(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", suspend=True)
    await r.until(lambda: r.reason("ada") == "Suspended")
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes(mark) == []
    assert present(r.at_service("ada"))["active"] is True


async def test_suspension_outlives_a_restart(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", title="Countess", suspend=True)
    await r.until(lambda: r.reason("ada") == "Suspended")
    await r.crash()
    mark, before = r.mark(), r.cluster.get(Kind.USER, "ada")
    await r.start()
    await r.settle()
    assert (r.writes(mark), r.cluster.get(Kind.USER, "ada")) == ([], before)
    assert r.entry("ada")["id"] == r.id_of("ada")


async def test_who_left_leaves_the_groups_of_a_suspended_successor_too(r: Rig) -> None:
    """Found by campaign 410132."""
    r.user("ada", labels={"team": "red"})
    r.group("engineering", ["team=red"])
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada"}
    r.user("ada-b", userName="ada@corp.example", labels={"team": "red"}, suspend=True)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    await r.until(lambda: r.members("engineering") == set())
