"""The status of a config: conditions as kstatus reads them, totals, plan and capabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from scim_operator.core.plan.plan import PlanCounts
from scim_operator.core.records.status import Reason
from scim_operator.core.report.config_status import (
    capabilities_to_json,
    conditions,
    plan_to_json,
    totals_to_json,
)
from scim_operator.core.report.standing import HeldChanges, Phase, Standing, Tallied, Trouble, standing_from_json
from scim_operator.core.report.tally import Counted, tally
from scim_operator.core.service.capabilities import Capabilities, Source

NOW, LATER = "2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z"
DONE = Standing(generation=4, connected=True, phase=Phase.DONE, users=Tallied(2, 2), groups=Tallied(1, 1))

# standing, Ready's status and reason, the other conditions that are true, why
STANDINGS: list[tuple[Standing, str, str, set[str], str]] = [
    (DONE, "True", "Provisioned", {"Connected"}, "everything is as it should be"),
    (Standing(4), "False", "Progressing", {"Reconciling"}, "it has only begun"),
    (
        replace(DONE, phase=Phase.USERS),
        "False",
        "Progressing",
        {"Connected", "Reconciling"},
        "a sweep is at work",
    ),
    (replace(DONE, suspended=True, phase=Phase.STARTING), "False", "Suspended", {"Connected", "Stalled"}, "off"),
    (
        replace(DONE, waits_for="older", connected=None, phase=Phase.STARTING),
        "False",
        "ServiceTaken",
        {"Stalled"},
        "another config serves the service, and waiting does not help",
    ),
    (
        replace(DONE, unswept="503."),
        "False",
        "NotSwept",
        {"Connected", "Reconciling"},
        "the service answers, but lists nothing whole",
    ),
    (replace(DONE, invalid="spec.x: no."), "False", "InvalidSpec", {"Connected", "Stalled"}, "waiting does not help"),
    (
        replace(DONE, connected=False, trouble=Trouble("Unauthorized", "401."), phase=Phase.STARTING),
        "False",
        "NotConnected",
        {"Reconciling"},
        "the service refuses us",
    ),
    (
        replace(DONE, held=HeldChanges(3, "sha256:x")),
        "False",
        "ApprovalRequired",
        {"Connected", "ApprovalRequired", "Stalled"},
        "somebody must look",
    ),
    (
        replace(DONE, users=Tallied(2, 1, failed=1)),
        "False",
        "ObjectsFailed",
        {"Connected", "Stalled"},
        "an object needs a person",
    ),
    (
        replace(DONE, users=Tallied(2, 1, pending=1)),
        "False",
        "ObjectsPending",
        {"Connected", "Reconciling"},
        "something is still to be sent, so the service does not hold it yet (promise S6)",
    ),
    (
        replace(DONE, groups=Tallied(1, retrying=1), planning_only=True),
        "False",
        "ObjectsRetrying",
        {"Connected", "Reconciling"},
        "the service did not take one, be it only to read",
    ),
    (
        replace(DONE, users=Tallied(2, 1, pending=1), planning_only=True),
        "True",
        "Planned",
        {"Connected"},
        "a plan is all that was asked for",
    ),
    (
        replace(DONE, invalid="spec.x: no.", suspended=True, connected=False, trouble=Trouble("Unauthorized", "401.")),
        "False",
        "InvalidSpec",
        {"Stalled"},
        "the most fundamental obstacle speaks",
    ),
]


@pytest.mark.parametrize("case", STANDINGS, ids=[case[-1] for case in STANDINGS])
def test_conditions(case: tuple[Standing, str, str, set[str], str]) -> None:
    standing, ready, reason, others, why = case
    made = conditions(standing, {}, NOW)
    shown = {body["type"]: body for body in made}
    assert (shown["Ready"]["status"], shown["Ready"]["reason"]) == (ready, reason), why
    assert {name for name, body in shown.items() if body["status"] == "True"} - {"Ready"} == others, why
    assert "Connected" in shown
    progress = [shown[name] for name in ("Stalled", "Reconciling") if name in shown]
    assert len(progress) == (ready == "False"), "kstatus takes Ready=False alone for something that goes on"
    assert all(body["message"] == shown["Ready"]["message"] for body in progress), (
        "kstatus shows theirs, with the cause"
    )
    assert all(body["observedGeneration"] == 4 and body["message"] and body["reason"] for body in made)


def test_not_tried_is_unknown() -> None:
    connected = conditions(Standing(1), {}, NOW)[1]
    assert (connected["type"], connected["status"], connected["reason"]) == ("Connected", "Unknown", "NotTried")


def test_what_is_wrong_with_the_connection_is_reported() -> None:
    standing = replace(DONE, connected=False, trouble=Trouble("Unauthorized", "401 from the service."))
    ready, connected = conditions(standing, {}, NOW)[:2]
    assert (connected["reason"], connected["message"]) == ("Unauthorized", "401 from the service.")
    assert ready["message"] == "401 from the service."


def test_what_is_held_names_the_digest_that_releases_it() -> None:
    made = conditions(replace(DONE, held=HeldChanges(3, "sha256:abc")), {}, NOW)
    message = next(body["message"] for body in made if body["type"] == "ApprovalRequired")
    assert "sha256:abc" in message
    assert "spec.approvedPlan" in message


def test_a_transition_time_moves_with_the_status_alone() -> None:
    first = {"conditions": conditions(DONE, {}, NOW)}
    again = conditions(replace(DONE, planning_only=True), first, LATER)
    worse = conditions(replace(DONE, suspended=True), first, LATER)
    assert again[0]["lastTransitionTime"] == NOW
    assert worse[0]["lastTransitionTime"] == LATER


# reasons of those in scope (None: not looked at yet), of those who left, the tally, why
TALLIES: list[tuple[list[Reason | None], list[Reason | None], Tallied, str]] = [
    ([Reason.PROVISIONED] * 2, [], Tallied(2, 2), "all there"),
    ([Reason.PROVISIONED, None, None], [], Tallied(3, 1, pending=2), "two were not looked at yet"),
    ([Reason.PROVISIONED, Reason.INCOMPLETE, Reason.HELD], [], Tallied(3, 1, pending=2), "these wait"),
    ([Reason.PROVISIONED, Reason.RETRYING, Reason.HELD], [], Tallied(3, 1, pending=1, retrying=1), "one was refused"),
    ([Reason.PROVISIONED, Reason.CONFLICT, Reason.REJECTED], [], Tallied(3, 1, failed=2), "these need a person"),
    ([], [Reason.DISABLED, Reason.OUT_OF_SCOPE, Reason.RETAINED, None], Tallied(), "these left, as they should"),
    ([Reason.NOT_CREATED], [], Tallied(1, 1), "an inactive user who was never there is as wanted"),
    ([Reason.PROVISIONED], [Reason.RETRYING], Tallied(1, 1, retrying=1), "a leaver has access still"),
    ([Reason.PROVISIONED], [Reason.HELD], Tallied(1, 1, pending=1), "a leaver waits for an approval"),
    ([Reason.PROVISIONED], [Reason.PROVISIONED], Tallied(1, 1, pending=1), "a leaver whom no one has looked at yet"),
    ([None], [Reason.REJECTED], Tallied(1, pending=1, failed=1), "a leaver who fails hides no one who is awaited"),
    ([None, Reason.SUSPENDED], [Reason.SUSPENDED], Tallied(2, pending=1), "nor does one who is suspended"),
    ([Reason.OUT_OF_SCOPE], [], Tallied(1, pending=1), "one who came back was not looked at yet"),
]


@pytest.mark.parametrize(("staying", "left", "tallied", "why"), TALLIES)
def test_tallies(staying: list[Reason | None], left: list[Reason | None], tallied: Tallied, why: str) -> None:
    objects = [Counted(reason, in_scope=True) for reason in staying]
    objects += [Counted(reason, in_scope=False) for reason in left]
    assert tally(objects, 0) == tallied, why


@pytest.mark.parametrize("in_scope", [True, False])
def test_what_fails_for_long_counts_as_failed(*, in_scope: bool) -> None:
    """Waiting has not helped, be it one who stays or a leaver."""
    tallied = tally([Counted(Reason.RETRYING, in_scope, lasts=True)], 0)
    assert (tallied.retrying, tallied.failed) == (0, 1)


def test_a_restart_shows_what_was_shown_before() -> None:
    status: dict[str, Any] = {
        "observedGeneration": 4,
        "conditions": conditions(DONE, {}, NOW),
        "totals": totals_to_json(DONE.users, DONE.groups),
        "progress": {"phase": "Done"},
    }
    known = standing_from_json(status, 4)
    assert conditions(known, status, LATER) == status["conditions"]
    assert standing_from_json(status, 5).phase is Phase.STARTING, "a new generation is not verified yet (promise S6)"
    assert standing_from_json({}, 1) == Standing(1)


def test_capabilities_say_where_they_came_from_in_plain_json() -> None:
    body = capabilities_to_json(Capabilities(sources={"patch": Source.LEARNED}))
    assert body["patch"] == {"value": True, "source": "Learned"}
    assert body["memberRemoval"] == {"value": "PathFilter", "source": "Profile"}
    assert orjson.loads(orjson.dumps(body)) == body


def test_plan_and_totals() -> None:
    assert plan_to_json(PlanCounts(creates=3, member_adds=4), "sha256:x", held=True) == {
        "creates": 3,
        "updates": 0,
        "disables": 0,
        "deletes": 0,
        "memberAdds": 4,
        "memberRemovals": 0,
        "groupDeletes": 0,
        "renames": 0,
        "adoptions": 0,
        "recreations": 0,
        "digest": "sha256:x",
        "held": True,
        "first": [],
    }
    assert plan_to_json(PlanCounts(), "", held=False)["digest"] is None, "a merge patch takes the old one away"
    totals = totals_to_json(Tallied(2, 1, failed=1, unmanaged=5), Tallied(2, 1, retrying=1))
    assert (totals["inScope"], totals["retrying"], totals["failed"]) == (4, 1, 1)
    users = {"inScope": 2, "provisioned": 1, "pending": 0, "retrying": 0, "failed": 1, "unmanaged": 5, "foreign": 0}
    assert totals["users"] == users
