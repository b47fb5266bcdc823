"""Hostile expressions and hostile values: refused or stopped within a second, with a sentence."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from typing import Any

import pytest

from scim_operator.core.expressions import Activation, compile  # noqa: A004
from scim_operator.core.expressions.entra import convert
from scim_operator.errors import InvalidSpec
from tools.measure.effort import A_SECOND, effort

MIB = "a" * (1 << 20)
MANY = ["x"] * 1_000
USER = {
    "title": "a" * 65_536,
    "displayName": MIB,
    "nickName": "a",
    "userName": "\u202eж\u0000🙂" * 10,
    "emails": [{"value": f"{n}@x"} for n in range(1_000)],
}


def deep(levels: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(levels):
        document = {"x": document}
    return document


ACTIVATION = Activation(user=USER, groups=MANY, config={"deep": deep(5_000), "pattern": "(.{1,900})(.{1,900})z"})

STOPPED = [
    ("groups.map(a, groups.map(b, groups.map(c, a + b + c)))", "steps", "nested comprehensions"),
    ("groups.all(a, groups.all(b, groups.all(c, true)))", "steps", "nested quantifiers"),
    ("groups.exists(a, groups.exists(b, b == 'y')) || true", "steps", "which || does not swallow"),
    ("['xxxxxxxxxx']" + ".map(a, a + a)" * 28, "characters would arise", "a text that doubles itself"),
    ("[['x']]" + ".map(a, [a, a])" * 28, "65536 characters and elements", "a list that holds itself twice"),
    ("[['x']]" + ".map(a, [a, a])" * 24 + " == [['x']]" + ".map(a, [a, a])" * 24, "steps", "compared with its like"),
    ("groups.map(a, groups).flatten().map(b, groups).flatten()", "steps", "flattened lists"),
    ("user.displayName + user.displayName", "characters would arise", "two texts of 1 MiB"),
    ("user.displayName", "65536 characters and elements", "a result of 1 MiB"),
    ("Replace(user.title, 'a', null, null, user.title)", "characters would arise", "a replacement in each place"),
    ("user.title.replace('', user.title)", "characters would arise", "the same in CEL"),
    ("Join(user.title, groups)", "characters would arise", "a long separator"),
    ("groups.join(user.title)", "characters would arise", "the same in CEL"),
    ("Replace(user.title, null, 'a|', null, '$&$&$&$&$&$&$&$&')", "steps", "a regular expression that grows the text"),
    ("user.title.matches('(.{1,900})(.{1,900})z')", "steps", "a pattern of thousands of steps for each character"),
    ("user.title.matches(config.pattern)", "steps", "the same from a value"),
    ("lists.range(1000).map(n, 'x'.matches(string(n) + '(a?){900}(a?){900}(a?){900}'))", "steps", "patterns made up"),
    ("user.title.matches('(a{1,100}){1,10}b')", "steps", "counted repetition"),
    ("Replace(user.title, null, '.*z|a', null, 'b')", "steps", "a pattern that looks ahead to the end at each match"),
    ("NormalizeDiacritics(user.displayName) + PCase(user.displayName)", "steps", "slow functions on 1 MiB, twice"),
    ("lists.range(100000000)", "steps", "a list of millions"),
    ("user.title.split('').map(a, user.title.split(''))", "steps", "characters times characters"),
    ("'%s'.format([user.displayName]) + '%s'.format([user.displayName])", "steps", "format"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), STOPPED)
def test_an_expensive_evaluation_is_stopped(text: str, expected: str, reason: str) -> None:
    expression = compile(text, variables=["user", "groups", "config"])
    with effort() as taken, pytest.raises(InvalidSpec) as stopped:
        expression.evaluate(ACTIVATION)
    assert taken.loops < A_SECOND, reason
    assert expected in str(stopped.value), reason


def test_what_is_stopped_takes_little_memory() -> None:
    tracemalloc.start()
    try:
        for text, _, _ in STOPPED:
            with pytest.raises(InvalidSpec):
                compile(text, variables=["user", "groups", "config"]).evaluate(ACTIVATION)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 << 20


REFUSED = [
    ("(" * 5_000 + "1" + ")" * 4_999, "nests deeper than 32", "parentheses"),
    ("[" * 9_000, "nests deeper than 32", "lists that are never closed"),
    ("{'a':" * 1_900, "nests deeper than 32", "maps"),
    ("ToLower(" * 1_200, "nests deeper than 32", "calls"),
    ("user" + ".x" * 4_000, "nests deeper than 32", "selections"),
    ("1" + "+1" * 4_900, "nests deeper than 32", "operators"),
    ("true" + " ? true : true" * 600, "nests deeper than 32", "conditions"),
    ("groups" + ".map(a, a)" * 900, "nests deeper than 32", "comprehensions"),
    ("'" * 9_999, "Syntax error", "quotes"),
    ("a" * 9_999, "no variable or function", "a long name"),
    ("Join(" + ", ".join("''" for _ in range(2_400)) + ")", "another number of arguments", "arguments by the thousand"),
    (
        "[" + ", ".join(f"Join({','.join('1' * n)})" for n in range(17, 85)) + "].x",
        "has no attributes",
        "of many numbers",
    ),
    ('"""' + "\\" * 9_001, "Syntax error", "backslashes in a text that is never closed"),
    ("\x00", "Syntax error", "a null byte"),
    ("user.title\u202e == 'x'", "Syntax error", "a character that turns the direction of writing"),
    ("user.t\u0456tle", "Syntax error", "a Cyrillic letter that looks Latin"),
    ("'x'.matches('" + "(" * 900 + "')", "no regular expression", "open groups"),
    ("'x'.matches('" + "(a?){900}" * 100 + "')", "no regular expression", "a pattern too large to compile"),
    ("'x'.matches('" + "a" * 3_000 + "')", "longer than 2000", "a long pattern"),
    (r"'x'.matches('(a)\\1')", "no back-references", "a back-reference"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), REFUSED)
def test_a_hostile_text_is_refused(text: str, expected: str, reason: str) -> None:
    with effort() as taken, pytest.raises(InvalidSpec) as refused:
        compile(text, variables=["user", "groups"])
    assert taken.loops < A_SECOND, reason
    assert expected in str(refused.value), reason
    assert len(str(refused.value)) < 600, "the message stays short"


FAST = [
    ("'" + "a" * 9_000 + "'.matches('(a+)+$')", True, "what hangs a backtracking engine"),
    ("!" * 5_000 + "true", True, "operators that cancel out"),
    ("true" + " && true" * 1_200, True, "a wide condition"),
    ("user.userName.size() > 0 && has(user.title)", True, "odd characters in a value"),
    ("user.emails.filter(e, e.value.endsWith('9@x')).size()", 100, "a thousand values"),
    (
        "FormatDateTime('1111111111111111111111111x', null, '" + 'd""' * 33 + "', 'yy')",
        None,
        "a date format of many parts",
    ),
    ("config.deep == config.deep", None, "comparing a document nested thousands deep"),
    ("config.deep", None, "giving one"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), FAST)
def test_what_is_large_but_honest_is_fast(text: str, expected: Any, reason: str) -> None:
    found = None
    with effort() as taken, suppress(InvalidSpec):
        found = compile(text, variables=["user", "groups", "config"]).evaluate(ACTIVATION)
    assert taken.loops < A_SECOND, reason
    assert found == expected, reason


ENTRA = [
    ("ToLower(" * 1_200, "nests deeper than 64", "calls"),
    ("[" * 9_000, "cannot be read", "brackets"),
    ('"' + "\\" * 9_001, "cannot be read", "backslashes"),
    ("Append([a], " * 63 + "[a]" + ")" * 62, "missing", "a parenthesis short"),
    ("Append([a], [b])" * 500, "ends before this", "one after the other"),
    ("x" * 10_001, "10000 or fewer", "too long"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), ENTRA)
def test_a_hostile_text_in_entra_syntax_is_refused(text: str, expected: str, reason: str) -> None:
    with effort() as taken, pytest.raises(InvalidSpec) as refused:
        convert(text, lambda name: f'config["{name}"]')
    assert taken.loops < A_SECOND, reason
    assert expected in str(refused.value), reason
