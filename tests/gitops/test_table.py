"""The table of docs/gitops.md: what kstatus, Argo CD, Flux and `kubectl wait` make of each state."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.docs.markdown import ROOT, rows
from tests.envtest.manifests import config
from tests.gitops.states import CAUSES, State, states
from tools.cluster.controlplane import KubectlError
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from tests.gitops.conftest import Readers
    from tools.cluster.controlplane import ControlPlane

PAGE = ROOT / "docs" / "gitops.md"
READ_BY = ("kstatus", "flux", "argocd", "kubectl wait")
TABLE = {row[0]: dict(zip(READ_BY, row[1:], strict=True)) for row in rows(PAGE, "State")}


@pytest.fixture(scope="module")
def found() -> dict[str, State]:
    """The states, as jobs wrote them."""
    return asyncio.run(states())


@pytest.fixture(scope="module")
def shown(api_server: ControlPlane, found: dict[str, State]) -> dict[str, dict[str, Any]]:
    """The same objects as a real API server shows them, in the namespace `read`."""
    install_crds(api_server)
    api_server.create_namespace("read")
    return {state: _made(api_server, name, each) for (state, each), name in zip(found.items(), _names(), strict=False)}


def _names() -> list[str]:
    return [f"it-{number}" for number in range(100)]


def _made(plane: ControlPlane, name: str, state: State) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "read", "finalizers": state.finalizers}
    spec = config(name, "read")["spec"] if state.kind == "ProvisioningConfig" else state.spec
    manifest = {"apiVersion": "scim-operator.io/v1alpha1", "kind": state.kind, "metadata": metadata, "spec": spec}
    plane.kubectl("create", "-f", "-", input=yaml.safe_dump(manifest))
    which = (state.kind.lower(), name, "--namespace=read")
    if state.status:
        patch = json.dumps({"status": state.status})
        plane.kubectl("patch", *which, "--subresource=status", "--type=merge", f"--patch={patch}")
    if state.edited:
        plane.kubectl("patch", *which, "--type=merge", '--patch={"spec": {"title": "Other"}}')
    if state.deleting:
        plane.kubectl("delete", *which, "--wait=false")
    shown: dict[str, Any] = json.loads(plane.kubectl("get", *which, "-o", "json"))
    return shown


def test_the_table_has_each_state_once(found: dict[str, State]) -> None:
    assert sorted(TABLE) == sorted(found)


def test_kstatus_argocd_and_flux_read_what_the_table_says(readers: Readers, shown: dict[str, dict[str, Any]]) -> None:
    read = dict(zip(shown, readers(list(shown.values())), strict=True))
    said = {state: {by: each[by]["status"] for by in READ_BY[:3]} for state, each in read.items()}
    assert said == {state: {by: row[by] for by in READ_BY[:3]} for state, row in TABLE.items()}


def test_kubectl_wait_does_what_the_table_says(api_server: ControlPlane, shown: dict[str, dict[str, Any]]) -> None:
    waited = {state: _waits(api_server, each) for state, each in shown.items()}
    assert waited == {state: row["kubectl wait"] for state, row in TABLE.items()}


def _waits(plane: ControlPlane, manifest: dict[str, Any]) -> str:
    which = f"{manifest['kind'].lower()}/{manifest['metadata']['name']}"
    try:
        plane.kubectl("wait", which, "--namespace=read", "--for=condition=Ready", "--timeout=0s")
    except KubectlError:
        return "waits"
    return "goes on"


@pytest.mark.parametrize("state", CAUSES)
def test_the_message_names_the_cause(readers: Readers, shown: dict[str, dict[str, Any]], state: str) -> None:
    (read,) = readers([shown[f"config, {state}"]])
    assert CAUSES[state] in read["argocd"]["message"]
    conditions = shown[f"config, {state}"]["status"]["conditions"]
    (progress,) = (each for each in conditions if each["type"] in ("Stalled", "Reconciling"))
    assert CAUSES[state] in progress["message"]


def test_what_no_operator_has_looked_at_is_not_current_anywhere(shown: dict[str, dict[str, Any]]) -> None:
    assert shown["user, new"]["status"] == shown["config, new"]["status"] == {"observedGeneration": -1}
    assert not {"Current", "Healthy"} & {*TABLE["user, new"].values(), *TABLE["config, new"].values()}


def test_nothing_is_in_progress_for_ever() -> None:
    """What waits for a person, or for a person's decision, is in progress nowhere: a pipeline would hang on it."""
    waiting = ("held", "suspended", "planned", "invalid", "rejected", "quarantined", "failed", "another serves")
    for state, row in TABLE.items():
        if any(word in state for word in waiting) and "deleted" not in state:
            assert not {"InProgress", "Progressing"} & set(row.values()), state
