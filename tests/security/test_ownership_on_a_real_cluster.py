"""The attacks on ownership through a real API server: the operator is a process of its own, with the chart's rights."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from scim_operator.kube.resources import CONFIGS, USERS
from tests.envtest import manifests
from tests.envtest.conftest import crds
from tests.support.operating import CONFIG, Tenant, operator, tenant, until
from tests.support.rig import service_user
from tools.demo import rights

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

__all__ = ["crds"]


async def granted(plane: ControlPlane, namespace: str) -> None:
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": rights.manifests(namespace)})
    await asyncio.to_thread(plane.kubectl, "apply", "-f", "-", input=listed)


async def forge(made: Tenant, name: str, *, kind: str = "scimuser", **status: Any) -> None:
    """What anyone does who may write the status subresource."""
    patch = json.dumps({"status": status})
    arguments = (
        kind,
        name,
        f"--namespace={made.namespace}",
        "--subresource=status",
        "--type=merge",
        f"--patch={patch}",
    )
    await asyncio.to_thread(made.plane.kubectl, "patch", *arguments)


def seeded(made: Tenant, name: str, **changes: Any) -> dict[str, Any]:
    (id,), _ = made.simulator.seed([service_user(name, **changes)])
    return dict(made.simulator.users[id])


async def is_said(made: Tenant, name: str, reason: str) -> bool:
    return (await made.condition(USERS, name))[1] == reason


async def test_another_mark_and_a_persons_id_claimed_by_a_manifest(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    await granted(crds, namespace)
    async with tenant(crds, namespace) as made:
        victim, person = seeded(made, "victim", externalId="finance/victim"), seeded(made, "person", externalId="oid-7")
        await made.furnish()
        for name, external_id in (("evil", "finance/victim"), ("worse", "oid-7")):
            manifest = manifests.user(name, namespace)
            manifest["spec"] |= {"externalId": external_id, "active": False}
            await made.create(USERS, manifest)
        async with operator(crds, namespace, tmp_path, f"--namespace={namespace}"):
            await until(lambda: is_said(made, "evil", "InvalidSpec"), "the mark is refused")
            await until(lambda: is_said(made, "worse", "Held"), "the match waits for approval")
            await until(lambda: planned(made), "the plan")
            (first,) = await planned(made)
            assert (first["verb"], first["id"], first["matchedBy"]) == ("Adopt", person["id"], "externalId")
            for name in ("evil", "worse"):
                await made.delete(USERS, name)
                await until(lambda name=name: is_gone(made, name), f"{name} goes")
        assert made.simulator.users[victim["id"]] == victim
        assert made.simulator.users[person["id"]] == person
        assert made.writes == []


async def planned(made: Tenant) -> list[dict[str, Any]]:
    plan = (await made.get(CONFIGS, CONFIG)).get("status", {}).get("plan") or {}
    return list(plan.get("first", ()))


async def is_gone(made: Tenant, name: str) -> bool:
    return not await made.get(USERS, name)


async def test_a_forged_id_and_a_forged_tombstone_before_and_after_a_restart(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    await granted(crds, namespace)
    async with tenant(crds, namespace) as made:
        root, sleeper = seeded(made, "root"), seeded(made, "sleeper", active=False)
        await made.furnish()
        await made.user("evil")
        async with operator(crds, namespace, tmp_path, f"--namespace={namespace}"):
            await until(lambda: is_said(made, "evil", "Provisioned"), "the user is provisioned")
            mine = (await made.get(USERS, "evil"))["status"]["services"][0]
            await forge(made, "evil", services=[{**mine, "id": root["id"]}])
            await made.edit(USERS, "evil", spec={"title": "Renamed"})
            await until(lambda: made.has_user("evil", title="Renamed"), "the edit reaches the one that is evil's")
        await forge(made, "evil", services=[{**mine, "id": root["id"]}])
        buried = {"id": sleeper["id"], "kind": "ScimUser", "name": "gone", "deleteAt": "2026-01-01T00:00:00Z"}
        await forge(made, CONFIG, kind="provisioningconfig", tombstones=[buried])
        await made.edit(USERS, "evil", spec={"title": "Again", "active": False})
        async with operator(crds, namespace, tmp_path, f"--namespace={namespace}"):
            await until(lambda: made.has_user("evil", title="Again", active=False), "the edit")
            await until(lambda: are_dropped(made), "the tombstone is dropped")
        assert made.simulator.users[root["id"]] == root
        assert made.simulator.users[sleeper["id"]] == sleeper
        (entry,) = (await made.get(USERS, "evil"))["status"]["services"]
        assert entry["id"] == mine["id"]


async def are_dropped(made: Tenant) -> bool:
    return (await made.get(CONFIGS, CONFIG)).get("status", {}).get("tombstones") == []
