"""Explaining one object in the states that people ask about at night: what is told is what the operator then does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.stored import fingerprint
from scim_operator.core.keys import Kind
from scim_operator.core.records.record import record_of
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict, service_mark
from tests.support.explaining import explained, step
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from scim_operator.core.explain.explanation import Explanation
    from tests.support.rig import Rig

NEW = "id-that-the-service-gives"


async def provision(r: Rig) -> None:
    """Let the operator do what there is to do, and stop."""
    await r.start()
    await r.settle()
    await r.stop()


async def test_a_service_that_refuses_the_token_ends_no_explanation(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await provision(r)
    r.rotate("another")
    reported = await explained(r, Kind.USER, "ada")
    names = ["Import", "Config", "Connection", "Scope", "Last outcome"]
    assert [each.name for each in reported.steps] == names, "what needs no service is told all the same"
    assert step(reported, "Connection").outcome == "not reached (Unauthorized)"
    assert "write a new one into the Secret" in step(reported, "Connection").details[1]
    assert "in the groups engineering" in step(reported, "Import").details
    assert step(reported, "Last outcome").outcome == "Provisioned"
    assert reported.conclusion.startswith("The service was not asked, so it is not known what would be sent. The ")
    r.spec["scope"] = "Assigned"
    reported = await explained(r, Kind.USER, "ada")
    assert reported.conclusion.startswith(
        "Not assigned: no entry of spec.assignments names it. The service was not asked"
    )


async def test_who_was_deleted_at_the_service_by_hand_is_created_again_or_done_with(r: Rig) -> None:
    r.user("ada")
    r.user("leaver", active=True)
    r.spec["scope"], r.spec["assignments"] = "Assigned", [{"userRef": {"name": "ada"}}, {"userRef": {"name": "leaver"}}]
    await provision(r)
    r.spec["assignments"] = [{"userRef": {"name": "ada"}}]
    await provision(r)
    assert r.reason("leaver") == "Disabled"
    gone = {name: r.id_of(name) for name in ("ada", "leaver")}
    for id in gone.values():
        r.by_hand("DELETE", f"/Users/{id}")
    for name, outcome in (("ada", "Create (Provisioned)"), ("leaver", "nothing to send (OutOfScope)")):
        reported = await explained(r, Kind.USER, name)
        assert f"recorded id: {gone[name]}, which the service no longer has" in step(reported, "Match").details
        assert step(reported, "Plan").outcome == outcome
    mark = r.mark()
    await provision(r)
    assert r.writes(mark) == ["POST /Users"], "the operator does the same"


async def test_of_a_leaver_the_day_of_the_deletion_is_reported(r: Rig) -> None:
    r.user("ada")
    await provision(r)
    r.spec["scope"] = "Assigned"
    reported = await explained(r, Kind.USER, "ada")
    assert reported.conclusion.endswith("It is to be deleted 720h after that, unless it is wanted again before.")
    assert step(reported, "Guard").details[0].startswith("It was judged alone")
    await provision(r)
    [tombstone] = r.status["tombstones"]
    reported = await explained(r, Kind.USER, "ada")
    said = f"It is to be deleted at {tombstone['deleteAt']}, unless it is wanted again before."
    assert reported.conclusion.endswith(said)
    assert step(reported, "Requests").outcome == "none"
    assert step(reported, "Guard").outcome == "nothing to judge"


async def test_what_is_at_the_service_and_neither_ours_nor_wanted_is_said_to_be_there(r: Rig) -> None:
    r.spec["scope"] = "Assigned"
    r.user("ada")
    r.simulator.seed([service_user("ada")])
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Match").outcome == "nothing of ours at the service"


async def test_who_goes_with_the_whole_namespace_is_left_at_the_service(r: Rig) -> None:
    r.user("ada")
    await provision(r)
    r.cluster.delete(Kind.USER, "ada")
    assert step(await explained(r, Kind.USER, "ada"), "Plan").outcome == "Disable (Disabled)"
    r.cluster.going = frozenset(Kind)
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Plan").outcome == "nothing to send (Retained)"
    assert reported.conclusion.startswith(
        "Nothing would be sent: The namespace or the CustomResourceDefinition is being"
    )


async def test_of_each_pending_member_the_reason_is_reported(r: Rig) -> None:
    """Who is out of scope, or is misspelt, will not come by waiting."""
    r.spec["scope"], r.spec["assignments"] = "Assigned", [{"groupRef": {"name": "engineering"}}]
    r.user("ada")
    await provision(r)
    r.user("early", notBefore="2999-01-01T00:00:00Z")
    r.user("rejected", userName="ada@corp.example")
    r.group("engineering", ["ada", "early", "missing", "rejected"])
    await provision(r)
    r.user("new")
    r.group("engineering", ["ada", "early", "missing", "new", "rejected"])
    assert step(await explained(r, Kind.GROUP, "engineering"), "Plan").details[-4:] == (
        "waits for scimuser/early: out of scope (NotYet)",
        "waits for scimuser/missing: there is no such manifest",
        "waits for scimuser/new: not at the service yet",
        "waits for scimuser/rejected: not at the service (Conflict)",
    )


QUARANTINE = {
    "reason": "CredentialsRefused",
    "error": "The service answered 401.",
    "began": "2026-11-26T02:00:00Z",
    "seriesBegan": "2026-11-26T02:00:00Z",
    "nextAttempt": "2026-11-26T09:00:00Z",
}


async def test_a_quarantine_is_reported_with_its_end(r: Rig) -> None:
    r.user("ada")
    await provision(r)
    r.cluster.config_status["vmware"]["quarantine"] = QUARANTINE
    r.user("ada", title="Countess")
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Config").outcome == "sends nothing (Quarantined)"
    assert reported.conclusion.startswith(
        "Update would be sent once the quarantine is over, which is tried at 2026-11-26T09:00:00Z."
    )


async def test_a_removal_that_the_operator_holds_is_reported_with_its_digest(r: Rig) -> None:
    for name in ("ada", "bob", "eve"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    r.spec["limits"] = {"memberRemovals": {"percent": 0, "min": 0, "max": 0}}
    await provision(r)
    r.group("engineering", ["bob", "eve"])
    reported = await explained(r, Kind.GROUP, "engineering")
    sentence = "Update would be sent, but the removal of 1 member only after approval."
    assert reported.conclusion.startswith(sentence)
    assert (
        step(reported, "Guard").details[0].startswith("It would be held (member removals: 1 due, 0 spent, 0 allowed)")
    )
    await provision(r)
    assert r.members("engineering") == {"ada", "bob", "eve"}, "the operator does what was told"
    await provision(r)  # a sweep that finds nothing but the removal to hold
    reported = await explained(r, Kind.GROUP, "engineering")
    digest = r.status["plan"]["digest"]
    assert step(reported, "Guard").details[0].endswith(f"then set spec.approvedPlan to {digest}.")
    r.spec["approvedPlan"] = digest
    assert step(await explained(r, Kind.GROUP, "engineering"), "Guard").outcome == "passes"
    await provision(r)
    assert r.members("engineering") == {"bob", "eve"}


async def test_what_the_service_keeps_in_another_form_is_neither_equal_nor_sent_again(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await provision(r)
    r.entry("ada")["reformatted"] = reformatted(r, "ANALYST.")
    reported = await explained(r, Kind.USER, "ada")
    said = "title = 'Analyst' (source): the service keeps it in a form of its own; the service has 'ANALYST.'"
    assert said in step(reported, "Mapping").details
    assert step(reported, "Plan").outcome == "nothing to send (Provisioned)"


def reformatted(r: Rig, kept: str) -> list[dict[str, Any]]:
    """What the operator remembers of Ada's title once the service keeps it so."""
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": kept})
    path, sent, got = fingerprint(AttributeChange(parse("title"), kept, "Analyst"))
    return [{"path": path, "sent": sent, "got": got}]


async def test_of_values_to_choose_from_the_free_one_is_shown(r: Rig) -> None:
    choice = {"target": "nickName", "expression": 'SelectUniqueValue("ada", "ada2")', "apply": "OnCreate"}
    r.spec["users"] = {"mappings": [choice]}
    r.user("other")
    await provision(r)
    r.user("ada")
    reported = await explained(r, Kind.USER, "ada")
    assert "nickName = 'ada2' (expression, OnCreate): differs" in step(reported, "Mapping").details
    await provision(r)
    assert present(r.at_service("ada"))["nickName"] == "ada2"


async def crowd(r: Rig, number: int) -> None:
    """So many users who are provisioned, as their manifests tell, and a group of all of them that is yet to come."""
    names = [f"user-{each}" for each in range(number)]
    verdict, mark = Verdict(Reason.PROVISIONED, ""), service_mark(r.simulator.url)
    for name in names:
        r.user(name)
        record = record_of(Kind.USER, r.cluster.get(Kind.USER, name) or {})
        await r.cluster.report(record, ServiceEntry("vmware", verdict, 1, service=mark, id=f"id-of-{name}"))
    r.group("everyone", names)


def members_in(request: str) -> list[str]:
    """The ids that a request as it is shown adds to a group."""
    body = orjson.loads(request.split(" ", 2)[2])
    found = body.get("members") or body["Operations"][0]["value"]
    return [each["value"] for each in found]


async def test_a_group_of_ten_thousand_is_explained_with_every_request(r: Rig) -> None:
    """By the service it costs what a small one costs: `explained` allows four requests."""
    await crowd(r, 10_000)
    reported = await explained(r, Kind.GROUP, "everyone", most=0)
    requests = step(reported, "Requests")
    assert requests.outcome == "100 to send"
    first, *rest = requests.details
    assert first.startswith("POST /Groups ")
    assert all(each.startswith(f"PATCH /Groups/{NEW} ") for each in rest)
    listed = [id for each in requests.details for id in members_in(each)]
    assert len(listed) == len(set(listed)) == 10_000
    assert len(step(reported, "Plan").details) == 10_001
    cut = await explained(r, Kind.GROUP, "everyone", most=20)
    assert step(cut, "Requests").details[-1] == "and 80 more"
    assert step(cut, "Plan").details[-1] == "and 9981 more"


@pytest.mark.parametrize("patch", [True, False], ids=["PATCH", "PUT"])
async def test_the_requests_that_fill_a_new_group_are_those_that_are_sent(r: Rig, patch: bool) -> None:
    capabilities = {"patch": patch, "memberChunk": 2}
    r.spec["service"] = {**r.spec["service"], "profile": "generic", "capabilities": capabilities}
    names = [f"user-{each}" for each in range(5)]
    for name in names:
        r.user(name)
    await provision(r)
    r.group("everyone", names)
    reported = await explained(r, Kind.GROUP, "everyone", most=0)
    mark, r.simulator.log.with_bodies = r.mark(), True
    await provision(r)
    assert shown(reported) == sent(r, mark)


def shown(reported: Explanation) -> list[tuple[str, str, Any]]:
    """The requests as they are told."""
    parts = (each.split(" ", 2) for each in step(reported, "Requests").details)
    return [(method, path, orjson.loads(body)) for method, path, body in parts]


def sent(r: Rig, mark: int) -> list[tuple[str, str, Any]]:
    """The writes that the service got, to a group whose id was not known before."""
    id = r.group_id("everyone")
    return [
        (e.method, e.path.replace(id, NEW), orjson.loads(orjson.dumps(orjson.loads(e.body)).decode().replace(id, NEW)))
        for e in r.entries(mark)
        if e.method in ("POST", "PUT", "PATCH")
    ]
