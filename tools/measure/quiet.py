"""A sweep without change beside a bare script that lists and parses the same pages: CPU of each process, in turns.

Both are processes of their own and read the same service. The tenant is in sync when the operator starts. Its first
sweep plans everything, as does the one that follows a new interval; the sweeps after those are measured.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster import processes
from tools.cluster.progress import say
from tools.live.programs import TOKEN
from tools.live.sweeps import INTERVAL
from tools.measure.in_sync import Population, in_sync
from tools.measure.report import Figure, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.cluster.controlplane import ControlPlane
    from tools.live.stage import Stage

ROUNDS = 5
PATIENCE = 900.0
MOST = 2.0
BARE = """
import asyncio, os, sys, time
import aiohttp, orjson

async def main(url):
    headers = {"Authorization": "Bearer " + os.environ["SCIM_TOKEN"]}
    async with aiohttp.ClientSession(headers=headers) as session:
        for endpoint in ("Users", "Groups"):
            start, total = 1, 1
            while start <= total:
                async with session.get(f"{url}/{endpoint}?startIndex={start}&count=100") as answer:
                    page = orjson.loads(await answer.read())
                start, total = start + len(page["Resources"]), page["totalResults"]

begun = time.process_time()
asyncio.run(main(sys.argv[1]))
print(time.process_time() - begun)
"""
"""The bare script; it prints the CPU seconds that it took without its start."""


async def measure_quiet(plane: ControlPlane, folder: Path, sizes: Sequence[int]) -> list[Figure]:
    """Return the figures for tenants of these sizes, nine users to one group."""
    figures = []
    for size in sizes:
        name = f"quiet-{size}"
        async with in_sync(plane, name, folder / name, Population.of(size), interval=f"{INTERVAL:.0f}s") as stage:
            stage.start_operator()
            await stage.first_sweep()
            figures += compared(size, await turns(stage))
    return figures


async def turns(stage: Stage) -> list[tuple[float, float]]:
    """Return the CPU seconds of the script and of the operator's sweep, in turns."""
    found = []
    await next_sweep(stage)
    for number in range(ROUNDS):
        bare = await script(stage.service.url)
        mine = await next_sweep(stage)
        say(f"round {number + 1}: the script {bare:.2f} s, the sweep {mine:.2f} s")
        found.append((bare, mine))
    return found


async def script(url: str) -> float:
    """Run the bare script in a process of its own; return its CPU seconds."""
    env = dict(os.environ) | {"SCIM_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BARE, url, env=env, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError("the bare script failed; it says why above")
    return float(said)


async def next_sweep(stage: Stage) -> float:
    """Wait for the end of the next sweep, and return the CPU seconds that the operator takes from now until then.

    It does nothing between two sweeps of a tenant that is in sync. The service is asked how far it is, because the
    operator's own metrics would be measured with it.
    """
    assert stage.operator is not None  # noqa: S101 - it was started
    pid, before, mark = stage.operator.process.pid, await swept_at(stage), await stage.service.last()
    used = cpu_of(pid)
    async with asyncio.timeout(PATIENCE):
        while (last := await stage.service.last()) == mark:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)
        while last != (last := await stage.service.last()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(1)
        while await swept_at(stage) == before:  # noqa: ASYNC110 - another process
            await asyncio.sleep(1)
    return cpu_of(pid) - used


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of all threads of a process, finer than in hundredths of a second where Linux says so."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9 or processes.cpu_seconds(pid)


async def swept_at(stage: Stage) -> float:
    """Return when the last sweep ended."""
    return await stage.metric("scim_last_success_timestamp_seconds")


def compared(size: int, rounds: Sequence[tuple[float, float]]) -> list[Figure]:
    """Return the CPU of each per object, and the operator's as a multiple of the script's."""
    ratios = [mine / bare for bare, mine in rounds]
    ratio, each = statistics.median(ratios), ", ".join(f"{one:.1f}" for one in ratios)
    bare, mine = (statistics.median(side) * 1e6 / size for side in zip(*rounds, strict=True))
    what = f"sweep without change, {size} objects"
    chart = "CPU of a sweep without change, µs an object"
    return [
        Figure(
            f"{what}: CPU of a script that lists and parses, an object",
            f"{bare:.1f} µs",
            points=(Point(chart, "bare script", size, bare),),
        ),
        Figure(
            f"{what}: CPU of the operator, an object",
            f"{mine:.1f} µs",
            points=(Point(chart, "operator", size, mine),),
        ),
        Figure(
            f"{what}: operator / script, median of the rounds", f"{ratio:.2f} ({each})", f"≤ {MOST:.0f}", ratio <= MOST
        ),
    ]
