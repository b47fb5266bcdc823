"""S8: requests never exceed the service's budget, and none is sent while a Retry-After runs."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from verify.fates import Fate
from verify.promises.promise import Promise

if TYPE_CHECKING:
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.violation import Violation

SPAN = 1.0
"""Seconds over which the rate is looked at."""
SLACK = 2
"""Requests that a span may have beyond the rate: one at each of its ends."""
_UNHEARD = frozenset({Fate.ANSWER_LOST, Fate.RESET, Fate.LOST})


class Budget(Promise):
    """Counts for each operator on its own what it sends, what runs, and until when it was asked to wait."""

    name = "S8"
    everything = True

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._running: defaultdict[str, set[int]] = defaultdict(set)
        self._waits: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)

    def sending(self, exchange: Exchange) -> None:
        """Count a request, and judge whether it may be sent now."""
        if not exchange.to_service:
            return
        rate, concurrency = self._budget()
        sent, running = self._sent[exchange.sender], self._running[exchange.sender]
        sent.append(exchange.sent)
        while sent[0] <= exchange.sent - SPAN:
            sent.popleft()
        if len(sent) > rate * SPAN + SLACK:
            self.broken(f"more than {rate:.0f} requests are sent within {SPAN:.0f} s", exchange)
        running.add(id(exchange))
        if len(running) > concurrency:
            self.broken(f"more than {concurrency} requests run at once", exchange)
        if any(begin < exchange.sent < end for begin, end in self._waits[exchange.sender]):
            self.broken("a request is sent while a Retry-After runs", exchange)

    def ended(self, exchange: Exchange) -> None:
        """See that a request was answered, and whether the answer asks to wait."""
        if not exchange.to_service:
            return
        self._running[exchange.sender].discard(id(exchange))
        if exchange.retry_after and exchange.fate not in _UNHEARD:
            self._waits[exchange.sender].append((self.world.now, self.world.now + exchange.retry_after))

    def _budget(self) -> tuple[float, int]:
        """Return the rate and the concurrency of the configs that an operator may have in view."""
        budgets = [
            (state.config.get("service") or {}).get("budget") or {} for state in self.ground.states(self.world.now)
        ]
        rates = [float(one.get("requestsPerSecond") or "inf") for one in budgets]
        return max(rates), max(one.get("concurrency", 16) for one in budgets)
