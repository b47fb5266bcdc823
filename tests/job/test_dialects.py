"""Services that are not quite as RFC 7644 has it: the same end state, and no flapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def quiet(r: Rig, sweeps: int = 2) -> None:
    """Fail unless further sweeps write nothing to either side."""
    await r.sweep()
    mark, writes = r.mark(), r.cluster.writes
    for _ in range(sweeps):
        await r.sweep()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes


@pytest.mark.parametrize("status", [405, 501])
async def test_a_service_without_patch_is_learned_and_served_by_put(status: int) -> None:
    async with rig(patch_status=status) as r:
        r.user("ada", title="Analyst", nickName="Ada")
        r.user("charles")
        r.group("engineering", ["ada"])
        await r.start()
        await r.settle()
        ada = f"/Users/{r.id_of('ada')}"
        r.by_hand("PUT", ada, {**(r.at_service("ada") or {}), "profileUrl": "https://by-hand.example"})
        mark = r.mark()
        r.user("ada", title="Countess")
        r.group("engineering", ["charles"])
        await r.rest()
        found = r.at_service("ada") or {}
        assert found["title"] == "Countess"
        assert "nickName" not in found, "left out of the manifest, so cleared"
        assert found["profileUrl"] == "https://by-hand.example", "what is not managed survives a PUT (promise S9)"
        assert r.members("engineering") == {"charles"}
        assert sum(write.startswith("PATCH") for write in r.writes(mark)) <= 2, "asked in vain, then never again"
        assert r.status["service"]["capabilities"]["patch"] == {"value": True, "source": "Profile"}
        await r.sweep()
        assert r.status["service"]["capabilities"]["patch"] == {"value": False, "source": "Learned"}
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
        assert present(r.at_service("ada"))["active"] is False
        await quiet(r)


REMOVALS = [
    pytest.param("member-list-removal=ignored", id="the list form does nothing"),
    pytest.param("member-list-removal=clears", id="the list form clears the group"),
    pytest.param("member-list-removal=refused", id="the list form is refused"),
]


@pytest.mark.parametrize("fault", REMOVALS)
async def test_a_broken_way_of_removing_members_is_found_out_and_fixed(r: Rig, fault: str) -> None:
    r.simulator.faults.add(fault)
    for name in ("ada", "charles", "grace", "alan"):
        r.user(name)
    r.group("engineering", ["ada", "charles", "grace"])
    await r.start()
    await r.settle()
    r.group("engineering", ["ada", "grace"])
    await r.until(lambda: r.members("engineering") == {"ada", "grace"})
    await r.rest()
    mark = r.mark()
    r.group("engineering", ["ada", "alan"])
    await r.until(lambda: r.members("engineering") == {"ada", "alan"})
    await r.rest()
    assert r.writes(mark) == ["PATCH /Groups"], "what was learned is remembered"
    await quiet(r)


@pytest.mark.parametrize("how", ["ignored", "clears", "refused"])
async def test_when_both_ways_of_removing_fail_the_group_is_put(r: Rig, how: str) -> None:
    r.simulator.faults.add(f"member-list-removal={how}", f"member-removal={how}")
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "charles", "grace"])
    await r.start()
    await r.settle()
    r.group("engineering", ["ada", "grace"])
    await r.until(lambda: r.members("engineering") == {"ada", "grace"})
    await r.rest()
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    await quiet(r)


@pytest.mark.parametrize("how", ["replaces", "fails"])
async def test_a_broken_way_of_adding_members_is_fixed(r: Rig, how: str) -> None:
    r.simulator.faults.add(f"member-add={how};method=PATCH")
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    r.group("engineering", ["ada", "charles", "grace"])
    await r.until(lambda: r.members("engineering") == {"ada", "charles", "grace"})
    await r.rest()
    await quiet(r)


async def test_what_others_do_to_a_group_teaches_us_no_dialect(r: Rig) -> None:
    """An administrator's change since the last sweep is no proof that PATCH does not work."""
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": stranger}]})
    r.patch_by_hand(path, {"op": "remove", "path": f'members[value eq "{r.id_of("charles")}"]'})
    r.group("engineering", ["ada", "charles", "grace"])
    await r.until(lambda: r.members("engineering") == {"ada", "charles", "grace"})
    await r.rest()
    await r.sweep()
    assert all(setting["source"] == "Profile" for setting in r.status["service"]["capabilities"].values())


REFORMATS: list[Any] = [
    pytest.param("reformat=phone", {"phoneNumbers": [{"type": "work", "value": "+44 20 0000 0000"}]}, id="phone"),
    pytest.param("reformat=lower", {"userName": "Ada@Corp.Example"}, id="userName in lower case"),
    pytest.param("reformat=trim", {"title": " Analyst "}, id="blanks at the ends"),
    pytest.param("ignored-attribute=title", {"title": "Analyst"}, id="an attribute that is ignored"),
    pytest.param("write-body=empty", {"title": "Analyst"}, id="writes without a body"),
    pytest.param("write-body=stale", {"title": "Analyst"}, id="writes that answer what was there before"),
    pytest.param("string-booleans", {"title": "Analyst"}, id="booleans as text"),
]


@pytest.mark.parametrize(("fault", "spec"), REFORMATS)
async def test_a_value_that_comes_back_otherwise_does_not_flap(r: Rig, fault: str, spec: dict[str, Any]) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add(fault)
    r.user("ada", **spec)
    r.user("late", **{**spec, "userName": "Late@Corp.Example"})
    await r.rest()
    assert r.reason("ada") == r.reason("late") == "Provisioned"
    await quiet(r)
    await r.crash()
    mark = r.mark()
    await r.start()
    await r.settle()
    assert r.writes(mark) == [], "what was learned survives a restart"


async def test_an_attribute_of_a_group_that_never_changes_does_not_flap(r: Rig) -> None:
    """A group write answers 204 without a body, so only reading back can tell."""
    r.group("engineering", [])
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=displayName")
    r.group("engineering", [], displayName="research")
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Immutable")
    await r.rest()
    await quiet(r)


async def test_a_reformatted_value_that_someone_changes_is_put_back(r: Rig) -> None:
    r.simulator.faults.add("reformat=phone")
    r.user("ada", phoneNumbers=[{"type": "work", "value": "+44 20 0000 0000"}])
    await r.start()
    await r.settle()
    await quiet(r)
    wrong = {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+1"}
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", wrong)
    await r.sweep()
    assert present(r.at_service("ada"))["phoneNumbers"][0]["value"] == "+442000000000"


async def test_a_soft_delete_is_not_repeated_for_ever(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.spec["users"] = {"whenOutOfScope": "Delete"}
    r.simulator.faults.add("delete")
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(assignments=[])
    await r.settle()
    assert present(r.at_service("ada"))["active"] is False
    await quiet(r)
    await r.configure(assignments=[{"userRef": {"name": "ada"}}])
    await r.settle()
    assert present(r.at_service("ada"))["active"] is True


async def test_one_inactive_member_does_not_block_the_group(r: Rig) -> None:
    r.simulator.faults.add("inactive-member")
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.user("charles", active=False)
    await r.rest()
    r.group("engineering", ["ada", "charles"])
    await r.rest()
    assert r.members("engineering") == {"ada"} or r.reason("engineering", Kind.GROUP) == "Rejected"
    await quiet(r)
