"""What people complain about in Entra's provisioning of groups and leavers, and how it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_entra_1_9_1_members_of_nested_groups_are_provisioned(r: Rig) -> None:
    r.user("ada")
    r.group("inner", ["ada"])
    r.group("outer", ["@inner"])
    r.spec |= {"scope": "Assigned", "assignments": [{"groupRef": {"name": "outer"}}]}
    await r.start()
    await r.settle()
    assert r.members("outer") == r.members("inner") == {"ada"}


async def test_entra_1_9_3_a_change_does_not_wait_for_the_interval(r: Rig) -> None:
    await r.start()
    await r.settle()
    r.user("ada")
    await r.until(lambda: r.at_service("ada") is not None)
    assert r.job.session.sweeps.finished == 1


async def test_entra_1_9_4_a_membership_that_others_changed_is_repaired(r: Rig) -> None:
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    group = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(group, {"op": "remove", "path": "members"})
    r.patch_by_hand(group, {"op": "add", "path": "members", "value": [{"value": r.id_of("bob")}]})
    await r.sweep()
    assert r.members("engineering") == {"ada"}


async def test_entra_1_9_5_anyone_who_comes_back_into_scope_is_in_the_groups_again(r: Rig) -> None:
    r.user("ada", title="Analyst")
    r.group("engineering", ["ada"])
    r.spec["users"] = {
        "filters": [
            {"title": "analysts", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "Analyst"}]}
        ]
    }
    await r.start()
    await r.settle()
    id = r.id_of("ada")
    r.user("ada", title="Builder")
    await r.until(lambda: r.reason("ada") == "Disabled" and r.members("engineering") == set())
    r.user("ada", title="Analyst")
    await r.until(lambda: r.members("engineering") == {"ada"})
    assert (r.id_of("ada"), present(r.at_service("ada"))["active"]) == (id, True)


async def test_entra_1_9_12_a_renamed_group_keeps_its_resource(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    id = r.group_id("engineering")
    r.group("engineering", ["ada"], displayName="Engineers")
    await r.until(lambda: r.simulator.group("Engineers") is not None)
    assert r.group_id("Engineers") == id
