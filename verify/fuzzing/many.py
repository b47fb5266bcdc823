"""Tries all targets in turn, each round with another seed, on all processors, until the time is up."""

from __future__ import annotations

import resource
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count
from typing import TYPE_CHECKING

from verify.counts import VIOLATIONS, Counts
from verify.fuzzing import cluster, directories, files, leases, secrets, service, sources, words
from verify.fuzzing.trying import tried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from verify.fuzzing.trying import Found

_MODULES = (service, cluster, files, directories, sources, words, secrets, leases)
TARGETS = {target.name: target for module in _MODULES for target in module.TARGETS}
"""Everything that is parsed, by what it is."""
ROUND = 200
"""Inputs that are thrown at a target in one round."""
MEMORY = 4 << 30
"""Bytes of address space that a process may take: what fills more than that fails."""


def fuzzed(first: int, seconds: float, processes: int, only: str = "") -> Iterator[Found]:
    """Yield what each round found, beginning with the seed `first`; rounds under way when time is up still count."""
    end, names = time.monotonic() + seconds, [name for name in TARGETS if only in name]
    rounds = ((seed, name) for seed in count(first) for name in names)
    with ProcessPoolExecutor(processes, initializer=_bound) as pool:
        waiting: set[Future[Found]] = set()
        while True:
            while names and time.monotonic() < end and len(waiting) < processes:
                seed, name = next(rounds)
                waiting.add(pool.submit(_round, name, seed))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()


def counts_of(found: Found) -> Counts:
    """Return what a round adds to the counts."""
    counts = Counts({"inputs thrown at parsers": found.inputs, VIOLATIONS: len(found.failures)})
    counts[f"inputs thrown: {found.target}"] = found.inputs
    return counts


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _round(name: str, seed: int) -> Found:
    return tried(TARGETS[name], ROUND, seed)
