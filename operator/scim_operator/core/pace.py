"""How many requests a second a service is sent: as many as it turned out to take, never more than the budget allows.

Services that say "later" let a burst through, and then so many requests a second (a token bucket). Their rate is found
as TCP finds a path's: more and more until the first refusal, less at once after each, and then a little more each
second. What lies between two refusals says what the rate is, so that few refusals are enough (`taken`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = 50.0
"""Requests a second with which a service begins of which nothing is known yet."""
LEAST = 1.0
"""Requests a second to which refusals slow a service down, at least."""
DOUBLING = 0.75
"""Seconds in which the rate doubles until the first refusal."""
RETURN = 8.0
"""Seconds in which the rate would rise from nothing to where it was refused: fast below it, and slow above."""
STEP, HURRY = 0.05, 0.05
"""Requests a second that are added each second above the last known rate; and the part of what is above it."""
LONGEST = 8.0
"""How many times slower the rate rises, at most, where it met the same limit again and again."""
SAME = 0.15
"""How far two findings may be apart, as a part, and still be the same limit."""
MARGIN = 0.98
"""The part of the rate found that is used: what arrives is less even than what is sent."""
FIRST_CUT, DEEPEST_CUT = 0.25, 0.2
"""The part of the rate that the first refusal leaves, and that any later one leaves at least."""
ENOUGH = 3
"""Requests taken between two refusals from which something can be learned. With fewer, the rate halves."""
CLOSER = 0.9
"""The part of the rate to which it then returns."""
MISSED = 1.5
"""How far above the last known rate, as a part of it, shows that the service takes more than it did."""
NOISE = 0.5
"""Requests by which two fillings of a bucket may differ."""
WIDER = 1.1
"""In what steps a second rate is looked for that would explain both as well."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The rate in requests a second, and what the service was last found to take; infinite while it never refused."""

    rate: float = FIRST
    known: float = math.inf
    patience: float = 1.0
    """How many times slower than usual the rate rises above what is known."""

    @property
    def learned(self) -> bool:
        """Return whether a refusal stands behind it."""
        return self.known < math.inf


def quickened(pace: Pace) -> Pace:
    """Return the pace after one more request was taken while the pace was what held others back."""
    if not pace.learned:
        return replace(pace, rate=pace.rate + math.log(2) / DOUBLING)
    if pace.rate < pace.known:
        return replace(pace, rate=min(pace.known, pace.rate + pace.known / RETURN / pace.rate))
    rise = (STEP + HURRY * (pace.rate - pace.known)) / pace.patience
    rate = pace.rate + rise / pace.rate
    return Pace(rate) if rate > pace.known * MISSED else replace(pace, rate=rate)


def slowed(pace: Pace, sent: Sequence[float], last: float | None, now: float) -> Pace:
    """Return the pace after a refusal of what was sent at `now`.

    `sent` are the times of the requests that were taken, in order; `last` the time of the refusal before, if any.
    """
    if last is None or not pace.learned:
        return Pace(max(LEAST, pace.rate * FIRST_CUT), pace.rate)
    if sum(at > last for at in sent) < ENOUGH:
        return Pace(max(LEAST, pace.rate / 2), max(LEAST, pace.rate * CLOSER), pace.patience)
    low, high = taken(sent, last, now, pace.rate) if sent[0] <= last else (pace.rate, pace.rate)
    known = max(LEAST, MARGIN * max(high, pace.rate * DEEPEST_CUT))
    rate = max(LEAST, MARGIN * max(low, pace.rate * DEEPEST_CUT))
    same = abs(high - pace.known) <= SAME * pace.known
    return Pace(rate, known, min(LONGEST, 2 * pace.patience) if same else 1.0)


def taken(sent: Sequence[float], last: float, now: float, most: float) -> tuple[float, float]:
    """Return the rates, `most` at most, between which both refusals found a token bucket equally empty.

    A bucket that fills at the right rate misses as many tokens at the one refusal as at the other: its size. At a
    lower rate it would miss more at the later one, and so have refused before; at a higher one less.
    """
    low, high = 0.0, most
    while high - low > most / 200:
        rate = (low + high) / 2
        if grown(sent, last, now, rate) <= NOISE:
            high = rate
        else:
            low = rate
    low = high
    while high < most and grown(sent, last, now, min(most, high * WIDER)) >= -NOISE:
        high = min(most, high * WIDER)
    return low, high


def grown(sent: Sequence[float], last: float, now: float, rate: float) -> float:
    """Return by how many more tokens a bucket that fills at a rate misses at the later refusal."""
    return missing(sent, now, rate) - missing(sent, last, rate)


def missing(sent: Sequence[float], until: float, rate: float) -> float:
    """Return the tokens that a bucket misses which fills at a rate and gave one for each request `sent` until then."""
    level, before = 0.0, -math.inf
    for at in sent:
        if at > until:
            break
        level = max(0.0, level - (at - before) * rate) + 1.0
        before = at
    return max(0.0, level - (until - before) * rate) if sent else 0.0
