"""Users who were never in scope: what it costs to say so of each, beside a config that says nothing of them.

They are put into etcd past the API server, without a status, before the operator starts: nothing else is measured.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import orjson

from scim_operator.core.keys import Kind
from tools.cluster.etcd import Etcd
from tools.cluster.progress import say
from tools.live import kube
from tools.live.stage import Stage, staged
from tools.live.sweeps import quiet_sweep
from tools.measure.in_sync import stored_at
from tools.measure.people import create_all, user
from tools.measure.quiet import cpu_of
from tools.measure.report import Figure, Point
from tools.measure.weighing import MEBIBYTE, peak

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

PATIENCE = 1800.0
CHART = "Telling users that they are out of scope, µs of CPU each"
STATUS = f"{kube.USERS}/status"


@dataclass(frozen=True)
class Told:
    """What a start over so many cost. `later`: writes in a sweep after that; `edit`: statuses after one edit."""

    users: int
    writes: int
    seconds: float
    cpu: float
    memory: int
    later: int
    edit: int


async def measure_outside(plane: ControlPlane, folder: Path, sizes: Sequence[int]) -> list[Figure]:
    """Return the figures for so many users out of scope, told so and not."""
    figures = []
    for size in sizes:
        told, silent = [await measured(plane, folder, size, report=report) for report in (True, False)]
        figures += compared(told, silent)
    return figures


async def measured(plane: ControlPlane, folder: Path, users: int, *, report: bool) -> Told:
    """Start the operator over them, wait until it has said what it says, and sweep and edit after that."""
    name = f"outside-{users}-{'told' if report else 'silent'}"
    async with apart(plane, name, folder / name, users) as stage:
        await stage.kube.create(kube.CONFIGS, stage.config(scope="Assigned", assignments=[], reportOutOfScope=report))
        before, begun = (await stage.kube.writes())[STATUS], asyncio.get_running_loop().time()
        operator = stage.start_operator()
        used = cpu_of(operator.process.pid)
        await _until_swept(stage)
        await _until_written(stage, before + (users if report else 0))
        seconds, cpu = asyncio.get_running_loop().time() - begun, cpu_of(operator.process.pid) - used
        memory, writes = peak(operator.process.pid), (await stage.kube.writes())[STATUS] - before
        say(f"{users} users out of scope: {writes} writes in {seconds:.1f} s, {cpu:.1f} s of CPU")
        edit, later = await _afterwards(stage) if report else (0, 0)
        return Told(users, writes, seconds, cpu, memory, later, edit)


@asynccontextmanager
async def apart(plane: ControlPlane, namespace: str, folder: Path, users: int) -> AsyncIterator[Stage]:
    """Provide a stage in a new namespace with so many users, of whom nothing was ever said, and no config."""
    plane.kubectl("create", "namespace", namespace)
    async with staged(plane, namespace, folder) as stage, aiohttp.ClientSession() as session:
        await create_all(stage.kube, [user(0, namespace)])
        etcd = Etcd(session, plane.etcd)
        pattern = await etcd.get(stored_at(Kind.USER, namespace, "user-00000"))
        await etcd.put(_copies(pattern, namespace, users))
        await stage.kube.until_listed(users)
        yield stage


def _copies(pattern: bytes, namespace: str, users: int) -> Iterator[tuple[str, bytes]]:
    body = orjson.loads(pattern)
    for number in range(1, users):
        made = user(number, namespace)
        name = made["metadata"]["name"]
        metadata = {**body["metadata"], "name": name, "uid": str(uuid.UUID(int=number, version=4))}
        yield (
            stored_at(Kind.USER, namespace, name),
            orjson.dumps({**body, "metadata": metadata, "spec": {**body["spec"], **made["spec"]}}),
        )


async def _until_swept(stage: Stage) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await stage.metric("scim_last_success_timestamp_seconds"):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def _until_written(stage: Stage, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await stage.kube.writes())[STATUS] < count:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def _afterwards(stage: Stage) -> tuple[int, int]:
    """Edit one user and let it sweep; return the statuses written by then, and all writes of the last sweep."""
    before = (await stage.kube.writes())[STATUS]
    await stage.kube.apply(user(0, stage.kube.namespace, title="Principal"))
    await _until_written(stage, before + 1)
    later = (await quiet_sweep(stage)).kubernetes_writes
    return (await stage.kube.writes())[STATUS] - before, later


def compared(told: Told, silent: Told) -> list[Figure]:
    """Return the figures of one size."""
    what, users = f"{told.users} users out of scope", told.users
    each = (told.cpu - silent.cpu) * 1e6 / users
    return [
        Figure(f"{what}: status writes at the first start", f"{told.writes}", f"≤ {users}", told.writes <= users),
        Figure(f"{what}: the same with `reportOutOfScope: false`", f"{silent.writes}", "0", silent.writes == 0),
        Figure(f"{what}: until all are told", f"{told.seconds:.0f} s, {told.writes / told.seconds:.0f} a second"),
        Figure(f"{what}: start and first sweep with `reportOutOfScope: false`", f"{silent.seconds:.1f} s"),
        Figure(f"{what}: CPU of the operator, a write", f"{each:.0f} µs", points=(Point(CHART, "", users, each),)),
        Figure(
            f"{what}: peak of resident memory, told and not",
            f"{told.memory / MEBIBYTE:.0f} and {silent.memory / MEBIBYTE:.0f} MiB",
        ),
        Figure(f"{what}: writes in a later sweep", f"{told.later}", "0", told.later == 0),
        Figure(f"{what}: status writes after an edit of one", f"{told.edit}", "1", told.edit == 1),
    ]
