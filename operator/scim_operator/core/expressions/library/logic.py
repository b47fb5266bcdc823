"""Entra's mapping functions that choose, ask and convert.

IIF, Switch and Coalesce evaluate only what they choose, so that the other branch cannot fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library.registry import Style, declare
from scim_operator.core.expressions.library.text import as_text
from scim_operator.core.expressions.standard.values import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.library.registry import Code
    from scim_operator.core.expressions.syntax import Node
    from scim_operator.core.resource import JsonValue


def truth(value: JsonValue, what: str) -> bool:
    """Return whether the value counts as true: true, a number other than 0, or the text True in any case; not null.

    Raises Fault for anything else.
    """
    if value is None:
        return False
    if type(value) in (bool, int, float):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    raise Fault(f"{what} takes a boolean, and this is {described(value)}; compare it, as in … == 'x'")


_TRUTH = {"true": True, "false": False, "1": True, "0": False, "": False}


def iif(frame: Frame, condition: Code, when_true: Code, when_false: Code) -> JsonValue:
    """IIF(condition, valueIfTrue, valueIfFalse).

    Entra's fails where an attribute in the condition is empty, and sends people to Switch; here it is evaluated as it
    reads, with null for the empty attribute.
    """
    return (when_true if truth(condition(frame), "IIF") else when_false)(frame)


def switch(frame: Frame, source: Code, default: Code, *pairs: Code) -> JsonValue:
    """Switch(source, defaultValue, key1, value1, …): the value of the first key that equals the source.

    Case-sensitive. A key "" is for a source that is empty or absent. Entra evaluates Switch as null, and blanks the
    target, when only another attribute changed; here the whole object is always at hand, so it never does.
    """
    sought = source(frame)
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if _matches(sought, key(frame)):
            return value(frame)
    return default(frame)


def _matches(source: JsonValue, key: JsonValue) -> bool:
    """Keys compare as texts; of a boolean, True and true are the same."""
    left, right = as_text(source, "Switch") or "", as_text(key, "Switch") or ""
    if type(source) is bool or type(key) is bool:
        return left.lower() == right.lower()
    return left == right


def _even(arguments: Sequence[Node]) -> None:
    if len(arguments) % 2:
        raise Fault("Switch takes keys and values in pairs after the default; add the missing key or value")


def coalesce(frame: Frame, *sources: Code) -> JsonValue:
    """Coalesce(source1, …, defaultValue): the first that has a value, null where none has; "" is a value."""
    for source in sources:
        value = source(frame)
        if value is not None:
            return value
    return None


def negate(_: Frame, source: JsonValue) -> JsonValue:
    """Not(source): of a text "True" "False", of any other "True"; of a boolean the opposite."""
    if isinstance(source, str):
        return "False" if source.lower() == "true" else "True"
    return not truth(source, "Not")


def c_bool(_: Frame, value: JsonValue) -> bool:
    """CBool(expression): whether it is true, or a number other than 0; false of no value."""
    return truth(value, "CBool")


def bit_and(_: Frame, left: int, right: int) -> int:
    """BitAnd(value1, value2): the bits that both have; hexadecimal numbers are written 0xF7."""
    return left & right


def is_null(_: Frame, value: JsonValue) -> bool:
    """IsNull(expression): whether the attribute is absent."""
    return value is None


def is_null_or_empty(_: Frame, value: JsonValue) -> bool:
    """IsNullOrEmpty(expression): whether it is absent, "", or a list without elements."""
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)


def is_string(_: Frame, value: JsonValue) -> bool:
    """IsString(expression): whether it is a text."""
    return type(value) is str


def ignore_flow(_: Frame, value: JsonValue) -> JsonValue:
    """IgnoreFlowIfNullOrEmpty(expression), inside another call: null for what is empty.

    As the whole expression's result it gives MISSING, which drops the attribute from the flow (see `evaluator`).
    """
    return None if is_null_or_empty(_, value) else value


def redact(_: Frame, value: JsonValue) -> JsonValue:
    """Redact(value): the value itself; the expression is marked sensitive, so that no log shows what it gives."""
    return value


LOGIC = [
    declare("IIF(condition: any, valueIfTrue: any, valueIfFalse: any): any", iif, style=Style.LAZY),
    declare(
        "Switch(source: any, defaultValue: any, keysAndValues...: any): any", switch, style=Style.LAZY, check=_even
    ),
    declare("Coalesce(source: any, others...: any): any", coalesce, style=Style.LAZY),
    declare("Not(source: any): any", negate),
    declare("CBool(expression: any): bool", c_bool),
    declare("BitAnd(value1: int, value2: int): int", bit_and),
    declare("IsNull(expression: any): bool", is_null),
    declare("IsNullOrEmpty(expression: any): bool", is_null_or_empty),
    declare("IsPresent(expression: any): bool", lambda frame, value: not is_null_or_empty(frame, value)),
    declare("IsString(expression: any): bool", is_string),
    declare("IgnoreFlowIfNullOrEmpty(expression: any): any", ignore_flow),
    declare("Redact(value: any): any", redact),
]
