"""An operator of a release without Leases beside this one, at one config on a real API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.waiting import until
from tools.live import kube
from tools.live.stage import CONFIG, Stage, staged
from tools.measure.people import create_all, user

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane


async def condition(stage: Stage) -> str:
    """The message of the condition AnotherOperator, "" where there is none."""
    status = (await stage.kube.get(kube.CONFIGS, CONFIG)).get("status") or {}
    found = [each["message"] for each in status.get("conditions", ()) if each["type"] == "AnotherOperator"]
    return found[0] if found else ""


async def writes_the_status(stage: Stage, name: str) -> None:
    """Do what another operator does with each status that it writes."""
    path = stage.kube.path(kube.CONFIGS, CONFIG, "status")
    headers = {"Content-Type": "application/merge-patch+json"}
    await stage.kube.call("PATCH", path, {"status": {"operator": name}}, headers=headers)


async def is_reported(stage: Stage) -> bool:
    return bool(await condition(stage))


async def test_an_operator_without_leases_is_reported(
    private_crds: ControlPlane, private_namespace: str, tmp_path: Path
) -> None:
    async with staged(private_crds, private_namespace, tmp_path) as stage:
        await create_all(stage.kube, (user(number, private_namespace) for number in range(5)))
        await stage.kube.create(kube.CONFIGS, stage.config())
        first = stage.start_operator()
        await stage.swept()
        assert not await condition(stage), "alone"
        await writes_the_status(stage, "an-older-release")
        await until(lambda: is_reported(stage), "the report")
        assert "an-older-release" in await condition(stage)
        text = await stage.service.text(f"http://{first.listen}/metrics")
        assert f'scim_another_operator{{config="{private_namespace}/{CONFIG}"}} 1.0' in text
        first.stop()
