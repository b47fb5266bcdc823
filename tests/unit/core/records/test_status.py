"""What a manifest's status says: conditions as kstatus reads them, and the memory that survives restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.records.status import (
    HALTED,
    PARKED,
    SETTLED,
    STALLED,
    Reason,
    Reformatted,
    ServiceEntry,
    Verdict,
    entry_from_json,
    entry_to_json,
    lose,
    object_status,
    regained,
    summarise,
)

NOW, LATER = "2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z"
ENTRY = ServiceEntry(
    config="vmware",
    verdict=Verdict(Reason.PROVISIONED, "The service holds it as mapped."),
    generation=2,
    service="2536d6d62acf5739",
    id="1",
    applied=("userName", "active"),
    reformatted=(Reformatted("title", "aa", "bb"),),
    members=("7",),
    pending=("scimuser/late",),
)


def types(status: dict[str, Any]) -> dict[str, str]:
    """The conditions of a status, by type."""
    return {body["type"]: body["status"] for body in status["conditions"]}


def test_an_entry_survives_the_status() -> None:
    assert entry_from_json(entry_to_json(ENTRY, None, NOW)) == ENTRY


def test_what_was_on_record_of_a_lost_resource_survives_it_too_and_holds_again() -> None:
    gone = replace(lose(replace(ENTRY, identity="ab")), applied=(), reformatted=(), members=())
    body = entry_to_json(gone, None, NOW)
    assert body["lost"] == {
        "service": "2536d6d62acf5739",
        "id": "1",
        "identity": "ab",
        "applied": ["userName", "active"],
        "reformatted": [{"path": "title", "sent": "aa", "got": "bb"}],
        "members": ["7"],
    }
    assert entry_from_json(body) == gone
    assert regained(gone) == replace(ENTRY, identity="ab")
    assert regained(ENTRY) is ENTRY


@pytest.mark.parametrize("lost", ["1", {}, {"id": 7}, None, ["1"]])
def test_a_lost_resource_without_an_id_is_none(lost: object) -> None:
    assert entry_from_json({"config": "vmware", "lost": lost}).lost is None


def test_an_entry_says_nothing_that_it_has_not_to_say() -> None:
    bare = ServiceEntry("vmware", Verdict(Reason.PENDING, "."), 1)
    assert set(entry_to_json(bare, None, NOW)) == {"config", "conditions"}


# body, reason, why
TOLERATED = [
    ({"config": "vmware"}, Reason.PENDING, "a hand left the conditions out"),
    (
        {"config": "vmware", "conditions": [{"type": "Ready", "status": "True", "reason": "Novel", "message": ""}]},
        Reason.PENDING,
        "a later release wrote a reason that we do not know",
    ),
]


@pytest.mark.parametrize(("body", "reason", "why"), TOLERATED)
def test_odd_entries_are_read(body: dict[str, Any], reason: Reason, why: str) -> None:
    assert entry_from_json(body).verdict.reason is reason, why


@pytest.mark.parametrize("reason", list(Reason))
def test_kstatus_reads_every_reason(reason: Reason) -> None:
    """Ready=True is Current; Stalled is Failed; everything else is Reconciling (InProgress): exactly one of them."""
    status = object_status({}, [replace(ENTRY, verdict=Verdict(reason, "."))], 2, NOW)
    shown = types(status)
    assert shown["Ready"] == str(reason in SETTLED)
    assert ("Stalled" in shown) is (reason in STALLED)
    assert ("Reconciling" in shown) is (reason not in SETTLED | STALLED)
    assert all(body["observedGeneration"] == 2 for body in status["conditions"])


GOES_ON = {Reason.INCOMPLETE, Reason.RETRYING, Reason.PENDING, Reason.INTERNAL_ERROR}
"""What goes on without anyone, so that waiting for it is right."""


def test_each_reason_is_settled_or_goes_on_or_waits_for_someone() -> None:
    assert frozenset(Reason) - SETTLED - STALLED == GOES_ON
    assert not SETTLED & STALLED
    assert not PARKED & HALTED
    assert STALLED == PARKED | HALTED


def test_a_transition_time_moves_with_the_status_alone() -> None:
    first = object_status({}, [ENTRY], 2, NOW)
    same = object_status(first, [replace(ENTRY, verdict=Verdict(Reason.DISABLED, "other"))], 3, LATER)
    moved = object_status(first, [replace(ENTRY, verdict=Verdict(Reason.REJECTED, "no"))], 3, LATER)
    assert same["conditions"][0]["lastTransitionTime"] == NOW
    assert moved["conditions"][0]["lastTransitionTime"] == LATER
    assert moved["services"][0]["conditions"][0]["lastTransitionTime"] == LATER


def test_equal_input_gives_an_equal_status() -> None:
    first = object_status({}, [ENTRY], 2, NOW)
    assert object_status(first, [ENTRY], 2, LATER) == first, "so that nothing is written when nothing changed"


def test_entries_are_in_one_order() -> None:
    other = replace(ENTRY, config="other")
    assert object_status({}, [ENTRY, other], 2, NOW) == object_status({}, [other, ENTRY], 2, NOW)


GOOD, BAD = Verdict(Reason.PROVISIONED, "Fine."), Verdict(Reason.REJECTED, "Refused.")

# verdicts by config, reason, message, why
SUMMARIES = [
    ({}, Reason.PENDING, "No ProvisioningConfig of this namespace has looked at it yet.", "nobody looked"),
    ({"a": GOOD}, Reason.PROVISIONED, "Fine.", "one config speaks for itself"),
    ({"a": GOOD, "b": GOOD}, Reason.PROVISIONED, "a: Fine.", "of several, the first"),
    ({"a": GOOD, "b": BAD}, Reason.REJECTED, "b: Refused.", "whoever is not ready speaks first"),
]


@pytest.mark.parametrize(("verdicts", "reason", "message", "why"), SUMMARIES)
def test_one_condition_over_all_services(verdicts: dict[str, Verdict], reason: Reason, message: str, why: str) -> None:
    entries = [ServiceEntry(config, verdict, 1) for config, verdict in verdicts.items()]
    assert summarise(entries) == Verdict(reason, message), why


def test_a_config_that_is_gone_is_remembered_and_decides_nothing() -> None:
    """Whoever was refused by a service that is not provisioned any more is not failing."""
    failed = replace(ENTRY, config="gone", verdict=Verdict(Reason.REJECTED, "The service refuses it."))
    status = object_status({}, [failed, ENTRY], 2, NOW, {ENTRY.config})
    assert (status["conditions"][0]["status"], status["conditions"][0]["message"]) == ("True", ENTRY.verdict.message)
    assert [service["config"] for service in status["services"]] == ["gone", ENTRY.config]


def test_a_request_is_handled_once_all_services_have_handled_it() -> None:
    asked = [replace(ENTRY, config=name, handled=when) for name, when in (("a", LATER), ("b", LATER), ("c", NOW))]
    assert object_status({}, asked[:2], 2, NOW)["lastHandledReconcileAt"] == LATER
    before = {"lastHandledReconcileAt": NOW}
    assert object_status(before, asked, 2, NOW)["lastHandledReconcileAt"] == NOW
    assert "lastHandledReconcileAt" not in object_status({}, asked, 2, NOW)
    assert "lastHandledReconcileAt" not in object_status({}, [ENTRY], 2, NOW)
    assert object_status(before, asked, 2, NOW, {"a", "b"})["lastHandledReconcileAt"] == LATER
    assert object_status(before, [], 2, NOW)["lastHandledReconcileAt"] == NOW


def test_every_field_of_an_entry_survives_the_status_under_its_own_name() -> None:
    whole = replace(
        ENTRY,
        identity="i" * 24,
        creating="c" * 24,
        proof="p" * 22,
        claimed="9",
        handled="2026-06-01T11:00:00Z",
        reformatted=(Reformatted("title", "aa", "bb"), Reformatted("nickName", "cc", "dd", kept=True)),
    )
    body = entry_to_json(whole, None, NOW)
    assert {name: value for name, value in body.items() if name not in ("config", "conditions")} == {
        "service": "2536d6d62acf5739",
        "id": "1",
        "identity": "i" * 24,
        "creating": "c" * 24,
        "applied": ["userName", "active"],
        "reformatted": [
            {"path": "title", "sent": "aa", "got": "bb"},
            {"path": "nickName", "sent": "cc", "got": "dd", "kept": True},
        ],
        "members": ["7"],
        "proof": "p" * 22,
        "unprovenId": "9",
        "pendingMembers": ["scimuser/late"],
        "lastHandledReconcileAt": "2026-06-01T11:00:00Z",
    }
    read = entry_from_json(body)
    assert read == whole
    assert [each.kept for each in read.reformatted] == [False, True]
    assert entry_from_json({**body, "formed": "f"}).formed == "f"
