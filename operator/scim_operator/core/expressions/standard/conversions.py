"""CEL's conversions, timestamps and durations."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.frame import CHARACTER
from scim_operator.core.expressions.standard.operators import bounded
from scim_operator.core.expressions.standard.values import described, fix

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.standard.values import Standard
    from scim_operator.core.resource import JsonValue

_INTEGER = re.compile(r"[-+]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,4})?")
_DURATION = re.compile(r"(-?)((?:[0-9]{1,12}(?:\.[0-9]{1,9})?(?:h|m|s|ms|us|ns))+)")
_PART = re.compile(r"([0-9.]+)(h|ms|m|us|s|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[-+][0-9]{2}:[0-9]{2})"
)
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "t": True, "1": True} | {
    "false": False,
    "False": False,
    "FALSE": False,
    "f": False,
    "0": False,
}


def to_int(_: Frame, value: JsonValue) -> int:
    """Of a number, a decimal text, or a timestamp (seconds since 1970)."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(bounded(int(value)))
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return int(bounded(int(value)))
    raise _unreadable("int", "an integer, as '42'", value)


def to_double(_: Frame, value: JsonValue) -> float:
    """Of a number or a decimal text."""
    if type(value) is int or type(value) is float:
        return float(value)
    if type(value) is str and _DECIMAL.fullmatch(value):
        return float(value)
    raise _unreadable("double", "a number, as '1.5'", value)


def to_bool(_: Frame, value: JsonValue) -> bool:
    """Of a boolean, or its name."""
    found = _BOOLEANS.get(value) if type(value) is str else value
    if found is True or found is False:
        return found
    raise _unreadable("bool", "'true' or 'false'", value)


def to_string(_: Frame, value: JsonValue) -> str:
    """Of a boolean, number, text, timestamp or duration."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if type(value) is float:
        return f"{value:.17g}" if float(f"{value:.15g}") != value else f"{value:.15g}"
    if isinstance(value, datetime | timedelta):
        return spelled(value)
    raise _unreadable("string", "a boolean, a number or a text", value)


def to_timestamp(_: Frame, value: JsonValue) -> datetime:
    """Of RFC 3339 text, or seconds since 1970."""
    if isinstance(value, datetime):
        return value
    if type(value) is str and _TIMESTAMP.fullmatch(value):
        return _instant(value)
    if type(value) is int and abs(value) < 1 << 37:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
    raise _unreadable("timestamp", "RFC 3339, as '2026-12-01T00:00:00Z'", value)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Fault("There is no such day or time; check the text given to timestamp(…)") from None


def to_duration(frame: Frame, value: JsonValue) -> timedelta:
    """Of text such as 1h30m or 4.5s."""
    if isinstance(value, timedelta):
        return value
    if type(value) is str:
        frame.charge(CHARACTER * len(value))
    if type(value) is str and (found := _DURATION.fullmatch(value)):
        seconds = sum(float(count) * _SECONDS[unit] for count, unit in _PART.findall(found[2]))
        return timedelta(seconds=-seconds if found[1] else seconds)
    raise _unreadable("duration", "a duration, as '720h'", value)


def spelled(value: datetime | timedelta) -> str:
    """RFC 3339 of a timestamp, seconds of a duration."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{value.total_seconds():.9f}".rstrip("0").rstrip(".") + "s"


def _unreadable(name: str, form: str, value: JsonValue) -> Fault:
    return Fault(
        f"{name}(…) reads {form}, and this is {described(value)} of another form{fix(None) if value is None else ''}"
    )


_PARTS: dict[str, tuple[Callable[[datetime], int], Callable[[timedelta], int] | None]] = {
    "getFullYear": (lambda t: t.year, None),
    "getMonth": (lambda t: t.month - 1, None),
    "getDate": (lambda t: t.day, None),
    "getDayOfMonth": (lambda t: t.day - 1, None),
    "getDayOfWeek": (lambda t: t.isoweekday() % 7, None),
    "getDayOfYear": (lambda t: t.timetuple().tm_yday - 1, None),
    "getHours": (lambda t: t.hour, lambda d: int(d.total_seconds() / 3600)),
    "getMinutes": (lambda t: t.minute, lambda d: int(d.total_seconds() / 60)),
    "getSeconds": (lambda t: t.second, lambda d: int(d.total_seconds())),
    "getMilliseconds": (lambda t: t.microsecond // 1000, lambda d: d.microseconds // 1000),
}


def _getter(name: str) -> Standard:
    of_time, of_duration = _PARTS[name]

    def get(_: Frame, value: JsonValue, *zone: JsonValue) -> int:
        if zone and zone[0] not in ("UTC", "Z", "+00:00", "00:00"):
            raise Fault(f"{name} knows no time zone but UTC; leave the argument away and add a duration instead")
        if isinstance(value, datetime):
            return of_time(value.astimezone(UTC))
        if isinstance(value, timedelta) and of_duration is not None:
            return of_duration(value)
        raise Fault(f"{name} takes a timestamp, and this is {described(value)}; make one with timestamp(…)")

    return get


CONVERSIONS: dict[str, Standard] = {
    "int": to_int,
    "double": to_double,
    "bool": to_bool,
    "string": to_string,
    "timestamp": to_timestamp,
    "duration": to_duration,
    **{name: _getter(name) for name in _PARTS},
}
