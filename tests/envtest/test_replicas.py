"""Two replicas, each a process of its own, on a real API server: one serves, and the other takes over."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from tests.support.waiting import HANG, until
from tools.live import kube
from tools.live.stage import Stage, staged
from tools.measure.people import create_all, user

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.live.programs import Program

QUICK = ("--write-limit=1", "--log-level=info")
TAKEOVER = 20.0
"""Seconds within which a service is swept by another replica: a Lease lasts 15."""


async def holder(stage: Stage) -> str:
    """Return who holds the Lease of the service, "" while no one does."""
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{stage.kube.namespace}/leases"
    found = (await stage.kube.call("GET", leases))["items"]
    services = [one for one in found if one["metadata"]["labels"]["scim-operator.io/lease"] == "service"]
    return str(services[0]["spec"].get("holderIdentity") or "") if services else ""


async def writes_of(stage: Stage, program: Program) -> float:
    """Return how many changing requests an operator has sent, by its own metrics."""
    text = await stage.service.text(f"http://{program.listen}/metrics")
    found = re.findall(r'^scim_requests_total\{.*method="(?:POST|PUT|PATCH|DELETE)".*\} (\S+)$', text, re.MULTILINE)
    return sum(map(float, found))


async def retitle(stage: Stage, namespace: str, title: str) -> None:
    """Change a user, and wait until the service has it."""
    await stage.kube.apply(user(0, namespace, title=title))

    async def is_there() -> bool:
        return any(one.get("title") == title for one in (await stage.service.dump())["Users"])

    await until(is_there, f"{title} at the service")


async def test_one_that_stands_still_is_replaced_and_writes_nothing_when_it_goes_on(
    private_crds: ControlPlane, private_namespace: str, tmp_path: Path
) -> None:
    async with staged(private_crds, private_namespace, tmp_path) as stage:
        await create_all(stage.kube, (user(number, private_namespace) for number in range(5)))
        await stage.kube.create(kube.CONFIGS, stage.config())
        first = stage.start_operator(*QUICK)
        await stage.swept()
        served = await holder(stage)
        with stage.start_operator(*QUICK) as second:
            await retitle(stage, private_namespace, "Countess")
            serving, idle = (first, second) if await holder(stage) == served else (second, first)
            former = await holder(stage)
            serving.process.send_signal(signal.SIGSTOP)
            await until(lambda: _is_held_by_another(stage, former), "another holds the Lease", limit=TAKEOVER + HANG)
            await retitle(stage, private_namespace, "Baroness")
            serving.process.send_signal(signal.SIGCONT)
            await until(lambda: "is lost" in serving.log.read_text(), "it notices")
            before = await writes_of(stage, serving)
            log = len(await stage.service.writes())
            await retitle(stage, private_namespace, "Duchess")
            assert await writes_of(stage, serving) == before
            assert len(await stage.service.writes()) == log + 1, "one edit, one request"
            idle.stop()
            await retitle(stage, private_namespace, "Empress")
        first.stop()


async def _is_held_by_another(stage: Stage, former: str) -> bool:
    return await holder(stage) not in ("", former)


async def test_one_that_is_killed_is_replaced(
    private_crds: ControlPlane, private_namespace: str, tmp_path: Path
) -> None:
    async with staged(private_crds, private_namespace, tmp_path) as stage:
        await create_all(stage.kube, (user(number, private_namespace) for number in range(5)))
        await stage.kube.create(kube.CONFIGS, stage.config())
        first = stage.start_operator(*QUICK)
        await stage.swept()
        first.kill()
        with stage.start_operator(*QUICK):
            await retitle(stage, private_namespace, "Countess")
