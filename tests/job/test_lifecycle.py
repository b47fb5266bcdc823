"""One manifest from its creation to its removal, and what the service holds at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_users_and_groups_are_created_with_their_members(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada", "charles"])
    await r.start()
    await r.settle()
    assert r.writes() == ["POST /Users", "POST /Users", "POST /Groups"], "users first, and a group is written once"
    assert r.members("engineering") == {"ada", "charles"}
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "Provisioned")
    assert r.cluster.ready(Kind.GROUP, "engineering") == ("True", "Provisioned")
    assert r.condition("Ready") == ("True", "Provisioned")
    assert r.condition("Connected") == ("True", "TestPassed")


async def test_the_external_id_names_the_manifest(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    found = r.at_service("ada")
    assert found is not None
    assert found["externalId"] == "identity/ada"


async def test_an_edit_is_one_patch_of_what_changed(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.user("ada", title="Countess")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]
    assert present(r.at_service("ada"))["title"] == "Countess"
    assert present(r.cluster.get(Kind.USER, "ada"))["status"]["observedGeneration"] == 2


async def test_a_status_written_by_us_is_no_edit(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.user("ada")
    await r.rest()
    assert list(r.entries(mark)) == [], "the same spec again has the same generation: nothing is asked"


async def test_a_rename_keeps_the_resource(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    before, mark = r.id_of("ada"), r.mark()
    r.user("ada", userName="countess@corp.example")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]
    assert r.id_of("countess") == before
    assert r.at_service("ada") is None


async def test_an_attribute_that_was_never_set_is_not_managed(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "add", "path": "title", "value": "By hand"})
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    assert present(r.at_service("ada"))["title"] == "By hand"


async def test_an_attribute_taken_out_of_the_manifest_is_cleared(r: Rig) -> None:
    r.user("ada", title="Analyst", nickName="Ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.user("ada", nickName="Ada")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]
    found = r.at_service("ada") or {}
    assert "title" not in found, "it was applied by us, so leaving it out takes it away"
    assert found["nickName"] == "Ada"
    await r.sweep()
    assert r.writes(mark) == ["PATCH /Users"], "and that is the end of it"


async def test_an_attribute_cleared_once_is_not_managed_afterwards(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada")
    await r.rest()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "add", "path": "title", "value": "By hand"})
    await r.sweep()
    assert present(r.at_service("ada"))["title"] == "By hand"


async def test_an_empty_value_clears_for_good(r: Rig) -> None:
    r.user("ada", title="")
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "add", "path": "title", "value": "By hand"})
    await r.sweep()
    assert "title" not in (r.at_service("ada") or {}), '"" asks for no title, so one set by hand goes'


async def test_active_false_disables_and_true_enables(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", active=False)
    await r.rest()
    assert present(r.at_service("ada"))["active"] is False
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "Provisioned")
    r.user("ada", active=True)
    await r.rest()
    assert present(r.at_service("ada"))["active"] is True


async def test_an_inactive_user_is_never_created(r: Rig) -> None:
    r.user("ada", active=False)
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "NotCreated")
    r.user("ada", active=True)
    await r.rest()
    assert r.writes() == ["POST /Users"]


async def test_deleting_a_manifest_disables_the_user(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    assert r.cluster.get(Kind.USER, "ada") is not None, "the finalizer holds the manifest"
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes(mark) == ["PATCH /Users"]
    assert present(r.at_service("ada"))["active"] is False


async def test_deleting_a_manifest_deletes_where_the_config_says_so(r: Rig) -> None:
    r.spec["users"] = r.spec["groups"] = {"whenDeleted": "Delete"}
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None and r.cluster.get(Kind.GROUP, "engineering") is None)
    assert r.at_service("ada") is None
    assert r.simulator.group("engineering") is None


async def test_deleting_a_manifest_may_retain_the_resource(r: Rig) -> None:
    r.spec["users"] = {"whenDeleted": "Retain"}
    r.spec["groups"] = {"whenDeleted": "Retain"}
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    mark = r.mark()
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes(mark) == []
    assert present(r.at_service("ada"))["active"] is True


async def test_a_manifest_that_returns_has_its_resource_back(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    r.user("ada")
    await r.rest()
    assert r.id_of("ada") == before, "externalId proves that it is ours"
    assert present(r.at_service("ada"))["active"] is True
    assert r.status.get("tombstones", []) == [] or r.job.session.knowledge.memory.tombstones.to_json() == []


async def test_a_manifest_without_our_finalizer_is_not_ours_to_deprovision(r: Rig) -> None:
    """Somebody took the finalizer off by hand, and another finalizer still holds the manifest (promise S3)."""
    r.user("ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.cluster.replace_finalizers(Kind.USER, "ada", ["example.com/other"])
    r.cluster.delete(Kind.USER, "ada")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    assert present(r.at_service("ada"))["active"] is True


async def test_the_finalizer_is_on_before_anything_is_sent(r: Rig) -> None:
    r.simulator.faults.add("drop-before;method=POST")
    r.user("ada")
    await r.start()
    await r.until(lambda: "POST /Users" in r.writes())
    manifest = r.cluster.get(Kind.USER, "ada")
    assert manifest is not None
    assert manifest["metadata"]["finalizers"] == ["scim-operator.io/deprovision"]


async def test_nothing_is_claimed_that_is_out_of_scope(r: Rig) -> None:
    r.spec["scope"] = "Assigned"
    r.user("ada")
    await r.start()
    await r.settle()
    manifest = r.cluster.get(Kind.USER, "ada")
    assert manifest is not None
    assert "finalizers" not in manifest["metadata"]
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "OutOfScope"), "else it looks as if no one had looked at it"
    assert r.cluster.object_writes == 1
    await r.check_quiet()


async def test_what_went_through_beside_a_refusal_is_ours_to_take_back(r: Rig) -> None:
    """Found by quarantined campaign 830014: it stayed at the service when the manifest did not set it any more."""
    r.user("ada", displayName="Ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("refused-attribute=displayName")
    r.user("ada", displayName="Ada the Great", nickName="ad")
    await r.until(lambda: r.cluster.ready(Kind.USER, "ada") == ("False", "Rejected"))
    assert present(r.at_service("ada"))["nickName"] == "ad"
    r.simulator.faults.clear()
    r.user("ada", displayName="Ada")
    await r.rest()
    assert "nickName" not in present(r.at_service("ada"))
