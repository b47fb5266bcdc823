"""Runs the crash sweep on all processors, each with a seed of its own."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from verify.counts import VIOLATIONS, Counts
from verify.crashes.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Swept:
    """What one process tried. A violation begins with the line that plays it again."""

    counts: Counts
    violations: tuple[str, ...]


def crashes(seed: int, minutes: float, processes: int) -> Iterator[Swept]:
    """Yield what each process tried in so many minutes, beginning with the seeds from `seed` on."""
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(_swept, minutes), range(seed, seed + processes))


def _swept(minutes: float, seed: int) -> Swept:
    found = sweep(minutes, seed)
    counts = Counts()
    counts["crash points, with what befell the request"] = found.crash_points
    counts["views that lied"] = found.views
    counts[VIOLATIONS] = len(found.violations)
    return Swept(counts, tuple(found.violations))
