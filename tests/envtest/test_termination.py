"""On a real API server, a namespace or a CRD that is being deleted is told from manifests that somebody deletes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import FINALIZER
from scim_operator.errors import NotAnswered
from scim_operator.kube.client import KubeClient
from scim_operator.kube.credentials import Credentials, from_kubeconfig
from scim_operator.kube.resources import CONFIGS, GROUPS, SECRETS, USERS
from scim_operator.kube.termination import FRESH, KubeTerminationCheck, undefined
from tests.envtest.manifests import as_yaml, user
from tests.envtest.proxy import Answer, FaultProxy
from tests.scim.virtual import VirtualClock
from tests.support.operating import CONFIG, operator, tenant, until
from tests.support.witness import Right
from tools.cluster.crds import install_crds
from tools.demo import rights

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.operating import Tenant
    from tools.cluster.controlplane import ControlPlane


async def test_a_namespace_that_lives_terminates_and_is_gone(
    client: KubeClient, crds: ControlPlane, namespace: str
) -> None:
    termination = KubeTerminationCheck(client)
    assert await termination.terminating(namespace) == frozenset()
    await asyncio.to_thread(crds.kubectl, "delete", "namespace", namespace, "--wait=false")
    await until(lambda: reported(termination, namespace, frozenset(Kind)), "it terminates")
    assert await termination.terminating("never-made") == frozenset(Kind)


async def reported(termination: KubeTerminationCheck, namespace: str, kinds: frozenset[Kind]) -> bool:
    return await termination.terminating(namespace) == kinds


async def test_a_crd_that_terminates_is_gone_and_comes_back(private_api_server: ControlPlane) -> None:
    plane = private_api_server
    await asyncio.to_thread(install_crds, plane)
    ada = as_yaml(user("ada", "default", finalizers=[FINALIZER]))
    await asyncio.to_thread(plane.kubectl, "apply", "--server-side", "-f", "-", input=ada)
    async with KubeClient(from_kubeconfig([plane.kubeconfig])) as client:
        termination = KubeTerminationCheck(client)
        assert await termination.terminating("default") == frozenset()
        await asyncio.to_thread(plane.kubectl, "delete", "crd", "scimusers.scim-operator.io", "--wait=false")
        await until(lambda: reported(termination, "default", frozenset({Kind.USER})), "the CRD terminates")
        release = (
            "patch",
            "scimuser",
            "ada",
            "--namespace=default",
            "--type=merge",
            '-p={"metadata":{"finalizers":null}}',
        )
        await asyncio.to_thread(plane.kubectl, *release)
        await until(lambda: is_unknown(termination), "the CRD is gone")
        await asyncio.to_thread(install_crds, plane)
        await until(lambda: not_unknown(termination), "the CRD is back")
        assert await termination.terminating("default") == frozenset()


async def is_unknown(termination: KubeTerminationCheck) -> bool:
    return not await not_unknown(termination)


async def not_unknown(termination: KubeTerminationCheck) -> bool:
    try:
        await termination.terminating("default")
    except NotAnswered:
        return False
    return True


async def test_those_who_ask_at_once_share_an_answer(proxied: KubeClient, proxy: FaultProxy, namespace: str) -> None:
    clock = VirtualClock()
    termination = KubeTerminationCheck(proxied, clock.monotonic)
    await asyncio.gather(*(termination.terminating(namespace) for _ in range(50)))
    assert proxy.seen == ["GET", "GET"], "one for the namespace, one for the CRDs"
    clock.advance(2 * FRESH)
    await termination.terminating(namespace)
    assert len(proxy.seen) == 4, "an answer does not hold for long"


async def test_without_an_answer_nothing_is_concluded(proxied: KubeClient, proxy: FaultProxy, namespace: str) -> None:
    proxy.faults.append(Answer("GET", 500))
    with pytest.raises(NotAnswered, match="answered 500 to get namespaces"):
        await KubeTerminationCheck(proxied).terminating(namespace)
    async with KubeClient(Credentials(server="http://127.0.0.1:9")) as nobody:
        with pytest.raises(NotAnswered, match="No answer from the API server"):
            await KubeTerminationCheck(nobody).terminating(namespace)


def test_what_an_api_server_does_not_list_yet_proves_nothing() -> None:
    with pytest.raises(NotAnswered, match=r"scimusers\.scim-operator\.io"):
        undefined({})


async def grant(crds: ControlPlane, namespace: str) -> None:
    """Give the operator the rights that the chart gives it in a namespace."""
    await asyncio.to_thread(crds.kubectl, "apply", "-f", "-", input=as_yaml(*rights.manifests(namespace)))


async def provisioned(made: Tenant) -> int:
    """Provision a user and a group of her; the writes that the service has had then."""
    await made.furnish()
    await made.user("ada")
    await made.group("engineering", "ada")
    await until(lambda: made.members("engineering") == {"ada"}, "everything is provisioned")
    return made.writes


def has_lost_no_one(made: Tenant, before: int) -> None:
    """See the service as it was after so many writes."""
    assert made.writes == before
    assert made.has_user("ada", active=True)
    assert made.members("engineering") == {"ada"}


async def test_a_deleted_namespace_empties_no_tenant(crds: ControlPlane, namespace: str, tmp_path: Path) -> None:
    """Users and groups are marked first, and the config goes last: the order in which most would be lost."""
    await grant(crds, namespace)
    async with (
        tenant(crds, namespace) as made,
        operator(crds, namespace, tmp_path, f"--namespace={namespace}") as run,
    ):
        before = await provisioned(made)
        await asyncio.to_thread(crds.kubectl, "delete", "namespace", namespace, "--wait=false")
        for resource, name in ((USERS, "ada"), (GROUPS, "engineering")):
            await made.delete(resource, name)
            await until(lambda resource=resource, name=name: gone(made.get(resource, name)), f"{name} is gone")
        has_lost_no_one(made, before)
        assert Right("", "namespaces", "get") in run.witness.used


async def test_a_deleted_namespace_goes_although_its_secret_went_first(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """Without its token the operator cannot connect: what waits for it is let go as soon as the config has gone."""
    await grant(crds, namespace)
    async with tenant(crds, namespace) as made:
        async with operator(crds, namespace, tmp_path, f"--namespace={namespace}"):
            before = await provisioned(made)
        await made.delete(SECRETS, "vmware-scim")
        async with operator(crds, namespace, tmp_path, f"--namespace={namespace}"):
            await until(lambda: is_not_connected(made), "it misses its token")
            await asyncio.to_thread(crds.kubectl, "delete", "namespace", namespace, "--wait=false")
            for resource, name in ((USERS, "ada"), (GROUPS, "engineering")):
                await made.delete(resource, name)
            await made.delete(CONFIGS, CONFIG)
            for resource, name in ((USERS, "ada"), (GROUPS, "engineering")):
                await until(lambda resource=resource, name=name: gone(made.get(resource, name)), f"{name} is gone")
        has_lost_no_one(made, before)


async def test_a_deleted_namespace_whose_rights_went_first_empties_no_tenant(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """Kubernetes may delete the Role before the manifests: then the operator cannot see that the namespace goes."""
    await grant(crds, namespace)
    async with (
        tenant(crds, namespace) as made,
        operator(crds, namespace, tmp_path, f"--namespace={namespace}") as run,
    ):
        before = await provisioned(made)
        await asyncio.to_thread(crds.kubectl, "delete", "namespace", namespace, "--wait=false")
        scoped = ("rolebindings", "--all", f"--namespace={namespace}")
        await asyncio.to_thread(crds.kubectl, "delete", *scoped)
        for resource, name in ((USERS, "ada"), (GROUPS, "engineering")):
            await made.delete(resource, name)
        # The config is there: to the operator this looks as though someone had deleted the two by hand.
        await until(lambda: "nothing is let through before it is booked" in run.log, "it may not book it")
        await made.delete(CONFIGS, CONFIG)
        await until(lambda: "its Role went first" in run.log, "it may not let them go")
        has_lost_no_one(made, before)


async def is_not_connected(made: Tenant) -> bool:
    return (await made.condition(CONFIGS, CONFIG, "Connected"))[:2] == ("False", "SecretNotFound")


async def gone(found: object) -> bool:
    return not await found  # type: ignore[misc]
