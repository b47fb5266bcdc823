"""CEL's operators and conversions (https://github.com/google/cel-spec/blob/master/doc/langdef.md)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.standard.values import (
    INT_MAX,
    INT_MIN,
    described,
    elements,
    fix,
    integer,
    number,
    same,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.standard.values import Standard
    from scim_operator.core.resource import JsonValue


def add(frame: Frame, left: JsonValue, right: JsonValue) -> JsonValue:
    """Numbers, texts, lists, durations, and a timestamp with a duration."""
    if type(left) is str and type(right) is str:
        frame.charge_text(len(left) + len(right))
        return left + right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        frame.charge(len(left) + len(right))
        return [*left, *right]
    if isinstance(left, timedelta) and isinstance(right, datetime | timedelta):
        return _moved(right, left)
    if isinstance(left, datetime) and isinstance(right, timedelta):
        return _moved(left, right)
    return _arithmetic(left, right, "+", lambda a, b: a + b)


def subtract(_: Frame, left: JsonValue, right: JsonValue) -> JsonValue:
    """Numbers, durations, timestamps."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left - right
    if isinstance(left, datetime | timedelta) and isinstance(right, timedelta):
        return _moved(left, -right)
    return _arithmetic(left, right, "-", lambda a, b: a - b)


def _moved(start: datetime | timedelta, by: timedelta) -> datetime | timedelta:
    try:
        return start + by
    except OverflowError:
        raise Fault("The result is outside the years 1 to 9999; add less") from None


def multiply(_: Frame, left: JsonValue, right: JsonValue) -> JsonValue:
    """Numbers."""
    return _arithmetic(left, right, "*", lambda a, b: a * b)


def divide(_: Frame, left: JsonValue, right: JsonValue) -> JsonValue:
    """Numbers; of integers the quotient without its fraction."""
    return _arithmetic(left, right, "/", _quotient)


def remainder(_: Frame, left: JsonValue, right: JsonValue) -> JsonValue:
    """Integers; with the sign of the left one."""
    if integer(right, "%") == 0:
        raise Fault("The number on the right of % is 0; exclude that case with a condition")
    rest = abs(integer(left, "%")) % abs(right)
    return -rest if left < 0 else rest


def _quotient(left: Any, right: Any) -> Any:  # noqa: ANN401 - int or float
    if type(left) is int:
        if right == 0:
            raise Fault("The number on the right of / is 0; exclude that case with a condition")
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) is (right < 0) else -quotient
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


def _arithmetic(left: JsonValue, right: JsonValue, sign: str, compute: Callable[[Any, Any], Any]) -> JsonValue:
    number(left, sign)
    number(right, sign)
    if type(left) is not type(right):
        raise Fault(f"{sign} takes two integers or two doubles; convert one with double(…) or int(…)")
    return bounded(compute(left, right))


def bounded(value: Any) -> Any:  # noqa: ANN401 - int or float
    """Return the value, if it fits into 64 bits. Raises Fault."""
    if type(value) is int and not INT_MIN <= value <= INT_MAX:
        raise Fault("The number is greater than 64 bits hold; use double(…)")
    return value


def negate(_: Frame, value: JsonValue) -> JsonValue:
    """Return a number with the other sign."""
    return bounded(-number(value, "-"))


def invert(_: Frame, value: JsonValue) -> bool:
    """`!value`."""
    return not boolean(value, "!")


def boolean(value: JsonValue, what: str) -> bool:
    """Return the value, if it is a boolean. Raises Fault."""
    if value is True or value is False:
        return value
    raise Fault(f"{what} takes booleans, and this is {described(value)}; compare it, as in … == true")


def _comparison(sign: str, holds: Callable[[Any, Any], bool]) -> Standard:
    def compare(_: Frame, left: JsonValue, right: JsonValue) -> bool:
        if not _comparable(left, right):
            raise Fault(f"{sign} cannot compare {described(left)} with {described(right)}{fix(_odd(left, right))}")
        return holds(left, right)

    return compare


def _comparable(left: JsonValue, right: JsonValue) -> bool:
    kind = type(left)
    if kind is int or kind is float:
        return type(right) is int or type(right) is float
    return type(right) is kind and kind in (str, bool, datetime, timedelta)


def _odd(left: JsonValue, right: JsonValue) -> JsonValue:
    return right if left is not None and not isinstance(left, list | tuple) else left


def contains(frame: Frame, value: JsonValue, container: JsonValue) -> bool:
    """`value in container`: an element of a list, a key of a map; never in what has no value."""
    if isinstance(container, dict):
        return isinstance(value, str) and value in container
    found = elements(container, "in")
    frame.charge(len(found))
    return any(same(frame, value, element) for element in found)


def index(_: Frame, container: JsonValue, key: JsonValue) -> JsonValue:
    """`container[key]`; a key that a map does not have gives null, as does whatever has no value."""
    if isinstance(container, dict):
        return container.get(key) if isinstance(key, str) else None
    if container is None and isinstance(key, str):
        return None
    found = elements(container, "[ ]")
    position = integer(key, "[ ]")
    if 0 <= position < len(found):
        return found[position]
    raise Fault("The list has no element of that index; ask its size(…) first, or use Item(…, n), which counts from 1")


def size(_: Frame, value: JsonValue) -> int:
    """Characters of a text, elements of a list, entries of a map; 0 of what has no value."""
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    return len(elements(value, "size"))


OPERATORS: dict[str, Standard] = {
    "_+_": add,
    "_-_": subtract,
    "_*_": multiply,
    "_/_": divide,
    "_%_": remainder,
    "-_": negate,
    "!_": invert,
    "_==_": same,
    "_!=_": lambda frame, left, right: not same(frame, left, right),
    "_<_": _comparison("<", lambda a, b: a < b),
    "_<=_": _comparison("<=", lambda a, b: a <= b),
    "_>_": _comparison(">", lambda a, b: a > b),
    "_>=_": _comparison(">=", lambda a, b: a >= b),
    "@in": contains,
    "_[_]": index,
    "size": size,
    "dyn": lambda _frame, value: value,
    "type": lambda _frame, value: type_of(value),
}
