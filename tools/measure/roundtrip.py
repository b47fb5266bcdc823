"""A full service becomes manifests, a real API server takes them, and the operator takes over all of it unwritten.

The service has people with every attribute, groups within groups and odd characters (`tenant.py`). `import scim`,
`validate`, `kubectl apply --server-side` and the operator are processes of their own. What is demanded: no request that
writes reaches the service, from the import to the second sweep after the takeover.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any

from tools.cluster.progress import say
from tools.live import kube
from tools.live.programs import TOKEN
from tools.live.stage import CONFIG, Stage, staged
from tools.live.sweeps import QuietSweep, quiet_sweep
from tools.measure.commands import Ran, run
from tools.measure.in_sync import SEEDED
from tools.measure.report import Figure
from tools.measure.tenant import MAPPINGS, groups, people
from tools.measure.weighing import MEBIBYTE, peak

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.measure.tenant import Document

NAMESPACE = "roundtrip"
PATIENCE = 1800.0
SERVICE = ("--no-strict", "--nested-groups")
"""A service of RFC 7644 that keeps what VMware's own refuses."""


async def measure_roundtrip(plane: ControlPlane, folder: Path, *, users: int, teams: int) -> list[Figure]:
    """Return the figures for so many users and groups."""
    plane.kubectl("create", "namespace", NAMESPACE)
    async with staged(plane, NAMESPACE, folder, *SERVICE) as stage:
        for endpoint, documents in (("Users", people(users)), ("Groups", groups(teams, users))):
            for some in _some(documents):
                await stage.service.seed(endpoint, some)
        mark, directory = await stage.service.last(), folder / "manifests"
        say(f"{users} users and {teams} groups are at the service")
        options = ["--url", stage.service.url, "--allow-insecure-services"]
        imported = await asyncio.to_thread(run, "import", "scim", str(directory), *options, SCIM_TOKEN=TOKEN)
        validated = await asyncio.to_thread(run, "validate", str(directory))
        seconds = await asyncio.to_thread(applied, plane, directory)
        held = await first_sweep(stage)
        before = len(await stage.service.writes(mark))
        await take_over(stage, held, users + teams)
        after = len(await stage.service.writes(mark)) - before
        figures = [*commands(imported, validated), takes(users + teams, seconds), *takeover(held, before, after)]
        return [named(figure, users, teams) for figure in [*figures, *sweep(await quiet_sweep(stage), stage)]]


def _some(documents: Iterator[Document]) -> Iterator[list[Document]]:
    while some := list(islice(documents, SEEDED)):
        yield some


def applied(plane: ControlPlane, directory: Path) -> float:
    """Apply a directory as a person does; return the seconds."""
    began = monotonic()
    options = [f"--namespace={NAMESPACE}", "--server-side", "--recursive", f"--filename={directory}"]
    plane.kubectl("apply", *options)
    seconds = monotonic() - began
    say(f"kubectl apply took {seconds:.0f} s")
    return seconds


async def first_sweep(stage: Stage) -> dict[str, Any]:
    """Start the operator with a config that maps every attribute; return the plan that waits for an approval."""
    stage.start_operator()
    mapped = [{"target": path, "source": path} for path in MAPPINGS]
    users = {"externalId": "Generated", "mappings": mapped}
    await stage.kube.create(kube.CONFIGS, stage.config(nested=True, users=users))
    await stage.swept(PATIENCE)
    plan: dict[str, Any] = (await stage.kube.get(kube.CONFIGS, CONFIG))["status"]["plan"]
    say(f"{plan.get('adoptions', 0)} adoptions wait")
    return plan


async def take_over(stage: Stage, plan: dict[str, Any], count: int) -> None:
    """Approve the plan, and wait until everything is the operator's."""
    config = stage.config()
    config["spec"] = {**(await stage.kube.get(kube.CONFIGS, CONFIG))["spec"], "approvedPlan": plan["digest"]}
    async with stage.kube.following(kube.USERS, kube.GROUPS) as mirror:
        await stage.kube.apply(config)
        await mirror.all_ready(count, PATIENCE)
    await stage.swept(PATIENCE)


def commands(imported: Ran, validated: Ran) -> list[Figure]:
    """Return what the commands took, which would have failed otherwise."""
    return [
        Figure("`import scim`", f"{imported}"),
        Figure("`validate` of what it wrote", f"0 errors, {validated}", "0 errors"),
    ]


def takes(objects: int, seconds: float) -> Figure:
    return Figure("`kubectl apply --server-side`", f"{objects} objects in {seconds:.0f} s")


def takeover(plan: dict[str, Any], before: int, after: int) -> list[Figure]:
    """Return the writes until the first sweep had ended, and in the takeover."""
    waits = plan.get("adoptions", 0)
    return [
        Figure("first sweep: writes at the service", f"{before}; {waits} adoptions wait", "0", not before),
        Figure("the approved takeover: writes at the service", str(after), "0", not after),
    ]


def sweep(found: QuietSweep, stage: Stage) -> list[Figure]:
    """Return the sweep after that, and the operator's memory."""
    resident = peak(stage.started().process.pid) / MEBIBYTE
    writes = f"{found.writes} at the service, {found.kubernetes_writes} at the API server"
    return [
        Figure("next sweep: writes", writes, "0", found.silent),
        Figure("next sweep: reads, duration", f"{found.reads}, {found.seconds:.1f} s"),
        Figure("most memory of the operator", f"{resident:.0f} MiB"),
    ]


def named(figure: Figure, users: int, teams: int) -> Figure:
    """Return the figure with the tenant's size before it."""
    what = f"{users} users and {teams} groups: {figure.what}"
    return Figure(what, figure.value, figure.demanded, figure.met)
