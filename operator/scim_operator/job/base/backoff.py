"""The pauses before something that failed is tried again: each twice as long as the one before, up to a limit."""

from __future__ import annotations

FIRST, LONGEST = 1.0, 300.0
"""Seconds before the second attempt, and the most before any."""


class Backoff:
    """The pauses of one thing that is tried until it succeeds, in seconds."""

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = longest
        self.upcoming = first
        """The pause that `next` returns."""

    def next(self) -> float:
        """Return how long to wait now; the next time it is twice as long."""
        pause, self.upcoming = self.upcoming, min(2 * self.upcoming, self._longest)
        return pause

    def reset(self) -> None:
        """Note a success: the next failure is the first again."""
        self.upcoming = self._first
