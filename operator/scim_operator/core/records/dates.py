"""Windows from `notBefore` to `notAfter`, and an agenda of the instants at which they begin or end."""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scim_operator.core.instants import zoned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.keys import ObjectKey


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` (included) until `end` (excluded); None is open."""

    begin: datetime | None = None
    end: datetime | None = None

    def is_early(self, now: datetime) -> bool:
        """Return whether it has not begun."""
        return self.begin is not None and now < self.begin

    def is_late(self, now: datetime) -> bool:
        """Return whether it is over."""
        return self.end is not None and now >= self.end

    def holds(self, now: datetime) -> bool:
        """Return whether it has begun and is not over."""
        return not self.is_early(now) and not self.is_late(now)


def window_of(body: Mapping[str, Any]) -> Window | None:
    """Return the window that `notBefore` and `notAfter` of `body` give (RFC 3339); None where there are none."""
    begin, end = body.get("notBefore"), body.get("notAfter")
    return None if begin is None and end is None else Window(_bound(begin), _bound(end))


def _bound(text: str | None) -> datetime | None:
    return None if text is None else zoned(datetime.fromisoformat(text))


_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?)?", re.ASCII)


def instant_of(text: str) -> datetime | None:
    """Return the instant that a text of RFC 3339 names, of a date its beginning, both in UTC where they name no offset.

    None where it names none: ISO 8601 has other forms, such as 20260101, which may just as well be a number.
    """
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return zoned(datetime.fromisoformat(text.upper()))
    except ValueError:
        return None


def next_turn(windows: Iterable[Window], now: datetime) -> datetime | None:
    """Return the first instant after `now` at which one of the windows begins or ends."""
    instants = (instant for window in windows for instant in (window.begin, window.end))
    return min((instant for instant in instants if instant is not None and instant > now), default=None)


class Agenda:
    """Next instant of each object that has one. Nothing else is looked at when the first is asked for."""

    def __init__(self) -> None:
        self._due: dict[ObjectKey, datetime] = {}
        self._heap: list[tuple[datetime, ObjectKey]] = []

    def put(self, key: ObjectKey, instant: datetime | None) -> None:
        """Set the next instant of an object; None removes it."""
        if self._due.get(key) == instant:
            return
        if instant is None:
            del self._due[key]
            return
        self._due[key] = instant
        heapq.heappush(self._heap, (instant, key))

    @property
    def next(self) -> datetime | None:
        """The first instant of all."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    @property
    def first(self) -> ObjectKey | None:
        """The object whose instant is next, None without any."""
        return self._heap[0][1] if self.next is not None else None
