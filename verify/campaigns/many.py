"""Runs campaigns one seed after the other, on all processors, until the time is up."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from verify.campaigns.drawing import Drawing
from verify.campaigns.kinds import kind, kinds
from verify.campaigns.run import judged
from verify.campaigns.shrink import shrunk
from verify.counts import VIOLATIONS, Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from verify.campaigns.run import Verdict
    from verify.campaigns.steps import Step

Life = TypeVar("Life")
CAMPAIGNS = "campaigns, each a schedule of its own"
STEPS = 40
"""Steps of a campaign after the first day."""


@dataclass(frozen=True, slots=True)
class Lived:
    """One campaign and what it showed."""

    seed: int
    steps: tuple[Step, ...]
    verdict: Verdict

    def counts(self) -> Counts:
        """Return what it adds to the counts."""
        found = Counts(f"campaign steps: {step.deed}" for step in self.steps)
        found[CAMPAIGNS] = 1
        found["requests and writes in campaigns"] = self.verdict.requests
        found["virtual hours lived in campaigns"] = round(self.verdict.seconds / 3600)
        found[VIOLATIONS] = len(self.verdict.faults)
        return found


def live(seed: int, count: int = STEPS) -> Lived:
    """Live through the campaign of a seed."""
    steps = Drawing(seed).steps(count)
    return Lived(seed, tuple(steps), judged(seed, steps))


def campaigns(first: int, seconds: float, processes: int) -> Iterator[Lived]:
    """Yield campaigns, beginning with the seed `first`, as they end; those under way when time is up still count."""
    return lives(live, first, seconds, processes)


def lives(live: Callable[[int], Life], first: int, seconds: float, processes: int) -> Iterator[Life]:
    """Yield the lives of seeds, as `campaigns` does."""
    end, seed = time.monotonic() + seconds, first
    with ProcessPoolExecutor(processes) as pool:
        waiting: set[Future[Life]] = set()
        while True:
            while time.monotonic() < end and len(waiting) < processes:
                waiting.add(pool.submit(live, seed))
                seed += 1
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()


def shortest(lived: Lived, judge: Callable[[int, Sequence[Step]], Verdict] = judged) -> list[Step]:
    """Return the fewest of its steps with which a campaign still fails in the same way."""
    first = kind(lived.verdict.faults[0])

    def fails(steps: Sequence[Step]) -> bool:
        return first in kinds(judge(lived.seed, steps).faults)

    return shrunk(lived.steps, fails)
