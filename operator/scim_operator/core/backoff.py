"""The pauses before something that failed is tried again: each twice as long as the one before, up to a limit."""

from __future__ import annotations

import math

FIRST, LONGEST = 1.0, 300.0
"""Seconds before the second attempt, and the most before any."""


def doubled(first: float, times: int, longest: float = math.inf) -> float:
    """Return a pause that was doubled so many times, and is `longest` at most."""
    return min(longest, first * 2.0 ** min(times, 64))  # bounded, because an outage may last


class Backoff:
    """The pauses of one thing that is tried until it succeeds, in seconds."""

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    @property
    def upcoming(self) -> float:
        """Return the pause that `next` returns."""
        return doubled(self._first, self._failures, self._longest)

    def next(self) -> float:
        """Return how long to wait now; the next time it is twice as long."""
        pause = self.upcoming
        self._failures += 1
        return pause

    def reset(self) -> None:
        """Note a success: the next failure is the first again."""
        self._failures = 0
