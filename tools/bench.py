"""`make bench`: the operator beside a bare script or a peer. Ratios of one run.

    python -m tools.bench [--only PART]... [--users 2000] [--objects 10000] [--rounds 5] [--size N]...
        [--imported 10000] [--no-write]

Parts, with an API server, a simulated service and the operator, each a process of its own: `sweeps` (initial sweep, in
sync, memory, one change), `quiet` (CPU of a sweep without change), `leaving` (who leaves while it is busy), `outside`
(who was never in scope), `limits` (a service that says 429), `memory` (resident at rest and in sweeps, bytes in etcd),
`replicas` (configs on three replicas) and `roundtrip` (a full service imported, applied and taken over). Without a
cluster: `rules` (groups by expressions), `trips` (requests of an initial load), `offline` (`validate`, `plan`),
`imports` (`import`, `--update`) and `profile` (where time and memory go). In virtual time: `pace` (a service that says
429), `failing` (objects that a service never takes), `member` (one member of a large group) and `turns` (longest turns
of the loop). The figures are printed, and each part is put between its markers of docs/benchmarks.md, with its plots;
the exit code says whether what is demanded was met.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster import sharing
from tools.cluster.crds import install_crds
from tools.cluster.progress import ClusterError, say
from tools.measure import report
from tools.measure.failing import measure_failing
from tools.measure.footprint import measure_memory
from tools.measure.imports import measure_imports
from tools.measure.large import measure_large
from tools.measure.leaving import measure_leaving
from tools.measure.limits import measure_limits
from tools.measure.member import measure_member
from tools.measure.offline import measure_offline
from tools.measure.outside import measure_outside
from tools.measure.pace import measure_pace
from tools.measure.profile import measure_profile
from tools.measure.quiet import measure_quiet
from tools.measure.replicas import measure_replicas
from tools.measure.rounds import measure_rounds
from tools.measure.roundtrip import measure_roundtrip
from tools.measure.rules import measure_rules
from tools.measure.trips import measure_trips
from tools.measure.turns import measure_turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.cluster.controlplane import ControlPlane
    from tools.measure.report import Figure

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PLOTS = DOCUMENT.parent / "plots"
TRAVELLERS = 10_000
"""Users of the part `trips`."""
CROWDS = (1_000, 10_000)
"""Members of the group in the part `member`."""
SIZES = (1_000, 10_000, 50_000, 100_000)


async def measure_sweeps(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of sweeps, in the order of the document."""
    return [
        *await measure_rounds(plane, folder / "rounds", users=options.users, rounds=options.rounds),
        *await measure_large(plane, folder / "large", objects=options.objects),
    ]


async def measure_refusals(plane: ControlPlane, folder: Path, _: argparse.Namespace) -> list[Figure]:
    """Return the figures of services with a limit."""
    return await measure_limits(plane, folder / "limits")


async def measure_silence(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of sweeps without change, beside a script that reads the same."""
    return await measure_quiet(plane, folder / "quiet", options.sizes)


async def measure_leavers(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of who leaves while the operator is busy."""
    return await measure_leaving(plane, folder / "leaving", options.sizes)


async def measure_strangers(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of users who were never in scope."""
    return await measure_outside(plane, folder / "outside", options.sizes)


async def measure_sharing(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of configs that replicas share."""
    return await measure_replicas(plane, folder / "replicas", configs=options.configs, users=options.config_users)


async def measure_footprint(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of memory, and of objects in etcd."""
    return await measure_memory(plane, folder / "memory", options.sizes)


async def measure_takeover(plane: ControlPlane, folder: Path, options: argparse.Namespace) -> list[Figure]:
    """Return the figures of a full service that becomes manifests."""
    users, teams = options.imported, max(2, options.imported * 8 // 100)
    return await measure_roundtrip(plane, folder / "roundtrip", users=users, teams=teams)


CLUSTERED = {
    "sweeps": measure_sweeps,
    "quiet": measure_silence,
    "leaving": measure_leavers,
    "outside": measure_strangers,
    "limits": measure_refusals,
    "memory": measure_footprint,
    "replicas": measure_sharing,
    "roundtrip": measure_takeover,
}
ALONE: dict[str, Callable[[Path, argparse.Namespace], list[Figure]]] = {
    "rules": lambda *_: measure_rules(),
    "pace": lambda *_: measure_pace(),
    "profile": lambda *_: measure_profile(),
    "failing": lambda *_: measure_failing(),
    "member": lambda *_: measure_member(CROWDS),
    "turns": lambda _, options: measure_turns(options.sizes),
    "trips": lambda *_: measure_trips(TRAVELLERS),
    "offline": lambda folder, _: measure_offline(folder / "offline"),
    "imports": lambda folder, options: measure_imports(folder / "imports", options.imported),
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=[*CLUSTERED, *ALONE], help="this part, and others so named")
    parser.add_argument("--users", type=int, default=2000, help="users of the initial sweep")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of bare script and operator each")
    parser.add_argument("--objects", type=int, default=10_000, help="objects for memory, sweep and latency")
    parser.add_argument("--size", action="append", type=int, help=f"objects of tenants in sync, {SIZES} by default")
    parser.add_argument("--configs", type=int, default=10, help="configs that replicas share")
    parser.add_argument("--config-users", type=int, default=5_000, help="users of each of them")
    parser.add_argument("--imported", type=int, default=10_000, help="users of a full service, and 8 groups to 100")
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md as it is")
    options = parser.parse_args()
    options.sizes = sorted(options.size or SIZES)
    return options


def measure(folder: Path, options: argparse.Namespace) -> dict[str, list[Figure]]:
    """Return the figures of each part; those that need a cluster share one."""
    wanted = options.only or [*CLUSTERED, *ALONE]
    found = {part: ALONE[part](folder, options) for part in ALONE if part in wanted}
    if any(part in wanted for part in CLUSTERED):
        with sharing.private(folder / "plane") as plane:
            install_crds(plane)
            for part, run in CLUSTERED.items():
                if part in wanted:
                    found[part] = asyncio.run(run(plane, folder, options))
    return found


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="scim-bench-") as folder:
        try:
            found = measure(Path(folder), options)
        except ClusterError as error:
            say(str(error))
            return 1
    for part, figures in found.items():
        table = report.table(figures)
        print(f"\n{table}\n\n{report.machine()}")
        if not options.no_write:
            shown = report.plots(PLOTS, part, figures)
            report.write(DOCUMENT, part, f"{table}\n\n{shown}".strip())
    return 0 if all(figure.met for figures in found.values() for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
