"""What stands between a plan and the service, as the config's spec and status tell it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_operator.api.config import ProvisioningConfigSpec
from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.effects import effects_of
from scim_operator.core.approval.judge import meanwhile
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.explain.obstacles import hold, limits_of, obstacles
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from tests.support.deciding import ADA, entry

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
TEAM = ObjectKey(Kind.GROUP, "identity", "team")
ATTEMPT = "2026-11-26T09:00:00Z"
DONE = Verdict(Reason.PROVISIONED, "")


def spec(**changed: Any) -> ProvisioningConfigSpec:
    service = {"url": "https://x.example", "auth": {"bearer": {"secretRef": {"name": "s", "key": "k"}}}}
    return ProvisioningConfigSpec.from_manifest({"service": service, **changed})


def quarantine(**changed: Any) -> dict[str, Any]:
    began = {"began": "2026-11-26T02:00:00Z", "seriesBegan": "2026-11-26T02:00:00Z", "nextAttempt": ATTEMPT}
    return {"reason": "CredentialsRefused", "error": "The service answered 401.", **began, **changed}


def connected(status: str) -> dict[str, Any]:
    return {"type": "Connected", "status": status, "reason": "TLSFailed", "message": "TLS with the service failed."}


@dataclass(frozen=True)
class Stood:
    """How a config stands, why that is here, and what is said: the reasons, and what must come about."""

    why: str
    reasons: list[str]
    once: str = ""
    said: str = ""
    spec: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    deleting: bool = False


STANDINGS = [
    Stood("all is well", [], status={"conditions": [connected("True")]}),
    Stood("not tried yet is no failure", [], status={"conditions": [connected("Unknown")]}),
    Stood(
        "suspended: what the status says of the connection is old",
        ["Suspended"],
        "spec.suspend of the ProvisioningConfig is false",
        spec={"suspend": True},
        status={"quarantine": quarantine(), "conditions": [connected("False")]},
    ),
    Stood(
        "quarantined: since when, why, until when",
        ["Quarantined"],
        f"the quarantine is over, which is tried at {ATTEMPT}",
        "In quarantine since 2026-11-26T02:00:00Z (CredentialsRefused): The service answered 401. Nothing is sent. It "
        f"is tried again at {ATTEMPT}, and at once when the Secret or the spec changes.",
        status={"quarantine": quarantine(), "conditions": [connected("False")]},
    ),
    Stood(
        "quarantined for good: only a person ends it",
        ["Quarantined"],
        "the quarantine is over, which is tried when the Secret or the spec changes",
        status={"quarantine": quarantine(nextAttempt=None)},
    ),
    Stood(
        "not connected: the operator's own reason",
        ["NotConnected"],
        "the operator is connected again",
        "The operator is not connected (TLSFailed): TLS with the service failed.",
        status={"conditions": [connected("False")]},
    ),
    Stood(
        "another config serves the service: what the status says of a quarantine is old",
        ["ServiceTaken"],
        "no other ProvisioningConfig serves spec.service.url",
        "ProvisioningConfig older of this namespace serves it.",
        status={
            "quarantine": quarantine(),
            "conditions": [
                {
                    "type": "Ready",
                    "status": "False",
                    "reason": "ServiceTaken",
                    "message": "ProvisioningConfig older of this namespace serves it.",
                }
            ],
        },
    ),
    Stood("mode Plan", ["Planned"], "spec.mode is Apply", spec={"mode": "Plan"}),
    Stood(
        "mode Plan in quarantine: mending one is not enough",
        ["Quarantined", "Planned"],
        spec={"mode": "Plan"},
        status={"quarantine": quarantine()},
    ),
    Stood(
        "an operator that never ran",
        ["NotTakenUp"],
        "the operator has taken up the ProvisioningConfig",
        "The operator has not taken up generation 4 of the ProvisioningConfig; it has reported nothing. If that lasts, "
        "see whether it runs and serves this namespace.",
        status={"observedGeneration": None},
    ),
    Stood(
        "a spec that is newer than the quarantine: it is tried at once",
        ["NotTakenUp"],
        said="The operator has not taken up generation 4 of the ProvisioningConfig; it last reported on generation 3. "
        "If that lasts, see whether it runs and serves this namespace.",
        status={"observedGeneration": 3, "quarantine": quarantine()},
    ),
    Stood("being deleted", ["Deleted"], "there is a ProvisioningConfig that stays", deleting=True),
]


@pytest.mark.parametrize("stood", STANDINGS, ids=lambda stood: stood.why)
def test_what_keeps_a_config_from_sending(stood: Stood) -> None:
    status = {"observedGeneration": 4, **stood.status}
    found = obstacles(spec(**stood.spec), status, 4, deleting=stood.deleting)
    assert [each.reason for each in found] == stood.reasons
    assert not stood.once or found[0].once == stood.once
    assert not stood.said or found[0].message == stood.said


CREATE = Plan(ADA, DONE, Verb.CREATE, document={"userName": "ada@x.example"})
DISABLE = Plan(ADA, Verdict(Reason.DISABLED, ""), Verb.DISABLE, id="1")
EXCHANGE = Plan(ADA, DONE, Verb.UPDATE, id="1", member_adds=(Member("7"),), member_removals=(Member("8"),), owned=True)
TITLE = Plan(ADA, DONE, Verb.UPDATE, id="1", changes=(AttributeChange(parse("title"), "a", "b"),))
NONE = {"disables": {"percent": 0, "min": 0, "max": 0}}
HELD = entry(Reason.HELD)
ALONE = digest_of((DISABLE,))
MARKS = "".join(effects_of(DISABLE, everything=False))
REVIEW = "review status.plan of the ProvisioningConfig"


SWEPT = {"limits": {"owned": [{"since": "2026-01-01T00:00:00Z", "users": 10}]}}


def held(**counts: Any) -> dict[str, Any]:
    return {"plan": {"held": True, "digest": "sha256:all", **counts}, **SWEPT}


def spent(disables: int, **more: Any) -> dict[str, Any]:
    return {"limits": {"spent": [{"since": "2026-11-26T02:00:00Z", "disables": disables}], **more}}


@dataclass(frozen=True)
class Due:
    """A plan that is due, why that is here, and how the sentence begins; "" for what goes through."""

    why: str
    plan: Plan
    said: str = ""
    spec: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    entry: ServiceEntry | None = None


WAITING = [
    Due("what takes nothing away passes a limit of nothing", CREATE, spec={"limits": NONE}),
    Due(
        "nothing to do waits for nobody", DISABLE.stopped(DONE), spec={"approval": {"policy": "Manual"}, "limits": NONE}
    ),
    Due("within the limits", DISABLE, status=SWEPT),
    Due(
        "before the first sweep has ended there is no allowance",
        DISABLE,
        "It would be held (disables: 1 due, 0 spent, 0 allowed (the first sweep of a config has no allowance))",
    ),
    Due(
        "a ledger that is gone counts as spent for a window",
        DISABLE,
        "It would be held (disables: 1 due, 0 spent, 0 allowed (status.limits is gone",
        status={"lastSweep": {"drift": 0}},
    ),
    Due(
        "over the limit",
        DISABLE,
        f"It would be held (disables: 1 due, 0 spent, 0 allowed): {REVIEW} once it names",
        {"limits": NONE},
        SWEPT,
    ),
    Due(
        "over it by what the window remembers",
        DISABLE,
        "It would be held (disables: 1 due",
        {"limits": {"disables": {"percent": 0, "min": 3, "max": 3}}},
        spent(3),
    ),
    Due(
        "the share of a large tenant allows more than the count",
        DISABLE,
        "",
        {"limits": {"disables": {"percent": 10, "min": 3, "max": 500}}},
        {**spent(3), "totals": {"users": {"provisioned": 90}, "groups": {"provisioned": 10}}},
    ),
    Due(
        "it joins what is held: all that is due is judged together",
        DISABLE,
        f"It would be held (disables: 6 due, 0 spent, 5 allowed): {REVIEW}, then set spec.approvedPlan to sha256:all.",
        {"limits": {"disables": {"percent": 0, "min": 5, "max": 5}}},
        held(disables=5),
    ),
    Due(
        "the operator has said so, whatever the limits are now",
        DISABLE,
        f"The operator holds it: {REVIEW}, then set spec.approvedPlan to sha256:all.",
        {},
        held(disables=1),
        HELD,
    ),
    Due("held before, and nothing is held any more", DISABLE, status=SWEPT, entry=HELD),
    Due("approved with all that is held", DISABLE, "", {"approvedPlan": "sha256:all"}, held(disables=9), HELD),
    Due("approved alone, before the operator looked", DISABLE, "", {"limits": NONE, "approvedPlan": ALONE}),
    Due(
        "an approval is for once",
        DISABLE,
        "It would be held (disables: 1 due",
        {"limits": NONE, "approvedPlan": ALONE},
        spent(0, usedPlan=ALONE),
    ),
    Due(
        "what is left of an approved plan",
        DISABLE,
        "",
        {"limits": NONE, "approvedPlan": "sha256:all"},
        spent(0, usedPlan="sha256:all", released=MARKS),
    ),
    Due(
        "an approval that the spec gives no longer is revoked",
        DISABLE,
        "It would be held (disables: 1 due",
        {"limits": NONE},
        spent(0, usedPlan="sha256:all", released=MARKS),
    ),
    Due(
        "Manual: a mere title waits",
        TITLE,
        "It would be held (spec.approval.policy is Manual, so that every change waits)",
        {"approval": {"policy": "Manual"}},
    ),
]


@pytest.mark.parametrize("due", WAITING, ids=lambda due: due.why)
def test_what_waits_for_approval(due: Due) -> None:
    said = hold(due.plan, due.entry, spec(**due.spec), due.status, NOW)
    assert said.startswith(due.said)
    assert bool(said) is bool(due.said)


CLASSES = {
    "disables": (DISABLE, "disables", "disables"),
    "userDeletes": (replace(DISABLE, verb=Verb.DELETE), "deletes", "user deletes"),
    "groupDeletes": (Plan(TEAM, DONE, Verb.DELETE, id="9"), "groupDeletes", "group deletes"),
    "memberRemovals": (replace(EXCHANGE, key=TEAM), "memberRemovals", "member removals"),
    "renames": (
        replace(TITLE, changes=(AttributeChange(parse("userName"), "a", "b"),)),
        "renames",
        "renames of users",
    ),
    "adoptions": (replace(TITLE, adopts=True, owned=True), "adoptions", "adoptions"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_what_is_due_is_judged_with_what_is_held_of_its_class(name: str) -> None:
    """One more passes a limit of two where one is held, and none where two are."""
    due, counted, words = CLASSES[name]
    given = spec(limits={name: {"percent": 0, "min": 2, "max": 2}})
    more = {"deletes": 2} if name == "groupDeletes" else {}
    assert hold(due, None, given, held(**{counted: 1}, **({"deletes": 1} if more else {})), NOW) == ""
    assert hold(due, None, given, held(**{counted: 2}, **more), NOW).startswith(
        f"It would be held ({words}: 3 due, 0 spent, 2 allowed)"
    )


def test_of_a_held_exchange_the_additions_go_on_unless_all_is_asked_for() -> None:
    assert meanwhile(EXCHANGE, spec()).member_adds == EXCHANGE.member_adds
    assert meanwhile(EXCHANGE, spec()).member_removals == ()
    assert meanwhile(DISABLE, spec()).verb is None
    assert meanwhile(EXCHANGE, spec(approval={"policy": "Manual"})).verb is None


def test_the_limits_are_reported_with_what_is_spent() -> None:
    assert limits_of(spec(), spent(3), NOW) == (
        "disables: 3 spent, 3 allowed (10 %, at least 3, at most 500)",
        "user deletes: 0 spent, 3 allowed (5 %, at least 3, at most 100)",
        "group deletes: 0 spent, 1 allowed (5 %, at least 1, at most 20)",
        "member removals: 0 spent, 10 allowed (25 %, at least 10, at most 2000)",
        "renames of users: 0 spent, 5 allowed (10 %, at least 5, at most 500)",
        "renames of groups: 0 spent, 5 allowed (10 %, at least 5, at most 500)",
        "adoptions: 0 spent, 50 allowed (10 %, at least 50, at most 500)",
        "recreations: 0 spent, 5 allowed (5 %, at least 5, at most 100)",
    )
