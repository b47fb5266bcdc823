"""What a mapping function says when it cannot go on: which function, which of its parameters, and what to write."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_operator.core.expressions import Activation, compile  # noqa: A004
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library import FUNCTIONS
from scim_operator.core.expressions.library.registry import OMITTED, Function, Style, Type, checked
from scim_operator.errors import InvalidSpec

CONFIG = {"no": None, "n": 7, "l": ["a", "b"], "o": {"x": 1}, "f": 1.5, "t": True, "e": []}
CONVERT = "; convert it with string(…) or int(…)"
ASK = "; ask has(…) first, or give another with Coalesce(…, 'other')"
TAKE = "; take one with Item(…, 1), or all with Join"


def value(text: str, **more: Any) -> Any:
    drawn = random.Random(1)
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    given = {"now": now, "random": drawn.randrange, **more}
    return compile(text, variables=["config"]).evaluate(Activation(config=CONFIG, **given))


def refusal(text: str, **more: Any) -> str:
    """Return the sentence after the place in the expression."""
    with pytest.raises(InvalidSpec) as refused:
        value(text, **more)
    found = re.fullmatch(r"line 1, column \d+: (.*)", str(refused.value))
    assert found is not None, str(refused.value)
    return found[1]


TYPED = [(function, number) for function in FUNCTIONS.values() for number in range(len(function.parameters))]


@pytest.mark.parametrize(("function", "number"), TYPED, ids=[f"{f.name}-{f.parameters[n].name}" for f, n in TYPED])
def test_an_argument_of_another_type_is_refused_under_its_parameters_name(function: Function, number: int) -> None:
    parameter = function.parameters[number]
    wanted = {Type.TEXT: "a text", Type.INT: "an integer", Type.BOOL: "a boolean"}.get(parameter.type)
    if wanted is None:
        assert checked(function, parameter, CONFIG["o"]) is CONFIG["o"], "anything goes"
        return
    for given, said, fix in (({"x": 1}, "an object", CONVERT), ([1], "a list", TAKE), (1.5, "a number", CONVERT)):
        with pytest.raises(Fault) as fault:
            checked(function, parameter, given)
        assert str(fault.value) == f"{function.name}: {parameter.name} is {wanted}, and this is {said}{fix}"


@pytest.mark.parametrize(("function", "number"), TYPED, ids=[f"{f.name}-{f.parameters[n].name}" for f, n in TYPED])
def test_null_is_taken_for_a_text_and_for_what_may_be_left_out(function: Function, number: int) -> None:
    parameter = function.parameters[number]
    if parameter.type in (Type.TEXT, Type.ANY) or parameter.optional:
        assert checked(function, parameter, None) is None
        return
    with pytest.raises(Fault, match=re.escape(f"and this is no value{ASK}")):
        checked(function, parameter, None)


SINGLE = "takes single values; take one of a list with Item(…, 1), or all with Join"
SAID = [
    ("CStr(config.l)", f"CStr {SINGLE}"),
    ("CStr(config.o)", f"CStr {SINGLE}"),
    ("Switch(config.l, 'd', 'k', 'v')", f"Switch {SINGLE}"),
    ("Switch('k', 'd', config.l, 'v')", f"Switch {SINGLE}"),
    ("Join('-', [config.l])", f"Join {SINGLE}"),
    ("IIF(config.l, 1, 2)", "IIF takes a boolean, and this is a list; compare it, as in … == 'x'"),
    ("IIF('yes', 1, 2)", "IIF takes a boolean, and this is a text; compare it, as in … == 'x'"),
    ("CBool(config.o)", "CBool takes a boolean, and this is an object; compare it, as in … == 'x'"),
    ("InStr('a', 'b', 1, 7)", "InStr: compareType is vbBinaryCompare or vbTextCompare; write one of them"),
    ("InStr('a', 'b', 0)", "InStr: start counts from 1; write 1 or more"),
    ("Item(config.l, 0)", "Item: index counts from 1; write 1 or more"),
    (
        "SingleAppRoleAssignment(config.l)",
        "SingleAppRoleAssignment takes one role, and there are 2; assign one, or map roles with "
        "AssertiveAppRoleAssignmentsComplex(roles)",
    ),
    ("SelectUniqueValue('a')", "SelectUniqueValue chooses among values; give at least two rules"),
    (
        "Switch('a', 'd', 'k')",
        "Switch takes keys and values in pairs after the default; add the missing key or value",
    ),
    (
        "CDate('soon')",
        "CDate cannot read this as a date; bring it into a form such as 2026-12-31 with FormatDateTime",
    ),
    ("CDate('2026-02-30')", "There is no such day or time; correct the date"),
    (
        "DateAdd('d', 1, 'soon')",
        "DateAdd cannot read this as a date; bring it into a form such as 2026-12-31 with FormatDateTime",
    ),
    (
        "DateDiff('d', 'soon', '2026-01-01')",
        "DateDiff cannot read this as a date; bring it into a form such as 2026-12-31 with FormatDateTime",
    ),
    (
        "DateDiff('d', '2026-01-01', 'soon')",
        "DateDiff cannot read this as a date; bring it into a form such as 2026-12-31 with FormatDateTime",
    ),
    (
        "NumFromDate('soon')",
        "NumFromDate cannot read this as a date; bring it into a form such as 2026-12-31 with FormatDateTime",
    ),
    ("DateAdd('q', 1, '2026-01-01')", "DateAdd: interval is one of yyyy, m, d, ww, h, n and s; write one of them"),
    (
        "DateDiff('q', '2026-01-01', '2026-01-01')",
        "DateDiff: interval is one of yyyy, m, d, ww, h, n and s; write one of them",
    ),
    ("DateAdd('yyyy', 9000, '2026-01-01')", "DateAdd: the result is outside the years 1 to 9999; add less"),
    (
        "DateFromNum(9223372036854775807)",
        "DateFromNum: the number is no date; Active Directory's 'never' is none either",
    ),
    (
        "FormatDateTime('2026', 'Backwards', 'yyyy', 'yy')",
        "FormatDateTime: dateTimeStyles are names such as AssumeUniversal, with commas between; correct them",
    ),
    (
        "FormatDateTime('2026', null, '', 'yy')",
        "A date format has 1 to 100 characters, as 'yyyy-MM-dd'; write such a one",
    ),
    (
        "FormatDateTime('2026', null, 'x', 'yy')",
        "There is no standard date format of that letter; write one such as 'yyyy-MM-dd'",
    ),
    (
        "FormatDateTime('2026', null, \"yyyy'\", 'yy')",
        "The date format has a quotation mark or backslash without its other half; complete it",
    ),
    (
        "FormatDateTime('2026', null, 'yyyy-MM', 'yy')",
        "The date is not of the form that inputFormat says; correct the format, as 'yyyy-MM-dd'",
    ),
    (
        "RandomString(4, 2, 2, 2, 2)",
        "RandomString: the minimums add up to more than Length; raise Length or lower them",
    ),
    (
        "RandomString(257, 1, 1, 1, 1)",
        "RandomString: Length is 1 to 256, and no minimum is negative; change them",
    ),
    ("RandomString(0, 0, 0, 0, 0)", "RandomString: Length is 1 to 256, and no minimum is negative; change them"),
    ("RandomString(4, -1, 0, 0, 0)", "RandomString: Length is 1 to 256, and no minimum is negative; change them"),
    (
        "RandomString(4, 1, 0, 0, 0, '0123456789')",
        "RandomString: CharactersToAvoid leaves nothing of a kind that is asked for; shorten it",
    ),
]


@pytest.mark.parametrize(("text", "message"), SAID, ids=[text for text, _ in SAID])
def test_a_refusal_names_the_function_and_what_to_write(text: str, message: str) -> None:
    assert refusal(text) == message


PLACES = [
    ("config.o.x == 1 && (config.t ? config.l : true)", "line 1, column 17: && takes booleans, and this is a list"),
    ("config.l ? 1 : 2", "line 1, column 10: ? : takes booleans, and this is a list"),
    ("true &&\n  config.n", "line 1, column 6: && takes booleans, and this is a number"),
    ("[1].all(config, true)", "line 1, column 8: config is the name of a variable already; name the element otherwise"),
    ("1 + [1].map(\n user, 2)[0]", "line 1, column 12: user is the name of a variable already"),
]


@pytest.mark.parametrize(("text", "said"), PLACES, ids=[text for text, _ in PLACES])
def test_a_refusal_names_the_place_and_the_operator(text: str, said: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        value(text)
    assert str(refused.value).startswith(said)


PATTERNS = [
    ("(", "missing )"),
    ("a)", "unexpected )"),
    ("[b-a]", "invalid character class range"),
    ("a**", "bad repetition operator"),
    ("(?=a)", "invalid perl operator"),
]


@pytest.mark.parametrize(("pattern", "what"), PATTERNS)
def test_a_pattern_is_refused_with_what_is_wrong_in_it(pattern: str, what: str) -> None:
    assert refusal(f"'x'.matches('{pattern}')") == (
        f"This is no regular expression: {what}; write it in RE2's syntax, which has no look-around and no "
        "back-references"
    )


WHITE = [
    ("' 2026'", "null", True),
    ("'2026 '", "null", True),
    ("' 2026'", "'None'", False),
    ("'2026 '", "'None'", False),
    ("' 2026'", "'AllowLeadingWhite'", True),
    ("'2026 '", "'AllowLeadingWhite'", False),
    ("' 2026'", "'AllowTrailingWhite'", False),
    ("'2026 '", "'AllowTrailingWhite'", True),
    ("' 2026 '", "'AllowWhiteSpaces'", True),
    ("' 2026 '", "'DateTimeStyles.AllowLeadingWhite | AllowTrailingWhite'", True),
]


@pytest.mark.parametrize(("source", "styles", "read"), WHITE)
def test_blanks_around_a_date_are_read_where_the_styles_say_so(source: str, styles: str, read: bool) -> None:
    text = f"FormatDateTime({source}, {styles}, 'yyyy', 'yy')"
    if read:
        assert value(text) == "26"
    else:
        assert refusal(text) == (
            "The date is not of the form that inputFormat says; correct the format, as 'yyyy-MM-dd'"
        )


def test_what_is_not_given_is_named() -> None:
    assert refusal("Now()", now=None) == "Now() has no time here; use it where mappings are evaluated"
    nothing = "Nothing random is available here; use Guid and RandomString in mappings that apply OnCreate"
    assert refusal("Guid()", random=None) == refusal("RandomString(4, 1, 1, 1, 1)", random=None) == nothing
    taken = "SelectUniqueValue: each of its values is taken; add a rule that gives another one"
    assert refusal("SelectUniqueValue('a', 'b')", taken=lambda _: True) == taken


def test_what_is_left_out_is_marked_and_not_null() -> None:
    marked = [each.name for each in FUNCTIONS.values() if each.style is Style.MARKED]
    assert marked, "some distinguish the two"
    assert OMITTED.value == "omitted"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda each: each.name)
def test_a_function_is_declared_for_every_number_of_its_arguments(function: Function) -> None:
    needed = [each for each in function.parameters if not (each.optional or each.repeated)]
    assert function.counts.start == len(needed)
    assert function.counts.stop == (17 if function.repeats else len(function.parameters) + 1)
    for count in function.counts:
        types = function.types(count)
        assert len(types) == count
        assert types[: len(function.parameters)] == [each.type for each in function.parameters][:count]
    assert function.signature.startswith(f"{function.name}(")
    assert function.signature.endswith(")")
