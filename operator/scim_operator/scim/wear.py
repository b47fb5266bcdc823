"""Which resource types say "later" again and again while another one answers: they are left alone for a while.

A `Retry-After` is the whole service's, and nothing is sent while it runs (promise S8). So a type that never does
anything else would keep the others silent for ever, were it asked again each time that one has passed. Services limit
each method apart, so each counts apart.

| what is sent       | how long it is left alone                                                                   |
|--------------------|---------------------------------------------------------------------------------------------|
| what ends access   | as long as its last silence: the other type, whose access ends too, has half of the time    |
| anything else      | ten times as long, then twice as long each time                                             |
"""

from __future__ import annotations

from dataclasses import dataclass

from scim_operator.core.backoff import doubled
from scim_operator.core.keys import ResourceType

WORN = 3
"""Silences in a row, asked for by one type alone, after which it is left alone."""
SHARE = 10.0
"""How many times as long as its last silence a type is left alone, the first time; then twice as long each time."""
LONGEST = 300.0
"""Seconds for which a type is left alone, at most."""

_PARTS = frozenset(type.endpoint for type in ResourceType)


@dataclass(slots=True)
class _Part:
    """The silences in a row of one kind of request, when the last one began, and until when it is left alone."""

    silences: int = 0
    since: float = float("-inf")
    until: float = 0.0


class Wear:
    """The resource types of one service, by endpoint. Times are `Clock.monotonic` seconds."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str, bool], _Part] = {}
        self._answering: set[str] = set()
        self._taken: set[tuple[str, str]] = set()

    def takes(self, method: str, endpoint: str) -> bool:
        """Return whether something of this kind was answered since it was last refused: then "later" is about rate."""
        return (method, endpoint) in self._taken

    def held(self, method: str, endpoint: str, now: float, *, first: bool = False) -> float:
        """Return the seconds for which no request of this method is to be sent to an endpoint; `first` ends access."""
        part = self._parts.get((method, endpoint, first))
        return max(0.0, part.until - now) if part is not None and self._answering else 0.0

    def answered(self, method: str, endpoint: str) -> None:
        """Note an answer that was no "later"."""
        for first in (False, True):
            self._parts.pop((method, endpoint, first), None)
        self._taken.add((method, endpoint))
        if endpoint in _PARTS:
            self._answering.add(endpoint)

    def refused(
        self, method: str, endpoint: str, now: float, sent_at: float, wait: float, *, first: bool = False
    ) -> None:
        """Note that an endpoint said "later", in `wait` seconds. What was sent before the last one brings no news."""
        self._answering.discard(endpoint)
        self._taken.discard((method, endpoint))
        if endpoint not in _PARTS:
            return
        part = self._parts.setdefault((method, endpoint, first), _Part())
        if sent_at <= part.since:
            return
        part.since = now
        part.silences += 1
        if part.silences >= WORN:
            last = max(1.0, wait)
            pause = min(last, LONGEST) if first else doubled(SHARE * last, part.silences - WORN, LONGEST)
            part.until = now + wait + pause
