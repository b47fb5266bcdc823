"""Who is in scope, and what happens to those who leave it and return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

BERLIN: dict[str, Any] = {
    "filters": [
        {"title": "Berlin", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "Berliner"}]},
    ]
}


async def test_leaving_by_filter_disables_and_returning_enables_the_same_resource(r: Rig) -> None:
    r.spec["users"] = BERLIN
    r.user("ada", title="Berliner")
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.user("ada", title="Londoner")
    await r.rest()
    assert present(r.at_service("ada"))["active"] is False
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "Disabled")
    r.user("ada", title="Berliner")
    await r.rest()
    assert (r.id_of("ada"), present(r.at_service("ada"))["active"]) == (before, True)
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "Provisioned")


async def test_leaving_by_filter_ends_memberships_within_seconds(r: Rig) -> None:
    r.spec["users"] = BERLIN
    r.user("ada", title="Berliner")
    r.user("charles", title="Berliner")
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    r.user("ada", title="Londoner")
    await r.until(lambda: r.members("engineering") == {"charles"})
    r.user("ada", title="Berliner")
    await r.until(lambda: r.members("engineering") == {"ada", "charles"})


async def test_leaving_scope_may_delete_or_retain(r: Rig) -> None:
    r.spec["users"] = {**BERLIN, "whenOutOfScope": "Delete"}
    r.user("ada", title="Berliner")
    await r.start()
    await r.settle()
    r.user("ada", title="Londoner")
    await r.rest()
    assert r.at_service("ada") is None
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "OutOfScope")
    await r.configure(users={**BERLIN, "whenOutOfScope": "Retain"})
    r.user("ada", title="Berliner")
    await r.settle()
    mark = r.mark()
    r.user("ada", title="Londoner")
    await r.rest()
    assert r.writes(mark) == []
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "Retained")


async def test_only_the_assigned_are_provisioned(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.user("ada")
    r.user("charles")
    await r.start()
    await r.settle()
    assert r.at_service("ada")
    assert r.at_service("charles") is None


async def test_an_assigned_group_brings_its_members_and_lets_them_go(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"groupRef": {"name": "engineering"}}]}
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("compilers", ["grace"])
    r.group("engineering", ["ada", "@compilers"])
    await r.start()
    await r.settle()
    assert {u["userName"].split("@")[0] for u in r.simulator.users.values()} == {"ada", "grace"}
    assert r.members("engineering") == {"ada", "grace"}, "nested groups are flattened"
    assert r.members("compilers") == {"grace"}, "a nested group is assigned with the group that has it"
    before = r.id_of("grace")

    r.group("compilers", ["charles"])
    await r.until(lambda: r.at_service("charles") is not None)
    await r.rest()
    assert present(r.at_service("grace"))["active"] is False
    assert r.members("engineering") == {"ada", "charles"}
    assert r.members("compilers") == {"charles"}

    r.group("compilers", ["charles", "grace"])
    await r.rest()
    assert (r.id_of("grace"), present(r.at_service("grace"))["active"]) == (before, True)
    assert r.members("compilers") == {"charles", "grace"}


async def test_an_assignment_by_label_follows_the_labels(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userSelector": {"matchLabels": {"tier": "prod"}}}]}
    r.user("ada", labels={"tier": "prod"})
    r.user("charles", labels={"tier": "test"})
    await r.start()
    await r.settle()
    assert r.at_service("ada")
    assert r.at_service("charles") is None
    r.user("charles", labels={"tier": "prod"})
    r.user("ada", labels={"tier": "test"})
    await r.rest()
    assert present(r.at_service("charles"))["active"] is True
    assert present(r.at_service("ada"))["active"] is False


async def test_an_assignment_taken_out_of_the_config_lets_them_go(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}, {"userRef": {"name": "charles"}}]}
    r.user("ada")
    r.user("charles")
    await r.start()
    await r.settle()
    await r.configure(assignments=[{"userRef": {"name": "ada"}}])
    await r.settle()
    assert present(r.at_service("charles"))["active"] is False
    assert present(r.at_service("ada"))["active"] is True


async def test_a_kind_that_is_switched_off_is_left_out(r: Rig) -> None:
    r.spec["groups"] = {"enabled": False}
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    assert r.writes() == ["POST /Users"]


async def test_a_group_that_leaves_scope_is_deleted(r: Rig) -> None:
    r.spec["groups"] = {
        "whenOutOfScope": "Delete",
        "filters": [{"title": "E", "clauses": [{"attribute": "displayName", "operator": "EQUALS", "value": "E"}]}],
    }
    r.group("engineering", [], displayName="E")
    await r.start()
    await r.settle()
    assert r.simulator.group("E")
    r.group("engineering", [], displayName="F")
    await r.rest()
    assert r.simulator.groups == {}
