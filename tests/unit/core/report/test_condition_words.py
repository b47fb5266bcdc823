"""What each condition of a config says, word for word: people look for these sentences, and pipelines match them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.core.report.config_status import (
    conditions,
    failure_of,
    failures_by_reason,
    held_to_json,
    release,
)
from scim_operator.core.report.standing import HeldChanges, Phase, Standing, Tallied, Trouble, standing_from_json

NOW = "2026-06-01T12:00:00Z"
DONE = Standing(generation=4, connected=True, phase=Phase.DONE, users=Tallied(2, 2), groups=Tallied(1, 1))
TAKEN = (
    "ProvisioningConfig older of this namespace serves spec.service.url, and two would undo each other's work: nothing "
    "is sent. Delete one of them, give one another service or namespace, or set its spec.mode to Plan."
)
SHARED = (
    "ProvisioningConfig older of this namespace serves this service by another address, for both list 3 users: nothing "
    "is sent. Delete one of them, give one another namespace, or set its spec.mode to Plan; if these are two services, "
    "name each config in spec.service.distinctFrom of the other."
)
TWO = (
    "Another operator, operator-2, writes this status too: each keeps the change limits on its own, so that together "
    "they may pass them, and where names need not be unique, both may create one resource. Stop one of them."
)
UNSWEPT = (
    "The service cannot be listed as a whole, so that what others change there is not seen; edits of manifests and the "
    "end of access go on by recorded ids. 503."
)
AGAIN = (
    "The changes of 1 object are those of a plan that was approved and carried out before. An approval holds once: "
    "remove spec.approvedPlan, then set it again, to carry them out once more."
)
ANSWERED = ("TestPassed", "The service answered Test Connection.")
WELL = ("Provisioned", "The service holds what the manifests in scope ask for.")
QUARANTINE = Trouble("CredentialsRefused", "401. Nothing is sent.")


def stalled(*said: str) -> dict[str, tuple[str, ...]]:
    return {"Ready": said, "Stalled": said}


def going_on(*said: str) -> dict[str, tuple[str, ...]]:
    return {"Ready": said, "Reconciling": said}


def held(message: str) -> dict[str, tuple[str, ...]]:
    return {**stalled("ApprovalRequired", message), "ApprovalRequired": ("ChangesHeld", message)}


def users(**more: int) -> Standing:
    return replace(DONE, users=Tallied(2, 1, **more))


SAID: list[tuple[str, Standing, dict[str, tuple[str, ...]]]] = [
    ("all is well", DONE, {"Ready": WELL}),
    ("expiring", replace(DONE, expiring="It ends."), {"Connected": (ANSWERED[0], f"{ANSWERED[1]} It ends.")}),
    (
        "planning only",
        replace(DONE, planning_only=True),
        {"Ready": ("Planned", "spec.mode is Plan: status.plan and the objects show what Apply would send.")},
    ),
    (
        "invalid",
        replace(DONE, invalid="spec.x: no.", waits_for="older"),
        {"Ready": ("InvalidSpec", "spec.x: no."), "Stalled": ("InvalidSpec", "spec.x: no.")},
    ),
    (
        "suspended",
        replace(DONE, suspended=True, quarantine=QUARANTINE),
        stalled("Suspended", "spec.suspend is true: nothing is changed at the service."),
    ),
    (
        "taken",
        replace(DONE, waits_for="older", connected=None, quarantine=QUARANTINE),
        {
            "Ready": ("ServiceTaken", TAKEN),
            "Stalled": ("ServiceTaken", TAKEN),
            "Connected": ("NotTried", "Not tried yet."),
        },
    ),
    (
        "taken by another address",
        replace(DONE, waits_for="older", shares="3 users"),
        {"Ready": ("ServiceTaken", SHARED), "Stalled": ("ServiceTaken", SHARED)},
    ),
    (
        "quarantined",
        replace(DONE, quarantine=QUARANTINE, phase=Phase.USERS),
        {
            "Ready": ("Quarantined", "401. Nothing is sent."),
            "Stalled": ("Quarantined", "401. Nothing is sent."),
            "Quarantined": ("CredentialsRefused", "401. Nothing is sent."),
        },
    ),
    ("broken", replace(DONE, internal="Something."), going_on("InternalError", "Something.")),
    (
        "not connected",
        replace(DONE, connected=False, trouble=Trouble("Unauthorized", "401."), phase=Phase.STARTING),
        {
            **going_on("NotConnected", "401."),
            "Connected": ("Unauthorized", "401."),
        },
    ),
    ("not swept", replace(DONE, unswept="503."), going_on("NotSwept", UNSWEPT)),
    (
        "at work",
        replace(DONE, phase=Phase.GROUPS),
        {
            "Ready": ("Progressing", "A sweep is at work: Groups."),
            "Reconciling": ("Groups", "A sweep is at work: Groups."),
        },
    ),
    (
        "held",
        replace(DONE, held=HeldChanges(3, "d1", "more than it may")),
        held(
            "The changes of 3 objects are held: more than it may. Review status.plan, then set spec.approvedPlan to d1."
        ),
    ),
    (
        "held for no reason that is known",
        replace(DONE, held=HeldChanges(1, "d1", protected=("scimuser/ada",))),
        held(
            "The changes of 1 object are held. Review status.plan, then set spec.approvedPlan to d1 and "
            "spec.approvedProtected to scimuser/ada."
        ),
    ),
    (
        "approved once before",
        replace(DONE, held=HeldChanges(1, "d1", used_up=True)),
        held(AGAIN),
    ),
    (
        "recalled",
        replace(DONE, held=HeldChanges(1), recalled="As before."),
        held("As before."),
    ),
    (
        "failed",
        replace(DONE, users=Tallied(2, failed=1), groups=Tallied(1, failed=1, retrying=1)),
        stalled("ObjectsFailed", "2 objects cannot go on without a person: kubectl get scim shows which, and why."),
    ),
    (
        "retrying",
        users(retrying=1, pending=1),
        going_on(
            "ObjectsRetrying",
            "The service did not take 1 object, for a reason that may pass: tried again, and counted as failed after "
            "ten tries.",
        ),
    ),
    ("pending", users(pending=1), going_on("ObjectsPending", "Changes of 1 object are still to be made.")),
    (
        "two operators",
        replace(DONE, other_operator="operator-2"),
        {"AnotherOperator": ("StatusWritten", TWO), "Ready": WELL},
    ),
]


@pytest.mark.parametrize(("why", "standing", "said"), SAID, ids=[why for why, *_ in SAID])
def test_what_the_conditions_say(why: str, standing: Standing, said: dict) -> None:
    found = {each["type"]: (each["reason"], each["message"]) for each in conditions(standing, {}, NOW)}
    assert {type: found.get(type) for type in said} == said, why
    assert set(found) - {"Ready", "Connected"} == set(said) - {"Ready", "Connected"}, why


def test_a_kind_that_is_pending_is_no_obstacle_where_nothing_is_to_be_sent() -> None:
    ready = conditions(replace(users(pending=1), planning_only=True), {}, NOW)[0]
    assert (ready["status"], ready["reason"]) == ("True", "Planned")


PROTECTED = [
    ((), "set spec.approvedPlan to d1"),
    (("a", "b"), "set spec.approvedPlan to d1 and spec.approvedProtected to a, b"),
    (tuple("abcde"), "set spec.approvedPlan to d1 and spec.approvedProtected to a, b, c, d, e"),
    (
        tuple("abcdef"),
        "set spec.approvedPlan to d1 and spec.approvedProtected to all that status.plan.protected lists",
    ),
]


@pytest.mark.parametrize(("protected", "said"), PROTECTED)
def test_five_protected_objects_are_named(protected: tuple[str, ...], said: str) -> None:
    assert release("d1", protected) == said


def test_a_status_lists_a_thousand_protected_objects_and_2048_characters_of_a_reason() -> None:
    names = tuple(str(n) for n in range(1001))
    found = held_to_json(HeldChanges(1, because="x" * 2049, protected=names))
    assert found == {"reason": "x" * 2048, "protected": list(names[:1000])}
    assert held_to_json(HeldChanges()) == {"reason": None, "protected": None}


def entry(reason: Reason) -> ServiceEntry:
    return ServiceEntry("vmware", Verdict(reason, ""), 1)


FAILING = (Reason.CONFLICT, Reason.IMMUTABLE, Reason.INTERNAL_ERROR, Reason.REJECTED, Reason.RETRYING)
WAITING = (Reason.HELD, Reason.INCOMPLETE, Reason.PENDING, Reason.PLANNED, Reason.PROVISIONED, Reason.SUSPENDED)


@pytest.mark.parametrize("reason", FAILING)
def test_these_reasons_are_failures(reason: Reason) -> None:
    assert failure_of(entry(reason)) is reason


@pytest.mark.parametrize("reason", WAITING)
def test_what_waits_does_not_fail(reason: Reason) -> None:
    assert failure_of(entry(reason)) is None


def test_failures_are_counted_by_reason_in_order() -> None:
    of = [Reason.REJECTED, Reason.HELD, Reason.CONFLICT, Reason.REJECTED, Reason.PROVISIONED]
    assert failures_by_reason(map(entry, of)) == (("Conflict", 1), ("Rejected", 2))
    assert failure_of(None) is None


def body(type: str, status: str, reason: str = "R", message: str = "M") -> dict[str, Any]:
    return {"type": type, "status": status, "reason": reason, "message": message}


RECALLED: list[tuple[dict[str, Any], Standing]] = [
    ({}, Standing(4)),
    ({"conditions": [body("Connected", "True")]}, Standing(4, connected=True, trouble=Trouble("R", "M"))),
    ({"conditions": [body("Connected", "False")]}, Standing(4, connected=False, trouble=Trouble("R", "M"))),
    ({"conditions": [body("Connected", "Unknown")]}, Standing(4, connected=None, trouble=Trouble("R", "M"))),
    ({"conditions": [body("Quarantined", "True")]}, Standing(4, quarantine=Trouble("R", "M"))),
    ({"conditions": [body("Quarantined", "False")]}, Standing(4)),
    ({"conditions": [body("ApprovalRequired", "True")]}, Standing(4, recalled="M", held=HeldChanges(1))),
    ({"conditions": [body("ApprovalRequired", "False")]}, Standing(4)),
    ({"conditions": [body("Ready", "True", "Planned")]}, Standing(4, planning_only=True)),
    ({"conditions": [body("Ready", "True")]}, Standing(4)),
    ({"observedGeneration": 4, "progress": {"phase": "Done"}}, Standing(4, phase=Phase.DONE)),
    ({"observedGeneration": 3, "progress": {"phase": "Done"}}, Standing(4)),
    ({"observedGeneration": 4, "progress": {"phase": "Users"}}, Standing(4)),
    (
        {"totals": {"users": {"inScope": 1, "provisioned": 2, "foreign": 3}, "groups": {"failed": 4}}},
        Standing(4, users=Tallied(1, 2, foreign=3), groups=Tallied(failed=4)),
    ),
]


@pytest.mark.parametrize(("status", "standing"), RECALLED)
def test_a_restart_begins_where_the_status_stands(status: dict, standing: Standing) -> None:
    assert standing_from_json(status, 4) == standing


SHIFTS = [
    (lambda s: s.taken_up(4), {"suspended": False, "invalid": "", "waits_for": "", "shares": "", "unswept": ""}),
    (
        lambda s: s.taken_up(5),
        {
            "suspended": False, "invalid": "", "waits_for": "", "shares": "", "unswept": "", "generation": 5,
            "phase": Phase.STARTING,
        },
    ),
    (lambda s: s.beside("operator-2"), {"other_operator": "operator-2"}),
    (lambda s: s.refused("spec.y"), {"invalid": "spec.y"}),
    (lambda s: s.paused(), {"suspended": True}),
    (
        lambda s: s.behind("other", "1 user"),
        {"waits_for": "other", "shares": "1 user", "connected": None, "trouble": Trouble()},
    ),
    (lambda s: s.found(), {"connected": True, "trouble": Trouble(), "invalid": ""}),
    (
        lambda s: s.lost(Trouble("A", "B"), None),
        {"connected": False, "trouble": Trouble("A", "B"), "phase": Phase.STARTING},
    ),
    (
        lambda s: s.lost(Trouble("A", "B"), "no"),
        {"connected": False, "trouble": Trouble("A", "B"), "phase": Phase.STARTING, "invalid": "no"},
    ),
    (lambda s: s.at(Phase.LISTING), {"phase": Phase.LISTING}),
    (lambda s: s.swept(), {"phase": Phase.DONE, "unswept": ""}),
    (lambda s: s.swept("groups"), {"phase": Phase.DONE, "unswept": "groups"}),
    (lambda s: s.not_swept("why"), {"unswept": "why"}),
    (
        lambda s: s.counted(Tallied(9), Tallied(8), HeldChanges(7), planning_only=True),
        {"users": Tallied(9), "groups": Tallied(8), "held": HeldChanges(7), "recalled": "", "planning_only": True},
    ),
    (lambda s: s.quarantined(Trouble("C", "D")), {"quarantine": Trouble("C", "D")}),
    (lambda s: s.expires("soon"), {"expiring": "soon"}),
    (lambda s: s.broke("oh"), {"internal": "oh"}),
]  # fmt: skip
FULL = Standing(
    4, suspended=True, invalid="spec.x", connected=False, trouble=Trouble("R", "M"), expiring="e", phase=Phase.USERS,
    users=Tallied(1), groups=Tallied(2), held=HeldChanges(3), quarantine=Trouble("Q", "q"), waits_for="w", shares="s",
    unswept="u", recalled="r", internal="i", other_operator="o",
)  # fmt: skip


@pytest.mark.parametrize(("shift", "changed"), SHIFTS, ids=range(len(SHIFTS)))
def test_a_transition_changes_what_it_says_and_nothing_else(shift: Any, changed: dict) -> None:
    assert shift(FULL) == replace(FULL, **changed)


def test_keys_are_named_as_kubectl_has_them() -> None:
    assert str(ObjectKey(Kind.USER, "identity", "ada")) == "scimuser/ada"
