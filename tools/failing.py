"""What a few objects cost that a service never takes: their tries, the listings, and the slow-down of the rest.

    python -m tools.failing [--seconds 600]

6 of 60 and 20 of 200 users are answered 500 for good, side by side, each at a service of its own with the default
budget. Everything is real: an API server, simulated services and operators, each a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster import sharing
from tools.cluster.crds import install_crds
from tools.cluster.progress import ClusterError, say
from tools.live.stage import staged
from tools.measure.people import create_all, user

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane
    from tools.live.service import Entry
    from tools.live.stage import Stage

SIZES = ((6, 60), (20, 200))
"""How many fail, of how many."""
PATIENCE = 300.0
BUDGET = {"requestsPerSecond": 25, "concurrency": 8}


@dataclass(frozen=True)
class Found:
    """What was measured of one size."""

    failing: int
    users: int
    tries: tuple[int, ...]
    listings: int
    undisturbed: float
    """Seconds that an edit of everyone takes while no one fails."""
    disturbed: float
    """Seconds until all who do not fail have an edit of everyone."""

    @property
    def sentence(self) -> str:
        most, least = max(self.tries), min(self.tries)
        return (
            f"{self.failing} of {self.users} fail: {least} to {most} tries each, {self.listings} listings; an edit of "
            f"everyone reaches the rest in {self.disturbed:.1f} s instead of {self.undisturbed:.1f} s "
            f"({self.disturbed / self.undisturbed - 1:+.0%})"
        )


async def measure(plane: ControlPlane, folder: Path, failing: int, users: int, seconds: float) -> Found:
    """Provision users, let some fail, and watch for so many seconds."""
    namespace = f"failing-{failing}"
    await asyncio.to_thread(plane.kubectl, "create", "namespace", namespace)
    async with staged(plane, namespace, folder / namespace) as stage:
        await create_all(stage.kube, (user(number, namespace) for number in range(users)))
        stage.start_operator()
        config = stage.config()
        config["spec"]["service"]["budget"] = BUDGET
        await stage.kube.apply(config)
        await stage.swept()
        ids = {each["userName"]: each["id"] for each in (await stage.service.dump())["Users"]}
        bad = {ids[f"user-{number:05}@corp.example"] for number in range(0, users, users // failing)}
        rest = users - len(bad)
        await edit(stage, users, "Warm", users)
        undisturbed = await edit(stage, users, "Before", users)
        for id in bad:
            await stage.service.fault(f"status=500;method=PATCH;path=/Users/{id}")
        mark = await stage.service.last()
        disturbed = await edit(stage, users, "After", rest)
        await asyncio.sleep(seconds - disturbed)
        return found(await stage.service.entries(mark), bad, users, undisturbed, disturbed)


def found(entries: list[Entry], bad: set[str], users: int, undisturbed: float, disturbed: float) -> Found:
    """Count the tries and the listings."""
    tries = Counter(entry.path.rpartition("/")[2] for entry in entries if entry.writes)
    listings = sum(entry.method == "GET" and entry.path == "/Users" and not entry.filtered for entry in entries)
    return Found(len(bad), users, tuple(tries[id] for id in sorted(bad)), listings, undisturbed, disturbed)


async def edit(stage: Stage, users: int, title: str, expected: int) -> float:
    """Give everyone a title; return the seconds until as many as expected of those who do not fail have it."""
    mark, started = await stage.service.last(), asyncio.get_running_loop().time()
    for number in range(users):
        await stage.kube.apply(user(number, stage.kube.namespace, title=title))
    async with asyncio.timeout(PATIENCE):
        while True:
            done = [e for e in await stage.service.writes(mark) if e.status < 300]
            if len(done) >= expected:
                return done[expected - 1].at - started
            await asyncio.sleep(0.05)


async def measure_all(plane: ControlPlane, folder: Path, seconds: float) -> list[Found]:
    """Return what was found of each size, measured side by side."""
    return list(await asyncio.gather(*(measure(plane, folder, *size, seconds) for size in SIZES)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.failing", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="how long to watch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scim-failing-") as folder:
        try:
            with sharing.private(Path(folder) / "plane") as plane:
                install_crds(plane)
                results = asyncio.run(measure_all(plane, Path(folder), options.seconds))
        except ClusterError as error:
            say(str(error))
            return 1
    for each in results:
        print(each.sentence)
    return 0


if __name__ == "__main__":
    sys.exit(main())
