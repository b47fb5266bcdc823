"""The fourteen scoping operators, their null rule, how filters combine, and what is refused."""

from __future__ import annotations

import pytest

from scim_operator.api.enums import DATE_OPERATORS, INTEGER_OPERATORS, LIST_OPERATORS, Operator
from scim_operator.api.mapping import ScopingFilter
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.core.scope.expression import compile_scope_expression
from scim_operator.core.scope.scope import Scoping, compile_scoping
from scim_operator.errors import InvalidSpec
from tools.measure.effort import A_SECOND, effort

DEPARTMENT = f"{ENTERPRISE_USER}:department"


def _clause(attribute: str, operator: str, value: str | None = None) -> dict:
    clause = {"attribute": attribute, "operator": operator}
    return clause if value is None else {**clause, "value": value}


def _filter(*clauses: dict, title: str = "One") -> ScopingFilter:
    return ScopingFilter.model_validate({"title": title, "clauses": clauses})


MORE = [
    ({"operator": "EQUALS_IGNORE_CASE", "value": "straße"}, "STRASSE", True, "folded as Unicode folds"),
    ({"operator": "NOT EQUALS_IGNORE_CASE", "value": "Sales"}, "SALES", False, "the same but for case"),
    ({"operator": "IN", "values": ["a", "b"]}, "b", True, "one of them"),
    ({"operator": "IN", "values": ["a", "b"]}, "B", False, "case-sensitive"),
    ({"operator": "NOT IN", "values": ["a", "b"]}, "c", True, "none of them"),
    ({"operator": "NOT IN", "values": ["a", "b"]}, "", False, "null is no value"),
    ({"operator": "NOT IN", "values": ["a", "b"], "whenNull": True}, "", True, "null is what the clause says"),
    ({"operator": "EQUALS", "value": "a", "whenNull": True}, "b", False, "a value is not null"),
    ({"operator": "STARTS_WITH", "value": "En"}, "Engines", True, "the beginning"),
    ({"operator": "NOT STARTS_WITH", "value": "En"}, "Engines", False, "the beginning"),
    ({"operator": "NOT ENDS_WITH", "value": "es"}, "Engines", False, "the end"),
    ({"operator": "NOT Includes", "value": "gin"}, "Engines", False, "somewhere"),
    ({"operator": "NOT Includes", "value": "gin"}, "Sales", True, "nowhere"),
    ({"operator": "Less_Than", "value": "10"}, "9", True, "numbers, and no texts"),
    ({"operator": "Less_Than", "value": "10"}, "10", False, "not less"),
    ({"operator": "Less_Than_OR_EQUALS", "value": "10"}, "10", True, "equal"),
    ({"operator": "Less_Than", "value": "10"}, "nine", False, "no integer"),
    ({"operator": "BEFORE", "value": "2026-12-31"}, "2026-12-30", True, "a day"),
    ({"operator": "BEFORE", "value": "2026-12-31"}, "2026-12-31T01:00:00+02:00", True, "an instant of the day before"),
    ({"operator": "AFTER", "value": "2026-12-31T00:00:00Z"}, "2027-01-01", True, "a day later"),
    ({"operator": "AFTER", "value": "2026-12-31"}, "soon", False, "no date"),
    ({"operator": "AFTER", "value": "2025-12-31"}, "20260101", False, "digits may be a number"),
    ({"operator": "AFTER", "value": "2025-12-31"}, "2026-W01-1", False, "a week is no date of RFC 3339"),
    ({"operator": "AFTER", "value": "2025-12-31"}, "2026-13-01", False, "there is no such month"),
    ({"operator": "AFTER", "value": "2025-12-31"}, "2026-01-01t00:00:00z", True, "RFC 3339 lets letters be small"),
    ({"operator": "AFTER", "value": "2025-12-31"}, "2026-01-01T00:00:00.5", True, "without an offset it is UTC"),
]


@pytest.mark.parametrize(("clause", "value", "passes", "reason"), MORE, ids=[row[-1] for row in MORE])
def test_operators_that_entra_lacks(clause: dict, value: object, passes: bool, reason: str) -> None:
    scoping = compile_scoping([_filter({"attribute": "title", **clause})])
    assert scoping.decide({"title": value}).in_scope is passes, reason


ROLES = {"roles": [{"value": "admin"}, {"value": "admin-test"}]}
QUANTIFIED = [
    ("Any", "ENDS_WITH", "-test", True, "one does"),
    ("All", "STARTS_WITH", "admin", True, "both do"),
    ("All", "ENDS_WITH", "-test", False, "one does not"),
    ("None", "EQUALS", "owner", True, "none does"),
    ("None", "EQUALS", "admin", False, "one does"),
    ("Any", "NOT EQUALS", "admin", True, "one is another"),
]


@pytest.mark.parametrize(("quantifier", "operator", "value", "passes", "reason"), QUANTIFIED)
def test_of_how_many_values(quantifier: str, operator: str, value: str, passes: bool, reason: str) -> None:
    clause = {"attribute": "roles.value", "operator": operator, "value": value, "quantifier": quantifier}
    assert compile_scoping([_filter(clause)]).decide(ROLES).in_scope is passes, reason
    assert not compile_scoping([_filter(clause)]).decide({}).in_scope, "null"


def _passes(attribute: str, operator: str, value: str | None, document: dict) -> bool:
    return compile_scoping([_filter(_clause(attribute, operator, value))]).decide(document).in_scope


OPERATORS = [
    ("EQUALS", "Engineering", "Engineering", True, "the same"),
    ("EQUALS", "Engineering", "engineering", False, "case-sensitive, though the attribute is not case-exact"),
    ("EQUALS", "True", True, True, "a boolean as Entra writes it"),
    ("EQUALS", "true", True, True, "a boolean as YAML writes it"),
    ("EQUALS", "7", 7, True, "a number by its digits"),
    ("NOT EQUALS", "Sales", "Engineering", True, "another"),
    ("NOT EQUALS", "Sales", "Sales", False, "the same"),
    ("NOT EQUALS", "sales", "Sales", True, "case-sensitive"),
    ("NOT EQUALS", "true", True, False, "a boolean has two spellings, and equals in either"),
    ("IS TRUE", None, True, True, "true"),
    ("IS TRUE", None, "True", True, "true as a text"),
    ("IS TRUE", None, False, False, "false"),
    ("IS TRUE", None, "yes", False, "no boolean"),
    ("IS FALSE", None, False, True, "false"),
    ("IS FALSE", None, "False", True, "false as a text"),
    ("IS FALSE", None, True, False, "true"),
    ("IS FALSE", None, 0, False, "no boolean"),
    ("IS NULL", None, "x", False, "there is a value"),
    ("IS NULL", None, False, False, "false is a value"),
    ("IS NOT NULL", None, "x", True, "there is a value"),
    ("IS NOT NULL", None, False, True, "false is a value"),
    ("REGEX MATCH", r".*\@domain.com", "ada@domain.com", True, "Entra's own sample"),
    ("REGEX MATCH", r".*\@domain.com", "ada@domain.com.evil", False, "the whole value must match"),
    ("REGEX MATCH", "([1-9][0-9])", "42", True, "Entra's sample: 10 to 99"),
    ("REGEX MATCH", "([1-9][0-9])", "142", False, "Entra's sample reads 10 to 99, so the whole value must match"),
    ("REGEX MATCH", "^a|b$", "ab", False, "alternatives are whole values too"),
    ("REGEX MATCH", "eng.*", "Eng", False, "case-sensitive"),
    ("REGEX MATCH", "(?i)eng.*", "Engineering", True, "unless the pattern says otherwise"),
    ("NOT REGEX MATCH", "Sales.*", "Engineering", True, "does not match"),
    ("NOT REGEX MATCH", "Sales.*", "Sales East", False, "matches"),
    ("Greater_Than", "10", "11", True, "more"),
    ("Greater_Than", "10", "10", False, "equal is not more"),
    ("Greater_Than", "10", 11, True, "a JSON number"),
    ("Greater_Than", "10", "9", False, "numbers, not texts"),
    ("Greater_Than", "-2", "-1", True, "below zero"),
    ("Greater_Than", "10", "eleven", False, "no integer"),
    ("Greater_Than", "10", "11.5", False, "integers only"),
    ("Greater_Than_OR_EQUALS", "10", "10", True, "equal"),
    ("Greater_Than_OR_EQUALS", "10", "9", False, "less"),
    ("Includes", "gin", "Engineering", True, "somewhere in it"),
    ("Includes", "GIN", "Engineering", False, "case-sensitive"),
    ("ENDS_WITH", "ing", "Engineering", True, "at the end"),
    ("ENDS_WITH", "Eng", "Engineering", False, "not at the end"),
    ("&", "DE,AT,CH", "AT", True, "the value is in the list"),
    ("&", "DE,AT,CH", "FR", False, "the value is not in the list"),
    ("!&", "DE,AT,CH", "FR", True, "the value is not in the list"),
    ("!&", "DE,AT,CH", "AT", False, "the value is in the list"),
]


@pytest.mark.parametrize(("operator", "operand", "value", "passes", "reason"), OPERATORS)
def test_operators(operator: str, operand: str | None, value: object, passes: bool, reason: str) -> None:
    assert _passes("title", operator, operand, {"title": value}) is passes, reason


def test_every_operator_is_in_the_table() -> None:
    beyond = {clause["operator"] for clause, *_ in MORE}
    assert {operator for operator, *_ in OPERATORS} | beyond == {operator.value for operator in Operator}


OPERANDS = {**dict.fromkeys(INTEGER_OPERATORS, "1"), **dict.fromkeys(DATE_OPERATORS, "2026-12-31")}
UNARY = {Operator.IS_TRUE, Operator.IS_FALSE, Operator.IS_NULL, Operator.IS_NOT_NULL}


@pytest.mark.parametrize("document", [{}, {"title": None}, {"title": ""}, {"title": []}], ids=repr)
@pytest.mark.parametrize("operator", Operator)
def test_null_passes_nothing_but_is_null(operator: Operator, document: dict) -> None:
    if operator in LIST_OPERATORS:
        scoping = compile_scoping([_filter({"attribute": "title", "operator": operator, "values": ["x"]})])
        assert not scoping.decide(document).in_scope
        return
    operand = None if operator in UNARY else OPERANDS.get(operator, "x")
    assert _passes("title", operator, operand, document) is (operator is Operator.IS_NULL)


PATHS = [
    (DEPARTMENT, "EQUALS", "Engines", True, "an extension's attribute"),
    ('addresses[type eq "work"].locality', "EQUALS", "Berlin", True, "a filtered element"),
    ('addresses[type eq "home"].locality', "EQUALS", "Berlin", False, "another element"),
    ("USERNAME", "EQUALS", "ada", True, "names in any case"),
    ("emails.value", "EQUALS", "b", True, "any value of several"),
    ("emails.value", "NOT EQUALS", "b", False, "none of several may equal"),
    ("emails.value", "NOT EQUALS", "c", True, "none equals"),
    ("emails", "IS NOT NULL", None, True, "a multi-valued attribute as a whole"),
    ("name", "IS NULL", None, True, "a complex attribute of nothing"),
    ("urn:example:2.0:User:badge", "IS NULL", None, True, "an unknown attribute"),
]


@pytest.mark.parametrize(("attribute", "operator", "operand", "passes", "reason"), PATHS, ids=[r for *_, r in PATHS])
def test_attributes(attribute: str, operator: str, operand: str | None, passes: bool, reason: str) -> None:
    document = {
        "userName": "ada",
        "name": {"givenName": ""},
        "emails": [{"value": "a"}, {"value": "b"}],
        "addresses": [{"type": "work", "locality": "Berlin"}],
        ENTERPRISE_USER: {"department": "Engines"},
    }
    assert _passes(attribute, operator, operand, document) is passes


def test_without_filters_everything_is_in_scope() -> None:
    decision = compile_scoping([]).decide({})
    assert (decision.in_scope, decision.reason) == (True, "NoFilters")
    assert compile_scoping([]).explain({}) == ()


ENGINEERS = _filter(
    _clause(DEPARTMENT, "EQUALS", "Engineering"),
    _clause('addresses[type eq "work"].locality', "EQUALS", "Berlin"),
    title="Engineers in Berlin",
)
ADMINS = _filter(_clause("title", "Includes", "Admin"), title="Admins")
SECRET = "Sauerkraut"
COMBINED = [
    ({ENTERPRISE_USER: {"department": "Engineering"}, "addresses": [{"type": "work", "locality": "Berlin"}]}, True),
    ({ENTERPRISE_USER: {"department": "Engineering"}}, False),
    ({"addresses": [{"type": "work", "locality": "Berlin"}]}, False),
    ({"title": "Admin"}, True),
    ({"title": SECRET}, False),
]


@pytest.mark.parametrize(("document", "in_scope"), COMBINED)
def test_clauses_are_anded_and_filters_are_ored(document: dict, in_scope: bool) -> None:
    scoping = compile_scoping([ENGINEERS, ADMINS])
    assert scoping.decide(document).in_scope is in_scope
    assert any(each.passed for each in scoping.explain(document)) is in_scope


def test_the_message_names_filter_and_clause_and_nothing_of_the_person() -> None:
    scoping = compile_scoping([ENGINEERS, ADMINS])
    decision = scoping.decide({ENTERPRISE_USER: {"department": "Engineering"}, "title": SECRET})
    assert decision.reason == "FilteredOut"
    assert "'Engineers in Berlin' fails at: addresses[type eq \"work\"].locality EQUALS Berlin" in decision.message
    assert "'Admins' fails at: title Includes Admin" in decision.message
    assert SECRET not in decision.message
    assert scoping.decide({"title": "Admin"}).message == "Scoping filter 'Admins' passes it."


def test_explain_shows_every_clause_without_values() -> None:
    document = {ENTERPRISE_USER: {"department": SECRET}}
    engineers, admins = compile_scoping([ENGINEERS, ADMINS]).explain(document)
    assert [(clause.assigned, clause.passed) for clause in engineers.clauses] == [(True, False), (False, False)]
    assert (engineers.title, admins.clauses[0].operator, admins.clauses[0].operand) == (
        "Engineers in Berlin",
        "Includes",
        "Admin",
    )
    assert SECRET not in repr((engineers, admins))


REFUSED = [
    (_clause("title", "REGEX MATCH", "(unclosed"), "RE2", "a broken pattern"),
    (_clause("title", "REGEX MATCH", "(?=look)"), "look-around", ".NET's look-ahead is not linear"),
    (_clause("title", "NOT REGEX MATCH", r"(a)\1"), "back-references", "nor are back-references"),
    (_clause("title", "Greater_Than", "ten"), "integer", "the operand is no integer"),
    (_clause("title", "Greater_Than_OR_EQUALS", "1.5"), "integer", "the operand is no integer"),
    (_clause("title", "EQUALS"), "give one in value", "the operand is missing"),
    (_clause("title", "Includes", ""), "give one in value", "every text includes the empty one"),
    (_clause("name", "EQUALS", "x"), r"name\.formatted", "a complex attribute has no text"),
    (_clause("emails", "Includes", "x"), r"emails\.value", "nor has one with several values"),
    (_clause("emails[type eq work]", "EQUALS", "x"), "position 16", "a broken path"),
]


@pytest.mark.parametrize(("clause", "fix", "reason"), REFUSED, ids=[reason for *_, reason in REFUSED])
def test_a_bad_clause_is_refused_by_name(clause: dict, fix: str, reason: str, capfd: pytest.CaptureFixture) -> None:
    good = {"attribute": "title", "operator": "IS NOT NULL"}
    scoping_filter = ScopingFilter.model_construct(
        title="Two", clauses=tuple(_construct(each) for each in (good, clause))
    )
    with pytest.raises(InvalidSpec, match=fix) as caught:
        compile_scoping([scoping_filter], field="spec.groups.filters")
    assert str(caught.value).startswith("spec.groups.filters: filter 'Two', clause 2: ")
    assert capfd.readouterr() == ("", ""), "the regular expressions' library keeps quiet"


def _construct(clause: dict) -> object:
    """A clause past the API's own checks, as a hand or an older CRD may leave it in the cluster."""
    return type(ENGINEERS.clauses[0]).model_construct(**{"value": None, **clause})


def test_a_regular_expression_runs_in_linear_time() -> None:
    scoping = compile_scoping([_filter(_clause("title", "REGEX MATCH", "(a+)+b"))])
    with effort() as taken:
        assert not scoping.decide({"title": "a" * 50_000}).in_scope
    assert taken.loops < A_SECOND, "a backtracking matcher would not come back"


def _by_expression(text: str, *filters: ScopingFilter) -> Scoping:
    expression = compile_scope_expression(text, "spec.users.expression", ["user"])
    return compile_scoping(filters, expression=expression)


BOTH = [
    ("true", "Sales", (False, "FilteredOut", False), "a filter refuses: the expression is not asked"),
    ("true", "Research", (True, "FilterPassed", False), "both pass"),
    ("false", "Research", (False, "FilteredOut", False), "the expression refuses"),
    ("user.title.startsWith('x')", "Research", (False, "Undecided", True), "the expression fails: no one knows"),
    (
        "user.title.startsWith('x')",
        "Sales",
        (False, "FilteredOut", False),
        "a filter refuses whatever the expression would say",
    ),
]


@pytest.mark.parametrize(("text", "department", "expected", "why"), BOTH, ids=[row[-1] for row in BOTH])
def test_an_expression_must_hold_beside_the_filters(
    text: str, department: str, expected: tuple[bool, str, bool], why: str
) -> None:
    document = {ENTERPRISE_USER: {"department": department}}
    decision = _by_expression(text, _filter(_clause(DEPARTMENT, "EQUALS", "Research"))).decide(document)
    assert (decision.in_scope, decision.reason, decision.undecided) == expected, why


def test_an_expression_alone_decides_and_says_where_it_stands() -> None:
    assert _by_expression("true").decide({}).reason == "NoFilters"
    refused = _by_expression("false").decide({})
    assert refused.message == "spec.users.expression does not pass it."
    assert (
        "spec.users.expression fails for this object" in _by_expression("user.title.startsWith('x')").decide({}).message
    )
