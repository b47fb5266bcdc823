"""Compiling expressions, what they read, how null behaves, and how each mistake is told."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.expressions import MISSING, Activation, Result, Root, compile  # noqa: A004
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP
from scim_operator.errors import InvalidSpec

ADA = {
    "userName": "ada@corp.example",
    "active": True,
    "title": "Senior Analyst",
    "nickName": "",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [
        {"type": "work", "value": "ada@corp.example", "primary": True},
        {"type": "home", "value": "ada@home.example"},
    ],
    ENTERPRISE_USER: {"department": "Engineering", "manager": {"value": "charles"}},
    "urn:example:2.0:User": {"badge": "B-17", "floor": 3},
}
ACTIVATION = Activation(
    user=ADA,
    group={"displayName": "Compilers", WS1B_GROUP: {"domain": "corp.example"}},
    groups=("engineering", "compilers"),
    roles=("admin",),
    config={"name": "vmware"},
)
ALL = [root.value for root in Root]


def value(text: str) -> Any:
    return compile(text, variables=ALL).evaluate(ACTIVATION)


VALUES = [
    ("user.active && !('contractors' in groups)", True, "the contract's first example"),
    ("Join(' ', [user.name.givenName, user.name.familyName])", "Ada Lovelace", "the contract's second"),
    ("user.enterprise.department == 'Engineering'", True, "an extension by its manifest name"),
    (f"user['{ENTERPRISE_USER}'].department", "Engineering", "an extension by its URN"),
    ("user['urn:example:2.0:User'].floor + 1", 4, "an extension that no schema here knows"),
    ("user.extensions['urn:example:2.0:User'].badge", "B-17", "the same as the manifest writes it"),
    ("group.ws1b.domain", "corp.example", "an extension of a group"),
    ("user.enterprise.manager.value", "charles", "a part of a complex attribute"),
    ("user.emails.filter(e, e.type == 'home')[0].value", "ada@home.example", "one of several values"),
    ("user.emails.exists(e, e.primary)", True, "whether any value is so; the second has no primary"),
    ("user.emails.map(e, e.type)", ["work", "home"], "a list as the result"),
    ("size(groups)", 2, "how many groups"),
    ("roles[0]", "admin", "a role"),
    ("config.name", "vmware", "of the config"),
    ("{'formatted': user.title}", {"formatted": "Senior Analyst"}, "an object as the result"),
    ("user.title.matches('^Senior')", True, "a regular expression"),
    ("user.userName.split('@')[1]", "corp.example", "CEL's split, of the strings extension"),
    ("user.title.lowerAscii().replace('senior', 'sr')", "sr analyst", "CEL's string functions"),
    ("user.userName.find('@.*')", "@corp.example", "Kubernetes' find"),
    ("user.userName.findAll('[a-z]+', 2)", ["ada", "corp"], "Kubernetes' findAll"),
    ("regex.replace(user.userName, '@(.*)', '/$1')", "ada/corp.example", "groups in a replacement"),
    ("'%s (%d)'.format([user.title, size(groups)])", "Senior Analyst (2)", "format"),
    ("groups.sort()", ["compilers", "engineering"], "sort"),
    ("['b', 'a', 'b'].distinct()", ["b", "a"], "distinct"),
    ("sets.contains(groups, ['compilers'])", True, "sets"),
    ("[[1], [2, [3]]].flatten()", [1, 2, [3]], "flatten goes one level down"),
    ("[3, 1, 2].sortBy(n, -n)", [3, 2, 1], "sortBy"),
    ("cel.bind(d, user.enterprise.department, d + '/' + d)", "Engineering/Engineering", "a name for a part"),
    ("timestamp('2026-12-01T00:00:00Z') + duration('36h')", "2026-12-02T12:00:00Z", "a timestamp as JSON"),
    ("timestamp('2026-12-01T01:00:00+02:00').getDate()", 30, "parts of a timestamp are in UTC"),
    ("math.greatest(1, 3, 2)", 3, "mathematics"),
    ("7 / -2", -3, "integers divide towards zero"),
    ("-7 % 3", -1, "the remainder has the sign of the left"),
    ("dyn(1) == dyn(1.0)", True, "numbers equal by value"),
    ("dyn(true) == dyn(1)", False, "a boolean is no number"),
    ("type(user.title) == string", True, "types are values"),
    (
        r"r'has(user.x) \d' + 'has(user.y)'",
        r"has(user.x) \dhas(user.y)",
        "texts keep what looks like has, raw ones too",
    ),
    ("has( user.title) // has(user.x)", True, "a comment"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), VALUES)
def test_value(text: str, expected: Any, reason: str) -> None:
    found = value(text)
    assert found == expected, reason
    assert type(found) is type(expected), reason


ABSENT = [
    ("user.locale", None, "an absent attribute has no value"),
    ("user.enterprise.costCenter", None, "nor has one of an extension"),
    ("user.ws1b.domain", None, "nor one of an absent extension"),
    ("user['urn:other'].x.y.z", None, "however deep"),
    ("user.locale == 'de'", False, "which equals nothing"),
    ("user.locale == null", True, "but null"),
    ("has(user.title)", True, "has asks whether there is a value"),
    ("has(user.locale)", False, "absent"),
    ("has(user.nickName)", False, "empty is unassigned (RFC 7643 section 2.5)"),
    ("has(user.enterprise.manager.displayName)", False, "a part that is absent"),
    ("has(user.name.givenName) && user.title == 'x'", False, "has inside a typed expression"),
    ("user.phoneNumbers.exists(p, p.type == 'work')", False, "an absent multi-valued attribute is empty"),
    ("size(user.phoneNumbers)", 0, "and has no elements"),
    ("user.phoneNumbers.all(p, p.primary)", True, "and all of none are so"),
    ("'x' in user.emails.map(e, e.value)", False, "in"),
    ("user.locale.startsWith('d') || user.active", True, "one side of || may fail where the other decides"),
    ("user.locale.startsWith('d') && !user.active", False, "so may one of &&"),
    ("user.emails.exists(e, e.display.startsWith('x') || e.type == 'home')", True, "in macros too"),
    ("Coalesce(user.locale, user.preferredLanguage, 'en')", "en", "the first with a value"),
    ("Append(user.locale, '-x')", None, "a function of no value has none"),
    ("IgnoreFlowIfNullOrEmpty(user.locale)", MISSING, "left out of the flow"),
    ("IIF(user.active, IgnoreFlowIfNullOrEmpty(user.nickName), 'x')", MISSING, "in a branch that is the result"),
    ("user.active ? IgnoreFlowIfNullOrEmpty(user.nickName) : 'x'", MISSING, "in CEL's own"),
    ("Coalesce(IgnoreFlowIfNullOrEmpty(user.nickName), 'x')", "x", "inside another function it is null"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), ABSENT)
def test_no_value(text: str, expected: Any, reason: str) -> None:
    assert value(text) is expected if expected in (None, MISSING) else value(text) == expected, reason


REFUSED = [
    ("", "is empty", "nothing"),
    ("user.titel == 'x'", "line 1, column 5: user has no attribute titel; did you mean title?", "a typing error"),
    ("user.name.givenname", "user.name has no attribute givenname; did you mean givenName?", "names have a case"),
    ("has(user.titel)", "did you mean title", "also in has"),
    ("user.enterprise.team", "it has costCenter, department", "an attribute that an extension lacks"),
    ("user.groups", "ask the variable groups", "read-only, and elsewhere"),
    ("group.members", "members are other objects", "not in the document"),
    ("user.title +\n  user.active", "line 1, column 12: + does not take string, bool", "types, with the place"),
    ("groups[0] == 1\n  || usr.active", "line 1, column 11: == does not take string, int", "the first mistake"),
    ("'ä🙂' +\n  'x' + 1", "line 2, column 7", "columns count characters"),
    ("usr.title", "There is no variable or function usr", "an unknown variable"),
    ("useR.title", "There is no variable useR; write user", "a name that is ours"),
    ("groups.map(user, user)", "name the element otherwise", "an element named like a variable"),
    ("mid('x', 1, 1)", "case-sensitive, write Mid", "functions have a case"),
    ("Mid('x', 1)", "write Mid(source: text, start: int, length: int)", "too few arguments"),
    ("Mid('x', '1', 1)", "gives Mid string, string, int; write Mid(", "an argument of another type"),
    ("user.emails.value", "choose an element first", "several values"),
    ("Switch(user.title, 'a', 'b')", "pairs", "a key without value"),
    ("Replace('x', 'a', 'b', null, 'c')", "Replace: give oldValue with", "two modes at once"),
    ("Replace('x', null, '(a', null, 'c')", "column 20: This is no regular expression", "an open group"),
    ("Replace('x', null, '(?=a)', null, 'c')", "no look-around", "what RE2 does not have"),
    ("Replace('x', null, '(?<a>x)', 'b', 'c')", "names no group", "a group that is not there"),
    ("user.title.matches('[')", "no regular expression", "in matches too"),
    ("Append(SelectUniqueValue('a', 'b'), 'c')", "outermost only", "nested"),
    ("SelectUniqueValue('a')", "at least two", "only one rule"),
    ("1u + 2u", "Unsigned numbers are not offered", "no such thing in SCIM"),
    ("b'x'", "Bytes are not offered", "nor such"),
    ("google.protobuf.Struct{}", "Messages are not offered", "nor such"),
    ("bytes('x')", "bytes is not offered here", "a function of CEL that makes no sense here"),
    ("user.title ==", "Syntax error: mismatched input '<EOF>'; correct", "cut off"),
    ("user.title = 'x'", "column 12: Syntax error", "one equals sign"),
    ("'" + "x" * 10_000 + "'", "has 10002 characters; write it in 10000 or fewer", "too long"),
    ("'\ud800'", "no valid Unicode", "half a character"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), REFUSED)
def test_refused_when_compiled(text: str, expected: str, reason: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        compile(text, variables=ALL)
    assert expected in str(refused.value), reason
    assert len(str(refused.value)) < 700


FAILS = [
    ("user.title.startsWith(user.locale)", "column 22: startsWith takes texts, and this is no value; ask has", "null"),
    ("Mid(user['urn:example:2.0:User'].floor, 1, 1)", "Mid: source is a text, and this is a number", "found late"),
    ("user.emails[7].value", "no element of that index", "out of range"),
    ("user['urn:example:2.0:User'].badge.x", ".x takes an object, and this is a text", "a part of a text"),
    ("user.emails[0].type < 3", "< cannot compare a text with a number", "other kinds"),
    ("1 / (size(groups) - 2)", "is 0; exclude", "division by zero"),
    ("9223372036854775807 + size(groups)", "64 bits", "too great"),
    ("dyn(user.locale) ? 1 : 2", "takes booleans, and this is no value", "no boolean"),
    ("Item(groups, 0)", "counts from 1", "Entra's places"),
    ("SingleAppRoleAssignment(['a', 'b'])", "there are 2; assign one", "several roles"),
    ("Now()", "Now() has no time here", "no clock"),
    ("Guid()", "Nothing random", "no chance"),
    ("CDate(user.title)", "CDate cannot read this as a date", "no date"),
    ("int(user.title)", "int(…) reads an integer", "no number"),
    ("timestamp('2026-02-30T00:00:00Z')", "no such day", "no such day"),
    ("user.title.matches(user.emails[0].value + '(')", "no regular expression", "a pattern found late"),
    ("type(1)", "cannot carry", "no JSON"),
    ("[1, 'a'].sort()", "sort compares", "mixed kinds"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), FAILS)
def test_fails_for_this_object(text: str, expected: str, reason: str) -> None:
    with pytest.raises(InvalidSpec) as failed:
        value(text)
    message = str(failed.value)
    assert expected in message, reason
    assert message.startswith("line 1, column "), reason
    assert not any(secret in message for secret in ("Senior", "ada@", "B-17")), "a message carries no person's data"


def test_a_scope_gives_a_boolean() -> None:
    with pytest.raises(InvalidSpec, match="gives string, and is to give true or false"):
        compile("user.userName", variables=["user"], result=Result.BOOLEAN)
    expression = compile("user['urn:example:2.0:User'].floor", variables=["user"], result=Result.BOOLEAN)
    with pytest.raises(InvalidSpec, match="is to give true or false, and gives a number"):
        expression.evaluate(ACTIVATION)


def test_only_the_given_variables_exist() -> None:
    with pytest.raises(InvalidSpec, match="no variable or function user here; variables are group"):
        compile("user.active", variables=["group"])


def test_what_an_expression_reads_and_calls() -> None:
    expression = compile("Redact(Append(user.name.givenName, Now())) + config.name", variables=ALL)
    assert {"user.name.givenName", "config"} <= expression.reads
    assert "group" not in expression.reads
    assert expression.functions == {"Redact", "Append", "Now"}
    assert expression.sensitive
    assert expression.varies
    assert not compile("user.title", variables=ALL).varies


def test_an_expression_in_use_keeps_nothing_between_evaluations() -> None:
    expression = compile("groups.map(g, g + '!')", variables=["groups"])
    assert expression.evaluate(Activation(groups=("a",))) == ["a!"]
    assert expression.evaluate(Activation(groups=("b",))) == ["b!"]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 60, 400])
def test_a_function_takes_any_number_of_arguments(count: int) -> None:
    pairs = ", ".join(f"'k{n}', 'v{n}'" for n in range(count))
    text = f"Switch(config.name, Join('(', ['a,b', ')']){', ' if pairs else ''}{pairs})"
    expression = compile(text, variables=["config"])
    assert expression.evaluate(Activation(config={"name": f"k{count - 1}"})) == (f"v{count - 1}" if count else "a,b()")


def test_candidates_say_what_to_ask_the_service_for() -> None:
    expression = compile("SelectUniqueValue(user.title, user.nickName, 'x', user.locale)", variables=["user"])
    assert expression.candidates(ACTIVATION) == ("Senior Analyst", "x")
    assert expression.evaluate(Activation(user=ADA, taken={"Senior Analyst"}.__contains__)) == "x"
    with pytest.raises(InvalidSpec, match="each of its values is taken"):
        expression.evaluate(Activation(user=ADA, taken=lambda _: True))


def test_a_row_has_the_columns_of_its_source_and_says_which_are_read() -> None:
    found = compile("ToLower(row.Mail) + row['Employee Type']", variables=("row",))
    assert found.evaluate(Activation(row={"Mail": "Ada@Corp.Example", "Employee Type": "Staff"})) == (
        "ada@corp.exampleStaff"
    )
    assert found.reads == {"row", "row.Mail", "row.Employee Type"}
    assert compile("has(row.Mail)", variables=("row",)).evaluate(Activation(row={})) is False


def test_an_element_of_a_list_may_be_called_row_where_there_is_no_row() -> None:
    mapping = compile("user.emails.map(row, row.value)", variables=("user",))
    assert mapping.evaluate(Activation(user={"emails": [{"value": "a"}]})) == ["a"]
    with pytest.raises(InvalidSpec, match="row is the name of a variable already"):
        compile("row.emails.map(row, row.value)", variables=("row",))
