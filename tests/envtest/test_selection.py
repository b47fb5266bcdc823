"""`--namespace-selector` on a real API server: labels choose the namespaces, and take them away again."""

from __future__ import annotations

import subprocess
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import until
from tools.live import kube, programs
from tools.live.stage import Stage, staged
from tools.measure.people import user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

LABEL = "scim-operator.io/shard"


@pytest.fixture
async def two(private_crds: ControlPlane, private_namespace: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two namespaces, each with a service of its own, a config, and a user."""
    other = f"{private_namespace}-b"
    private_crds.create_namespace(other)
    async with AsyncExitStack() as stack:
        stages = [
            await stack.enter_async_context(staged(private_crds, name, tmp_path / name))
            for name in (private_namespace, other)
        ]
        for stage in stages:
            await stage.kube.create(kube.CONFIGS, stage.config())
            await stage.kube.apply(user(0, stage.kube.namespace))
        yield stages[0], stages[1]


def label(stage: Stage, shard: str) -> None:
    """Label a stage's namespace; "" takes the label away."""
    change = f"{LABEL}={shard}" if shard else f"{LABEL}-"
    stage.plane.kubectl("label", "--overwrite", "namespace", stage.kube.namespace, change)


async def titles(stage: Stage) -> set[str]:
    return {str(one.get("title", "")) for one in (await stage.service.dump())["Users"]}


async def retitled(stage: Stage, title: str) -> None:
    """Change the user, and wait until the service has it."""
    await stage.kube.apply(user(0, stage.kube.namespace, title=title))

    async def is_there() -> bool:
        return title in await titles(stage)

    await until(is_there, f"{title} at the service of {stage.kube.namespace}")


async def lease_holder(stage: Stage) -> str:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{stage.kube.namespace}/leases"
    found = (await stage.kube.call("GET", leases))["items"]
    services = [one for one in found if one["metadata"]["labels"]["scim-operator.io/lease"] == "service"]
    return str(services[0]["spec"].get("holderIdentity") or "") if services else ""


async def test_labels_choose_the_namespaces_and_take_them_away_again(two: tuple[Stage, Stage]) -> None:
    one, other = two
    label(one, "1")
    operator = one.start_operator_for(f"--namespace-selector={LABEL}=1")
    await retitled(one, "Countess")
    assert await titles(other) == set(), "no label, no work"
    label(other, "1")
    await retitled(other, "Duchess")
    await retitled(one, "Baroness")
    label(one, "2")

    async def is_released() -> bool:
        return not await lease_holder(one)

    await until(is_released, "the Lease of the namespace that is not chosen any more is released")
    await one.kube.apply(user(0, one.kube.namespace, title="Nobody"))
    await retitled(other, "Empress")
    assert await titles(one) == {"Baroness"}, "what is not chosen is left as it is"
    operator.stop()


async def test_where_no_namespace_is_chosen_it_is_ready_and_waits(two: tuple[Stage, Stage]) -> None:
    one, _ = two
    operator = one.start_operator_for(f"--namespace-selector={LABEL}=3")
    label(one, "3")
    await retitled(one, "Countess")
    operator.stop()
    assert await lease_holder(one) == "", "stopped in good order"


async def test_two_operators_share_an_estate_by_labels(two: tuple[Stage, Stage]) -> None:
    for shard, stage in enumerate(two):
        label(stage, str(shard))
        stage.start_operator_for(f"--namespace-selector={LABEL}={shard}")
    for stage in two:
        await retitled(stage, "Countess")
    holders = [await lease_holder(stage) for stage in two]
    assert len(set(holders)) == len(holders)


async def test_a_selector_that_is_none_ends_the_start_with_what_the_api_server_says(two: tuple[Stage, Stage]) -> None:
    one, _ = two
    run = subprocess.run(  # noqa: ASYNC221 - it ends by itself
        [
            str(programs.PROGRAM),
            "run",
            f"--kubeconfig={one.plane.kubeconfig}",
            "--namespace-selector=shard=&",
            "--listen=127.0.0.1:0",
            "--log-store=off",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("Error: --namespace-selector: The API server answered 400")
    assert "such as tier=prod" in run.stderr
