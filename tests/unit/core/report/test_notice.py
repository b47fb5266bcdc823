"""Notices: who is named and counted, and what each says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scim_operator.api.notifications import Topic
from scim_operator.core.connection.expiry import Expiry
from scim_operator.core.connection.quarantine import Cause
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import PlanCounts
from scim_operator.core.report.notice import (
    Notice,
    approval_required,
    disconnected,
    expiring,
    failing,
    quarantined,
    recovered,
)


def keys(number: int) -> list[ObjectKey]:
    return [ObjectKey(Kind.USER, "identity", f"u{n:02}") for n in reversed(range(number))]


@pytest.mark.parametrize(("number", "named", "more", "said"), [
    (1, 1, 0, "1 object cannot go on without a person."),
    (20, 20, 0, "20 objects cannot go on without a person."),
    (21, 20, 1, "21 objects cannot go on without a person."),
    (33, 20, 13, "33 objects cannot go on without a person."),
])  # fmt: skip
def test_twenty_objects_are_named_in_order_and_the_rest_counted(number: int, named: int, more: int, said: str) -> None:
    notice = failing({"Rejected": number}, keys(number))
    names = tuple(sorted(map(str, keys(number))))[:named]
    expected = Notice(Topic.FAILURE, "ObjectsFailed", said, {"Rejected": number}, names, more)
    assert notice == expected


def test_a_lost_connection() -> None:
    text = (
        "Not connected for 15 minutes (Unreachable): nothing is changed at the service, and people keep the access "
        "that they have. It is tried on; the condition Connected of the ProvisioningConfig says what is wrong."
    )
    assert disconnected("Unreachable", 15) == Notice(Topic.CONNECTION, "Unreachable", text)


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_of_a_quarantine_has_its_own_sentence(cause: Cause) -> None:
    said = {
        Cause.CREDENTIALS: "The service refuses the credentials: nothing is sent until it takes them.",
        Cause.INCOMPATIBLE: "What answers is no SCIM service: nothing is sent until it is one.",
        Cause.FAILURES: "Too many objects fail: for hours, nothing is sent but what ends access.",
        Cause.FAILURES_IN_ALL: (
            "Too many objects fail, or wait for some that do: for hours, nothing is sent but what ends access."
        ),
    }
    assert quarantined(cause) == Notice(Topic.QUARANTINE, cause.value, said[cause])


@pytest.mark.parametrize(("days", "said"), [(1, "1 day"), (7, "7 days")])
def test_the_end_of_a_token(days: int, said: str) -> None:
    expiry = Expiry(datetime(2026, 12, 31, 9, tzinfo=UTC))
    text = (
        f"The token ends at 2026-12-31T09:00:00Z, in less than {said}; then nothing is changed at the service any "
        f"more. Write a new one into the Secret that {expiry.proof.field} names: it is taken up without a restart."
    )
    assert expiring(expiry, days) == Notice(Topic.EXPIRING, "TokenExpires", text)


def test_a_held_plan() -> None:
    notice = approval_required("d1", PlanCounts(disables=3, deletes=1))
    assert (notice.topic, notice.reason, notice.digest) == (Topic.APPROVAL_REQUIRED, "ChangesHeld", "d1")
    assert notice.text.startswith("Held until someone approves it: ")
    assert notice.text.endswith(". Review status.plan, then set spec.approvedPlan.")
    assert "3" in notice.text


def test_a_held_plan_says_what_it_means_that_a_service_has_lost_much() -> None:
    text = approval_required("d1", PlanCounts(creates=200, recreations=200)).text
    assert text.startswith(
        "200 resources that the service no longer has would be created again; the service may have been restored from "
        "a backup, or the URL is another tenant's. Held until someone approves it: 200 creates."
    )


@pytest.mark.parametrize("topic", Topic)
def test_an_end_names_what_has_ended(topic: Topic) -> None:
    assert recovered(topic, "It is over.") == Notice(Topic.RECOVERED, f"{topic.value}Over", "It is over.", ends=topic)
