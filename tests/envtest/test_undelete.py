"""Who was deleted by mistake is put back on a real API server: the same people, and nothing is sent (ADR 0037)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.annotations import RESTORED, UNDELETE
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, GROUPS, USERS
from tests.envtest import manifests
from tests.envtest.manifests import as_yaml
from tests.support.operating import CONFIG, operator, tenant, until
from tools.demo import rights
from tools.live.programs import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.kube.client import Manifest
    from scim_operator.kube.resources import ApiResource
    from tests.support.operating import Tenant
    from tools.cluster.controlplane import ControlPlane

PEOPLE = [f"person-{number:03}" for number in range(200)]
TEAMS = {"engineering": PEOPLE[:120], "research": PEOPLE[100:]}


def directory(namespace: str) -> list[dict[str, Any]]:
    """What Git has: who signs in has the identity provider's own id."""
    users = [manifests.user(name, namespace, labels={"from": "git"}) for name in PEOPLE]
    for user in users:
        user["spec"]["externalId"] = f"oid-{user['metadata']['name']}"
    return [*users, *(manifests.group(name, namespace, *members) for name, members in TEAMS.items())]


async def command(plane: ControlPlane, *arguments: str, folder: Path) -> tuple[int, str]:
    made = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        *arguments,
        f"--kubeconfig={plane.kubeconfig}",
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await made.communicate()
    return made.returncode or 0, said.decode()


async def listed(made: Tenant, resource: ApiResource) -> dict[str, Manifest]:
    found = [each async for each in made.admin.every(Target(resource, made.namespace))]
    return {each["metadata"]["name"]: each for each in found}


async def all_ready(made: Tenant) -> bool:
    everything = {**await listed(made, USERS), **await listed(made, GROUPS)}
    return len(everything) == len(PEOPLE) + len(TEAMS) and all(map(is_ready, everything.values()))


def is_ready(manifest: Manifest) -> bool:
    conditions = (manifest.get("status") or {}).get("conditions", ())
    alive = "deletionTimestamp" not in manifest["metadata"]
    return alive and any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


async def is_held(made: Tenant, *, held: bool, disables: int = 0) -> bool:
    plan = (await made.get(CONFIGS, CONFIG)).get("status", {}).get("plan", {})
    return plan.get("held") is held and plan.get("disables", 0) == disables


NONE = {"min": 0, "max": 0}
"""However slowly a directory is deleted, nobody is let go."""


async def test_two_hundred_people_deleted_by_mistake_are_put_back(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    git = await prepared(crds, namespace, tmp_path)
    async with (
        tenant(crds, namespace) as made,
        operator(crds, namespace, tmp_path, f"--namespace={namespace}") as run,
    ):
        await made.furnish()
        await made.edit(CONFIGS, CONFIG, spec={"limits": {"disables": NONE, "memberRemovals": NONE}})
        await asyncio.to_thread(crds.kubectl, "apply", "-f", str(git))
        await until(lambda: all_ready(made), "everyone is provisioned", limit=300)
        before, known, teams = made.writes, await listed(made, USERS), members(made)

        await asyncio.to_thread(crds.kubectl, "delete", "-f", str(git), "--wait=false")
        await until(lambda: is_held(made, held=True, disables=len(PEOPLE)), "the plan is held", limit=300)
        await says_what_to_do(made)

        # The revert: applying it again changes nothing by itself.
        await asyncio.to_thread(crds.kubectl, "apply", "-f", str(git))
        assert await is_held(made, held=True, disables=len(PEOPLE))
        left, text = await command(crds, "undelete", f"--filename={git}", f"--namespace={namespace}", folder=tmp_path)
        assert left == 0, text
        assert f"Put back: {len(PEOPLE) + len(TEAMS)} manifests." in text

        await until(lambda: all_ready(made), "all are there", limit=300)
        await until(lambda: is_held(made, held=False), "nothing is held any more")
        assert made.writes == before, "nothing was sent"
        assert members(made) == teams
        await are_the_same(made, known)
        again = await asyncio.to_thread(crds.kubectl, "apply", "-f", str(git))
        assert "configured" not in again, "the manifests are what Git has"
        assert "Traceback" not in run.log
        assert "scim-undelete" not in await asyncio.to_thread(lambda: " ".join(map(str, tmp_path.iterdir())))


async def prepared(crds: ControlPlane, namespace: str, folder: Path) -> Path:
    """Grant the operator its rights; return a directory as Git has it."""
    await asyncio.to_thread(crds.kubectl, "apply", "-f", "-", input=as_yaml(*rights.manifests(namespace)))
    git = folder / "git"
    git.mkdir()
    (git / "all.yaml").write_text(as_yaml(*directory(namespace)))
    return git


def members(made: Tenant) -> dict[str, set[str]]:
    return {name: made.members(name) for name in TEAMS}


async def says_what_to_do(made: Tenant) -> None:
    _, _, said = await made.condition(USERS, "person-000")
    assert f"scim-operator undelete scimuser/person-000 --namespace {made.namespace}" in said
    _, _, said = await made.condition(CONFIGS, CONFIG, "ApprovalRequired")
    assert f"scim-operator undelete --namespace {made.namespace} --filename" in said


async def are_the_same(made: Tenant, before: dict[str, Manifest]) -> None:
    """The manifests are as they were, down to whose their fields are, and have the same resources."""
    users = await listed(made, USERS)
    assert {id_of(each) for each in users.values()} == {*made.simulator.users}
    for name, user in users.items():
        was, metadata = before[name], user["metadata"]
        assert (id_of(user), user["spec"]) == (id_of(was), was["spec"])
        assert metadata["uid"] != was["metadata"]["uid"]
        assert metadata["labels"] == was["metadata"]["labels"]
        assert not {UNDELETE, RESTORED} & {*metadata["annotations"]}
        assert {each["manager"] for each in metadata["managedFields"]} == {
            each["manager"] for each in was["metadata"]["managedFields"]
        }


def id_of(manifest: Manifest) -> str:
    return str(manifest["status"]["services"][0]["id"])
