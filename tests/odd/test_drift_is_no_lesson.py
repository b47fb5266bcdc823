"""What a write did not send teaches nothing: drift found by the answer to another change is repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

DRIFTS: list[Any] = [
    pytest.param("userName", "pirate@corp.example", id="userName"),
    pytest.param('emails[type eq "work"].value', "pirate@corp.example", id="e-mail"),
    pytest.param("name.familyName", "Pirate", id="family name"),
    pytest.param("displayName", "A pirate", id="displayName"),
]
ANSWERS = ["", "write-body=empty", "write-body=stale"]


@pytest.mark.parametrize("answers", ANSWERS)
@pytest.mark.parametrize(("path", "value"), DRIFTS)
async def test_drift_met_by_an_edit_of_something_else_is_repaired(r: Rig, path: str, value: str, answers: str) -> None:
    r.user("ada", title="Analyst", displayName="Ada")
    await r.start()
    await r.settle()
    before = r.at_service("ada")
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": path, "value": value})
    if answers:
        r.simulator.faults.add(answers)
    r.user("ada", title="Countess", displayName="Ada")
    await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Countess")
    await r.rest()
    assert "reformatted" not in r.entry("ada")
    await r.sweep()
    without = ("title", "meta")
    found = present(r.at_service("ada"))
    assert {k: v for k, v in found.items() if k not in without} == {
        k: v for k, v in present(before).items() if k not in without
    }
    assert r.reason("ada") == "Provisioned"
    await r.check_quiet()


async def test_a_user_disabled_by_hand_is_enabled_again_by_an_edit_of_something_else(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": False})
    r.user("ada", title="Countess")
    await r.until(lambda: present(r.at_service("ada"))["title"] == "Countess")
    await r.rest()
    assert r.reason("ada") == "Provisioned", "nothing was refused"
    assert present(r.at_service("ada"))["active"] is True


async def test_a_group_renamed_by_hand_is_named_again_by_an_edit_of_something_else(r: Rig) -> None:
    r.group("engineering", [])
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "replace", "path": "displayName", "value": "pirates"})
    r.group("engineering", [], ws1b={"description": "Compilers"})
    await r.until(lambda: r.simulator.group("engineering") is not None)
    await r.rest()
    assert "reformatted" not in r.entry("engineering", Kind.GROUP)
    await r.check_quiet()


async def test_what_was_learned_of_one_value_outlives_an_edit_of_another(r: Rig) -> None:
    """A reformatting is believed of the value just sent, and stays believed while another one is sent."""
    r.simulator.faults.add("reformat=phone")
    phone = [{"type": "work", "value": "+44 20 0000 0000"}]
    r.user("ada", title="Analyst", phoneNumbers=phone)
    await r.start()
    await r.settle()
    known = r.entry("ada")["reformatted"]
    mark = r.mark()
    r.user("ada", title="Countess", phoneNumbers=phone)
    await r.rest()
    assert r.entry("ada")["reformatted"] == known
    assert r.writes(mark) == ["PATCH /Users"]
    await r.check_quiet()


async def test_a_value_that_is_stored_as_sent_again_is_no_longer_on_record(r: Rig) -> None:
    r.simulator.faults.add("reformat=phone")
    r.user("ada", phoneNumbers=[{"type": "work", "value": "+44 20 0000 0000"}])
    await r.start()
    await r.settle()
    assert r.entry("ada")["reformatted"]
    r.simulator.faults.clear()
    r.user("ada", phoneNumbers=[{"type": "work", "value": "+44 20 1111 1111"}])
    await r.until(lambda: "1111 1111" in str(r.at_service("ada")))
    await r.rest()
    assert "reformatted" not in r.entry("ada")


@pytest.mark.parametrize("restart", [False, True])
async def test_a_look_now_finds_out_again_in_which_form_values_are_stored(r: Rig, restart: bool) -> None:
    """What was learned by mistake, as by an earlier version, does not last; what is so is learned once more."""
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("unreturned=title")
    r.user("ada", title="Countess")
    await r.until(lambda: bool(r.entry("ada").get("reformatted")))
    r.simulator.faults.clear()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "remove", "path": "title"})
    await r.sweep()
    assert "title" not in present(r.at_service("ada")), "the service is believed never to return it"
    if restart:
        await r.stop()
        await r.start()
        await r.settle()
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/reconcile-requested-at": "now"})
    await r.until(lambda: r.entry("ada").get("lastHandledReconcileAt") == "now")
    assert present(r.at_service("ada"))["title"] == "Countess"
    assert not r.entry("ada").get("reformatted")
    r.simulator.faults.add("unreturned=title")
    r.user("ada", title="Baroness")
    await r.until(lambda: bool(r.entry("ada").get("reformatted")))
    mark = r.mark()
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/reconcile-requested-at": "again"})
    await r.until(lambda: r.entry("ada").get("lastHandledReconcileAt") == "again")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"], "once"
    assert r.entry("ada")["reformatted"]
