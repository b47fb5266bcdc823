"""The memory of the operator over tenants in sync, at rest and in sweeps, and the bytes of one object in etcd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import orjson

from scim_operator.core.keys import Kind
from tools.cluster.etcd import Etcd
from tools.cluster.progress import say
from tools.live.sweeps import quiet_sweep
from tools.measure.in_sync import Population, in_sync, stored_at
from tools.measure.report import Figure, Point
from tools.measure.shipped import shipped
from tools.measure.weighing import MEBIBYTE, peak, reset_peak, resident

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.live.stage import Stage

MOST = {50_000: 256, 100_000: 450}
"""MiB that are demanded, by users; every tenth of them is a group in addition."""
CHART = "Resident memory of the operator, MiB"


async def measure_memory(plane: ControlPlane, folder: Path, sizes: list[int]) -> list[Figure]:
    """Return the figures of tenants of so many users, and a tenth of that in groups."""
    figures, installed = await stored_figures(plane, folder), shipped(folder)
    for users in sizes:
        population = Population(users, users // 10)
        async with in_sync(plane, f"memory-{users}", folder / str(users), population) as stage:
            stage.installed = installed
            figures += await resident_figures(stage, users)
    return figures


async def resident_figures(stage: Stage, users: int) -> list[Figure]:
    """Return what is resident after the first sweep, and at most in two more."""
    operator = stage.start_operator()
    await stage.first_sweep()
    rest, first = resident(operator.process.pid), peak(operator.process.pid)
    reset_peak(operator.process.pid)
    found = await quiet_sweep(stage)
    if not found.silent:
        say(f"it wrote: {found}")
    swept = peak(operator.process.pid)
    stage.stop_operator()
    return [
        _figure("in sync", users, rest),
        _figure("at the peak of its start and first sweep", users, first),
        _figure("at the peak of later sweeps", users, swept),
    ]


def _figure(when: str, users: int, found: int) -> Figure:
    most, mebibytes = MOST.get(users), found / MEBIBYTE
    what = f"resident memory {when}, {users} users and {users // 10} groups"
    point = (Point(CHART, when, users + users // 10, mebibytes),)
    demanded = "" if most is None else f"≤ {most} MiB"
    return Figure(what, f"{mebibytes:.0f} MiB", demanded, most is None or mebibytes <= most, point)


async def stored_figures(plane: ControlPlane, folder: Path) -> list[Figure]:
    """Return what a provisioned user and group take in etcd, and which parts of that are the operator's."""
    async with (
        in_sync(plane, "stored", folder / "stored", Population(20, 1)) as stage,
        aiohttp.ClientSession() as session,
    ):
        etcd, namespace = Etcd(session, plane.etcd), stage.kube.namespace
        names = {Kind.USER: "user-00000", Kind.GROUP: "group-00000"}
        bodies = {kind: await etcd.get(stored_at(kind, namespace, name)) for kind, name in names.items()}
    return [Figure(f"bytes of a {kind} in etcd", parts_of(body)) for kind, body in bodies.items()]


def parts_of(body: bytes) -> str:
    """Return the bytes of an object, and of its parts."""
    manifest = orjson.loads(body)
    fields = manifest["metadata"].get("managedFields", ())
    by_manager = [f"{each['manager']}{_subresource(each)} {_size(each)}" for each in fields]
    sizes = {
        "spec": _size(manifest["spec"]),
        "status": _size(manifest.get("status", {})),
        "managedFields": _size(fields),
    }
    told = ", ".join(f"{name} {size}" for name, size in sizes.items())
    return f"{len(body)}: {told} ({', '.join(by_manager)})"


def _subresource(field: dict[str, str]) -> str:
    return f"/{field['subresource']}" if field.get("subresource") else ""


def _size(value: object) -> int:
    return len(orjson.dumps(value))
