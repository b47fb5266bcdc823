"""Throws anything at all that is parsed:

    python -m verify.fuzzing MINUTES [--seed 1] [--processes 2] [--only WORDS]

A failure is printed with the smallest input that brings it about. It comes again with the same seed and `--only`.
"""

from __future__ import annotations

import argparse
import os
import sys

from verify.counts import VIOLATIONS, Counts
from verify.fuzzing.many import TARGETS, counts_of, fuzzed
from verify.replaying import fix_order_of_sets


def main(arguments: list[str]) -> int:
    """Throw for so many minutes; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m verify.fuzzing", description="Throw anything at what is parsed.")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="words of the name of what is tried")
    given = parser.parse_args(arguments)
    counts = Counts()
    counts["parsers, each with inputs of its own"] = sum(given.only in name for name in TARGETS)
    for found in fuzzed(given.seed, given.minutes * 60, given.processes, given.only):
        counts.update(counts_of(found))
        for line in found.lines():
            print(line, flush=True)
    print(counts.text())
    return int(counts[VIOLATIONS] > 0)


if __name__ == "__main__":
    fix_order_of_sets("verify.fuzzing")
    sys.exit(main(sys.argv[1:]))
