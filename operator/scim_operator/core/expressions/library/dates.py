"""Entra's mapping functions on dates. As in the reference a date is a text, `M/d/yyyy h:mm:ss tt` in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library import netdates
from scim_operator.core.expressions.library.registry import declare

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions.frame import Frame

FORMAT = "M/d/yyyy h:mm:ss tt"
"""What CDate, DateAdd, DateFromNum and Now give."""

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
"""Where Active Directory's dates (FILETIME) begin."""

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,7})\d*)?)?(?:\s?(?P<half>[AP]M))?"
)
_ZONE = r"(?:\s?(?P<zone>Z|GMT|UTC|[-+]\d{2}:?\d{2}))?"
_MONTH = "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in netdates.MONTHS)
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s)?"
_FORMS = [
    re.compile(rf"{day}(?:[T\s]\s?{_TIME})?{_ZONE}", re.IGNORECASE | re.ASCII)
    for day in (
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        r"(?P<month>\d{1,2})[-/](?P<day>\d{1,2})[-/](?P<year>\d{4}|\d{2})",
        rf"{_DAY}(?P<name>{_MONTH})\s(?P<day>\d{{1,2}}),?\s(?P<year>\d{{4}})",
        rf"{_DAY}(?P<day>\d{{1,2}})\s(?P<name>{_MONTH}),?\s(?P<year>\d{{4}})",
    )
]
_MAX_DATE = 100


def instant(text: str, what: str) -> datetime:
    """Return the moment of a date in a form that .NET reads without a format; UTC where it has no offset.

    Raises Fault, naming the function `what`, where it is none of them.
    """
    stripped = text.strip() if len(text) <= _MAX_DATE else ""
    found = next((match for form in _FORMS if (match := form.fullmatch(stripped))), None)
    if found is None:
        raise Fault(f"{what} cannot read this as a date; bring it into a form such as 2026-12-31 with FormatDateTime")
    parts = found.groupdict()
    zone = (parts["zone"] or "").upper()
    return netdates.moment(_numbers(parts), "Z" if zone in ("GMT", "UTC") else zone)[0]


def _numbers(parts: dict[str, str | None]) -> dict[str, int]:
    numbers = {name: int(value) for name in ("day", "minute", "second") if (value := parts[name])}
    numbers["month"] = _month(parts)
    numbers["year"] = (
        netdates.full_year(int(parts["year"] or 0)) if len(parts["year"] or "") == 2 else int(parts["year"] or 0)
    )
    if parts["fraction"]:
        numbers["microsecond"] = int(parts["fraction"].ljust(6, "0")[:6])
    if parts["half"]:
        numbers |= {"hour12": int(parts["hour"] or 0), "afternoon": int(parts["half"].upper() == "PM")}
    elif parts["hour"]:
        numbers["hour"] = int(parts["hour"])
    return numbers


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    if name is None:
        return int(parts["month"] or 0)
    return next(n for n, month in enumerate(netdates.MONTHS, 1) if month[:3].lower() == name[:3].lower())


def c_date(_: Frame, text: str | None) -> str | None:
    """CDate(text): the date in UTC, as `M/d/yyyy h:mm:ss tt`."""
    return _spelled(instant(text, "CDate")) if text else None


def now(frame: Frame) -> str:
    """Now(): the time of the evaluation in UTC, as `M/d/yyyy h:mm:ss tt`."""
    return _spelled(frame.now().astimezone(UTC))


def _spelled(moment: datetime) -> str:
    return netdates.written(moment, FORMAT)


def date_add(_: Frame, interval: str | None, value: int, date: str | None) -> str | None:
    """DateAdd(interval, value, dateTime): the date so many yyyy, m, d, ww, h, n or s later; a month's end stays one."""
    if not date:
        return None
    start = instant(date, "DateAdd")
    try:
        return _spelled(_added(start, _interval(interval, "DateAdd"), value))
    except (OverflowError, ValueError):
        raise Fault("DateAdd: the result is outside the years 1 to 9999; add less") from None


def _added(start: datetime, interval: str, value: int) -> datetime:
    if interval in _MONTHS_OF:
        return _months_later(start, _MONTHS_OF[interval] * value)
    return start + timedelta(seconds=_SECONDS_OF[interval] * value)


def _months_later(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = _days_of(year, month + 1)
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def _days_of(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) if (year, month) != (9999, 12) else None
    return 31 if following is None else (following - timedelta(days=1)).day


_MONTHS_OF = {"yyyy": 12, "m": 1}
_SECONDS_OF = {"d": 86_400, "ww": 7 * 86_400, "h": 3_600, "n": 60, "s": 1}


def _interval(interval: str | None, what: str) -> str:
    if interval in _MONTHS_OF or interval in _SECONDS_OF:
        return str(interval)
    raise Fault(f"{what}: interval is one of yyyy, m, d, ww, h, n and s; write one of them")


def date_diff(_: Frame, interval: str | None, first: str | None, second: str | None) -> int | None:
    """DateDiff(interval, date1, date2): date2 less date1, as Visual Basic counts.

    yyyy and m compare calendar fields; ww counts the Sundays crossed; d, h, n and s count whole ones.
    """
    unit = _interval(interval, "DateDiff")
    if not first or not second:
        return None
    return _DIFFERENCES[unit](instant(first, "DateDiff"), instant(second, "DateDiff"))


def _whole(unit: str) -> Callable[[datetime, datetime], int]:
    return lambda first, second: int((second - first) / timedelta(seconds=_SECONDS_OF[unit]))


def _weeks(first: datetime, second: datetime) -> int:
    starts = [each - timedelta(days=each.isoweekday() % 7) for each in (first, second)]
    return int(int((starts[1] - starts[0]) / timedelta(days=1)) / 7)


_DIFFERENCES: dict[str, Callable[[datetime, datetime], int]] = {
    "yyyy": lambda first, second: second.year - first.year,
    "m": lambda first, second: (second.year - first.year) * 12 + second.month - first.month,
    "ww": _weeks,
    **{unit: _whole(unit) for unit in ("d", "h", "n", "s")},
}


def date_from_num(_: Frame, value: int) -> str:
    """DateFromNum(value): the date of an Active Directory time, 100 ns since 1601, as `M/d/yyyy h:mm:ss tt`."""
    try:
        return _spelled(_EPOCH + timedelta(microseconds=value // 10))
    except OverflowError:
        raise Fault("DateFromNum: the number is no date; Active Directory's 'never' is none either") from None


def num_from_date(_: Frame, date: str | None) -> int | None:
    """NumFromDate(date): the Active Directory time of a date, in 100 ns since 1601."""
    return (instant(date, "NumFromDate") - _EPOCH) // timedelta(microseconds=1) * 10 if date else None


_STYLES = {
    "none",
    "allowleadingwhite",
    "allowtrailingwhite",
    "allowinnerwhite",
    "allowwhitespaces",
    "nocurrentdatedefault",
    "adjusttouniversal",
    "assumelocal",
    "assumeuniversal",
    "roundtripkind",
}
_DEFAULT_STYLES = frozenset({"roundtripkind", "allowleadingwhite", "allowtrailingwhite"})


def format_date_time(
    _: Frame, source: str | None, styles: str | None, input_format: str | None, output_format: str | None
) -> str | None:
    """FormatDateTime(source, dateTimeStyles, inputFormat, outputFormat): the date in another form.

    Formats are .NET's custom ones. Styles are the names of DateTimeStyles; white space around the date is allowed
    unless they say otherwise. Local time is UTC.
    """
    chosen = _styles(styles)
    if not source:
        return None
    moment, utc = netdates.read(_trimmed(source, chosen), input_format or "")
    return netdates.written(
        moment, output_format or "", utc=utc or bool(chosen & {"assumeuniversal", "adjusttouniversal"})
    )


def _styles(styles: str | None) -> frozenset[str]:
    if not styles:
        return _DEFAULT_STYLES
    names = [name.strip().rpartition(".")[2].lower() for name in re.split("[,|]", styles[: _MAX_DATE * 3])]
    if not _STYLES.issuperset(names):
        raise Fault(
            "FormatDateTime: dateTimeStyles are names such as AssumeUniversal, with commas between; correct them"
        )
    return frozenset(names)


def _trimmed(source: str, styles: frozenset[str]) -> str:
    white = "allowwhitespaces" in styles
    text = source[: _MAX_DATE * 2]
    text = text.lstrip() if white or "allowleadingwhite" in styles else text
    return text.rstrip() if white or "allowtrailingwhite" in styles else text


_DATE = 30
"""Steps of reading and writing a date."""

DATES = [
    declare("CDate(expression: text): text", c_date, weight=_DATE),
    declare("Now(): text", now, weight=_DATE),
    declare("DateAdd(interval: text, value: int, dateTime: text): text", date_add, weight=_DATE),
    declare("DateDiff(interval: text, date1: text, date2: text): int", date_diff, weight=_DATE),
    declare("DateFromNum(value: int): text", date_from_num, weight=_DATE),
    declare("NumFromDate(value: text): int", num_from_date, weight=_DATE),
    declare(
        "FormatDateTime(source: text, dateTimeStyles: text, inputFormat: text, outputFormat: text): text",
        format_date_time,
        weight=3 * _DATE,
    ),
]
