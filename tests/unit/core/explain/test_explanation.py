"""The steps of an explanation, as values: what each says of facts, plan and config, and what it never shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.stored import fingerprint
from scim_operator.core.explain import explanation
from scim_operator.core.explain.explanation import Search
from scim_operator.core.explain.obstacles import Obstacle
from scim_operator.core.expressions.frame import Activation
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member
from scim_operator.core.records.dates import Window
from scim_operator.core.records.status import Reason, Reformatted
from scim_operator.core.scope.scope import ScopeDecision
from tests.support.deciding import DIFFERS, EVE, MANIFEST, THERE, Case, entry, facts_of, rules

BOB = ObjectKey(Kind.USER, "identity", "bob")
USER_NAME = parse("userName")
SECRET = "4711-secret"


def case(there: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("", None, Reason.PROVISIONED, there, **more)


def test_the_import_says_what_provisioning_cares_about() -> None:
    facts = facts_of(case(manifest={**MANIFEST, "active": False}, deleting=True), rules())
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    reported = explanation.imported(replace(facts, record=replace(facts.record, suspended=True, window=window)))
    assert reported.outcome == "scimuser/ada of namespace identity"
    assert reported.details == (
        "generation 2",
        "it is being deleted",
        "spec.suspend is true: nothing is sent for it",
        "active is false",
        "notBefore 2026-01-01T00:00:00Z",
        "notAfter 2027-01-01T00:00:00Z",
    )


def test_a_config_that_sends_nothing_says_why_the_gravest_first() -> None:
    assert explanation.configured(()).outcome == "sends"
    reported = explanation.configured((Obstacle("Quarantined", "One.", ""), Obstacle("Planned", "Two.", "")))
    assert reported.outcome == "sends nothing (Quarantined)"
    assert reported.details == ("One.", "Two.")


def test_the_connection_is_reported_with_its_reason() -> None:
    assert explanation.connected("https://x.example").outcome == "reached"
    reported = explanation.connected("https://x.example", "Unauthorized", "Write a new token.")
    assert reported.outcome == "not reached (Unauthorized)"
    assert reported.details == ("https://x.example", "Write a new token.")


@dataclass(frozen=True)
class Scoped:
    """A scope, why it is here, the outcome, and the details that must be there."""

    why: str
    outcome: str
    details: tuple[str, ...] = ()
    scope: ScopeDecision = field(default_factory=lambda: ScopeDecision(in_scope=True, reason="", message=""))
    rules: dict[str, Any] = field(default_factory=dict)
    assigned: tuple[str, ...] = ()


FAILING = {"expression": "int(user.title) > 1"}
FILTER = {
    "filters": [{"title": "Pirates", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "Pirate"}]}]
}
SCOPES = [
    Scoped(
        "who is in by an assignment is told which", "in scope", ("assigned by groupRef a",), assigned=("groupRef a",)
    ),
    Scoped(
        "each clause of a filter that fails",
        "out of scope (FilteredOut)",
        ("no  filter 'Pirates'", "  no  title EQUALS Pirate"),
        ScopeDecision(in_scope=False, reason="FilteredOut", message="No scoping filter passes it."),
        FILTER,
    ),
    Scoped(
        "what cannot be known is neither in nor out",
        "cannot be known: it stays as it is",
        ("?   spec.users.expression fails for this object",),
        ScopeDecision(in_scope=False, reason="Undecided", message="It fails.", undecided=True),
        FAILING,
    ),
    Scoped(
        "an expression that fails is no reason to explain nothing, where a filter has decided",
        "out of scope (FilteredOut)",
        ("no  filter 'Pirates'", "?   spec.users.expression fails for this object"),
        ScopeDecision(in_scope=False, reason="FilteredOut", message="No scoping filter passes it."),
        {**FILTER, **FAILING},
    ),
]


@pytest.mark.parametrize("scoped", SCOPES, ids=lambda scoped: scoped.why)
def test_the_scope_is_reported_clause_by_clause(scoped: Scoped) -> None:
    compiled = rules(**scoped.rules)
    facts = replace(facts_of(case(), compiled), scope=scoped.scope)
    activation = Activation(user=facts.record.document)
    reported = explanation.scoped(facts, compiled.scoping, activation, scoped.assigned)
    assert reported.outcome == scoped.outcome
    assert set(scoped.details) <= set(reported.details)


@dataclass(frozen=True)
class Matched:
    """A match, why it is here, the outcome, and the details."""

    why: str
    case: Case
    outcome: str
    details: tuple[str, ...]
    search: Search = field(default_factory=Search)
    by: str = "userName"


MATCHES = [
    Matched(
        "nothing, and nobody else wants it",
        case(),
        "nothing at the service",
        ("no other manifest claims the same",),
        Search(rivals={}),
    ),
    Matched(
        "ours: that nobody was asked anew is said",
        case(THERE, owned=True, entry=entry()),
        "1, by id: ours",
        ("recorded id: 1", "no other manifest claims the same, as the operator saw last"),
        by="id",
    ),
    Matched(
        "no one's",
        case(THERE),
        "1, by userName: no one's, and taken over by approval alone: adoption is Approve",
        (),
    ),
    Matched(
        "no one's, for the taking",
        case(THERE, rules={"adoption": "IfUnowned"}),
        "1, by userName: no one's, and taken over: adoption is IfUnowned",
        (),
    ),
    Matched(
        "somebody else's mark",
        case(THERE, match={"other": "the owner team-b"}),
        "1, by userName: it carries the mark of the owner team-b",
        (),
    ),
    Matched(
        "no one's, and it stays so",
        case(THERE, rules={"adoption": "Never"}),
        "1, by userName: no one's, and left so: adoption is Never",
        (),
    ),
    Matched(
        "another's: who, and how that is known",
        case(THERE, match={"owner": EVE}),
        "1, by userName: scimuser/eve's",
        ("scimuser/eve has the same userName and has that resource on record",),
        Search(rivals={EVE: ("id", "userName")}),
    ),
    Matched(
        "rivals for what is not there yet, in order",
        case(rivals=(BOB, EVE)),
        "nothing at the service",
        ("scimuser/bob has the same userName", "scimuser/eve has the same externalId and userName"),
        Search(rivals={EVE: ("externalId", "userName"), BOB: ("userName",)}),
    ),
    Matched(
        "several: which, so that somebody can look",
        case(match={"ambiguous": ("1", "2")}),
        "several resources, by userName",
        ("userName: 2 at the service", "1", "2"),
        Search(found=((USER_NAME, 2),)),
    ),
    Matched(
        "an id that the service no longer has",
        case(),
        "nothing at the service",
        ("recorded id: 9, which the service no longer has",),
        Search(gone="9"),
    ),
    Matched(
        "the caller may not read the others: that is not the same as there being none",
        case(),
        "nothing at the service",
        ("You may not.",),
        Search(unasked="You may not."),
    ),
]


@pytest.mark.parametrize("matched", MATCHES, ids=lambda matched: matched.why)
def test_the_match_is_reported_with_whose_it_is(matched: Matched) -> None:
    compiled = rules(**matched.case.rules)
    facts = facts_of(matched.case, compiled)
    facts = replace(facts, match=replace(facts.match, by=matched.by))
    reported = explanation.matched(facts, compiled, matched.search)
    assert reported.outcome == matched.outcome
    assert reported.details == matched.details


def reformatted(path: str, sent: str, got: str) -> tuple[Reformatted, ...]:
    [change] = changes({parse(path): sent}, {path: got})
    return (Reformatted(*fingerprint(change)),)


UPPER = {**THERE, "title": "ANALYST."}
OWN_FORM = entry(reformatted=reformatted("title", "Analyst", "ANALYST."))


@dataclass(frozen=True)
class Mapped:
    """An attribute beside the service's, why it is here, its line, and how many attributes differ."""

    why: str
    case: Case
    line: str
    differing: int


ATTRIBUTES = [
    Mapped("equal", case(THERE, owned=True), "title = 'Analyst' (source): equal", 0),
    Mapped("differs", case(DIFFERS, owned=True), "title = 'Analyst' (source): differs; the service has 'Pirate'", 1),
    Mapped(
        "reformatted: no drift, and not equal either",
        case(UPPER, owned=True, entry=OWN_FORM),
        "title = 'Analyst' (source): the service keeps it in a form of its own; the service has 'ANALYST.'",
        0,
    ),
    Mapped(
        "reformatted once, and edited by hand since: it differs",
        case({**THERE, "title": "Pirate"}, owned=True, entry=OWN_FORM),
        "title = 'Analyst' (source): differs; the service has 'Pirate'",
        1,
    ),
    Mapped(
        "immutable at the service: it differs, and nothing mends that",
        case({**THERE, "externalId": "old"}, owned=True),
        "externalId = 'identity/ada' (source): the service keeps it as first set; the service has 'old'",
        0,
    ),
    Mapped(
        "taken out of the manifest: what was ours goes",
        case({**THERE, "nickName": "Ada"}, owned=True, entry=entry(applied=("nickName",))),
        "nickName: applied before and absent now, to be taken away; the service has 'Ada'",
        1,
    ),
    Mapped(
        "never ours: it stays",
        case({**THERE, "nickName": "Ada"}, owned=True),
        "nickName: not managed; the service has 'Ada'",
        0,
    ),
    Mapped(
        "for creation only",
        case(
            {**THERE, "nickName": "Ada"},
            owned=True,
            rules={"mappings": [{"target": "nickName", "constant": "x", "apply": "OnCreate"}]},
        ),
        "nickName: only on creation; the service has 'Ada'",
        0,
    ),
    Mapped(
        "what the service never shows is not called equal",
        case(THERE, owned=True, rules={"mappings": [{"target": "password", "constant": "x", "sensitive": True}]}),
        "password = [Redact] (constant): not compared, for the service never shows it",
        0,
    ),
]


@pytest.mark.parametrize("mapped", ATTRIBUTES, ids=lambda mapped: mapped.why)
def test_each_attribute_is_reported_beside_the_service(mapped: Mapped) -> None:
    compiled = rules(**mapped.case.rules)
    facts = facts_of(mapped.case, compiled)
    reported = explanation.mapped(facts, compiled)
    assert mapped.line in reported.details
    assert reported.outcome == f"{mapped.differing} of {len(facts.desired or {})} attributes differ"
    assert len(decide(facts, compiled).changes) == mapped.differing, "the step and the plan agree"


def test_what_is_not_wanted_or_fails_has_no_attributes() -> None:
    compiled = rules()
    assert explanation.mapped(facts_of(case(wanted=False), compiled), compiled).outcome == "not wanted at the service"
    failing = replace(facts_of(case(), compiled), fault="It fails.")
    assert explanation.mapped(failing, compiled).details == ("It fails.",)


def test_a_plan_names_members_by_their_manifests_and_is_cut() -> None:
    compiled = rules()
    plan = decide(facts_of(case(DIFFERS, owned=True), compiled), compiled)
    adds = tuple(Member(str(number), name=f"scimuser/u{number}") for number in range(30))
    plan = replace(plan, member_adds=adds, member_removals=(Member("77"),), pending=("scimuser/late",))
    reported = explanation.planned(plan, compiled, 3)
    assert reported.outcome == "Update (Provisioned)"
    assert reported.details == (
        "afterwards: The service holds it as mapped.",
        "title: 'Pirate' -> 'Analyst'",
        "+ member scimuser/u0",
        "and 31 more",
    )
    why = {"scimuser/late": "out of scope (NotYet)"}
    last = explanation.planned(plan, compiled, 0, why).details[-2:]
    assert last == ("- member 77", "waits for scimuser/late: out of scope (NotYet)")


def test_nothing_sensitive_enters_a_step() -> None:
    compiled = rules(mappings=[{"target": "title", "source": "title", "sensitive": True}])
    secret, other = {**MANIFEST, "title": SECRET}, {**THERE, "title": f"{SECRET}-2"}
    facts = facts_of(case(other, owned=True, manifest=secret), compiled)
    plan = decide(facts, compiled)
    steps = (explanation.mapped(facts, compiled), explanation.planned(plan, compiled, 0))
    assert SECRET not in str(steps)
    assert SECRET not in str(explanation.redacted(plan, compiled).changes[0].new)
    assert SECRET not in str(explanation.concealed(other, compiled))
