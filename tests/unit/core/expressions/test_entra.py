"""Entra's own syntax put into CEL; its documented samples are in test_expression_samples."""

from __future__ import annotations

import pytest

from scim_operator.core.expressions import Root, compile  # noqa: A004
from scim_operator.core.expressions.entra import USER_ATTRIBUTES, convert
from scim_operator.errors import InvalidSpec


def attribute(name: str) -> str:
    return {'emails[type eq "work"].value': "work", **USER_ATTRIBUTES}[name]


CONVERTED = [
    ("[displayName]", "user.displayName", "an attribute alone"),
    (" [ displayName ] ", "user.displayName", "blanks"),
    ('[emails[type eq "work"].value]', "work", "brackets inside"),
    ('"a\\"b\\\\c"', '"a\\"b\\\\c"', "escapes"),
    ('"\\d"', '"\\\\d"', "a backslash that escapes nothing is one"),
    ('"Zoë"', '"Zoë"', "letters stay readable"),
    ("BitAnd(&HF, &hf7)", "BitAnd(0xF, 0xf7)", "hexadecimal numbers"),
    ("Left([surname], -1)", "Left(user.name.familyName, -1)", "negative numbers"),
    ("Replace([surname], , , , , , )", "Replace(user.name.familyName, null, null, null, null, null, null)", "empty"),
    ("Now()", "Now()", "no argument is none, not an empty one"),
    ('IIF([jobTitle] = "x", 1, 2)', 'IIF(user.title == "x", 1, 2)', "equal"),
    ('IIF([jobTitle]<>"x", 1, 2)', 'IIF(user.title != "x", 1, 2)', "not equal"),
    ("IIF(Count([jobTitle]) >= 2, 1, 2)", "IIF(Count(user.title) >= 2, 1, 2)", "greater or equal"),
    ('IIF([jobTitle] = "", 1, 2)', "IIF(IsNullOrEmpty(user.title), 1, 2)", "empty and null are one to Entra"),
    ('IIF("" <> [jobTitle], 1, 2)', "IIF(!IsNullOrEmpty(user.title), 1, 2)", "on either side"),
    ("IIF([accountEnabled] = True, 1, 2)", "IIF(user.active == true, 1, 2)", "a literal"),
    ('InStr("a", "b", 1, vbTextCompare)', 'InStr("a", "b", 1, vbTextCompare)', "a constant"),
    (
        'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
        'Switch(!user.active, null, "False", "True", "True", "False")',
        "the default mapping of active",
    ),
]


@pytest.mark.parametrize(("text", "expected", "reason"), CONVERTED)
def test_converted(text: str, expected: str, reason: str) -> None:
    assert convert(text, attribute) == expected, reason


REFUSED = [
    ("", "line 1, column 1: Here a value is missing", "nothing"),
    (
        'switch([companyName], "External")',
        "line 1, column 1: There is no function switch; functions are case-sens",
        "case",
    ),
    ("Foo([jobTitle])", "There is no function Foo", "an unknown function"),
    ('Append([nothing], "x")', "line 1, column 8: The attribute nothing has no counterpart", "an unknown attribute"),
    ('Append([jobTitle],\n "x"', "line 2, column 5: Here a comma or a closing parenthesis is missing", "not closed"),
    ('Append([jobTitle] "x")', "line 1, column 19: Here a comma", "no comma"),
    ("Append([jobTitle], x)", "x is neither called nor in brackets; write [x]", "a bare name"),
    ("'x'", "cannot be read; texts stand in double quotes", "single quotes"),
    ('"x', "cannot be read", "an open text"),
    ('Append([jobTitle], "x")) ', "line 1, column 24: The expression ends before this", "one parenthesis too many"),
    ("[a] = ", "Here a value is missing", "half a comparison"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), REFUSED)
def test_refused(text: str, expected: str, reason: str) -> None:
    known = {"a": "a", **USER_ATTRIBUTES}
    with pytest.raises(InvalidSpec) as refused:
        convert(text, known.__getitem__)
    assert expected in str(refused.value), reason


@pytest.mark.parametrize("name", USER_ATTRIBUTES)
def test_each_attribute_of_entra_stands_for_an_expression(name: str) -> None:
    compile(convert(f"Coalesce([{name}])", USER_ATTRIBUTES.__getitem__), variables=[Root.USER, Root.ROLES])
