"""Who leaves while the operator is busy: the seconds from the apply to the service's answer, and of `/healthz`.

Real processes over a tenant in sync. The operator is busy in three ways: it has just started and plans everyone, it
plans everyone because its config was edited, and it sweeps without change. Meanwhile one user after the other is
disabled, and `/healthz` is asked.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.records.record import REQUESTS
from tools.cluster.progress import say
from tools.live import kube
from tools.live.stage import CONFIG
from tools.measure.in_sync import Population, in_sync
from tools.measure.people import GROUP_SIZE, user
from tools.measure.report import Figure, Point

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.live.stage import Stage

EVERY, LOOK = 0.25, 0.05
"""Seconds between two who leave, and between two questions to `/healthz`."""
ROUNDS = 5
PATIENCE = 600.0
MOST = 1.0
"""Seconds that are demanded of the 99th percentile."""
CHART = "Seconds until access has ended, 99th percentile"


@dataclass
class Waited:
    """Seconds of each who left, from apply to answer, and of each question to `/healthz`."""

    leavers: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)


async def measure_leaving(plane: ControlPlane, folder: Path, sizes: Sequence[int]) -> list[Figure]:
    """Return the figures for tenants of these sizes, nine users to one group."""
    figures = []
    for size in sizes:
        name = f"leaving-{size}"
        async with in_sync(plane, name, folder / name, Population.of(size)) as stage:
            leavers = itertools.count(GROUP_SIZE)
            stage.start_operator()
            start = await _meanwhile(stage, leavers, stage.first_sweep)
            figures += _figures("while it starts and plans everyone", size, start)
            figures += _figures("while it plans an edited config", size, await _edits(stage, leavers))
            figures += _figures("while it sweeps without change", size, await _sweeps(stage, leavers))
    return figures


async def _edits(stage: Stage, leavers: Iterator[int]) -> Waited:
    """Edit the config some times, and have users leave until each edit is swept."""
    waited = Waited()
    for number in range(ROUNDS):
        await stage.kube.apply(stage.config(interval=f"{23 - number}h"))
        _add(waited, await _meanwhile(stage, leavers, stage.swept))
    return waited


async def _sweeps(stage: Stage, leavers: Iterator[int]) -> Waited:
    """Ask for some sweeps, and have users leave until each has ended."""
    waited = Waited()
    for number in range(ROUNDS):
        before = await _swept_at(stage)
        asked = {"metadata": {"annotations": {REQUESTS[0]: str(number)}}}
        path = stage.kube.path(kube.CONFIGS, CONFIG)
        await stage.kube.call("PATCH", path, asked, headers=kube.MERGE_PATCH)
        _add(waited, await _meanwhile(stage, leavers, partial(_until_swept, stage, before)))
    return waited


async def _swept_at(stage: Stage) -> float:
    return await stage.metric("scim_last_success_timestamp_seconds")


async def _until_swept(stage: Stage, before: float) -> None:
    async with asyncio.timeout(PATIENCE):
        while await _swept_at(stage) == before:  # noqa: ASYNC110 - another process
            await asyncio.sleep(LOOK)


async def _meanwhile(stage: Stage, leavers: Iterator[int], busy: Callable[[], Awaitable[None]]) -> Waited:
    """Have users leave until `busy` has come to its end, and at least one; return what they and the probes waited."""
    mark, done, left = await stage.service.last(), asyncio.Event(), dict[str, float]()
    waited = Waited()
    tasks = [
        asyncio.create_task(_leave(stage, leavers, left, done)),
        asyncio.create_task(_ask(stage, waited.probes, done)),
    ]
    try:
        await busy()
    finally:
        done.set()
        await asyncio.gather(*tasks)
    waited.leavers = await _answers(stage, left, mark)
    return waited


async def _leave(stage: Stage, leavers: Iterator[int], left: dict[str, float], done: asyncio.Event) -> None:
    """Disable one user after the other; note the id at the service, and when it was asked for."""
    loop = asyncio.get_running_loop()
    while not done.is_set() or not left:
        manifest = user(next(leavers), stage.kube.namespace)
        found = await stage.kube.get(kube.USERS, manifest["metadata"]["name"])
        manifest["spec"]["active"] = False
        left[found["status"]["services"][0]["id"]] = loop.time()
        await stage.kube.apply(manifest)
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), EVERY)


async def _ask(stage: Stage, probes: list[float], done: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    while not done.is_set():
        began = loop.time()
        await stage.service.text(f"http://{stage.started().listen}/healthz")
        probes.append(loop.time() - began)
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), LOOK)


async def _answers(stage: Stage, left: dict[str, float], mark: int) -> list[float]:
    """Return the seconds of each who left, in the order in which they did."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answered: dict[str, float] = {}
            for entry in await stage.service.writes(mark):
                if entry.resource_id in left and entry.status < 300:
                    answered.setdefault(entry.resource_id, entry.at)
            if len(answered) == len(left):
                return [answered[id_] - began for id_, began in left.items()]
            await asyncio.sleep(LOOK)


def _add(waited: Waited, more: Waited) -> None:
    waited.leavers += more.leavers
    waited.probes += more.probes


def _figures(when: str, size: int, waited: Waited) -> list[Figure]:
    worst = percentile(waited.leavers, 99)
    what = f"{when}, {size} objects"
    say(f"{what}: {_told(waited.leavers)}; /healthz {_told(waited.probes)}")
    return [
        Figure(
            f"access ends {what}, {len(waited.leavers)} users",
            _told(waited.leavers),
            f"99th percentile < {MOST:.0f} s",
            worst < MOST,
            (Point(CHART, when, size, worst),),
        ),
        Figure(f"`/healthz` answers {what}", _told(waited.probes)),
    ]


def percentile(found: Sequence[float], of: int) -> float:
    """Return the value that so many of a hundred do not exceed."""
    ordered = sorted(found)
    return ordered[max(0, -(-len(ordered) * of // 100) - 1)]


def _told(found: Sequence[float]) -> str:
    return (
        f"median {statistics.median(found):.3f} s, 99th percentile {percentile(found, 99):.3f} s, "
        f"most {max(found):.3f} s"
    )
