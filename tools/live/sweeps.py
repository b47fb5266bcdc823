"""A sweep in which nothing has changed: what it reads, that it writes nothing, and how long it takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.live.kube import CONFIGS
from tools.live.stage import CONFIG

if TYPE_CHECKING:
    from tools.live.stage import Stage

INTERVAL = 10.0
"""Seconds; the shortest that the CRD admits."""
PATIENCE = 300.0


@dataclass(frozen=True)
class QuietSweep:
    """`reads` and `writes` are requests to the service, `kubernetes_writes` those to the API server."""

    reads: int
    writes: int
    kubernetes_writes: int
    seconds: float

    @property
    def silent(self) -> bool:
        return not self.writes and not self.kubernetes_writes

    def __str__(self) -> str:
        return (
            f"{self.reads} reads, {self.writes} writes at the service, "
            f"{self.kubernetes_writes} writes at the API server, {self.seconds:.2f} s"
        )


async def quiet_sweep(stage: Stage) -> QuietSweep:
    """Have the operator sweep every ten seconds, and watch the second sweep after that.

    The first one follows from the changed config, and writes its status; the second follows from nothing but time.
    """
    found = await stage.kube.get(CONFIGS, CONFIG)
    config = stage.config()
    config["spec"] = {**found["spec"], "interval": f"{INTERVAL:.0f}s"}
    before = await _swept_at(stage)
    await stage.kube.apply(config)
    first = await _next_sweep(stage, before)
    await stage.swept()
    mark, kubernetes = await stage.service.last(), await stage.kube.writes()
    versions = await stage.kube.versions()
    await _next_sweep(stage, first)
    entries = await stage.service.entries(mark)
    written = sum(((await stage.kube.writes()) - kubernetes).values())
    moved = sum(version != versions.get(key) for key, version in (await stage.kube.versions()).items())
    writes = sum(entry.writes for entry in entries)
    return QuietSweep(
        len(entries) - writes, writes, max(written, moved), await stage.metric("scim_sweep_duration_seconds")
    )


async def _swept_at(stage: Stage) -> float:
    return await stage.metric("scim_last_success_timestamp_seconds")


async def _next_sweep(stage: Stage, before: float) -> float:
    """Wait for the end of the next sweep, and return its time."""
    async with asyncio.timeout(PATIENCE):
        while (found := await _swept_at(stage)) == before:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return found
