"""Expressions in mappings, end to end: what they give is sent, what changes it is noticed, what fails is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def maps(r: Rig, *mappings: dict[str, Any], **more: Any) -> None:
    """Lay these mappings over the defaults."""
    r.spec["users"] = {"mappings": list(mappings), **more}


async def started(r: Rig, *mappings: dict[str, Any]) -> None:
    maps(r, *mappings)
    await r.start()
    await r.settle()


async def test_an_expression_gives_the_value(r: Rig) -> None:
    r.user("ada", title="Countess")
    await started(r, {"target": "displayName", "expression": 'Join(" ", user.name.givenName, user.title)'})
    assert present(r.at_service("ada"))["displayName"] == "Ada Countess"
    mark = r.mark()
    r.user("ada", title="Analyst")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]
    assert present(r.at_service("ada"))["displayName"] == "Ada Analyst"
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == [], "in sync, nothing is written"


async def test_no_value_is_as_a_source_without_one(r: Rig) -> None:
    r.user("ada", title="Countess", nickName="Al")
    r.user("charles")
    await started(
        r,
        {"target": "displayName", "expression": "user.title", "default": "Member"},
        {"target": "userType", "expression": "user.nickName"},
    )
    assert present(r.at_service("charles"))["displayName"] == "Member"
    assert present(r.at_service("ada"))["userType"] == "Al"
    r.user("ada")
    await r.rest()
    assert present(r.at_service("ada"))["displayName"] == "Member"
    assert "userType" not in (r.at_service("ada") or {}), "applied before and null now: cleared"


async def test_what_is_left_out_of_the_flow_stays(r: Rig) -> None:
    r.user("ada", title="Countess")
    await started(r, {"target": "displayName", "expression": "IgnoreFlowIfNullOrEmpty(user.title)"})
    mark = r.mark()
    r.user("ada")
    await r.rest()
    assert present(r.at_service("ada"))["displayName"] == "Countess"
    assert r.writes(mark) == ["PATCH /Users"], "the title is cleared, and nothing else"
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "displayName", "value": "By hand"})
    await r.sweep()
    assert present(r.at_service("ada"))["displayName"] == "By hand"


WRONG: list[Any] = [
    pytest.param({"expression": "user.titel"}, "did you mean title", id="a name that no schema has"),
    pytest.param({"expression": "user.title +"}, "line 1", id="no expression"),
    pytest.param({"expression": "Guid()"}, "Guid gives another value each time; set apply: OnCreate", id="chance"),
    pytest.param({"expression": 'SelectUniqueValue("a", "b")'}, "set apply: OnCreate", id="a choice each time"),
    pytest.param({"expression": "group.displayName"}, "no variable", id="a variable that users do not have"),
]


MANAGER = f"{ENTERPRISE}:manager"
BY_NAME: list[Any] = [
    pytest.param({"target": MANAGER, "expression": '{"value": "charles"}'}, id="an expression"),
    pytest.param({"target": f"{MANAGER}.value", "expression": "user.enterprise.manager.value"}, id="the name"),
    pytest.param({"target": f"{MANAGER}.value", "constant": "charles"}, id="a constant"),
]


@pytest.mark.parametrize("mapping", BY_NAME)
async def test_a_manager_is_never_referred_to_by_the_name_of_a_manifest(r: Rig, mapping: dict[str, Any]) -> None:
    r.user("charles")
    r.user("ada", manager={"userRef": {"name": "charles"}})
    maps(r, mapping)
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))
    reported = next(c["message"] for c in r.status["conditions"] if c["type"] == "Ready")
    assert "is a reference" in reported
    assert list(r.entries()) == []


@pytest.mark.parametrize(("mapping", "message"), WRONG)
async def test_a_wrong_expression_is_one_condition_and_nothing_is_sent(
    r: Rig, mapping: dict[str, Any], message: str
) -> None:
    r.user("ada")
    maps(r, {"target": "displayName", **mapping})
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))
    reported = next(c["message"] for c in r.status["conditions"] if c["type"] == "Ready")
    assert reported.startswith("spec.users.mappings: target 'displayName'")
    assert message in reported
    assert list(r.entries()) == [], "not even a listing"


async def test_an_expression_that_fails_for_one_object_concerns_that_object_alone(r: Rig) -> None:
    r.user("ada", title="7")
    r.user("charles", title="ten")
    await started(r, {"target": "displayName", "expression": "string(int(user.title) + 1)"})
    assert present(r.at_service("ada"))["displayName"] == "8"
    assert r.at_service("charles") is None
    assert r.cluster.ready(Kind.USER, "charles") == ("False", "InvalidSpec")
    assert "The mapping of displayName fails for this object" in r.message("charles")
    assert "ten" not in r.message("charles").split("fails")[1]
    r.user("charles", title="10")
    await r.rest()
    assert present(r.at_service("charles"))["displayName"] == "11"
    mark = r.mark()
    r.user("charles", title="ten")
    await r.rest()
    assert r.writes(mark) == [], "what is there stays as it is, and nobody is disabled"
    assert r.reason("charles") == "InvalidSpec"


async def test_a_list_where_one_value_goes_is_reported(r: Rig) -> None:
    r.user("ada")
    await started(r, {"target": "displayName", "expression": '["a", "b"]'})
    assert "gives a list; choose one value of it, as Item(…, 1)" in r.message("ada")


async def test_who_comes_to_a_group_is_mapped_again(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("compilers", [])
    r.group("engineering", ["@compilers"])
    await started(r, {"target": "userType", "expression": '"engineering" in groups ? "Engineer" : "Guest"'})
    assert present(r.at_service("ada"))["userType"] == "Guest"
    mark = r.mark()
    r.group("compilers", ["ada"])
    await r.rest()
    assert present(r.at_service("ada"))["userType"] == "Engineer", "nested groups count"
    assert r.writes(mark).count("PATCH /Users") == 1, "charles is not concerned"
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: (r.at_service("ada") or {}).get("userType") == "Guest")


async def test_chance_is_drawn_once(r: Rig) -> None:
    r.user("ada")
    await started(r, {"target": "nickName", "expression": "RandomString(12, 1, 1, 1, 1)", "apply": "OnCreate"})
    drawn = present(r.at_service("ada"))["nickName"]
    assert len(drawn) == 12
    await r.sweep()
    assert present(r.at_service("ada"))["nickName"] == drawn


async def test_a_plan_with_chance_in_it_can_be_approved(r: Rig) -> None:
    r.user("ada")
    maps(r, {"target": "nickName", "expression": "Guid()", "apply": "OnCreate"})
    r.spec["approval"] = {"policy": "Manual"}
    await r.start()
    await r.until(lambda: r.status.get("plan", {}).get("held", False))
    digest = r.status["plan"]["digest"]
    await r.sweep()
    assert r.status["plan"]["digest"] == digest, "the plan does not move by being looked at"


LOGIN = 'SelectUniqueValue(user.name.givenName, user.name.givenName + "2", user.name.givenName + "3")'


async def test_a_unique_value_is_chosen_at_the_service(r: Rig) -> None:
    r.simulator.seed([{"userName": "a@x", "nickName": "Ada"}, {"userName": "b@x", "nickName": "Ada2"}])
    r.user("ada")
    await started(r, {"target": "nickName", "expression": LOGIN, "apply": "OnCreate"})
    assert present(r.at_service("ada"))["nickName"] == "Ada3"
    assert r.reason("ada") == "Provisioned"
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_where_every_value_is_taken_that_is_reported(r: Rig) -> None:
    r.simulator.seed([{"userName": f"{n}@x", "nickName": n} for n in ("Ada", "Ada2", "Ada3")])
    r.user("ada")
    r.user("charles")
    await started(r, {"target": "nickName", "expression": LOGIN, "apply": "OnCreate"})
    assert r.at_service("ada") is None
    assert "each of its values is taken" in r.message("ada")
    assert present(r.at_service("charles"))["nickName"] == "Charles"


async def test_a_matching_attribute_is_not_chosen(r: Rig) -> None:
    maps(r, {"target": "userName", "expression": LOGIN, "apply": "OnCreate"})
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))


async def test_matching_goes_by_what_expressions_give(r: Rig) -> None:
    r.simulator.seed([{"userName": "ADA-7@corp.example", "externalId": "foreign"}])
    r.user("ada", enterprise={"employeeNumber": "7"})
    maps(
        r,
        {"target": "userName", "expression": '"ada-" + user.enterprise.employeeNumber + "@corp.example"'},
        matching=["externalId", "userName"],
        adoption="IfUnowned",
    )
    await r.start()
    await r.settle()
    assert "POST /Users" not in r.writes(), "found by the second matching attribute, and taken over"
    assert r.reason("ada") == "Provisioned"


async def test_what_an_expression_does_not_give_though_required_is_named(r: Rig) -> None:
    r.user("ada")
    await started(
        r,
        {"target": "name.givenName", "expression": "user.title"},
        {"target": 'emails[type eq "work"].value', "expression": "user.nickName"},
    )
    assert r.reason("ada") == "InvalidSpec"
    assert 'emails[type eq "work"].value' in r.message("ada")
    assert "name.givenName" in r.message("ada")
    assert r.writes() == []


async def test_a_group_has_expressions_too(r: Rig) -> None:
    r.group("engineering", [])
    r.spec["groups"] = {"mappings": [{"target": "displayName", "expression": 'config.name + "-" + group.displayName'}]}
    await r.start()
    await r.settle()
    assert r.simulator.group("vmware-engineering") is not None


async def test_two_who_choose_at_once_do_not_choose_the_same(r: Rig) -> None:
    for name in ("ada", "charles", "grace", "edsger"):
        r.user(name)
    rules = 'SelectUniqueValue("Same", "Same2", "Same3", "Same4")'
    await started(r, {"target": "nickName", "expression": rules, "apply": "OnCreate"})
    chosen = {present(r.at_service(name))["nickName"] for name in ("ada", "charles", "grace", "edsger")}
    assert chosen == {"Same", "Same2", "Same3", "Same4"}


async def test_after_an_edit_the_new_candidates_are_asked_for(r: Rig) -> None:
    r.simulator.seed([{"userName": "z@x", "nickName": "Grace"}])
    r.user("ada", title="Ada")
    r.simulator.faults.add("status=400:invalidValue;method=POST;path=/Users;times=1")
    rules = 'SelectUniqueValue(user.title, user.title + "2")'
    await started(r, {"target": "nickName", "expression": rules, "apply": "OnCreate"})
    assert r.reason("ada") == "Rejected"
    r.user("ada", title="Grace")
    await r.rest()
    assert present(r.at_service("ada"))["nickName"] == "Grace2"


async def test_a_conflict_about_something_else_is_reported_at_once(r: Rig) -> None:
    r.user("ada")
    maps(r, {"target": "nickName", "expression": LOGIN, "apply": "OnCreate"})
    r.simulator.faults.add("status=409:uniqueness;method=POST;path=/Users")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Rejected"
    assert r.writes().count("POST /Users") == 1


async def test_what_has_become_free_is_chosen(r: Rig) -> None:
    r.simulator.seed([service_user(n, userName=f"{n}@x", nickName=n) for n in ("Ada", "Ada2", "Ada3")])
    r.user("ada")
    await started(r, {"target": "nickName", "expression": LOGIN, "apply": "OnCreate"})
    assert r.at_service("ada") is None
    other = r.simulator.user("Ada2@x")
    assert other is not None
    r.patch_by_hand(f"/Users/{other['id']}", {"op": "replace", "path": "nickName", "value": "Zed"})
    await r.sweep()
    assert present(r.at_service("ada"))["nickName"] == "Ada2"


async def test_a_restart_does_not_move_a_plan_with_chance_in_it(r: Rig) -> None:
    r.user("ada")
    maps(r, {"target": "nickName", "expression": "Guid()", "apply": "OnCreate"})
    r.spec["approval"] = {"policy": "Manual"}
    await r.start()
    await r.until(lambda: r.status.get("plan", {}).get("held", False))
    digest = r.status["plan"]["digest"]
    await r.stop()
    await r.start()
    await r.settle()
    assert r.status["plan"]["digest"] == digest
    await r.configure(approvedPlan=digest)
    await r.until(lambda: r.at_service("ada") is not None)


async def test_nothing_sensitive_is_reported(r: Rig) -> None:
    secret = "cost-center-4711"
    r.user("ada", enterprise={"costCenter": secret})
    mapping = {"target": "nickName", "expression": "Redact(user.enterprise.costCenter)"}
    maps(r, mapping, {"target": f"{ENTERPRISE}:costCenter", "ignore": True})
    r.spec["mode"] = "Plan"
    await r.start()
    await r.settle()
    await r.configure(mode="Apply")
    await r.settle()
    assert present(r.at_service("ada"))["nickName"] == secret
    reported = str(r.status) + str(r.events()) + str((r.cluster.get(Kind.USER, "ada") or {})["status"])
    assert secret not in reported
