"""Who is in which group: policies, pending members, nesting, large groups; as few writes as the change means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.limiting import UNLIMITED
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


def service(r: Rig, **capabilities: Any) -> dict[str, Any]:
    """The service's spec with capabilities overridden."""
    return {**r.spec["service"], "capabilities": capabilities}


async def test_one_change_of_members_is_one_patch_of_what_changed(r: Rig) -> None:
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    mark = r.mark()
    r.group("engineering", ["charles", "grace"])
    await r.rest()
    assert r.writes(mark) == ["PATCH /Groups"]
    assert r.members("engineering") == {"charles", "grace"}


async def test_a_foreign_member_of_an_exclusive_group_is_removed(r: Rig) -> None:
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": stranger}]})
    await r.sweep()
    assert r.members("engineering") == {"ada"}


async def test_an_additive_group_keeps_foreign_members_and_takes_back_its_own(r: Rig) -> None:
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada", "charles"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": stranger}]})
    await r.sweep()
    assert r.members("engineering") == {"ada", "charles", "stranger"}
    r.group("engineering", ["ada"], membershipPolicy="Additive")
    await r.rest()
    await r.sweep()
    assert r.members("engineering") == {"ada", "stranger"}, "charles was added by us, the stranger was not"


async def test_what_an_additive_group_added_is_remembered_across_a_restart(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada", "charles"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    await r.stop()
    r.group("engineering", ["ada"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada"}


async def test_a_member_of_an_additive_group_who_leaves_scope_is_taken_back(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada", "charles"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "charles")
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_an_observed_group_is_left_as_it_is(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada"], membershipPolicy="Observe")
    await r.start()
    await r.settle()
    assert r.members("engineering") == set()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": r.id_of("charles")}]})
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_a_group_without_members_in_its_manifest_does_not_manage_them(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", None)
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": r.id_of("ada")}]})
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    r.group("engineering", [])
    await r.rest()
    assert r.members("engineering") == set(), "[] asks for an empty group"


async def test_members_without_a_manifest_are_pending_and_block_no_one(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada", "ghost"])
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada"}
    assert r.entry("engineering", Kind.GROUP)["pendingMembers"] == ["scimuser/ghost"]
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    mark = r.mark()
    r.user("ghost")
    await r.until(lambda: r.members("engineering") == {"ada", "ghost"})
    await r.rest()
    assert r.writes(mark) == ["POST /Users", "PATCH /Groups"]
    assert "pendingMembers" not in r.entry("engineering", Kind.GROUP)


async def test_a_member_who_may_be_a_pending_one_is_not_removed(r: Rig) -> None:
    """Adoption in progress: she is in the group already, under an id that is still to be matched."""
    r.spec["users"] = {"adoption": "IfUnowned"}
    ids, _ = r.simulator.seed([service_user("ada"), service_user("stranger")])
    r.simulator.seed(
        groups=[
            {
                "displayName": "engineering",
                "externalId": "identity/engineering",
                "members": [{"value": id} for id in ids],
            }
        ]
    )
    r.simulator.faults.add(f"status=500;method=PATCH;path=/Users/{ids[0]}")
    r.user("ada", title="Countess")
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: bool((r.status.get("plan") or {}).get("held")))
    assert r.members("engineering") == {"ada", "stranger"}
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: r.reason("ada") == "Retrying")
    await r.until(lambda: r.members("engineering") == {"ada"})  # which of the two is ada is known
    r.simulator.faults.clear()
    await r.until(lambda: r.reason("ada") == "Provisioned")
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_a_selector_follows_labels(r: Rig) -> None:
    r.user("ada", labels={"team": "compiler"})
    r.user("charles")
    r.group("compilers", ["team=compiler"])
    await r.start()
    await r.settle()
    assert r.members("compilers") == {"ada"}
    r.user("charles", labels={"team": "compiler"})
    r.user("ada")
    await r.until(lambda: r.members("compilers") == {"charles"})


async def test_nested_groups_are_flattened(r: Rig) -> None:
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("all", ["ada", "@engineering"])
    r.group("engineering", ["charles", "@compilers"])
    r.group("compilers", ["grace"])
    await r.start()
    await r.settle()
    assert r.members("all") == {"ada", "charles", "grace"}
    mark = r.mark()
    r.group("compilers", [])
    await r.rest()
    assert r.members("all") == {"ada", "charles"}
    assert r.members("engineering") == {"charles"}
    assert sorted(r.writes(mark)) == ["PATCH /Groups"] * 3


async def test_a_cycle_of_groups_is_harmless(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("one", ["ada", "@two"])
    r.group("two", ["charles", "@one"])
    await r.start()
    await r.settle()
    assert r.members("one") == r.members("two") == {"ada", "charles"}
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_groups_nest_where_the_service_nests() -> None:
    async with rig(nested_groups=True) as r:
        r.spec["service"] = service(r, nestedGroups=True)
        r.user("ada")
        r.user("grace")
        r.group("all", ["ada", "@engineering"])
        r.group("engineering", ["grace"])
        await r.start()
        await r.settle()
        await r.rest()
        ids = {member["value"] for member in (r.simulator.group("all") or {})["members"]}
        assert ids == {r.id_of("ada"), r.group_id("engineering")}
        mark = r.mark()
        await r.sweep()
        assert r.writes(mark) == []
        r.group("all", ["ada"])
        await r.rest()
        assert {member["value"] for member in (r.simulator.group("all") or {})["members"]} == {r.id_of("ada")}


async def test_a_cycle_where_the_service_nests_ends() -> None:
    async with rig(nested_groups=True) as r:
        r.spec["service"] = service(r, nestedGroups=True)
        r.group("one", ["@two"])
        r.group("two", ["@one"])
        await r.start()
        await r.settle()
        await r.rest()
        one, two = r.simulator.group("one") or {}, r.simulator.group("two") or {}
        assert [member["value"] for member in one["members"]] == [two["id"]]
        assert [member["value"] for member in two["members"]] == [one["id"]]


async def test_a_large_group_changes_by_one_patch_of_one_operation() -> None:
    async with rig(log_bodies=True) as r:
        names = [f"user{number:04}" for number in range(1050)]
        ids, _ = r.simulator.seed([service_user(name, externalId=f"identity/{name}") for name in names])
        group = {"displayName": "all", "externalId": "identity/all", "members": [{"value": id} for id in ids[:-1]]}
        r.simulator.seed(groups=[group])
        for name in names:
            r.user(name)
        r.group("all", names[:-1])
        await r.start()
        await r.until(r.at_rest)
        assert r.writes() == [], "everything is there already"
        mark = r.mark()
        r.group("all", names)
        await r.rest()
        assert r.writes(mark) == ["PATCH /Groups"]
        body = next(json.loads(entry.body) for entry in r.entries(mark) if entry.method == "PATCH")
        assert len(body["Operations"]) == 1
        assert len(body["Operations"][0]["value"]) == 1
        mark = r.mark()
        r.group("all", names[1:])
        await r.rest()
        assert r.writes(mark) == ["PATCH /Groups"]
        assert len(r.members("all")) == 1049


@pytest.mark.parametrize("cap", ["5:400", "5:413"])
async def test_many_members_go_in_chunks(r: Rig, cap: str) -> None:
    r.spec |= {"service": service(r, memberChunk=5), "limits": UNLIMITED}
    r.simulator.faults.add(f"member-cap={cap}")
    names = [f"user{number:02}" for number in range(23)]
    for name in names:
        r.user(name)
    r.group("all", names)
    await r.start()
    await r.settle()
    assert r.members("all") == set(names)
    writes = [write for write in r.writes() if write.endswith("Groups")]
    assert writes == ["POST /Groups", *["PATCH /Groups"] * 4]
    mark = r.mark()
    r.group("all", names[:3])
    await r.rest()
    assert r.members("all") == set(names[:3])
    assert r.writes(mark) == ["PATCH /Groups"] * 4


async def test_a_chunk_that_is_too_large_is_learned_from(r: Rig) -> None:
    r.simulator.faults.add("member-cap=10:413")
    names = [f"user{number:02}" for number in range(23)]
    for name in names:
        r.user(name)
    r.group("all", names)
    await r.start()
    await r.settle()
    await r.rest()
    assert r.members("all") == set(names)


async def test_a_group_whose_chunks_break_off_is_completed(r: Rig) -> None:
    r.spec["service"] = service(r, memberChunk=5)
    names = [f"user{number:02}" for number in range(23)]
    for name in names:
        r.user(name)
    r.group("all", [])
    await r.start()
    await r.settle()
    r.simulator.faults.add("drop-after;method=PATCH;path=/Groups;every=2;times=2")
    r.group("all", names)
    await r.until(lambda: r.members("all") == set(names))
    await r.until(lambda: r.reason("all", Kind.GROUP) == "Provisioned")
