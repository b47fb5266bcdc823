"""A part of the Kubernetes project's access data, through the real operator: each change costs what it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.live import kube
from tools.live.stage import staged
from tools.live.sweeps import quiet_sweep
from tools.realdata import dataset
from tools.realdata.oracle import Oracle
from tools.realdata.replayer import Replayer

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

EXTRACT = Path(__file__).parents[1] / "data" / "kubernetes-org-extract"


@pytest.mark.parametrize("nested", [False, True], ids=["flattened", "nested"])
async def test_each_change_costs_the_writes_that_it_means(
    private_crds: ControlPlane, private_namespace: str, tmp_path: Path, *, nested: bool
) -> None:
    data = dataset.read(EXTRACT)
    options = ["--nested-groups"] if nested else []
    async with (
        staged(private_crds, private_namespace, tmp_path, *options) as stage,
        stage.kube.following(kube.USERS, kube.GROUPS) as mirror,
    ):
        replayer = Replayer(stage, mirror, data.base, Oracle(data.base, nested=nested), at_once=True)
        await replayer.create_base()
        stage.start_operator()
        await stage.kube.create(kube.CONFIGS, stage.config(nested=nested))
        await replayer.base_provisioned()
        assert await replayer.difference(data.base) == []
        mark = await stage.service.last()
        steps = [await replayer.replay(change) for change in data.changes]
        assert [str(step) for step in steps if not step.exact] == []
        assert await replayer.difference(data.final) == []
        sent = sum((step.sent.total() for step in steps), start=0)
        sweep = await quiet_sweep(stage)
        assert sweep.silent, f"a sweep after it: {sweep}"
        assert len(await stage.service.writes(mark)) == sent, "nothing was sent late, after a change was thought done"
