"""The tool that says where the operator's memory is."""

from __future__ import annotations

from tools.measure.memory import Scene, owners
from tools.measure.paper import Tenant


async def test_a_tenant_on_paper_is_in_sync() -> None:
    scene = Scene.of(Tenant(40, 4))
    await scene.list()
    await scene.begin()
    await scene.sweep()
    assert (scene.service.writes, scene.cluster.writes) == (0, 0)
    assert all(entry.verdict.ready for _, entry in scene.knowledge.entries.all())
    told = dict(line.rsplit(maxsplit=1) for line in owners(scene, 44) if not line.startswith(" "))
    assert {"record.packed_status", "entry.proof", "index of the service"} <= set(told)
    await scene.supervisor.stop()
