"""A budget far above what a service takes: how often it refuses, and how much of its rate is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.live import kube
from tools.measure.report import Figure
from tools.measure.rounds import PATIENCE, fresh, run_operator

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.live.service import Entry

RATES = (25, 100)
"""Requests a second that the service takes, with a burst of a second's worth."""
USERS = 500
MOST_REFUSALS, LEAST_USED = 5, 0.97
TOO_MANY = 429


async def measure_limits(plane: ControlPlane, folder: Path, *, users: int = USERS) -> list[Figure]:
    """Provision users at services with a limit; the config's budget is 1000 requests a second."""
    return [figure for rate in RATES for figure in await measured(plane, folder, rate, users)]


async def measured(plane: ControlPlane, folder: Path, rate: int, users: int) -> list[Figure]:
    """Return the figures for one limit."""
    async with fresh(plane, folder, f"limit-{rate}", users) as stage:
        await stage.service.fault(f"rate-limit={rate}")
        stage.start_operator()
        async with stage.kube.following(kube.USERS) as mirror:
            await mirror.until(lambda: len(mirror.objects) == users, "the list of users", PATIENCE)
            await run_operator(stage)
            await mirror.all_ready(users, PATIENCE)
        return found(await stage.service.entries(), rate, users)


def found(entries: list[Entry], rate: int, users: int) -> list[Figure]:
    """Return the refusals, and the part of the rate that was used from the first to the last creation."""
    refused = sum(entry.status == TOO_MANY for entry in entries)
    begin = min(entry.came for entry in entries if entry.writes)
    taken = [entry for entry in entries if entry.status != TOO_MANY and entry.came >= begin]
    used = len(taken) / (max(entry.at for entry in taken) - begin) / rate
    what = f"a service that takes {rate} requests/s, budget 1000, {users} users"
    few, whole = refused <= MOST_REFUSALS, used >= LEAST_USED
    return [
        Figure(f"{what}: answers of 429", str(refused), f"≤ {MOST_REFUSALS}", few),
        Figure(f"{what}: of its rate used", f"{used:.1%}", f"≥ {LEAST_USED:.0%}", whole),
    ]
