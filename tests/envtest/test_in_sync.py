"""Tenants that are made in sync, for the benchmarks: as the operator leaves them, so that it has nothing to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from scim_operator.core.keys import Kind
from tools.cluster.etcd import Etcd
from tools.live import kube
from tools.live.sweeps import quiet_sweep
from tools.measure import leaving, outside
from tools.measure.in_sync import Population, in_sync, stored_at

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.live.stage import Stage

POPULATION = Population(users=180, groups=20, everyone=150)
OBJECT_WRITES = {kube.USERS, kube.GROUPS, f"{kube.USERS}/status", f"{kube.GROUPS}/status"}


async def test_an_operator_over_a_tenant_in_sync_writes_nothing(private_crds: ControlPlane, tmp_path: Path) -> None:
    async with in_sync(private_crds, "in-sync", tmp_path, POPULATION) as stage:
        mark, before = await stage.service.last(), await stage.kube.writes()
        stage.start_operator()
        await stage.first_sweep()
        assert not await stage.service.writes(mark)
        after = await stage.kube.writes()
        assert not {name: after[name] - before[name] for name in OBJECT_WRITES if after[name] != before[name]}
        assert (await quiet_sweep(stage)).silent


async def test_what_is_made_is_as_the_operator_would_have_left_it(private_crds: ControlPlane, tmp_path: Path) -> None:
    async with in_sync(private_crds, "as-left", tmp_path, POPULATION) as stage:
        for kind, provisioned, made in (
            (Kind.USER, "user-00015", "user-00025"),
            (Kind.GROUP, "group-00000", "group-00009"),
        ):
            first, other = await left_of(stage, kind, provisioned, made)
            assert shape(first) == shape(other)
        dump = await stage.service.dump()
        users, groups = ({each["externalId"]: each for each in dump[name]} for name in ("Users", "Groups"))
        for resources, provisioned, made in (
            (users, "as-left/user-00015", "as-left/user-00025"),
            (groups, "as-left/group-00000", "as-left/group-00009"),
        ):
            assert shape(alone(resources[provisioned])) == shape(alone(resources[made]))


async def test_who_leaves_while_the_operator_is_busy_is_timed(private_crds: ControlPlane, tmp_path: Path) -> None:
    figures = await leaving.measure_leaving(private_crds, tmp_path, (200,))
    assert [figure.what.partition(",")[0] for figure in figures] == [
        f"{what} {when}"
        for when in (
            "while it starts and plans everyone",
            "while it plans an edited config",
            "while it sweeps without change",
        )
        for what in ("access ends", "`/healthz` answers")
    ]
    assert all(figure.value.startswith("median 0.") for figure in figures)


async def left_of(stage: Stage, kind: Kind, *names: str) -> list[Any]:
    """Return what etcd has of them."""
    async with aiohttp.ClientSession() as session:
        etcd = Etcd(session, stage.plane.etcd)
        return [orjson.loads(await etcd.get(stored_at(kind, stage.kube.namespace, name))) for name in names]


def alone(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without its neighbours, whose names are of any length."""
    return {name: value for name, value in resource.items() if name not in {"groups", "members"}}


def shape(value: Any) -> Any:
    """Return all that is equal in two of them whose numbers have as many digits: names, lists, lengths of texts."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return len(value) if isinstance(value, str) else value


async def test_who_is_out_of_scope_is_told_once(private_crds: ControlPlane, tmp_path: Path) -> None:
    told = await outside.measured(private_crds, tmp_path, 60, report=True)
    assert (told.writes, told.later, told.edit) == (60, 0, 1)
    silent = await outside.measured(private_crds, tmp_path, 60, report=False)
    assert silent.writes == 0
    assert all(figure.met for figure in outside.compared(told, silent))
