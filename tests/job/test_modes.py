"""Suspended, planning only, or allowed less than everything: what is then not sent (promise S5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_a_suspended_config_sends_nothing_at_all(r: Rig) -> None:
    r.spec["suspend"] = True
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "Suspended"))
    r.user("charles")
    assert list(r.entries()) == []
    await r.configure(suspend=False)
    await r.settle()
    assert r.writes() == ["POST /Users", "POST /Users"]


async def test_suspending_stops_and_resuming_catches_up(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready") == ("False", "Suspended"))
    mark = r.mark()
    r.user("ada", title="Countess")
    r.user("charles")
    r.cluster.delete(Kind.USER, "ada")
    assert r.cluster.get(Kind.USER, "ada") is not None
    assert list(r.entries(mark)) == []
    await r.configure(suspend=False)
    await r.settle()
    assert r.cluster.get(Kind.USER, "ada") is None
    assert present(r.at_service("ada"))["active"] is False
    assert r.at_service("charles") is not None


def shows_a_plan_and_has_done_nothing(r: Rig) -> None:
    assert r.writes() == []
    for name, kind in (("ada", Kind.USER), ("adopted", Kind.USER), ("engineering", Kind.GROUP)):
        assert r.cluster.ready(kind, name) == ("False", "Planned"), name
        assert "finalizers" not in present(r.cluster.get(kind, name))["metadata"], "nothing becomes ours by looking"
        assert "id" not in r.entry(name, kind)
    plan = r.status["plan"]
    assert (plan["creates"], plan["updates"], plan["disables"], plan["deletes"]) == (2, 1, 1, 0)
    assert [(each["object"], each["verb"], each["attributes"]) for each in plan["first"]] == [
        ("scimuser/leaver", "Disable", ["active"]),
        ("scimuser/adopted", "Adopt", ["title"]),
        ("scimgroup/engineering", "Create", []),
        ("scimuser/ada", "Create", []),
    ]


async def test_plan_shows_and_sends_nothing_then_apply_sends_exactly_that(r: Rig) -> None:
    r.spec["mode"] = "Plan"
    ids, _ = r.simulator.seed([service_user("adopted"), service_user("leaver", externalId="identity/leaver")])
    r.spec["users"] = {
        "adoption": "IfUnowned",
        "filters": [
            {
                "title": "S",
                "clauses": [{"attribute": "userName", "operator": "NOT EQUALS", "value": "leaver@corp.example"}],
            }
        ],
    }
    r.user("ada")
    r.user("adopted", title="New")
    r.user("leaver")
    r.group("engineering", ["ada", "adopted"])
    await r.start()
    await r.settle()
    await r.sweep()
    shows_a_plan_and_has_done_nothing(r)
    writes = r.cluster.writes
    await r.sweep()
    assert r.cluster.writes == writes, "the same plan is no news"

    await r.configure(mode="Apply")
    await r.settle()
    assert "first sweep" in r.status["plan"]["reason"], "what it takes away is asked for"
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    # Taking over waits with what is taken away, so that the group is there before its second member.
    assert sorted(r.writes()) == ["PATCH /Groups", "PATCH /Users", "PATCH /Users", "POST /Groups", "POST /Users"]
    assert r.members("engineering") == {"ada", "adopted"}
    assert r.simulator.users[ids[1]]["active"] is False


async def test_plan_mode_shows_that_nothing_is_left_to_do(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(mode="Plan")
    await r.settle()
    plan = r.status["plan"]
    assert plan["creates"] == 0, "what was carried out is not planned any more"
    assert r.condition("Ready") == ("True", "Planned")
    assert r.reason("ada") == "Provisioned"


async def test_plan_mode_keeps_a_manifest_that_is_being_deleted(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(mode="Plan")
    await r.settle()
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.reason("ada") == "Planned"
    await r.configure(mode="Apply")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes(mark) == ["PATCH /Users"]


async def test_a_held_or_planned_deletion_keeps_its_tombstone(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(assignments=[])
    await r.settle()
    before = r.status["tombstones"]
    assert [each["name"] for each in before] == ["ada"]
    await r.configure(mode="Plan")
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": True})
    await r.settle()
    await r.sweep()
    assert r.reason("ada") == "Planned"
    assert r.status["tombstones"] == before


async def test_without_create_no_one_is_created(r: Rig) -> None:
    r.spec["users"] = {"actions": ["Update", "Delete"]}
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "ActionOff")


async def test_without_update_no_one_is_changed_or_adopted(r: Rig) -> None:
    r.spec["users"] = {"actions": ["Create", "Delete"]}
    r.simulator.seed([service_user("adopted")])
    r.user("adopted", title="New")
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", title="New")
    await r.rest()
    assert r.writes() == ["POST /Users"]
    assert r.reason("ada") == r.reason("adopted") == "ActionOff"


async def test_without_delete_no_one_is_disabled_or_deleted(r: Rig) -> None:
    r.spec["users"] = {"actions": ["Create", "Update"]}
    r.spec["groups"] = {"actions": ["Create", "Update"]}
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    mark = r.mark()
    r.user("charles", active=False)
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    assert r.writes(mark) == []
    assert r.reason("charles") == "ActionOff"
