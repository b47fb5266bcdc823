"""The installed chart's rights are all that the operator needs: it does all its work with them, and is refused nothing.

The operator runs as a process of its own with a token of the chart's ServiceAccount; only its pod is missing.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from scim_operator.kube.resources import CONFIGS, GROUPS, SECRETS, USERS
from scim_operator.kube.rights import RIGHTS
from tests.chart.conftest import CHART
from tests.support.operating import CONFIG, TOKEN, Running, Tenant, operator, tenant, until
from tests.support.witness import Right
from tools.cluster.crds import await_crds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.chart.conftest import Helm
    from tools.cluster.controlplane import ControlPlane

HOME = "identity"
OURS = "scim-operator.io"
EACH = {Right(right.group, right.resource, verb) for right in RIGHTS for verb in right.verbs}
AFTER_FIVE_MINUTES = {Right("", "events", "patch")}
"""A repeated Event is counted only then: tests/envtest/test_rights.py has its proof."""
EVERYBODYS = {Right("authorization.k8s.io", "selfsubjectaccessreviews", "create")}
"""By Kubernetes' own ClusterRole system:basic-user, whoever is authenticated may ask about itself."""
OWN_KEY = {Right("", "secrets", "patch")}
"""Of one Secret alone, which the chart creates empty."""
CONFLICTS = (
    Right(OURS, "scimusers", "patch"),
    Right(OURS, "scimgroups", "patch"),
    Right(OURS, "provisioningconfigs/status", "patch"),
)


@contextlib.contextmanager
def installed(helm: Helm, plane: ControlPlane, *values: str) -> Iterator[None]:
    """The chart in the namespace HOME."""
    where, sets = f"--namespace={HOME}", [f"--set={value}" for value in values]
    helm("install", "scim-operator", str(CHART), where, "--create-namespace", *sets, kubeconfig=plane.kubeconfig)
    await_crds(plane)
    try:
        yield
    finally:
        helm("uninstall", "scim-operator", where, kubeconfig=plane.kubeconfig)


@contextlib.asynccontextmanager
async def furnished(plane: ControlPlane, namespace: str, *, token: str = TOKEN) -> AsyncIterator[Tenant]:
    """A tenant with a config, a user and a group."""
    async with tenant(plane, namespace) as made:
        await made.furnish(token)
        await made.user("ada")
        await made.group("engineering", "ada")
        yield made
        await made.delete(CONFIGS, CONFIG)


async def is_provisioned(made: Tenant) -> bool:
    """Whether manifests and service say that all is as it should be."""
    ready = [
        await made.condition(USERS, "ada"),
        await made.condition(GROUPS, "engineering"),
        await made.condition(CONFIGS, CONFIG),
    ]
    return all(condition[:2] == ("True", "Provisioned") for condition in ready) and made.has_user("ada")


async def begin(made: Tenant) -> None:
    """A token that the service refuses, and the right one; then everything is provisioned, in spite of conflicts."""
    await until(made.events, "the Event about the token")
    assert await made.events() == {"Unauthorized": 1}
    await made.edit(SECRETS, "vmware-scim", stringData={"token": TOKEN})
    await until(lambda: is_provisioned(made), "everything is provisioned")
    assert made.members("engineering") == {"ada"}
    assert await made.events() == {"Unauthorized": 1, "Connected": 1}


async def change(made: Tenant) -> None:
    """What is edited, added and removed later arrives through the watches."""
    await made.edit(USERS, "ada", spec={"title": "Countess"})
    await until(lambda: made.has_user("ada", title="Countess"), "the edit of a user")
    await made.user("charles")
    members = [{"userRef": {"name": name}} for name in ("ada", "charles")]
    await made.edit(GROUPS, "engineering", spec={"members": members})
    await until(lambda: made.members("engineering") == {"ada", "charles"}, "the edit of a group")
    await made.edit(CONFIGS, CONFIG, spec={"interval": "20m"})
    await until(lambda: generation_is_observed(made, 2), "the edit of a config")


async def generation_is_observed(made: Tenant, generation: int) -> bool:
    return (await made.get(CONFIGS, CONFIG))["status"].get("observedGeneration") == generation


async def end(made: Tenant) -> None:
    """Manifests that are deleted go when the service has been told."""
    await made.delete(GROUPS, "engineering")
    await until(lambda: gone(made), "the group is emptied and its manifest gone")
    await made.delete(USERS, "ada")
    await until(lambda: made.has_user("ada", active=False), "the user is disabled")


async def gone(made: Tenant) -> bool:
    return not made.members("engineering") and not await made.get(GROUPS, "engineering")


def first_listings(run: Running) -> list[str]:
    """The listings, but for those of the roll call, that the operator has made."""
    listed = [asked for asked in run.witness.asked if asked.right.verb == "list"]
    return sorted(asked.right.resource for asked in listed if asked.limit != "0")


async def test_all_its_work_needs_no_more(helm: Helm, private_api_server: ControlPlane, tmp_path: Path) -> None:
    plane = private_api_server
    with installed(helm, plane):
        async with (
            furnished(plane, HOME, token="a token of yesterday") as made,
            operator(plane, HOME, tmp_path, *arguments(plane), conflicts=CONFLICTS) as run,
        ):
            await begin(made)
            await change(made)
            await end(made)
            assert run.witness.conflicts == [], "each of them was met"
    assert run.witness.refused == set()
    assert run.witness.used - EVERYBODYS - OWN_KEY == EACH - AFTER_FIVE_MINUTES
    listed = [name for name in first_listings(run) if name != "leases"]  # which are looked at again and again
    assert listed == ["provisioningconfigs", "scimgroups", "scimusers"], "and everything else was watched"
    assert "may not" not in run.log
    assert "orbidden" not in run.log


@pytest.mark.parametrize(
    ("namespaces", "values"),
    [
        pytest.param(("hr", "partners"), "watchNamespaces={hr,partners}", id="a Role in each of two"),
        pytest.param(("sales", "legal"), "allNamespaces=true", id="a ClusterRole"),
    ],
)
async def test_other_namespaces_than_its_own(
    namespaces: tuple[str, str], values: str, helm: Helm, private_api_server: ControlPlane, tmp_path: Path
) -> None:
    plane = private_api_server
    for namespace in namespaces:
        plane.create_namespace(namespace)
    with installed(helm, plane, values):
        async with (
            furnished(plane, namespaces[0]) as one,
            furnished(plane, namespaces[1]) as other,
            operator(plane, HOME, tmp_path, *arguments(plane)) as run,
        ):
            for made in (one, other):
                await until(lambda made=made: is_provisioned(made), f"{made.namespace} is provisioned")
                await made.edit(USERS, "ada", spec={"title": "Countess"})
                await until(lambda made=made: made.has_user("ada", title="Countess"), "an edit")
    assert run.witness.refused == set()
    assert {asked.namespace for asked in run.witness.asked} >= set(namespaces)


def arguments(plane: ControlPlane) -> list[str]:
    """What the chart's Deployment tells the operator, but for the port of the log: several run on this machine."""
    deployment = json.loads(plane.kubectl("get", "deployment", "scim-operator", "-o", "json", f"--namespace={HOME}"))
    program, *options = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    assert program == "run"
    return [str(option) for option in options if not option.startswith("--log-listen=")]
