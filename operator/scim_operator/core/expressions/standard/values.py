"""CEL's values in Python: what they are called, when two are the same, and how they are distinguished.

null None, bool, int, double float, string str, list list or tuple, map dict, timestamp datetime, duration timedelta.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scim_operator.core.expressions.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.resource import JsonValue

    Standard = Callable[..., JsonValue]
    """A function of CEL: takes the frame and the values of its arguments, a member function's target first."""

INT_MIN, INT_MAX = -(1 << 63), (1 << 63) - 1

_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    float: "double",
    str: "string",
    list: "list",
    tuple: "list",
    dict: "map",
    datetime: "google.protobuf.Timestamp",
    timedelta: "google.protobuf.Duration",
}


class TypeName(str):
    """The result of `type(x)`; equal to the type's name only as such a value."""

    __slots__ = ()


TYPE_NAMES = {name: TypeName(name) for name in {*_NAMES.values(), "type"}}
"""The types that an expression may name."""


def type_of(value: JsonValue) -> TypeName:
    """CEL's name of the value's type."""
    return TYPE_NAMES["type"] if isinstance(value, TypeName) else TYPE_NAMES[_NAMES[type(value)]]


def described(value: JsonValue) -> str:
    """Return the value's type in a sentence; never the value itself."""
    if value is None:
        return "no value"
    return _WORDS.get(type(value), "something else")


_WORDS: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    datetime: "a timestamp",
    timedelta: "a duration",
}


def number(value: JsonValue, what: str) -> Any:  # noqa: ANN401 - int or float, as it came
    """Return the value, if it is a number. Raises Fault, naming `what` takes it."""
    if type(value) is int or type(value) is float:
        return value
    raise Fault(f"{what} takes numbers, and this is {described(value)}{fix(value)}")


def integer(value: JsonValue, what: str) -> int:
    """Return the value, if it is an integer. Raises Fault."""
    if type(value) is int:
        return value
    raise Fault(f"{what} takes integers, and this is {described(value)}{fix(value)}")


def string(value: JsonValue, what: str) -> str:
    """Return the value, if it is a string. Raises Fault."""
    if type(value) is str:
        return value
    raise Fault(f"{what} takes texts, and this is {described(value)}{fix(value)}")


def elements(value: JsonValue, what: str) -> list[JsonValue] | tuple[JsonValue, ...]:
    """Return the elements of a list, none for no value: SCIM does not distinguish the two (RFC 7643 section 2.5)."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return value
    raise Fault(f"{what} takes lists, and this is {described(value)}")


def fix(value: JsonValue) -> str:
    """Return what to do about the value that is not as it should be."""
    if value is None:
        return "; ask has(…) first, or give another with Coalesce(…, 'other')"
    if isinstance(value, list | tuple):
        return "; take one with Item(…, 1), or all with Join"
    return "; convert it with string(…) or int(…)"


def same(frame: Frame, left: JsonValue, right: JsonValue) -> bool:
    """CEL's equality: numbers by value, anything else only with its own kind, lists and maps by what is inside."""
    kind = type(left)
    if kind is str or left is None or kind is bool:
        return type(right) is kind and bool(left == right)
    if kind in (int, float):
        return type(right) in (int, float) and bool(left == right)
    if isinstance(left, list | tuple):
        return isinstance(right, list | tuple) and _same_lists(frame, left, right)
    if isinstance(left, dict):
        return isinstance(right, dict) and _same_maps(frame, left, right)
    return type(right) is kind and bool(left == right)


def _same_lists(frame: Frame, left: Any, right: Any) -> bool:  # noqa: ANN401 - sequences of any values
    frame.charge(4 + 4 * len(left))
    return len(left) == len(right) and all(same(frame, a, b) for a, b in zip(left, right, strict=True))


def _same_maps(frame: Frame, left: dict[str, Any], right: dict[str, Any]) -> bool:
    frame.charge(4 + 4 * len(left))
    return left.keys() == right.keys() and all(same(frame, value, right[key]) for key, value in left.items())
