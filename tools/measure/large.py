"""Ten thousand objects: the memory that they take, a sweep that finds nothing, and one change among them."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tools.cluster.progress import say
from tools.live import kube
from tools.live.stage import Stage, staged
from tools.live.sweeps import quiet_sweep
from tools.measure.people import create_all, group, user
from tools.measure.report import Figure
from tools.measure.rounds import run_operator, sweep_figures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

NAMESPACE = "large"
PATIENCE = 1800.0
APPLIES = 100
APPLY_SECONDS = 30.0
ROUNDS = 3
EXPRESSIVE = {
    "externalId": "Generated",
    "expression": 'user.active && user.enterprise.department != "Department 99"',
    "mappings": [{"target": "displayName", "expression": 'Join(" ", user.name.givenName, user.name.familyName)'}],
}
"""Expressions that give just what the plain config gives, so that nothing is to be written."""
MEBIBYTE = 1 << 20
MOST_MEMORY = 200
SLOWEST_MEDIAN = 1.0


async def measure_large(plane: ControlPlane, folder: Path, *, objects: int) -> list[Figure]:
    """Provision objects, nine users to one group, by the operator, and return what that costs."""
    groups = objects // 10
    users = objects - groups
    plane.kubectl("create", "namespace", NAMESPACE)
    async with provisioned(plane, folder, users, groups) as stage:
        memory = memory_figure(stage, objects)
        sweep = sweep_figures(await quiet_sweep(stage), {"users": users, "groups": groups})
        expressive = await expressive_figures(stage)
        await calm(stage)
        seconds = [await latency(stage, number, users) for number in range(APPLIES)]
        return [*sweep, *expressive, memory, *latency_figures(seconds, objects)]


@asynccontextmanager
async def provisioned(plane: ControlPlane, folder: Path, users: int, groups: int) -> AsyncIterator[Stage]:
    """Provide a stage on which the operator has provisioned them all."""
    async with staged(plane, NAMESPACE, folder) as stage:
        await create_all(stage.kube, (user(number, NAMESPACE) for number in range(users)))
        await create_all(stage.kube, (group(number, users, NAMESPACE) for number in range(groups)))
        say(f"{users + groups} manifests created; provisioning them")
        stage.start_operator()
        async with stage.kube.following(kube.USERS, kube.GROUPS) as mirror:
            await run_operator(stage)
            await mirror.all_ready(users + groups, PATIENCE)
        yield stage


def memory_figure(stage: Stage, objects: int) -> Figure:
    """Return the resident memory once all is provisioned."""
    mebibytes = stage.operator.rss / MEBIBYTE if stage.operator else float("inf")
    what = f"resident memory with {objects} objects provisioned"
    return Figure(what, f"{mebibytes:.0f} MiB", f"≤ {MOST_MEMORY} MiB", mebibytes <= MOST_MEMORY)


async def expressive_figures(stage: Stage) -> list[Figure]:
    """Measure the sweep with expressions in mappings and scope, and without, in turns, so that noise strikes both."""
    plain, expressive = [], []
    for _ in range(ROUNDS):
        await stage.kube.apply(stage.config())
        plain.append((await quiet_sweep(stage)).seconds)
        await stage.kube.apply(stage.config(users=EXPRESSIVE))
        found = await quiet_sweep(stage)
        expressive.append(found.seconds)
    ratio = statistics.median(expressive) / statistics.median(plain)
    each = ", ".join(f"{one:.2f} s" for one in (*plain, *expressive))
    what = "sweep without change, with expressions and log / without expressions"
    writes = "" if found.silent else "; it wrote"
    return [Figure(what, f"{ratio:.0%} ({each}){writes}")]


async def calm(stage: Stage) -> None:
    """Keep sweeps out of what comes next."""
    await stage.kube.apply(stage.config())
    await stage.swept()


async def latency(stage: Stage, number: int, users: int) -> float:
    """Return the seconds from the apply of one manifest to the service's answer, of new and existing users in turn."""
    new = number % 2 == 0
    manifest = user(users + number if new else number, NAMESPACE, title="Principal")
    mark, started = await stage.service.last(), asyncio.get_running_loop().time()
    await stage.kube.apply(manifest)
    entries = await stage.service.until_writes(1, mark, APPLY_SECONDS)
    return entries[0].at - started if entries else float("inf")


def latency_figures(seconds: list[float], objects: int) -> list[Figure]:
    """Return the median and the 95th percentile."""
    median, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    what = f"apply → service among {objects} objects, {len(seconds)} single applies"
    return [
        Figure(f"{what}: median", f"{median:.3f} s", f"< {SLOWEST_MEDIAN:.0f} s", median < SLOWEST_MEDIAN),
        Figure(f"{what}: 95th percentile", f"{p95:.3f} s"),
    ]
