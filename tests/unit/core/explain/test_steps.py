"""The steps of an explanation under their names, whole: outcome, details and their order."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.explain import explanation
from scim_operator.core.explain.explanation import Beside, Search, Step, cut
from scim_operator.core.expressions.frame import Activation
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.wording import REDACTED
from tests.support.deciding import ADA, MANIFEST, OUT, THERE, Case, entry, facts_of, rules

USER_NAME = parse("userName")
RULES = rules()


def case(there: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("", None, Reason.PROVISIONED, there, **more)


def facts(there: dict[str, Any] | None = None, **more: Any) -> Any:
    return facts_of(case(there, **more), RULES)


def test_import() -> None:
    subject = "scimuser/ada of namespace identity"
    assert explanation.imported(facts()) == Step("Import", subject, ("generation 2",))
    grouped = explanation.imported(facts(), ["a", "b"])
    assert grouped == Step("Import", subject, ("generation 2", "in the groups a, b"))


def test_config_and_connection() -> None:
    assert explanation.configured(()) == Step("Config", "sends")
    assert explanation.connected("https://x") == Step("Connection", "reached", ("https://x",))
    refused = explanation.connected("https://x", "Unauthorized", "401.")
    assert refused == Step("Connection", "not reached (Unauthorized)", ("https://x", "401."))


CLAUSES = [
    {"attribute": "title", "operator": "EQUALS", "value": "Analyst"},
    {"attribute": "nickName", "operator": "IS NOT NULL"},
]
SCOPE = {"filters": [{"title": "Staff", "clauses": CLAUSES}], "expression": "user.active"}


def test_scope() -> None:
    compiled = rules(**SCOPE)
    found = facts_of(case(), compiled)
    activation = Activation(user=found.record.document)
    expected = (
        "assigned by userRef ada",
        "no  filter 'Staff'",
        "  yes title EQUALS Analyst",
        "  no  nickName IS NOT NULL (the attribute has no value)",
        "yes spec.users.expression",
    )
    assert explanation.scoped(found, compiled.scoping, activation, ["userRef ada"]) == Step(
        "Scope", "in scope", expected
    )
    out = replace(found, scope=OUT)
    assert explanation.scoped(out, compiled.scoping, activation) == Step(
        "Scope", "out of scope (NotAssigned)", ("Not assigned.", *expected[1:])
    )


ONE = Search(found=((USER_NAME, 1),))
MATCHED = [
    (facts(), Search(), "nothing at the service", ()),
    (facts(), ONE, "nothing at the service", ("userName: 1 at the service",)),
    (facts(wanted=False), ONE, "nothing of ours at the service", ("userName: 1 at the service",)),
    (facts(wanted=False), Search(found=((USER_NAME, 0),)), "nothing at the service", ("userName: 0 at the service",)),
    (
        facts(entry=entry()),
        Search(gone="1"),
        "nothing at the service",
        ("recorded id: 1, which the service no longer has", "recorded id: 1"),
    ),
    (
        facts(),
        Search(rivals={}, unasked="You may not read others."),
        "nothing at the service",
        ("no other manifest of this namespace claims the same", "You may not read others."),
    ),
    (facts(THERE, owned=True), Search(), "1, by userName: ours", ()),
]


@pytest.mark.parametrize(("found", "search", "outcome", "details"), MATCHED)
def test_match(found: Any, search: Search, outcome: str, details: tuple[str, ...]) -> None:
    assert explanation.matched(found, RULES, search) == Step("Match", outcome, details)


def test_a_kind_that_is_switched_off_is_not_asked_about() -> None:
    off = replace(RULES, enabled=False)
    expected = Step("Match", "not asked, as no request is sent for this kind")
    assert explanation.matched(facts(), off, Search()) == expected


def test_mapping() -> None:
    failing = replace(facts(), fault="It fails.")
    assert explanation.mapped(failing, RULES) == Step("Mapping", "an expression fails", ("It fails.",))
    assert explanation.mapped(facts(wanted=False), RULES) == Step("Mapping", "not wanted at the service")


ORIGINS = [
    ({"target": "title", "source": "title"}, "title = 'Analyst' (source): equal"),
    (
        {"target": "title", "source": "name.givenName"},
        "title = 'Ada' (source name.givenName): differs; the service has 'Analyst'",
    ),
    ({"target": "title", "constant": "Analyst"}, "title = 'Analyst' (constant): equal"),
    ({"target": "title", "expression": "'Ana' + 'lyst'"}, "title = 'Analyst' (expression): equal"),
    (
        {"target": "active", "constant": "false"},
        "active = False (constant): differs; the service has True",
    ),
    ({"target": "nickName", "constant": "x"}, "nickName = 'x' (constant): differs; the service has nothing"),
]


@pytest.mark.parametrize(("mapping", "line"), ORIGINS, ids=[line for _, line in ORIGINS])
def test_where_a_value_comes_from(mapping: dict[str, Any], line: str) -> None:
    compiled = rules(mappings=[mapping])
    step = explanation.mapped(facts_of(case(THERE, owned=True), compiled), compiled)
    assert step.name == "Mapping"
    assert line in step.details


def test_each_attribute_stands_beside_what_the_service_has() -> None:
    sensitive = {"target": "nickName", "constant": "secret", "sensitive": True}
    compiled = rules(mappings=[{"target": "title", "source": "name.givenName"}, sensitive])
    found = {each.attribute: each for each in explanation.beside(facts_of(case(THERE, owned=True), compiled), compiled)}
    assert found["title"] == Beside("title", "'Ada'", "'Analyst'", "differs")
    assert found["nickName"] == Beside("nickName", REDACTED, "nothing", "differs")


def test_where_it_is_not_wanted_what_the_service_has_is_still_shown() -> None:
    found = explanation.beside(facts(THERE, wanted=False), RULES)
    assert ("title", "nothing", "'Analyst'", "not wanted at the service") in [astuple(each) for each in found]
    assert explanation.beside(replace(facts(), fault="It fails."), RULES) == ()


def test_before_it_is_there_nothing_is_compared_with_the_service() -> None:
    step = explanation.mapped(facts(), RULES)
    assert "title = 'Analyst' (source): differs" in step.details
    assert step.outcome == f"{len(facts().desired)} of {len(facts().desired)} attributes differ"


def plan(verb: Verb | None, *changes: AttributeChange, **more: Any) -> Plan:
    return Plan(ADA, Verdict(Reason.PROVISIONED, "Done."), verb, changes=changes, **more)


CHANGES = [
    (AttributeChange(parse("title"), "Pirate", "Analyst"), "title: 'Pirate' -> 'Analyst'"),
    (AttributeChange(parse("title"), MISSING, "Analyst"), "title: nothing -> 'Analyst'"),
    (AttributeChange(parse("title"), "Pirate", CLEARED), "title: 'Pirate' -> nothing"),
    (AttributeChange(parse("active"), old=True, new=False), "active: True -> False"),
    (AttributeChange(parse("title"), "", "Analyst"), "title: nothing -> 'Analyst'"),
]


@pytest.mark.parametrize(("change", "line"), CHANGES, ids=[line for _, line in CHANGES])
def test_plan(change: AttributeChange, line: str) -> None:
    step = explanation.planned(plan(Verb.UPDATE, change), RULES, 0)
    assert step == Step("Plan", "Update (Provisioned)", ("afterwards: Done.", line))


def test_a_plan_without_a_request() -> None:
    waiting = plan(None, pending=("a", "b"))
    step = explanation.planned(waiting, RULES, 0, {"b": "not there"})
    assert step == Step("Plan", "nothing to send (Provisioned)", ("Done.", "waits for a", "waits for b: not there"))


def test_members_by_their_manifest_or_their_id() -> None:
    step = explanation.planned(
        plan(Verb.UPDATE, member_adds=(Member("1", name="ada"),), member_removals=(Member("2"),)), RULES, 0
    )
    assert step.details == ("afterwards: Done.", "+ member ada", "- member 2")


@pytest.mark.parametrize(
    ("most", "shown"),
    [(0, ("a", "b", "c")), (3, ("a", "b", "c")), (4, ("a", "b", "c")), (2, ("a", "b", "and 1 more"))],
)
def test_a_list_is_cut_with_the_number_of_the_rest(most: int, shown: tuple[str, ...]) -> None:
    assert cut(["a", "b", "c"], most) == shown


WORK = 'emails[type eq "work"]'
SENSITIVE = rules(
    mappings=[{"target": f"{WORK}.value", "ignore": True}, {"target": WORK, "source": WORK, "sensitive": True}]
)
SECRET = [{"type": "work", "value": "secret@x"}, {"type": "home", "value": "home@x"}]


def test_of_an_element_that_is_sensitive_what_selects_it_stays() -> None:
    shown = explanation.concealed({**MANIFEST, "emails": SECRET}, SENSITIVE)
    assert shown == {
        **MANIFEST,
        "emails": [{"type": "work", "value": "[Redact]"}, {"type": "home", "value": "home@x"}],
    }
    assert SECRET[0]["value"] == "secret@x", "a copy is shown"


def test_what_is_not_sensitive_is_shown_as_it_is() -> None:
    document = {**MANIFEST, "title": "Analyst"}
    assert explanation.concealed(document, RULES) is document
    assert explanation.concealed(None, SENSITIVE) is None
    title = rules(mappings=[{"target": "title", "source": "title", "sensitive": True}])
    assert explanation.concealed(document, title) == {**document, "title": "[Redact]"}
    without = {name: value for name, value in document.items() if name != "title"}
    assert explanation.concealed(without, title) == without, "what is not there does not appear"


def test_a_redacted_plan_keeps_what_it_clears_and_what_is_not_sensitive() -> None:
    title = rules(mappings=[{"target": "title", "source": "title", "sensitive": True}])
    cleared = AttributeChange(parse("title"), "a", CLEARED)
    secret, plain = AttributeChange(parse("title"), "a", "b"), AttributeChange(parse("nickName"), "a", "b")
    shown = explanation.redacted(plan(Verb.UPDATE, cleared, secret, plain, document=dict(MANIFEST)), title)
    assert shown.changes == (cleared, replace(secret, new="[Redact]"), plain)
    assert shown.document == {**MANIFEST, "title": "[Redact]"}
    assert explanation.planned(plan(Verb.UPDATE, secret), title, 0).details[1] == "title: [Redact]"
