"""CEL's functions on lists and sets, and its mathematics (the lists, sets and math extensions)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.standard.operators import bounded
from scim_operator.core.expressions.standard.values import elements, integer, number, same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.standard.values import Standard
    from scim_operator.core.resource import JsonValue


def _has(frame: Frame, values: Sequence[JsonValue], value: JsonValue) -> bool:
    frame.charge(1 + len(values))
    return any(same(frame, value, each) for each in values)


def distinct(frame: Frame, values: JsonValue) -> list[JsonValue]:
    """Return the elements, each once, in the order of their first appearance."""
    found = elements(values, "distinct")
    if all(type(each) is str for each in found):
        frame.charge(len(found))
        return list(dict.fromkeys(found))
    result: list[JsonValue] = []
    for each in found:
        if not _has(frame, result, each):
            result.append(each)
    return result


def flatten(frame: Frame, values: JsonValue, depth: JsonValue = 1) -> list[JsonValue]:
    """Return the elements, with those of lists inside instead of them, down to `depth`."""
    levels = integer(depth, "flatten")
    if not 0 <= levels <= 32:
        raise Fault("flatten goes from 0 to 32 levels down; give such a depth")
    result = list(elements(values, "flatten"))
    for _ in range(levels):
        frame.charge(len(result))
        result = _flat(frame, result)
    return result


def _flat(frame: Frame, values: list[JsonValue]) -> list[JsonValue]:
    result: list[JsonValue] = []
    for each in values:
        inner = each if isinstance(each, list | tuple) else (each,)
        frame.charge(len(inner))
        result += inner
    return result


def range_(frame: Frame, count: JsonValue) -> list[int]:
    """Return the integers from 0 up to and without `count`."""
    size = max(0, integer(count, "lists.range"))
    frame.charge(size)
    return list(range(size))


def slice_(frame: Frame, values: JsonValue, start: JsonValue, end: JsonValue) -> list[JsonValue]:
    """Return the elements from `start` up to and without `end`, counted from 0."""
    found, begin, stop = elements(values, "slice"), integer(start, "slice"), integer(end, "slice")
    if not 0 <= begin <= stop <= len(found):
        raise Fault("slice counts from 0 to the list's size, and its start is not after its end; ask its size(…) first")
    frame.charge(stop - begin)
    return list(found[begin:stop])


def sort(frame: Frame, values: JsonValue) -> list[JsonValue]:
    """Return the elements in order; all numbers or all texts."""
    return sort_by(frame, values, values)


def sort_by(frame: Frame, values: JsonValue, keys: JsonValue) -> list[JsonValue]:
    """Return the elements in the order of their keys, as the macro sortBy asks."""
    found, by = elements(values, "sort"), elements(keys, "sort")
    frame.charge(len(found) * max(1, len(found).bit_length()))
    kinds = {str if type(key) is str else bool if type(key) is bool else float for key in by}
    if len(kinds) > 1:
        raise Fault("sort compares numbers with numbers and texts with texts; convert them with string(…)")
    if kinds == {float}:
        by = [number(key, "sort") for key in by]
    return [found[position] for position in sorted(range(len(found)), key=lambda each: by[each])]


def contains(frame: Frame, left: JsonValue, right: JsonValue) -> bool:
    """Return whether the left set has all that is in the right one."""
    inside = elements(left, "sets.contains")
    return all(_has(frame, inside, each) for each in elements(right, "sets.contains"))


def equivalent(frame: Frame, left: JsonValue, right: JsonValue) -> bool:
    """Return whether both sets have the same elements, in any order and number."""
    return contains(frame, left, right) and contains(frame, right, left)


def intersects(frame: Frame, left: JsonValue, right: JsonValue) -> bool:
    """Return whether the sets have an element in common."""
    inside = elements(left, "sets.intersects")
    return any(_has(frame, inside, each) for each in elements(right, "sets.intersects"))


def _extreme(name: str, choose: Callable[[Sequence[Any]], Any]) -> Standard:
    def run(frame: Frame, *values: JsonValue) -> JsonValue:
        found = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
        frame.charge(len(found))
        if not found:
            raise Fault(f"{name} of an empty list has no answer; ask its size(…) first")
        return choose([number(each, name) for each in found])

    return run


def _of_number(name: str, compute: Callable[[Any], Any]) -> Standard:
    def run(_: Frame, value: JsonValue) -> JsonValue:
        return bounded(compute(number(value, name)))

    return run


def _of_integers(name: str, compute: Callable[[int, int], int]) -> Standard:
    def run(_: Frame, left: JsonValue, right: JsonValue) -> JsonValue:
        return bounded(compute(integer(left, name), integer(right, name)))

    return run


def _root(value: Any) -> float:  # noqa: ANN401 - int or float
    return math.sqrt(value) if value >= 0 else math.nan


def _rounded(value: float) -> float:
    return value if not math.isfinite(value) else math.copysign(math.floor(abs(value) + 0.5), value)


def _whole(compute: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: float(compute(value)) if math.isfinite(value) else value


def _sign(value: Any) -> Any:  # noqa: ANN401 - int or float
    return type(value)((value > 0) - (value < 0))


LISTS: dict[str, Standard] = {
    "distinct": distinct,
    "flatten": flatten,
    "lists.range": range_,
    "slice": slice_,
    "sort": sort,
    "@sortByAssociatedKeys": sort_by,
    "sets.contains": contains,
    "sets.equivalent": equivalent,
    "sets.intersects": intersects,
    "math.@max": _extreme("math.greatest", max),
    "math.@min": _extreme("math.least", min),
    "math.abs": _of_number("math.abs", abs),
    "math.ceil": _of_number("math.ceil", _whole(math.ceil)),
    "math.floor": _of_number("math.floor", _whole(math.floor)),
    "math.round": _of_number("math.round", _rounded),
    "math.trunc": _of_number("math.trunc", _whole(math.trunc)),
    "math.sign": _of_number("math.sign", _sign),
    "math.sqrt": _of_number("math.sqrt", _root),
    "math.isNaN": _of_number("math.isNaN", math.isnan),
    "math.isInf": _of_number("math.isInf", math.isinf),
    "math.isFinite": _of_number("math.isFinite", math.isfinite),
    "math.bitAnd": _of_integers("math.bitAnd", lambda a, b: a & b),
    "math.bitOr": _of_integers("math.bitOr", lambda a, b: a | b),
    "math.bitXor": _of_integers("math.bitXor", lambda a, b: a ^ b),
}
