"""Runs the crash sweep on all processors, each with a seed of its own."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from verify.crashes.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.crashes.sweep import Swept


def crashes(seed: int, minutes: float, processes: int) -> Iterator[Swept]:
    """Yield what each process tried in so many minutes, beginning with the seeds from `seed` on."""
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(sweep, minutes), range(seed, seed + processes))
