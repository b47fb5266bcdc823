"""`make bench`: the operator beside a bare script, in sync, in memory, and for one change. Ratios of one run.

    python -m tools.bench [--users 2000] [--objects 10000] [--rounds 5] [--no-write]

Everything is real: an API server, a simulated service and the operator, each a process of its own. The figures are
printed and put between the markers of docs/benchmarks.md; the exit code says whether what is demanded was met.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster import sharing
from tools.cluster.progress import ClusterError, say
from tools.live.stage import install_crds
from tools.measure import report
from tools.measure.large import measure_large
from tools.measure.rounds import measure_rounds

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane
    from tools.measure.report import Figure

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


async def measure(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return all figures, in the order of the document."""
    return [
        *await measure_rounds(plane, folder / "rounds", users=options.users, rounds=options.rounds),
        *await measure_large(plane, folder / "large", objects=options.objects),
    ]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=2000, help="users of the initial sweep")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of bare script and operator each")
    parser.add_argument("--objects", type=int, default=10_000, help="objects for memory, sweep and latency")
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md as it is")
    return parser.parse_args()


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="scim-bench-") as folder:
        try:
            with sharing.private(Path(folder) / "plane") as plane:
                install_crds(plane)
                figures = asyncio.run(measure(plane, Path(folder), options))
        except ClusterError as error:
            say(str(error))
            return 1
    table = report.table(figures)
    print(f"\n{table}\n\n{report.machine()}")
    if not options.no_write:
        report.write(DOCUMENT, table)
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
