"""CEL's standard functions by CEL's definition: values at their edges, and refusals that name the function."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.frame import Activation, Frame
from scim_operator.core.expressions.standard.conversions import CONVERSIONS, spelled
from scim_operator.core.expressions.standard.lists import LISTS
from scim_operator.core.expressions.standard.strings import STRINGS

FUNCTIONS = {**CONVERSIONS, **LISTS, **STRINGS}
SPRING = datetime(2026, 3, 1, 12, 34, 56, 789_000, tzinfo=UTC)
"""A Sunday."""
LATER = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
"""Monday 2026-03-02, 01:30 in UTC."""
SPAN = timedelta(hours=2, minutes=3, seconds=4, milliseconds=5)


def call(name: str, *values: Any) -> Any:
    return FUNCTIONS[name](Frame(Activation()), *values)


VALUES = [
    ("int", (4.9,), 4),
    ("int", (-4.9,), -4),
    ("int", ("42",), 42),
    ("int", ("-42",), -42),
    ("int", ("+7",), 7),
    ("int", ("9223372036854775807",), 2**63 - 1),
    ("int", (SPRING,), 1772368496),
    ("double", (3,), 3.0),
    ("double", ("1.5",), 1.5),
    ("double", ("-.5e1",), -5.0),
    ("double", (2.5,), 2.5),
    *[("bool", (text,), True) for text in ("true", "True", "TRUE", "t", "1", True)],
    *[("bool", (text,), False) for text in ("false", "False", "FALSE", "f", "0", False)],
    ("string", ("x",), "x"),
    ("string", (True,), "true"),
    ("string", (False,), "false"),
    ("string", (12,), "12"),
    ("string", (0.1,), "0.1"),
    ("string", (1 / 3,), "0.33333333333333331"),
    ("string", (SPRING,), "2026-03-01T12:34:56.789000Z"),
    ("string", (SPAN,), "7384.005s"),
    ("timestamp", (SPRING,), SPRING),
    ("timestamp", ("2026-03-01T12:34:56.789Z",), SPRING),
    ("timestamp", ("2026-03-01T14:34:56.789+02:00",), SPRING),
    ("timestamp", (0,), datetime(1970, 1, 1, tzinfo=UTC)),
    ("timestamp", (86_400,), datetime(1970, 1, 2, tzinfo=UTC)),
    ("timestamp", (-1,), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("timestamp", ((1 << 37) - 1,), datetime(6325, 4, 8, 15, 4, 31, tzinfo=UTC)),
    ("duration", (SPAN,), SPAN),
    ("duration", ("1h",), timedelta(hours=1)),
    ("duration", ("1m",), timedelta(minutes=1)),
    ("duration", ("1s",), timedelta(seconds=1)),
    ("duration", ("1500ms",), timedelta(seconds=1.5)),
    ("duration", ("2000us",), timedelta(milliseconds=2)),
    ("duration", ("3000ns",), timedelta(microseconds=3)),
    ("duration", ("-1h30m",), timedelta(hours=-1.5)),
    ("duration", ("4.5s",), timedelta(seconds=4.5)),
    ("getFullYear", (SPRING,), 2026),
    ("getMonth", (SPRING,), 2),
    ("getDate", (SPRING,), 1),
    ("getDayOfMonth", (SPRING,), 0),
    ("getDayOfWeek", (SPRING,), 0),
    ("getDayOfYear", (SPRING,), 59),
    ("getHours", (SPRING,), 12),
    ("getMinutes", (SPRING,), 34),
    ("getSeconds", (SPRING,), 56),
    ("getMilliseconds", (SPRING,), 789),
    ("getDate", (LATER,), 2),
    ("getDayOfWeek", (LATER, "UTC"), 1),
    ("getHours", (LATER, "Z"), 1),
    ("getHours", (LATER, "+00:00"), 1),
    ("getHours", (LATER, "00:00"), 1),
    ("getHours", (SPAN,), 2),
    ("getMinutes", (SPAN,), 123),
    ("getSeconds", (SPAN,), 7384),
    ("getMilliseconds", (SPAN,), 5),
    ("distinct", (["b", "a", "b"],), ["b", "a"]),
    ("distinct", ([1, 1.0, "1", None, None],), [1, "1", None]),
    ("flatten", ([[1, [2]], 3],), [1, [2], 3]),
    ("flatten", ([[1, [2]], 3], 0), [[1, [2]], 3]),
    ("flatten", ([[1, [2]], 3], 2), [1, 2, 3]),
    ("flatten", ([[1], (2,)], 32), [1, 2]),
    ("lists.range", (3,), [0, 1, 2]),
    ("lists.range", (-1,), []),
    ("slice", ([1, 2, 3], 0, 3), [1, 2, 3]),
    ("slice", ([1, 2, 3], 1, 1), []),
    ("slice", ((1, 2, 3), 1, 2), [2]),
    ("sort", ([3, 1.5, 2],), [1.5, 2, 3]),
    ("sort", (["b", "a"],), ["a", "b"]),
    ("sort", ([True, False],), [False, True]),
    ("sort", ([],), []),
    ("@sortByAssociatedKeys", (["x", "y", "z"], [2, 3, 1]), ["z", "x", "y"]),
    ("sets.contains", ([1, 2], [2, 2]), True),
    ("sets.contains", ([1, 2], []), True),
    ("sets.contains", ([1, 2], [3]), False),
    ("sets.equivalent", ([1, 2], [2, 1, 1]), True),
    ("sets.equivalent", ([1, 2], [1]), False),
    ("sets.equivalent", ([1], [1, 2]), False),
    ("sets.intersects", ([1, 2], [3, 2]), True),
    ("sets.intersects", ([1, 2], [3]), False),
    ("sets.intersects", (None, [3]), False),
    ("math.@max", (1, 3, 2), 3),
    ("math.@max", ([1, 3, 2],), 3),
    ("math.@min", (2, 1, 3), 1),
    ("math.@min", (7,), 7),
    ("math.abs", (-3,), 3),
    ("math.ceil", (1.2,), 2.0),
    ("math.floor", (1.8,), 1.0),
    ("math.round", (1.5,), 2.0),
    ("math.round", (-1.5,), -2.0),
    ("math.round", (1.4,), 1.0),
    ("math.trunc", (-1.8,), -1.0),
    ("math.ceil", (math.inf,), math.inf),
    ("math.round", (-math.inf,), -math.inf),
    ("math.sign", (-0.5,), -1.0),
    ("math.sign", (0,), 0),
    ("math.sign", (9,), 1),
    ("math.sqrt", (9,), 3.0),
    ("math.sqrt", (0,), 0.0),
    ("math.isNaN", (math.nan,), True),
    ("math.isNaN", (1.0,), False),
    ("math.isInf", (math.inf,), True),
    ("math.isInf", (1.0,), False),
    ("math.isFinite", (1.0,), True),
    ("math.isFinite", (math.inf,), False),
    ("math.bitAnd", (6, 3), 2),
    ("math.bitOr", (6, 3), 7),
    ("math.bitXor", (6, 3), 5),
    ("startsWith", ("abc", "ab"), True),
    ("startsWith", ("abc", "bc"), False),
    ("endsWith", ("abc", "bc"), True),
    ("endsWith", ("abc", "ab"), False),
    ("contains", ("abc", "b"), True),
    ("contains", ("abc", "x"), False),
    ("matches", ("abc", "^b"), False),
    ("matches", ("abc", "b"), True),
    ("find", ("a12b3", "[0-9]+"), "12"),
    ("find", ("ab", "[0-9]+"), ""),
    ("findAll", ("a12b3", "[0-9]+"), ["12", "3"]),
    ("findAll", ("a12b3", "[0-9]+", 1), ["12"]),
    ("findAll", ("a12b3", "[0-9]+", 0), []),
    ("findAll", ("a1b2c3", "[0-9]", 2), ["1", "2"]),
    ("regex.replace", ("ada lovelace", "(\\w+) (\\w+)", "$2 $1"), "lovelace ada"),
    ("charAt", ("abc", 0), "a"),
    ("charAt", ("abc", 2), "c"),
    ("charAt", ("abc", 3), ""),
    ("indexOf", ("abab", "b"), 1),
    ("indexOf", ("abab", "b", 2), 3),
    ("indexOf", ("abab", "x"), -1),
    ("indexOf", ("abab", "", 4), 4),
    ("lastIndexOf", ("abab", "b"), 3),
    ("lastIndexOf", ("abab", "ab", 1), 0),
    ("lastIndexOf", ("abab", "ab", 2), 2),
    ("lastIndexOf", ("abab", "ab", 0), 0),
    ("join", (["a", "b"],), "ab"),
    ("join", (["a", "b"], "-"), "a-b"),
    ("join", (None, "-"), ""),
    ("lowerAscii", ("AbÉ",), "abÉ"),
    ("upperAscii", ("aBé",), "ABé"),
    ("trim", (" \ta b\n ",), "a b"),
    ("replace", ("aaa", "a", "b"), "bbb"),
    ("replace", ("aaa", "a", "b", 2), "bba"),
    ("replace", ("aaa", "a", "b", 0), "aaa"),
    ("replace", ("aaa", "a", "b", -7), "bbb"),
    ("split", ("a,b,c", ","), ["a", "b", "c"]),
    ("split", ("a,b,c", ",", 2), ["a", "b,c"]),
    ("split", ("a,b,c", ",", 1), ["a,b,c"]),
    ("split", ("a,b,c", ",", 0), []),
    ("split", ("abc", ""), ["a", "b", "c"]),
    ("split", ("abc", "", 2), ["a", "bc"]),
    ("split", ("abc", "", 3), ["a", "b", "c"]),
    ("split", ("", ""), [""]),
    ("substring", ("abcd", 1), "bcd"),
    ("substring", ("abcd", 1, 3), "bc"),
    ("substring", ("abcd", 4), ""),
    ("substring", ("abcd", 0, 4), "abcd"),
    ("reverse", ("abc",), "cba"),
    ("reverse", ([1, 2],), [2, 1]),
    ("format", ("%s is %d, 100%%", ["Ada", 36]), "Ada is 36, 100%"),
    ("format", ("%d%%", [5]), "5%"),
    ("format", ("%s", [True]), "true"),
    ("format", ("plain", []), "plain"),
    ("strings.quote", ('a"é\n',), '"a\\"é\\n"'),
]


def _shown(value: Any) -> str:
    return str(value)[:40]


@pytest.mark.parametrize(("name", "values", "expected"), VALUES, ids=_shown)
def test_value(name: str, values: tuple, expected: Any) -> None:
    found = call(name, *values)
    assert found == expected
    assert type(found) is type(expected), "1 is not 1.0 and not true"


def test_of_a_negative_number_there_is_no_root() -> None:
    assert math.isnan(call("math.sqrt", -1))


CONVERT = "; convert it with string(…) or int(…)"
ASK = "; ask has(…) first, or give another with Coalesce(…, 'other')"
TAKE = "; take one with Item(…, 1), or all with Join"
OF_TEXTS = ["matches", "find", "findAll", "startsWith", "endsWith", "contains", "indexOf", "lastIndexOf", "split"]
FAULTS = [
    ("int", ("x",), "int(…) reads an integer, as '42', and this is a text of another form"),
    ("int", (None,), f"int(…) reads an integer, as '42', and this is no value of another form{ASK}"),
    ("int", (math.inf,), "int(…) reads an integer, as '42', and this is a number of another form"),
    ("double", ("1,5",), "double(…) reads a number, as '1.5', and this is a text of another form"),
    ("double", (True,), "double(…) reads a number, as '1.5', and this is a boolean of another form"),
    ("bool", ("yes",), "bool(…) reads 'true' or 'false', and this is a text of another form"),
    ("bool", (1,), "bool(…) reads 'true' or 'false', and this is a number of another form"),
    ("string", ([1],), "string(…) reads a boolean, a number or a text, and this is a list of another form"),
    (
        "timestamp",
        ("2026-03-01",),
        "timestamp(…) reads RFC 3339, as '2026-12-01T00:00:00Z', and this is a text of another form",
    ),
    (
        "timestamp",
        (1 << 37,),
        "timestamp(…) reads RFC 3339, as '2026-12-01T00:00:00Z', and this is a number of another form",
    ),
    (
        "timestamp",
        ("2026-02-30T00:00:00Z",),
        "There is no such day or time; check the text given to timestamp(…)",
    ),
    ("duration", ("1d",), "duration(…) reads a duration, as '720h', and this is a text of another form"),
    ("duration", (60,), "duration(…) reads a duration, as '720h', and this is a number of another form"),
    *[
        (
            name,
            (SPRING, "Europe/Berlin"),
            f"{name} knows no time zone but UTC; leave the argument away and add a duration instead",
        )
        for name in ("getHours", "getFullYear")
    ],
    *[
        (name, (value,), f"{name} takes a timestamp, and this is {what}; make one with timestamp(…)")
        for name, value, what in (
            ("getFullYear", SPAN, "a duration"),
            ("getHours", "12", "a text"),
            ("getDate", None, "no value"),
        )
    ],
    *[
        (name, ("x",), f"{said} takes lists, and this is a text")
        for name, said in (("distinct", "distinct"), ("flatten", "flatten"), ("sort", "sort"), ("join", "join"))
    ],
    *[
        (f"sets.{name}", ("x", []), f"sets.{name} takes lists, and this is a text")
        for name in ("contains", "intersects")
    ],
    *[
        (f"sets.{name}", ([], "x"), f"sets.{name} takes lists, and this is a text")
        for name in ("contains", "intersects")
    ],
    ("flatten", ([], 33), "flatten goes from 0 to 32 levels down; give such a depth"),
    ("flatten", ([], -1), "flatten goes from 0 to 32 levels down; give such a depth"),
    ("flatten", ([], "1"), f"flatten takes integers, and this is a text{CONVERT}"),
    ("lists.range", ("3",), f"lists.range takes integers, and this is a text{CONVERT}"),
    ("slice", ("x", 0, 0), "slice takes lists, and this is a text"),
    ("slice", ([], "0", 0), f"slice takes integers, and this is a text{CONVERT}"),
    ("slice", ([], 0, None), f"slice takes integers, and this is no value{ASK}"),
    *[
        (
            "slice",
            ([1, 2], *span),
            "slice counts from 0 to the list's size, and its start is not after its end; ask its size(…) first",
        )
        for span in ((-1, 1), (1, 3), (2, 1))
    ],
    (
        "sort",
        ([1, "a"],),
        "sort compares numbers with numbers and texts with texts; convert them with string(…)",
    ),
    ("sort", ([None, 1],), f"sort takes numbers, and this is no value{ASK}"),
    ("math.@max", ([],), "math.greatest of an empty list has no answer; ask its size(…) first"),
    ("math.@min", ([],), "math.least of an empty list has no answer; ask its size(…) first"),
    ("math.@max", ("a", 1), f"math.greatest takes numbers, and this is a text{CONVERT}"),
    ("math.@min", (1, ["a"]), f"math.least takes numbers, and this is a list{TAKE}"),
    *[
        (f"math.{name}", ("x",), f"math.{name} takes numbers, and this is a text{CONVERT}")
        for name in ("abs", "ceil", "floor", "round", "trunc", "sign", "sqrt", "isNaN", "isInf", "isFinite")
    ],
    *[
        (f"math.{name}", values, f"math.{name} takes integers, and this is a number{CONVERT}")
        for name in ("bitAnd", "bitOr", "bitXor")
        for values in ((1.5, 1), (1, 1.5))
    ],
    *[(name, (["x"], "x"), f"{name} takes texts, and this is a list{TAKE}") for name in OF_TEXTS],
    *[(name, ("x", 1), f"{name} takes texts, and this is a number{CONVERT}") for name in OF_TEXTS],
    *[
        (name, (None,), f"{name} takes texts, and this is no value{ASK}")
        for name in ("lowerAscii", "upperAscii", "trim", "strings.quote")
    ],
    ("findAll", ("x", "x", "1"), f"findAll takes integers, and this is a text{CONVERT}"),
    ("regex.replace", ("x", "x", 1), f"regex.replace takes texts, and this is a number{CONVERT}"),
    ("charAt", ({}, 0), f"charAt takes texts, and this is an object{CONVERT}"),
    ("charAt", ("x", "0"), f"charAt takes integers, and this is a text{CONVERT}"),
    ("charAt", ("x", 2), "charAt counts from 0 to the text's size; ask its size(…) first"),
    ("charAt", ("x", -1), "charAt counts from 0 to the text's size; ask its size(…) first"),
    ("indexOf", ("x", "x", "0"), f"indexOf takes integers, and this is a text{CONVERT}"),
    ("indexOf", ("x", "x", 2), "indexOf counts from 0 to the text's size; ask its size(…) first"),
    ("indexOf", ("x", "x", -1), "indexOf counts from 0 to the text's size; ask its size(…) first"),
    ("lastIndexOf", ("x", "x", "0"), f"lastIndexOf takes integers, and this is a text{CONVERT}"),
    ("lastIndexOf", ("x", "x", 2), "lastIndexOf counts from 0 to the text's size; ask its size(…) first"),
    ("join", ([1],), f"join takes texts, and this is a number{CONVERT}"),
    ("join", (["a"], 1), f"join takes texts, and this is a number{CONVERT}"),
    ("replace", ("x", "x", None), f"replace takes texts, and this is no value{ASK}"),
    ("replace", ("x", "x", "y", "1"), f"replace takes integers, and this is a text{CONVERT}"),
    ("split", ("x", "x", "1"), f"split takes integers, and this is a text{CONVERT}"),
    ("substring", (1, 0), f"substring takes texts, and this is a number{CONVERT}"),
    ("substring", ("x", "0"), f"substring takes integers, and this is a text{CONVERT}"),
    ("substring", ("x", 0, "1"), f"substring takes integers, and this is a text{CONVERT}"),
    *[
        (
            "substring",
            ("ab", *span),
            "substring counts from 0 to the text's size, and its start is not after its end; or use Mid or Left",
        )
        for span in ((-1,), (3,), (2, 1), (0, 3))
    ],
    ("format", (1, []), f"format takes texts, and this is a number{CONVERT}"),
    ("format", ("%s", "x"), "format takes lists, and this is a text"),
    ("format", ("%d", ["x"]), f"%d takes integers, and this is a text{CONVERT}"),
    ("format", ("%f", [1.5]), "format knows %s, %d and %%; write other forms with functions"),
    ("format", ("%s", []), "format has fewer values than its template has places; add one to the list for each"),
    ("format", ("x", ["y"]), "format has more values than its template has places; add %s for each"),
    ("reverse", (1,), "reverse takes texts and lists, and this is a number"),
]


@pytest.mark.parametrize(("name", "values", "message"), FAULTS, ids=_shown)
def test_a_refusal_names_the_function_what_it_takes_and_what_to_do(name: str, values: tuple, message: str) -> None:
    with pytest.raises(Fault) as fault:
        call(name, *values)
    assert str(fault.value) == message


def test_instants_and_spans_are_spelled_as_kubernetes_and_protobuf_do() -> None:
    assert spelled(LATER) == "2026-03-02T01:30:00Z"
    assert spelled(timedelta(seconds=90)) == "90s"
    assert spelled(timedelta(microseconds=-1)) == "-0.000001s"
    assert spelled(timedelta()) == "0s"
