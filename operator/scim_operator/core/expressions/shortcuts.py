"""Code for what most rules are made of, with fewer calls than the parts would take: `a.b.c`, and `x == 'text'`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.standard.values import described
from scim_operator.core.expressions.syntax import Constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.library.registry import Code
    from scim_operator.core.expressions.syntax import Call
    from scim_operator.core.resource import JsonValue

_EQUALITIES = {"_==_": True, "_!=_": False}


def descending(begin: Code, steps: Sequence[tuple[str, int]]) -> Code:
    """Return the code that reads `steps`, each a name and its place, from what `begin` gives."""
    if not steps:
        return begin

    def read(frame: Frame) -> JsonValue:
        value = begin(frame)
        for name, offset in steps:
            if isinstance(value, dict):
                value = value.get(name)
            elif value is None:
                return None
            else:
                what = described(value)
                raise Fault(f".{name} takes an object, and this is {what}; choose one of a list with [0]", offset)
        return value

    return read


def text_comparison(node: Call, parts: Sequence[Code]) -> Code | None:
    """Return the code of a comparison with a text that is written out, as `same` decides it; None for other calls."""
    wanted = _EQUALITIES.get(node.function)
    if wanted is None:
        return None
    for text, read in zip(node.children, reversed(parts), strict=True):
        if isinstance(text, Constant) and type(text.value) is str:
            return _compared(read, text.value, wanted=wanted)
    return None


def _compared(read: Code, text: str, *, wanted: bool) -> Code:
    def compare(frame: Frame) -> JsonValue:
        frame.left -= 1
        value = read(frame)
        return (type(value) is str and value == text) is wanted

    return compare
