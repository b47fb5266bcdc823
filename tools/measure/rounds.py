"""Compares the initial sweep with the bare script: both get new users, a new service, and the same observer."""

from __future__ import annotations

import asyncio
import math
import os
import resource
import statistics
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.cluster import processes
from tools.cluster.progress import say
from tools.live import kube
from tools.live.programs import TOKEN
from tools.live.stage import Stage, staged
from tools.live.sweeps import QuietSweep, quiet_sweep
from tools.measure.people import create_all, user
from tools.measure.report import Figure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

PATIENCE = 600.0
PAGE = 100
"""Resources in one page: VMware Identity Service gives no more."""
DEMANDED, GOAL = 0.5, 0.7


@dataclass(frozen=True)
class Round:
    """One initial sweep: seconds from the first POST to the last status, and patches of users at the API server.

    `cpu` are the CPU seconds of the script or the operator, the API server, etcd and the service together.
    """

    users: int
    seconds: float
    kubernetes_writes: int
    cpu: float

    @property
    def rate(self) -> float:
        """Return the objects per second."""
        return self.users / self.seconds


async def measure_rounds(plane: ControlPlane, folder: Path, *, users: int, rounds: int) -> list[Figure]:
    """Alternate the two, so that other load of the machine strikes both; then sweep without a change."""
    bare, real = [], []
    for number in range(rounds):
        async with fresh(plane, folder, f"bare-{number}", users) as stage:
            bare.append(await measured(stage, users, run_bare))
        async with fresh(plane, folder, f"operator-{number}", users) as stage:
            stage.start_operator()
            real.append(await measured(stage, users, run_operator))
            quiet = await quiet_sweep(stage) if number == rounds - 1 else None
        say(f"round {number + 1}: bare {bare[-1].rate:.0f} objects/s, operator {real[-1].rate:.0f} objects/s")
    return [*compared(bare, real), *(sweep_figures(quiet, {"users": users}) if quiet else ())]


@asynccontextmanager
async def fresh(plane: ControlPlane, folder: Path, name: str, users: int) -> AsyncIterator[Stage]:
    """Provide a namespace with so many users, and an empty service."""
    plane.kubectl("create", "namespace", name)
    async with staged(plane, name, folder / name) as stage:
        await create_all(stage.kube, (user(number, name) for number in range(users)))
        yield stage


async def measured(stage: Stage, users: int, run: Callable[[Stage], Awaitable[None]]) -> Round:
    """Let `run` provision them all."""
    before, used = await stage.kube.writes(), cpu_seconds(stage)
    async with stage.kube.following(kube.USERS) as mirror:
        await mirror.until(lambda: len(mirror.objects) == users, "the list of users", PATIENCE)
        await run(stage)
        await mirror.all_ready(users, PATIENCE)
        ended = mirror.changed_at
    written = await stage.kube.writes() - before
    used = cpu_seconds(stage) - used
    started = min(entry.came for entry in await stage.service.writes())
    return Round(users, ended - started, written[kube.USERS] + written[f"{kube.USERS}/status"], used)


def cpu_seconds(stage: Stage) -> float:
    """Return the CPU seconds of all processes of the stage, and of the script that ended."""
    pids = [one.pid for one in stage.plane.processes] + [stage.simulator.process.pid]
    pids += [stage.operator.process.pid] if stage.operator else []
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(map(processes.cpu_seconds, pids)) + ended.ru_utime + ended.ru_stime


async def run_operator(stage: Stage) -> None:
    """Give the running operator its config."""
    await stage.kube.create(kube.CONFIGS, stage.config())


async def run_bare(stage: Stage) -> None:
    """Run the script in a process of its own, as the operator is one."""
    command = [
        sys.executable,
        "-m",
        "tools.bench_bare",
        f"--server={stage.plane.url}",
        f"--ca={stage.plane.certificate}",
    ]
    command += [f"--namespace={stage.kube.namespace}", f"--service={stage.service.url}"]
    env = dict(os.environ) | {"KUBE_TOKEN": stage.plane.admin_token, "SCIM_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(*command, env=env)
    if await process.wait() != 0:
        raise RuntimeError("the bare script failed; it says why above")


def compared(bare: Sequence[Round], real: Sequence[Round]) -> list[Figure]:
    """Return the operator's rate as a part of the script's, round by round, and its writes per object."""
    ratios = [mine.rate / its.rate for mine, its in zip(real, bare, strict=True)]
    ratio, writes = statistics.median(ratios), max(one.kubernetes_writes / one.users for one in real)
    users, each = real[0].users, ", ".join(f"{one:.0%}" for one in ratios)
    return [
        Figure(f"bare script, {users} users", f"{_median_rate(bare):.0f} objects/s"),
        Figure(f"operator, initial sweep of {users} users", f"{_median_rate(real):.0f} objects/s"),
        Figure(
            "operator / bare script, median of the rounds",
            f"{ratio:.0%} ({each})",
            f"≥ {DEMANDED:.0%} (goal {GOAL:.0%})",
            ratio >= DEMANDED,
        ),
        *_cpu_figures(bare, real),
        Figure("Kubernetes writes per object", f"{writes:.2f}", "≤ 2", writes <= 2),
    ]


def sweep_figures(sweep: QuietSweep, objects: dict[str, int]) -> list[Figure]:
    """Return the figures of a sweep without change; `objects` has the number of each type, to compute its pages."""
    allowed = sum(math.ceil(count / PAGE) for count in objects.values()) + 5
    what = f"sweep without change, {sum(objects.values())} objects"
    writes = f"{sweep.writes} at the service, {sweep.kubernetes_writes} at the API server"
    return [
        Figure(f"{what}: reads", str(sweep.reads), f"≤ {allowed}", sweep.reads <= allowed),
        Figure(f"{what}: writes", writes, "0", sweep.silent),
        Figure(f"{what}: duration", f"{sweep.seconds:.2f} s"),
    ]


def _median_rate(rounds: Sequence[Round]) -> float:
    return statistics.median(one.rate for one in rounds)


def _cpu(rounds: Sequence[Round]) -> float:
    return statistics.median(one.cpu / one.users for one in rounds) * 1000


def _cpu_figures(bare: Sequence[Round], real: Sequence[Round]) -> list[Figure]:
    """Return nothing where the system does not report it: macOS has no /proc."""
    script, operator = _cpu(bare), _cpu(real)
    what = "CPU of all processes per object, bare script and operator"
    return [Figure(what, f"{script:.1f} ms and {operator:.1f} ms ({script / operator:.0%})")] if operator else []
