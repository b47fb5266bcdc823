"""When nothing changed, nothing is written: not to the service, not to Kubernetes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_a_sweep_without_change_reads_the_pages_and_writes_nothing() -> None:
    async with rig() as r:
        names = [f"user{number:03}" for number in range(250)]
        ids, _ = r.simulator.seed([service_user(name, externalId=f"identity/{name}") for name in names])
        for name in names:
            r.user(name)
        for number in range(30):
            r.group(f"group{number}", names[number : number + 5])
        await r.start()
        await r.settle()
        await r.rest()
        mark, writes = r.mark(), r.cluster.writes
        await r.sweep()
        await r.sweep()
        assert r.writes(mark) == []
        assert r.cluster.writes == writes
        total = len(ids) + 30
        assert len(list(r.entries(mark))) <= 2 * (math.ceil(total / 100) + 5)


@pytest.mark.parametrize("ids", [{}, {"externalId": "oid"}], ids=["our marks", "the identity provider's ids"])
async def test_an_object_takes_two_writes_to_kubernetes_at_most(r: Rig, ids: dict[str, str]) -> None:
    """A finalizer and a status each. What is about to be created goes with the finalizer."""
    for number in range(50):
        r.user(f"user{number}", **{name: f"{value}-{number}" for name, value in ids.items()})
    await r.start()
    await r.settle()
    assert r.cluster.object_writes == 2 * 50


async def test_a_restart_sends_nothing(r: Rig) -> None:
    r.user("ada", title="Analyst")
    r.user("gone", active=False)
    r.group("engineering", ["ada", "ghost"])
    await r.start()
    await r.settle()
    await r.stop()
    mark, writes = r.mark(), r.cluster.writes
    await r.start()
    await r.settle()
    await r.rest()
    assert r.writes(mark) == []
    assert r.cluster.writes - writes <= 4, "the config's own progress and condition, but no object's status"


async def test_labels_and_annotations_of_a_manifest_are_no_reason_to_write(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    mark, writes = r.mark(), r.cluster.writes
    r.user("ada", labels={"colour": "red"})
    await r.rest()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes


async def test_repairing_one_drift_writes_the_config_once(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    await r.sweep()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Pirate"})
    writes = r.cluster.writes
    await r.sweep()
    assert r.cluster.writes - writes == 1, "that a sweep repaired something is news once"
