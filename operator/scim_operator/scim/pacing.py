"""The pace of one service, learned from its answers; core/pace.py decides. Times are `Clock.monotonic` seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from scim_operator.core.pace import Pace, quickened, slowed

REMEMBERED = 2048
"""Requests that are remembered between refusals."""


class Pacing:
    """Takes in when requests were sent, and whether the service took them."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.heard_at = float("-inf")
        """When it was last heard that requests were too many."""
        self._taken: deque[float] = deque(maxlen=REMEMBERED)
        self._refused_at: float | None = None
        self._held_back = False

    def held_back(self, most: float) -> None:
        """Note that a request waits, for the pace unless the budget of `most` is what it waits for."""
        self._held_back = self.pace.rate < most

    def answered(self, sent_at: float) -> None:
        """Note a request that the service took."""
        self._remember(sent_at)
        if self._held_back:
            self._held_back = False
            self.pace = quickened(self.pace)

    def within(self, most: float) -> float:
        """Return the requests a second that may be sent now where the budget allows `most`."""
        return min(most, self.pace.rate)

    def refused(self, now: float, sent_at: float, most: float) -> None:
        """Note a "later" where the budget allows `most`. What was sent before the last one was heard brings no news."""
        if sent_at <= self.heard_at:
            return
        self.heard_at = now
        pace = replace(self.pace, rate=self.within(most))
        self.pace = slowed(pace, self._taken, self._refused_at, sent_at)
        self._refused_at = sent_at

    def _remember(self, sent_at: float) -> None:
        later = []
        while self._taken and self._taken[-1] > sent_at:  # answers overtake each other
            later.append(self._taken.pop())
        self._taken.append(sent_at)
        self._taken.extend(reversed(later))
