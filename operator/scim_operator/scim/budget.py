"""The budget of one service: requests a second, requests at once, and silence while a Retry-After runs (promise S8).

`BudgetState` decides, on numbers alone; `Budget` waits. Concurrency adapts as TCP does: halved when the service says
"later", one more for every round of successes, never above what the config allows. So does the rate (core/pace.py).
"""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.core.backoff import doubled
from scim_operator.scim.pacing import Pacing
from scim_operator.scim.precedence import goes_first
from scim_operator.scim.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from scim_operator.scim.clock import Clock

UNTIL_RELEASE = float("inf")
"""The wait that only ends when a running request ends."""

CATCH_UP = 0.02
"""Seconds. So much of a late wake-up may be made good; without it, timers alone would cost some of the rate."""

KEPT = 900.0
"""Seconds after the last refusal for which the pace is remembered although no one sends: about a reconnection."""

FIRST_GUESS, LONGEST_GUESS = 1.0, 60.0
"""Seconds of silence after a 429 that names none: the first time, and at most."""


@dataclass(slots=True)
class BudgetState:
    """Decides by the requests sent when the next may be. Times are `Clock.monotonic` seconds.

    Args: concurrency, the most requests at once; rate, the most a second, None for no limit.
    """

    concurrency: int
    rate: float | None = None
    allowed: float = field(init=False)
    """Requests at once that are allowed now; its whole part counts."""
    running: int = field(init=False, default=0)
    closed_until: float = field(init=False, default=0.0)
    pacing: Pacing = field(init=False, default_factory=Pacing)
    _next: float = field(init=False, default=0.0)
    _awaited: float | None = field(init=False, default=None)
    _halved_at: float = field(init=False, default=float("-inf"))
    _refusals: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.allowed = float(max(1, self.concurrency))

    def admit(self, now: float) -> float:
        """Take a place for one request and return 0, or take none and return the seconds after which to ask again."""
        if now < self.closed_until:
            self._awaited = None
            return self.closed_until - now
        if self.running >= int(self.allowed):
            return UNTIL_RELEASE
        if self.rate is not None:
            if now < self._next:
                self._awaited = self._next
                self.pacing.held_back(self.rate)
                return self._next - now
            late = CATCH_UP if self._awaited == self._next else 0.0  # a pause is not made good
            self._next = max(self._next, now - late) + 1 / self.pacing.within(self.rate)
        self.running += 1
        return 0.0

    def limit(self, concurrency: int, rate: float | None) -> None:
        """Change what is allowed at most; what the service was found not to take stays as it is."""
        full = self.allowed >= self.concurrency
        self.concurrency, self.rate = concurrency, rate
        self.allowed = float(max(1, concurrency)) if full else min(self.allowed, float(max(1, concurrency)))

    def release(self) -> None:
        """Give a place back."""
        self.running -= 1

    def succeeded(self, sent_at: float | None = None) -> None:
        """Note an answer that was no refusal: one place more for every `allowed` of them."""
        self._refusals = 0
        if sent_at is not None:
            self.pacing.answered(sent_at)
        self.allowed = min(float(max(1, self.concurrency)), self.allowed + 1 / self.allowed)

    def refused(self, now: float, sent_at: float, wait: float | None) -> None:
        """Note a refusal with the seconds it asks to wait; None when it only says "later": each time longer then.

        A request that was sent before the last halving brings no news.
        """
        if sent_at > self._halved_at:
            self.allowed = max(1.0, self.allowed / 2)
            self._halved_at = now
            self._refusals += 1
        if wait is None:
            wait = doubled(FIRST_GUESS, self._refusals - 1, LONGEST_GUESS)
        self.closed_until = max(self.closed_until, now + wait)


class Budget:
    """Lets requests through as far as `BudgetState` admits them: in their order, lanes in turns. Cancel anywhere.

    What ends access goes first in its lane. Those who share it each have a lane and limits of their own, of which the
    smallest hold.
    """

    def __init__(self, clock: Clock, *, concurrency: int, rate: float | None = None) -> None:
        self.state = BudgetState(concurrency, rate)
        self.clock = clock
        self._turnstile = Turnstile()
        self._limits: dict[Hashable, tuple[int, float | None]] = {}
        self._released = asyncio.Event()

    @property
    def closed_for(self) -> float:
        """Return the seconds for which a Retry-After still keeps everything back."""
        return max(0.0, self.state.closed_until - self.clock.monotonic())

    @property
    def allowed(self) -> float:
        """Return the requests a second that may be sent now; infinite where nothing limits them."""
        return math.inf if self.state.rate is None else self.state.pacing.within(self.state.rate)

    @property
    def remembers(self) -> bool:
        """Return whether it holds what no one is to forget, although no one may share it: a silence, or a pace."""
        return self.closed_for > 0 or self.clock.monotonic() < self.state.pacing.heard_at + KEPT

    @property
    def shares(self) -> int:
        """Return the number of parties that share it."""
        return len(self._limits)

    def is_of(self, lane: Hashable) -> bool:
        """Return whether no other party shares it."""
        return self._limits.keys() == {lane}

    def share(self, lane: Hashable, concurrency: int, rate: float | None) -> None:
        """Add a party that sends with it too, and wants these limits kept."""
        self._limits[lane] = (concurrency, rate)
        self._agree()

    def unshare(self, lane: Hashable) -> None:
        """Remove a party that no longer sends with it."""
        self._limits.pop(lane, None)
        self._agree()

    def _agree(self) -> None:
        if self._limits:
            rates = [rate for _, rate in self._limits.values() if rate is not None]
            self.state.limit(min(most for most, _ in self._limits.values()), min(rates, default=None))
            self._released.set()

    @asynccontextmanager
    async def request(self, account: str = "", lane: Hashable = None) -> AsyncIterator[Sending]:
        """Wait for a place, and hold it while the request runs. `account` matters where the budget is shared."""
        async with self._turnstile.turn(lane, first=goes_first()):
            await self._admitted()
        try:
            yield Sending(self.state, self.clock, self.clock.monotonic())
        finally:
            self.state.release()
            self._released.set()

    def close(self) -> None:
        """Do nothing: nothing is held."""

    async def _admitted(self) -> None:
        while (wait := self.state.admit(self.clock.monotonic())) > 0:
            if wait == UNTIL_RELEASE:
                self._released.clear()
                await self._released.wait()
            else:
                await self.clock.sleep(wait)


@dataclass(frozen=True, slots=True)
class Sending:
    """One request under way; report to it how the service answered."""

    state: BudgetState
    clock: Clock
    sent_at: float

    def succeeded(self) -> None:
        """Note that the service took the request, with any result."""
        self.state.succeeded(self.sent_at)

    def refused(self, wait: float | None, *, too_many: bool = False) -> None:
        """Note that the service said "later", in `wait` seconds if it said when; `too_many`: for it got too many."""
        now = self.clock.monotonic()
        if too_many and self.state.rate is not None:
            self.state.pacing.refused(now, self.sent_at, self.state.rate)
        self.state.refused(now, self.sent_at, wait)
