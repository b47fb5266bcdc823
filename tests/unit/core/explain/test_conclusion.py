"""The sentence that ends an explanation, state by state: it is what somebody reads first, at night."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from scim_operator.core.decision.decision import decide
from scim_operator.core.explain.conclusion import Outlook, conclusion
from scim_operator.core.explain.obstacles import Obstacle
from scim_operator.core.plan.membership import Membership, MembershipPolicy
from scim_operator.core.plan.plan import Member
from scim_operator.core.records.dates import Window
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.scope.reasons import DELETED, NO_LONGER, NOT_ASSIGNED, NOT_YET
from scim_operator.core.scope.scope import ScopeDecision
from tests.support.deciding import DIFFERS, EVE, INACTIVE, MANIFEST, THERE, Case, entry, facts_of, rules

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
PASSES = ScopeDecision(in_scope=True, reason="FilterPassed", message="Scoping filter 'Berlin' passes it.")
FAULT = "spec.users.expression fails for this object: no such key."
UNDECIDED = ScopeDecision(in_scope=False, reason="Undecided", message=FAULT, undecided=True)
QUARANTINED = Obstacle("Quarantined", "It is.", "the quarantine is over, which is tried at 2026-11-26T09:00:00Z")
PLANNING = Obstacle("Planned", "It is.", "spec.mode is Apply")
MONTH = timedelta(hours=720)
LATER = " It is to be deleted 720h after that, unless it is wanted again before."


def case(there: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("", None, Reason.PROVISIONED, there, **more)


@dataclass(frozen=True)
class Told:
    """A state, why it is here, and the sentence."""

    why: str
    case: Case
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    outlook: dict[str, Any] = field(default_factory=dict)
    held: bool = False


def members(*ids: str, pending: tuple[str, ...] = ()) -> Membership:
    wanted = frozenset(map(Member, ids))
    return Membership(MembershipPolicy.EXCLUSIVE, wanted, pending=pending)


STATES = [
    Told("a joiner", case(), "Create would be sent. Scoping filter 'Berlin' passes it."),
    Told(
        "in sync: the commonest answer says at once that nothing is wrong",
        case(THERE, owned=True),
        "Nothing would be sent: The service holds it as mapped.",
    ),
    Told("an edit", case(DIFFERS, owned=True), "Update would be sent. Scoping filter 'Berlin' passes it."),
    Told(
        "somebody else's resource: that it changes hands must not go unsaid",
        case(DIFFERS),
        "Update, which takes the resource over, would be sent. Scoping filter 'Berlin' passes it.",
    ),
    Told(
        "taken over without a request",
        case(THERE),
        "Nothing would be sent, and the resource is taken over: The service holds it as mapped.",
    ),
    Told(
        "a rival",
        case(rivals=(EVE,)),
        "Nothing would be sent: scimuser/eve claims the same userName or externalId: nothing is sent for any of them "
        "until they differ.",
    ),
    Told(
        "several match",
        case(match={"ambiguous": ("1", "2")}),
        "Nothing would be sent: Several resources at the service match by userName: 1, 2. "
        "Leave one, or set externalId.",
    ),
    Told(
        "never there, and out of scope",
        case(wanted=False),
        "Nothing would be sent: Not assigned: no entry of spec.assignments names it.",
        {"scope": NOT_ASSIGNED},
    ),
    Told(
        "a leaver: when the account is deleted is what people ask next",
        case(THERE, owned=True, wanted=False),
        f"Disable would be sent. Not assigned: no entry of spec.assignments names it.{LATER}",
        {"scope": NOT_ASSIGNED},
    ),
    Told(
        "a leaver where nothing is deleted later",
        case(THERE, owned=True, wanted=False),
        "Disable would be sent. Not assigned: no entry of spec.assignments names it.",
        {"scope": NOT_ASSIGNED},
        outlook={"grace": timedelta()},
    ),
    Told(
        "tombstoned: disabled already, and the date stands",
        case(INACTIVE, owned=True, wanted=False),
        "Nothing would be sent: Disabled at the service. Not assigned: no entry of spec.assignments names it. "
        "It is to be deleted at 2026-12-01T00:00:00Z, unless it is wanted again before.",
        {"scope": NOT_ASSIGNED},
        outlook={"buried": datetime(2026, 12, 1, tzinfo=UTC)},
    ),
    Told(
        "tombstoned under an earlier spec: by now nothing is deleted later",
        case(INACTIVE, owned=True, wanted=False),
        "Nothing would be sent: Disabled at the service. Not assigned: no entry of spec.assignments names it.",
        {"scope": NOT_ASSIGNED},
        outlook={"buried": datetime(2026, 12, 1, tzinfo=UTC), "grace": timedelta()},
    ),
    Told(
        "overdue: its time has come",
        case(INACTIVE, owned=True, wanted=False, overdue=True),
        "Delete would be sent. Not assigned: no entry of spec.assignments names it.",
        {"scope": NOT_ASSIGNED},
        outlook={"buried": NOW},
    ),
    Told(
        "retained: the verdict does not say why it left",
        case(THERE, owned=True, wanted=False, rules={"whenOutOfScope": "Retain"}),
        "Nothing would be sent: No longer provisioned; the resource at the service is left as it is. "
        "Not assigned: no entry of spec.assignments names it.",
        {"scope": NOT_ASSIGNED},
    ),
    Told(
        "the manifest was deleted",
        case(THERE, owned=True, deleting=True),
        f"Disable would be sent. The manifest was deleted.{LATER}",
        {"scope": DELETED},
    ),
    Told(
        "the namespace goes as a whole",
        case(THERE, owned=True, deleting=True, terminating=True),
        "Nothing would be sent: The namespace or the CustomResourceDefinition is being deleted; the resource at the "
        "service is left as it is. The manifest was deleted.",
        {"scope": DELETED},
    ),
    Told(
        "too early: the date, in UTC whatever offset the manifest gave it",
        case(wanted=False),
        "Nothing would be sent: spec.notBefore is still to come. spec.notBefore is 2026-12-01T06:00:00Z.",
        {"scope": NOT_YET},
        {"window": Window(begin=datetime(2026, 12, 1, 8, 0, tzinfo=timezone(timedelta(hours=2))))},
    ),
    Told(
        "too late",
        case(THERE, owned=True, wanted=False),
        f"Disable would be sent. spec.notAfter has passed. spec.notAfter was 2026-11-25T00:00:00Z.{LATER}",
        {"scope": NO_LONGER},
        {"window": Window(end=datetime(2026, 11, 25, tzinfo=UTC))},
    ),
    Told(
        "within its dates: they say nothing",
        case(THERE, owned=True),
        "Nothing would be sent: The service holds it as mapped.",
        record={"window": Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))},
    ),
    Told(
        "a mapping's expression fails",
        case(THERE, owned=True),
        "Nothing would be sent: The mapping of title fails for this object: no such key. Until that is fixed, it stays "
        "at the service as it is.",
        {"fault": "The mapping of title fails for this object: no such key."},
    ),
    Told(
        "the scope cannot be told: said once, not as a reason to be out of scope",
        case(THERE, owned=True, wanted=False),
        "Nothing would be sent: spec.users.expression fails for this object: no such key. Until that is fixed, it "
        "stays at the service as it is.",
        {"scope": UNDECIDED},
    ),
    Told(
        "pending members, nothing else to do",
        case(THERE, owned=True),
        "Nothing would be sent: The service holds it as mapped; still to be provisioned: 1 member.",
        {"membership": members(pending=("scimuser/bob",))},
    ),
    Told(
        "pending members beside others that come",
        case(THERE, owned=True),
        "Update would be sent. Scoping filter 'Berlin' passes it. Still to be provisioned: 1 member.",
        {"membership": members("7", pending=("scimuser/bob",))},
    ),
    Told(
        "held by the limits, as a whole",
        case(THERE, owned=True, wanted=False),
        f"Disable would be sent after approval. Not assigned: no entry of spec.assignments names it.{LATER}",
        {"scope": NOT_ASSIGNED},
        held=True,
    ),
    Told(
        "held by the limits in part: what takes nothing away goes on",
        case({**DIFFERS, "members": [{"value": "7"}]}, owned=True),
        "Update would be sent, but the removal of 1 member only after approval. Scoping filter 'Berlin' passes it.",
        {"membership": members("8")},
        held=True,
    ),
    Told(
        "held, in mode Plan: both must come about",
        case(THERE, owned=True, wanted=False),
        "Disable would be sent after approval, and once spec.mode is Apply. "
        f"Not assigned: no entry of spec.assignments names it.{LATER}",
        {"scope": NOT_ASSIGNED},
        outlook={"obstacles": (PLANNING,)},
        held=True,
    ),
    Told(
        "quarantined: nothing is sent until then",
        case(),
        "Create would be sent once the quarantine is over, which is tried at 2026-11-26T09:00:00Z. "
        "Scoping filter 'Berlin' passes it.",
        outlook={"obstacles": (QUARANTINED,)},
    ),
    Told(
        "quarantined and planning only: both",
        case(),
        "Create would be sent once the quarantine is over, which is tried at 2026-11-26T09:00:00Z, and once spec.mode "
        "is Apply. Scoping filter 'Berlin' passes it.",
        outlook={"obstacles": (QUARANTINED, PLANNING)},
    ),
    Told(
        "the object is suspended: its scope is nobody's question",
        case(THERE, owned=True, wanted=False),
        "Nothing would be sent: spec.suspend is true: nothing is sent for it.",
        {"scope": NOT_ASSIGNED},
        {"suspended": True},
    ),
    Told(
        "an action that is off",
        case(rules={"actions": ["Update"]}),
        "Nothing would be sent: Create is due, but spec.users.actions does not list Create.",
    ),
    Told(
        "refused before: the operator does not try the same again",
        case(DIFFERS, owned=True),
        "Update would be sent. The service has refused it: it is tried again when the manifest, its mapping or what is "
        "in the way changes, and with --apply. Scoping filter 'Berlin' passes it.",
        {"entry": entry(Reason.REJECTED, generation=2)},
    ),
    Told(
        "refused in another form: that is over",
        case(DIFFERS, owned=True),
        "Update would be sent. Scoping filter 'Berlin' passes it.",
        {"entry": entry(Reason.REJECTED, generation=1)},
    ),
    Told(
        "failed, and tried again",
        case(DIFFERS, owned=True),
        "Update would be sent. It has failed, and is tried again by itself. Scoping filter 'Berlin' passes it.",
        {"entry": entry(Reason.RETRYING, generation=2)},
    ),
    Told(
        "what the service never changes stays wrong after the update",
        case({**DIFFERS, "externalId": "old"}, owned=True, manifest={**MANIFEST, "externalId": "new"}),
        "Update would be sent. Scoping filter 'Berlin' passes it. The service keeps externalId as first set, and has "
        "another value. Put the old value back, or delete the resource at the service to have it created again.",
    ),
]


@pytest.mark.parametrize("reported", STATES, ids=lambda reported: reported.why)
def test_the_sentence_is_right_in_every_state(reported: Told) -> None:
    compiled = rules(**reported.case.rules)
    gathered = facts_of(reported.case, compiled)
    record = replace(gathered.record, **reported.record)
    facts = replace(gathered, **({"scope": PASSES} | reported.facts), record=record)
    plan = decide(facts, compiled)
    outlook = Outlook(
        **{"now": NOW, "grace": MONTH} | reported.outlook, meanwhile=plan.without_removals if reported.held else None
    )
    assert conclusion(facts, plan, outlook) == reported.sentence


@pytest.mark.parametrize(
    ("there", "obstacles", "changing", "said"),
    [
        (DIFFERS, (), "title", "would come after approval; nothing is sent before."),
        (THERE, (), "nothing", "would come after approval; nothing is sent before."),
        (
            DIFFERS,
            (QUARANTINED, PLANNING),
            "title",
            "would come after approval, and once the quarantine is over, which is tried at 2026-11-26T09:00:00Z, and "
            "once spec.mode is Apply; nothing is sent before.",
        ),
    ],
)
def test_a_takeover_that_waits_says_for_what(there: dict[str, Any], obstacles: tuple, changing: str, said: str) -> None:
    compiled = rules(adoption="Approve")
    facts = replace(facts_of(case(there), compiled), scope=PASSES)
    plan = replace(decide(facts, compiled), shown="of ada@x.example")
    sentence = conclusion(facts, plan, Outlook(NOW, obstacles, meanwhile=plan.meanwhile))
    what = f"Taking over the resource of ada@x.example (it matches by userName; changing {changing})"
    passes = " Scoping filter 'Berlin' passes it." if plan.verb is not None else ""
    assert sentence == f"{what} {said}{passes}"


def test_with_manual_approval_nothing_goes_on() -> None:
    compiled = rules()
    facts = replace(facts_of(case(DIFFERS, owned=True), compiled), scope=PASSES)
    plan = decide(facts, compiled)
    outlook = Outlook(NOW, meanwhile=plan.stopped(Verdict(Reason.HELD, "")))
    assert conclusion(facts, plan, outlook) == "Update would be sent after approval. Scoping filter 'Berlin' passes it."
