"""What somebody changes at the service is put back by the next sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_an_attribute_changed_by_hand_is_put_back(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Pirate"})
    mark = r.mark()
    await r.sweep()
    assert present(r.at_service("ada"))["title"] == "Analyst"
    assert r.writes(mark) == ["PATCH /Users"]
    assert r.status["lastSweep"]["drift"] == 1


async def test_a_user_deactivated_by_hand_is_activated(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": False})
    await r.sweep()
    assert present(r.at_service("ada"))["active"] is True


async def test_a_user_activated_by_hand_after_it_left_is_disabled_again(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(assignments=[])
    await r.settle()
    assert present(r.at_service("ada"))["active"] is False
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": True})
    await r.sweep()
    assert present(r.at_service("ada"))["active"] is False


async def test_members_changed_by_hand_are_put_back(r: Rig) -> None:
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "remove", "path": f'members[value eq "{r.id_of("ada")}"]'})
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": r.id_of("grace")}]})
    mark = r.mark()
    await r.sweep()
    assert r.members("engineering") == {"ada", "charles"}
    assert r.writes(mark) == ["PATCH /Groups"]


async def test_a_user_deleted_by_hand_is_made_again_and_is_a_member_again(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.by_hand("DELETE", f"/Users/{before}")
    mark = r.mark()
    await r.sweep()
    assert r.id_of("ada") != before
    assert r.members("engineering") == {"ada", "charles"}
    assert r.entry("ada")["id"] == r.id_of("ada")
    assert r.writes(mark) == ["POST /Users", "PATCH /Groups"]


async def test_a_user_deleted_by_hand_is_made_again_by_an_edit(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.by_hand("DELETE", f"/Users/{r.id_of('ada')}")
    r.user("ada", title="Countess")
    await r.until(lambda: r.members("engineering") == {"ada"})
    assert present(r.at_service("ada"))["title"] == "Countess"


async def test_a_group_deleted_by_hand_is_made_again(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.by_hand("DELETE", f"/Groups/{r.group_id('engineering')}")
    await r.sweep()
    assert r.members("engineering") == {"ada"}
    assert r.entry("engineering", Kind.GROUP)["id"] == r.group_id("engineering")


async def test_a_disabled_user_deleted_by_hand_stays_away(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(assignments=[])
    await r.settle()
    r.by_hand("DELETE", f"/Users/{r.id_of('ada')}")
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.at_service("ada") is None


async def test_a_rename_by_hand_is_put_back_on_the_same_resource(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.patch_by_hand(f"/Users/{before}", {"op": "replace", "path": "userName", "value": "pirate@corp.example"})
    await r.sweep()
    assert r.id_of("ada") == before
    assert len(r.simulator.users) == 1


async def test_a_stale_listing_takes_nothing_for_gone(r: Rig) -> None:
    """Lists that do not show what is young yet: neither a second user nor a lost membership (promises S2, S10)."""
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    r.simulator.faults.add("stale-list=60000;path=/Users")
    r.simulator.faults.add("duplicate-allowed")
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    r.group("engineering", ["ada", "charles"], ws1b={"description": "Compilers"})
    await r.rest()
    assert r.writes(mark) == ["PATCH /Groups"]
    assert r.members("engineering") == {"ada", "charles"}
    assert len(r.simulator.users) == 2
    assert r.reason("ada") == "Provisioned"


async def test_users_whom_the_service_hides_once_disabled_keep_their_identity(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.simulator.faults.add("inactive")
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.entry("ada")["id"]
    await r.configure(assignments=[])
    await r.settle()
    mark, writes = r.mark(), r.cluster.writes
    await r.sweep()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes, "a hidden user is no news"
    assert r.reason("ada") == "Disabled"
    await r.configure(assignments=[{"userRef": {"name": "ada"}}])
    await r.settle()
    assert (r.entry("ada")["id"], r.simulator.users[before]["active"]) == (before, True)
    await r.configure(assignments=[])
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
