"""Reconcile now: a new value of an annotation is a request, and the status acknowledges it when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

OURS, FLUX = "scim-operator.io/reconcile-requested-at", "reconcile.fluxcd.io/requestedAt"


def handled(r: Rig, name: str, kind: Kind = Kind.USER) -> Any:
    return (r.cluster.get(kind, name) or {}).get("status", {}).get("lastHandledReconcileAt")


@pytest.mark.parametrize("annotation", [OURS, FLUX])
async def test_a_requested_user_is_read_and_repaired_without_a_sweep(r: Rig, annotation: str) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.by_hand("PUT", f"/Users/{r.id_of('ada')}", {**(r.at_service("ada") or {}), "title": "Pirate"})
    mark = r.mark()
    r.cluster.annotate(Kind.USER, "ada", **{annotation: "one"})
    await r.until(lambda: handled(r, "ada") == "one")
    assert [(e.method, e.path.split("/")[1]) for e in r.entries(mark)] == [("GET", "Users"), ("PATCH", "Users")]
    assert present(r.at_service("ada"))["title"] == "Analyst"
    assert r.entry("ada")["lastHandledReconcileAt"] == "one"
    r.cluster.annotate(Kind.USER, "ada", **{annotation: "two"})
    await r.until(lambda: handled(r, "ada") == "two")


async def test_a_requested_group_gets_its_membership_repaired(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Groups/{r.group_id('engineering')}", {"op": "remove", "path": "members"})
    r.cluster.annotate(Kind.GROUP, "engineering", **{FLUX: "one"})
    await r.until(lambda: handled(r, "engineering", Kind.GROUP) == "one")
    assert r.members("engineering") == {"ada"}


async def test_what_the_service_refused_is_sent_again_on_request(r: Rig) -> None:
    r.simulator.faults.add("status=400;method=POST")
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Rejected"
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == [], "a sweep does not repeat it"
    r.cluster.annotate(Kind.USER, "ada", **{OURS: "one"})
    await r.until(lambda: handled(r, "ada") == "one")
    assert [entry.method for entry in r.entries(mark) if entry.method != "GET"] == ["POST"], "asked once, sent once"
    assert r.reason("ada") == "Rejected"
    r.simulator.faults.clear()
    r.cluster.annotate(Kind.USER, "ada", **{OURS: "two"})
    await r.until(lambda: handled(r, "ada") == "two")
    assert (r.reason("ada"), r.at_service("ada") is not None) == ("Provisioned", True)


async def test_what_is_another_s_is_looked_at_again_on_request_and_left_alone(r: Rig) -> None:
    r.by_hand("POST", "/Users", service_user("ada", userName="taken@corp.example"))
    r.user("ada", userName="taken@corp.example")
    r.spec["users"] = {"adoption": "Never"}
    await r.start()
    await r.settle()
    assert r.reason("ada") == "NotOwned"
    mark = r.mark()
    r.cluster.annotate(Kind.USER, "ada", **{OURS: "one"})
    await r.until(lambda: handled(r, "ada") == "one")
    assert (r.reason("ada"), r.writes(mark)) == ("NotOwned", [])


async def test_a_request_made_while_the_operator_was_down_is_taken_up_once(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    r.cluster.annotate(Kind.USER, "ada", **{OURS: "one"})
    await r.start()
    await r.until(lambda: handled(r, "ada") == "one")
    await r.settle()
    writes = r.cluster.writes
    await r.sweep()
    assert r.cluster.writes == writes, "once"


async def test_a_requested_config_sweeps_at_once_and_says_so(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.by_hand("PUT", f"/Users/{r.id_of('ada')}", {**(r.at_service("ada") or {}), "title": "Pirate"})
    await r.annotate_config(**{FLUX: "one"})
    await r.until(lambda: r.status.get("lastHandledReconcileAt") == "one")
    assert present(r.at_service("ada"))["title"] == "Analyst"
    assert r.job.session.sweeps.finished == 2, "one sweep for one request"


async def test_a_suspended_object_stays_suspended_and_says_that_it_was_asked(r: Rig) -> None:
    r.user("ada", suspend=True)
    await r.start()
    await r.settle()
    r.cluster.annotate(Kind.USER, "ada", **{OURS: "one"})
    await r.until(lambda: handled(r, "ada") == "one")
    assert (r.reason("ada"), r.writes()) == ("Suspended", [])


async def test_who_was_never_in_scope_is_answered_too(r: Rig) -> None:
    r.user("ada")
    r.user("alan")
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    await r.start()
    await r.settle()
    assert (r.reason("alan"), handled(r, "alan")) == ("OutOfScope", None)
    mark = r.mark()
    r.cluster.annotate(Kind.USER, "alan", **{OURS: "one"})
    await r.until(lambda: handled(r, "alan") == "one")
    assert (r.reason("alan"), r.writes(mark)) == ("OutOfScope", [])


async def test_who_was_never_in_scope_is_answered_after_a_restart(r: Rig) -> None:
    r.user("alan")
    r.spec |= {"scope": "Assigned", "assignments": []}
    r.cluster.annotate(Kind.USER, "alan", **{OURS: "one"})
    await r.start()
    await r.until(lambda: handled(r, "alan") == "one")
    await r.settle()
    writes = r.cluster.writes
    await r.sweep()
    assert (r.reason("alan"), r.cluster.writes) == ("OutOfScope", writes)
