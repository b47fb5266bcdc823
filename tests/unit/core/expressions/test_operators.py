"""CEL's operators by its language definition, at their edges, and the shared budget of expressions."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scim_operator.core.expressions import compile  # noqa: A004
from scim_operator.core.expressions.case import lower, proper_case, title_case, upper
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.frame import Activation, Frame
from scim_operator.core.expressions.meter import BASE, Meter
from scim_operator.core.expressions.standard.operators import OPERATORS
from scim_operator.core.expressions.standard.values import described, same, type_of
from scim_operator.errors import InvalidSpec

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BIG = (1 << 63) - 1
CONVERT = "; convert it with string(…) or int(…)"
ASK = "; ask has(…) first, or give another with Coalesce(…, 'other')"
TAKE = "; take one with Item(…, 1), or all with Join"


def call(name: str, *values: Any) -> Any:
    return OPERATORS[name](Frame(Activation()), *values)


VALUES = [
    ("_+_", (1, 2), 3),
    ("_+_", (1.5, 2.0), 3.5),
    ("_+_", ("a", "b"), "ab"),
    ("_+_", ([1], (2,)), [1, 2]),
    ("_+_", (NOON, HOUR), NOON + HOUR),
    ("_+_", (HOUR, NOON), NOON + HOUR),
    ("_+_", (HOUR, HOUR), 2 * HOUR),
    ("_-_", (1, 2), -1),
    ("_-_", (NOON, NOON - HOUR), HOUR),
    ("_-_", (NOON, HOUR), NOON - HOUR),
    ("_-_", (HOUR, HOUR), timedelta()),
    ("_*_", (3, 4), 12),
    ("_/_", (7, 2), 3),
    ("_/_", (-7, 2), -3),
    ("_/_", (7, -2), -3),
    ("_/_", (-7, -2), 3),
    ("_/_", (0, 5), 0),
    ("_/_", (7.0, 2.0), 3.5),
    ("_/_", (1.0, 0.0), math.inf),
    ("_/_", (-1.0, 0.0), -math.inf),
    ("_/_", (1.0, -0.0), -math.inf),
    ("_%_", (7, 3), 1),
    ("_%_", (-7, 3), -1),
    ("_%_", (7, -3), 1),
    ("_%_", (BIG, 10), 7),
    ("_%_", (-BIG, 10), -7),
    ("-_", (5,), -5),
    ("-_", (BIG,), -BIG),
    ("!_", (True,), False),
    ("_==_", (1, 1.0), True),
    ("_!=_", (1, 1.0), False),
    ("_!=_", (1, "1"), True),
    ("_<_", (1, 2), True),
    ("_<_", (2, 2), False),
    ("_<=_", (2, 2), True),
    ("_<=_", (3, 2), False),
    ("_>_", (2, 1.5), True),
    ("_>_", (2, 2), False),
    ("_>=_", (2, 2), True),
    ("_>=_", (1, 2), False),
    ("_<_", ("a", "b"), True),
    ("_<_", (False, True), True),
    ("_<_", (NOON, NOON + HOUR), True),
    ("_<_", (HOUR, 2 * HOUR), True),
    ("@in", (1, [2, 1.0]), True),
    ("@in", (1, [2]), False),
    ("@in", ("a", {"a": 1}), True),
    ("@in", (1, {"a": 1}), False),
    ("@in", (1, None), False),
    ("_[_]", ([1, 2], 0), 1),
    ("_[_]", ([1, 2], 1), 2),
    ("_[_]", ({"a": 1}, "a"), 1),
    ("_[_]", ({"a": 1}, "b"), None),
    ("_[_]", ({"a": 1}, 0), None),
    ("_[_]", (None, "a"), None),
    ("size", ("abc",), 3),
    ("size", ([1],), 1),
    ("size", ({"a": 1, "b": 2},), 2),
    ("size", (None,), 0),
    ("dyn", (1,), 1),
]


@pytest.mark.parametrize(("name", "values", "expected"), VALUES, ids=str)
def test_value(name: str, values: tuple, expected: Any) -> None:
    found = call(name, *values)
    assert found == expected
    assert type(found) is type(expected)


def test_zero_by_zero_is_no_number() -> None:
    assert math.isnan(call("_/_", 0.0, 0.0))
    assert math.isnan(call("_/_", math.nan, 0.0))


FAULTS = [
    *[
        (f"_{sign}_", (1, 1.0), f"{sign} takes two integers or two doubles; convert one with double(…) or int(…)")
        for sign in "+-*/"
    ],
    *[(f"_{sign}_", (1, "a"), f"{sign} takes numbers, and this is a text{CONVERT}") for sign in "+-*/"],
    *[(f"_{sign}_", (None, 1), f"{sign} takes numbers, and this is no value{ASK}") for sign in "+-*/"],
    ("_/_", (1, 0), "The number on the right of / is 0; exclude that case with a condition"),
    ("_%_", (1, 0), "The number on the right of % is 0; exclude that case with a condition"),
    ("_%_", ("a", 2), f"% takes integers, and this is a text{CONVERT}"),
    ("_%_", (None, 2), f"% takes integers, and this is no value{ASK}"),
    ("_%_", (1.0, 2), f"% takes integers, and this is a number{CONVERT}"),
    ("_%_", (1, 2.0), f"% takes integers, and this is a number{CONVERT}"),
    ("_+_", (BIG, 1), "The number is greater than 64 bits hold; use double(…)"),
    ("_-_", (-BIG - 1, 1), "The number is greater than 64 bits hold; use double(…)"),
    ("_*_", (BIG, 2), "The number is greater than 64 bits hold; use double(…)"),
    ("-_", (-BIG - 1,), "The number is greater than 64 bits hold; use double(…)"),
    ("-_", ("a",), f"- takes numbers, and this is a text{CONVERT}"),
    ("!_", (1,), "! takes booleans, and this is a number; compare it, as in … == true"),
    ("_+_", (datetime.max.replace(tzinfo=UTC), HOUR), "The result is outside the years 1 to 9999; add less"),
    *[
        (f"_{sign}_", ("a", 1), f"{sign} cannot compare a text with a number{CONVERT}")
        for sign in ("<", "<=", ">", ">=")
    ],
    ("_<_", (1, None), f"< cannot compare a number with no value{ASK}"),
    ("_<_", (None, 1), f"< cannot compare no value with a number{ASK}"),
    ("_<_", ([1], 1), f"< cannot compare a list with a number{TAKE}"),
    ("_<_", (1, [1]), f"< cannot compare a number with a list{TAKE}"),
    ("_<_", ({}, {}), f"< cannot compare an object with an object{CONVERT}"),
    ("_<_", (1, True), f"< cannot compare a number with a boolean{CONVERT}"),
    ("_<_", (NOON, HOUR), f"< cannot compare a timestamp with a duration{CONVERT}"),
    ("@in", (1, "abc"), "in takes lists, and this is a text"),
    ("_[_]", ("abc", 0), "[ ] takes lists, and this is a text"),
    ("_[_]", ([1], "0"), f"[ ] takes integers, and this is a text{CONVERT}"),
    *[
        (
            "_[_]",
            ([1], at),
            "The list has no element of that index; ask its size(…) first, or use Item(…, n), which counts from 1",
        )
        for at in (1, -1)
    ],
    ("size", (1,), "size takes lists, and this is a number"),
]


@pytest.mark.parametrize(("name", "values", "message"), FAULTS, ids=str)
def test_a_refusal_says_what_and_how_else(name: str, values: tuple, message: str) -> None:
    with pytest.raises(Fault) as fault:
        call(name, *values)
    assert str(fault.value) == message


KINDS = [
    (None, "no value", "null_type"),
    (True, "a boolean", "bool"),
    (1, "a number", "int"),
    (1.5, "a number", "double"),
    ("x", "a text", "string"),
    ([], "a list", "list"),
    ((), "a list", "list"),
    ({}, "an object", "map"),
    (NOON, "a timestamp", "google.protobuf.Timestamp"),
    (HOUR, "a duration", "google.protobuf.Duration"),
]


@pytest.mark.parametrize(("value", "words", "name"), KINDS, ids=[name for *_, name in KINDS])
def test_a_value_is_called_by_its_type_and_never_by_itself(value: Any, words: str, name: str) -> None:
    assert described(value) == words
    assert type_of(value) == name
    assert type_of(type_of(value)) == "type"


def test_what_has_no_name_is_something_else() -> None:
    assert described(object()) == "something else"


SAME = [
    (1, 1.0, True),
    (1, True, False),
    (True, True, True),
    (None, None, True),
    (None, "", False),
    ("1", 1, False),
    ([1, [2]], (1.0, [2]), True),
    ([1], [1, 2], False),
    ([1], "1", False),
    ({"a": [1]}, {"a": [1.0]}, True),
    ({"a": 1}, {"b": 1}, False),
    ({"a": 1}, [("a", 1)], False),
    (NOON, NOON, True),
    (NOON, HOUR, False),
    (HOUR, HOUR, True),
]


@pytest.mark.parametrize(("left", "right", "equal"), SAME, ids=str)
def test_equality(left: Any, right: Any, equal: bool) -> None:
    assert same(Frame(Activation()), left, right) is equal
    assert same(Frame(Activation()), right, left) is equal


def test_letters_change_as_in_net() -> None:
    assert (upper("straße"), lower("ΑΣ")) == ("STRAßE", "ασ")  # noqa: RUF001
    assert (upper("istanbul", "tr"), lower("IŞIK", "tr-TR"), upper("i", "az-Latn"), upper("i", "en")) == (
        "İSTANBUL",
        "ışık",  # noqa: RUF001
        "İ",
        "I",
    )
    assert title_case("o'neil 3rd a_b") == "O'neil 3Rd A_B"
    assert proper_case("ann-mary o", "-") == "Ann-Mary o"


def test_the_costliest_expression_is_parked_once_all_cost_too_much() -> None:
    meter = Meter(5, "the config", base=100)
    meter.spend("cheap", 40)
    meter.spend("dear", 60)
    meter.check("dear")
    meter.spend("cheap", 1)
    assert meter.total == 41
    meter.check("cheap")
    with pytest.raises(InvalidSpec) as parked:
        meter.check("dear")
    assert str(parked.value) == (
        "The expression costs too much: all expressions of the config together take more steps than they may, and this "
        "one takes the most. Nest fewer comprehensions, or give them shorter lists"
    )
    meter.renew()
    assert meter.total == 0
    meter.check("dear")
    meter.spend("dear", 100)
    meter.check("dear")


def test_each_object_that_is_looked_at_gives_more_steps() -> None:
    meter = Meter(5, "the config", base=100)
    meter.look()
    meter.look()
    meter.spend("x", 110)
    meter.check("x")
    meter.renew()
    meter.spend("x", 101)
    with pytest.raises(InvalidSpec):
        meter.check("x")


def test_what_belongs_together_is_booked_together() -> None:
    """Four expressions of one group cost it what one costs another group, four times."""
    meter = Meter(0, "the groups", base=100)
    for number in range(4):
        compile(f"{number} == {number}", variables=()).evaluate_in(Frame(Activation()), meter, "group a")
    meter.spend("group b", 50)
    with pytest.raises(InvalidSpec, match="of the groups together"):
        meter.check("group a")
    meter.check("group b")
    assert meter.total == 50


def test_the_base_is_some_tenths_of_a_second() -> None:
    assert BASE == 2_000_000
    Meter(0, "x").spend("a", 2_000_000)
