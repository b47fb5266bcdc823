""".NET's custom date and time format strings: reading and writing dates by them, in the invariant culture.

https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings
Reading is ParseExact's: each specifier takes what it would write, `d` also two digits; a text with an offset is brought
to UTC, as on a server in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from scim_operator.core.expressions import regex
from scim_operator.core.expressions.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

STANDARD_FORMATS = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
"""What a format of a single letter stands for."""

MAX_FORMAT = 100
_TOKEN = re.compile(
    r"(?P<run>([dfFghHKmMstyz:/])\2*)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|\\(?P<escaped>.)|(?P<other>.)",
    re.DOTALL,
)
_NOTHING = frozenset({"%", "''", '""'})
_TWO_DIGIT_YEAR_MAX = 29
"""The last two-digit year that belongs to this century, as .NET's calendar has it."""


@lru_cache(maxsize=256)
def tokens(format_: str) -> tuple[tuple[str, str], ...]:
    """Return a format's parts, as (specifier, "") or ("", literal). Raises Fault where it is not a format."""
    if not 0 < len(format_) <= MAX_FORMAT:
        raise Fault(f"A date format has 1 to {MAX_FORMAT} characters, as 'yyyy-MM-dd'; write such a one")
    if len(format_) == 1:
        if format_ not in STANDARD_FORMATS:
            raise Fault("There is no standard date format of that letter; write one such as 'yyyy-MM-dd'")
        format_ = STANDARD_FORMATS[format_]
    return tuple(_token(each) for each in _TOKEN.finditer(format_) if each.group() not in _NOTHING)


def _token(found: re.Match[str]) -> tuple[str, str]:
    if run := found["run"]:
        return ("", run) if run[0] in ":/" else (run, "")
    literal = next(
        part for part in (found["single"], found["double"], found["escaped"], found["other"]) if part is not None
    )
    if literal in ("'", '"', "\\") and found["other"]:
        raise Fault("The date format has a quotation mark or backslash without its other half; complete it")
    return "", literal


def written(moment: datetime, format_: str, *, utc: bool = False) -> str:
    """Return the moment by the format; `utc` is whether it is known to be UTC, which K writes as Z."""
    return "".join(literal or _write(moment, run, utc=utc) for run, literal in tokens(format_))


def _write(moment: datetime, run: str, *, utc: bool) -> str:
    kind, width = run[0], len(run)
    if kind in _FRACTIONS:
        digits = f"{moment.microsecond:06}0"[:width]
        return digits if kind == "f" else digits.rstrip("0")
    if kind == "K":
        return "Z" if utc else ""
    return _WRITERS[kind](moment, width)


_FRACTIONS = "fF"


def _number(value: int, width: int) -> str:
    return f"{value:0{min(width, 2)}}"


def _day(moment: datetime, width: int) -> str:
    if width > 2:
        name = DAYS[moment.weekday()]
        return name[:3] if width == 3 else name
    return _number(moment.day, width)


def _month(moment: datetime, width: int) -> str:
    if width > 2:
        name = MONTHS[moment.month - 1]
        return name[:3] if width == 3 else name
    return _number(moment.month, width)


def _year(moment: datetime, width: int) -> str:
    return _number(moment.year % 100, width) if width <= 2 else f"{moment.year:0{width}}"


_WRITERS: dict[str, Callable[[datetime, int], str]] = {
    "d": _day,
    "M": _month,
    "y": _year,
    "H": lambda moment, width: _number(moment.hour, width),
    "h": lambda moment, width: _number(moment.hour % 12 or 12, width),
    "m": lambda moment, width: _number(moment.minute, width),
    "s": lambda moment, width: _number(moment.second, width),
    "t": lambda moment, width: ("AM" if moment.hour < 12 else "PM")[:width],
    "g": lambda _moment, _width: "A.D.",
    "z": lambda _moment, width: ("+0", "+00", "+00:00")[min(width, 3) - 1],
}

_OFFSET = r"[-+]\d{1,2}"


def _pattern(run: str, position: int) -> str:
    kind, width = run[0], len(run)
    if kind in "dM" and width > 2:
        names = DAYS if kind == "d" else MONTHS
        body = "|".join(name[:3] if width == 3 else name for name in names)
    elif kind in _FRACTIONS:
        body = rf"\d{{{width}}}" if kind == "f" else rf"\d{{0,{width}}}"
    elif kind == "y":
        body = r"\d{1,2}" if width == 1 else rf"\d{{{width}}}"
    elif kind == "t":
        body = "AM|PM" if width > 1 else "A|P"
    elif kind in "zK":
        body = (_OFFSET if width < 3 else rf"{_OFFSET}:?\d{{2}}|Z") if kind == "z" else r"Z|[-+]\d{2}:\d{2}|"
    else:
        body = r"A\.D\.|AD" if kind == "g" else r"\d{1,2}" if width == 1 else r"\d{2}"
    return f"(?P<{kind}{position}>{body})"


@lru_cache(maxsize=256)
def _reader(format_: str) -> regex.Pattern:
    """Compiled by RE2: the format is a user's, and thirty times `d` would make Python's engine try 2^30 ways."""
    parts = (re.escape(literal) if literal else _pattern(run, n) for n, (run, literal) in enumerate(tokens(format_)))
    return regex.compiled(f"(?i){''.join(parts)}")


def read(text: str, format_: str) -> tuple[datetime, bool]:
    """Return the moment that the text spells by the format, and whether it had an offset and is UTC now.

    Raises Fault where the text is not of that form. What the format lacks is 1 January 0001, 0:00.
    """
    found = _reader(format_).fullmatch(text)
    if found is None:
        raise Fault("The date is not of the form that inputFormat says; correct the format, as 'yyyy-MM-dd'")
    values = {name.rstrip("0123456789"): value for name, value in found.groupdict().items()}
    widths = {run[0]: len(run) for run, _ in tokens(format_) if run}
    return moment(dict(_numbers(values, widths)), values.get("z") or values.get("K") or "")


def _numbers(values: dict[str, str], widths: dict[str, int]) -> Iterator[tuple[str, int]]:
    for kind, value in values.items():
        if kind in "dM" and widths[kind] > 2:
            if kind == "M":
                yield "month", next(n for n, name in enumerate(MONTHS, 1) if name[:3].lower() == value[:3].lower())
        elif kind in _FRACTIONS:
            yield "microsecond", int(value.ljust(6, "0")[:6] or 0)
        elif kind == "y":
            yield "year", full_year(int(value)) if widths["y"] <= 2 else int(value)
        elif kind == "t":
            yield "afternoon", int(value[0].upper() == "P")
        elif kind in _NAMES:
            yield _NAMES[kind], int(value)


_NAMES = {"d": "day", "M": "month", "H": "hour", "h": "hour12", "m": "minute", "s": "second"}


def full_year(year: int) -> int:
    """Return the year that two digits mean."""
    return year + (2000 if year <= _TWO_DIGIT_YEAR_MAX else 1900) if year < 100 else year


def moment(parts: dict[str, int], offset: str) -> tuple[datetime, bool]:
    """Return the moment of these parts (year, month, day, hour or hour12 with afternoon, …), and whether it is UTC.

    Raises Fault where there is no such day or time.
    """
    known = dict(parts)
    if "hour12" in known:
        known["hour"] = known.pop("hour12") % 12 + 12 * known.get("afternoon", 0)
    known.pop("afternoon", None)
    try:
        naive = datetime(**{"year": 1, "month": 1, "day": 1, **known}, tzinfo=UTC)
        return (naive.replace(tzinfo=_zone(offset)).astimezone(UTC), True) if offset else (naive, False)
    except (ValueError, OverflowError):
        raise Fault("There is no such day or time; correct the date") from None


def _zone(offset: str) -> timezone:
    if offset in ("Z", "z"):
        return UTC
    hours, _, minutes = offset[1:].partition(":")
    if not minutes and len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    shift = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-shift if offset[0] == "-" else shift)
