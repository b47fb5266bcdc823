"""`python -m verify.fencing SEED [COUNT]`: live through one schedule and print it, or through many and count."""

from __future__ import annotations

import logging
import sys

from verify.counts import Counts
from verify.fencing.schedule import lived
from verify.replaying import fix_order_of_sets


def main(arguments: list[str]) -> int:
    """Return the exit status: 1 where a write was wrong."""
    logging.getLogger("scim_operator").addHandler(logging.NullHandler())
    logging.getLogger("scim_operator").propagate = "-v" in arguments
    first, *many = (int(one) for one in arguments if one != "-v")
    counts, wrong = Counts(), 0
    for seed in range(first, first + (many[0] if many else 1)):
        verdict = lived(seed)
        counts.update(verdict.counts())
        wrong += bool(verdict.faults)
        if verdict.faults or not many:
            print(*([verdict.history] if not many else []), f"seed {seed}:", *verdict.faults, sep="\n")
    print(counts.text())
    return int(bool(wrong))


if __name__ == "__main__":
    fix_order_of_sets("verify.fencing")
    sys.exit(main(sys.argv[1:]))
