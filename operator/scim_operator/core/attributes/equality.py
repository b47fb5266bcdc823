"""SCIM's equality: whether what the service holds is what we want, however the service writes it.

null, "", [] and absent are the same (RFC 7643 section 2.5); strings compare as caseExact says (section 7); multi-valued
attributes by their values, not by order (section 2.4); booleans, numbers and instants by meaning, whatever their JSON
type; of complex values only the sub-attributes that we name count: what a service adds (`$ref`, `display`) is no
difference.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import Absent
from scim_operator.core.attributes.schema import Type
from scim_operator.core.instants import to_utc

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.attributes.schema import Attribute
    from scim_operator.core.resource import JsonValue


_STRING = Type.STRING
"""Asked for each value of each object: Python 3.11 is slow to find a member of an enum by its name."""


def equal(path: AttributePath, desired: JsonValue, observed: JsonValue) -> bool:
    """Return whether `observed` is what `desired` asks for at `path`.

    Not symmetric: sub-attributes that only `observed` has do not count.
    """
    if desired == observed:
        return True
    if isinstance(desired, bool) and isinstance(observed, bool):
        return False
    return _equal(path.characteristics, desired, observed)


def canonical(path: AttributePath, value: JsonValue) -> Hashable:
    """Return the value in the form in which equal values are the same, None when it is unassigned."""
    return _canonical(path.characteristics, value)


def digest(path: AttributePath, value: JsonValue) -> str:
    """Return a short name for a value, the same in every process: equal values have the same."""
    return hashlib.sha256(repr(canonical(path, value)).encode()).hexdigest()[:16]


def unassigned(value: JsonValue) -> bool:
    """Return whether the value is unassigned (RFC 7643 section 2.5), as empty texts and objects are too."""
    if isinstance(value, str):
        return not value
    if isinstance(value, dict):
        return all(unassigned(sub) for sub in value.values())
    if isinstance(value, list):
        return all(unassigned(element) for element in value)
    return value is None or isinstance(value, Absent)


def _equal(attribute: Attribute, desired: JsonValue, observed: JsonValue) -> bool:
    if unassigned(desired) or unassigned(observed):
        return unassigned(desired) and unassigned(observed)
    if isinstance(desired, list) or isinstance(observed, list):
        return _equal_elements(attribute, _elements(attribute, desired), _elements(attribute, observed))
    return _fits(attribute, desired, observed)


def _fits(attribute: Attribute, desired: JsonValue, observed: JsonValue) -> bool:
    """Return whether one value is as wanted."""
    if isinstance(desired, dict):
        return isinstance(observed, dict) and _canonical(attribute, _only(desired, observed)) == _canonical(
            attribute, desired
        )
    return _canonical(attribute, desired) == _canonical(attribute, observed)


def _only(desired: dict[str, JsonValue], observed: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Of `observed`, the sub-attributes that `desired` names."""
    names = {name.lower() for name in desired}
    return {name: value for name, value in observed.items() if name.lower() in names}


def _equal_elements(attribute: Attribute, desired: list[JsonValue], observed: list[JsonValue]) -> bool:
    if len(desired) != len(observed):
        return False
    shapes = {frozenset(map(str.lower, each)) if isinstance(each, dict) else None for each in desired}
    if len(shapes) > 1:
        return _paired(attribute, desired, observed)
    first = desired[0]
    if isinstance(first, dict):
        if not all(isinstance(each, dict) for each in observed):
            return False
        observed = [_only(first, each) for each in observed]
    return _counted(attribute, desired) == _counted(attribute, observed)


def _counted(attribute: Attribute, elements: list[JsonValue]) -> Counter[Hashable]:
    return Counter(_canonical(attribute, each) for each in elements)


def _elements(attribute: Attribute, value: JsonValue) -> list[JsonValue]:
    """Return the distinct assigned elements: a value and its repetition are one (RFC 7643 section 2.4)."""
    each = value if isinstance(value, list) else [value]
    return list({_canonical(attribute, element): element for element in each if not unassigned(element)}.values())


def _paired(attribute: Attribute, desired: Sequence[JsonValue], observed: Sequence[JsonValue]) -> bool:
    """Return whether each wanted element has an observed one of its own (bipartite matching, augmenting paths)."""
    fitting = [{n for n, other in enumerate(observed) if _fits(attribute, each, other)} for each in desired]
    taken: dict[int, int] = {}

    def seat(wanted: int, tried: set[int]) -> bool:
        for place in fitting[wanted] - tried:
            tried.add(place)
            if place not in taken or seat(taken[place], tried):
                taken[place] = wanted
                return True
        return False

    return all(seat(wanted, set()) for wanted in range(len(desired)))


def _canonical(attribute: Attribute, value: JsonValue) -> Hashable:
    if type(value) is str and attribute.type is _STRING:  # as most are
        return (value if attribute.case_exact else value.lower()) or None
    if unassigned(value):
        return None
    if isinstance(value, list):
        return tuple(sorted({_canonical(attribute, each) for each in value if not unassigned(each)}, key=repr))
    if isinstance(value, dict):
        members = [(name.lower(), _canonical(attribute.sub_attribute(name), sub)) for name, sub in value.items()]
        return tuple(sorted((member for member in members if not _default(member)), key=repr)) or None
    return _simple(attribute, value)


def _default(member: tuple[str, Hashable]) -> bool:
    """Unassigned, or `primary` false, which absent means as well (RFC 7643 section 2.4)."""
    return member[1] is None or member == ("primary", False)


def _simple(attribute: Attribute, value: JsonValue) -> Hashable:
    if attribute.type is Type.BOOLEAN:
        return _boolean(value)
    if attribute.type in (Type.INTEGER, Type.DECIMAL):
        return _number(value)
    if attribute.type is Type.DATE_TIME:
        return _instant(value)
    return _text(value) if attribute.case_exact else _text(value).lower()


def _text(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _boolean(value: JsonValue) -> Hashable:
    text = _text(value).lower()
    return text == "true" if text in ("true", "false") else text


def _number(value: JsonValue) -> Hashable:
    text = _text(value)
    try:
        number = Decimal(text).normalize()
    except ArithmeticError:
        return text
    return number if number.is_finite() else text


def _instant(value: JsonValue) -> Hashable:
    """Return the instant in UTC; a time without an offset is taken as UTC."""
    text = _text(value)
    try:
        return to_utc(datetime.fromisoformat(text.upper())).isoformat()
    except (OverflowError, ValueError):  # no such time, or none of the years 1 to 9999 in UTC
        return text
