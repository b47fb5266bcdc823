"""What deploy/ gives to Argo CD and Flux, and that neither finds anything to correct in what it has applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from scim_operator.api.crd import KINDS
from scim_operator.core.records.status import HALTED, PARKED, Reason
from tests.docs.markdown import ROOT
from tests.envtest.manifests import config
from tests.gitops.conftest import DEPLOY, expressions
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from tests.gitops.conftest import Readers
    from tools.cluster.controlplane import ControlPlane

WAITS = {reason.value for reason in HALTED - {Reason.ACTION_OFF, Reason.QUARANTINED}} | {"ApprovalRequired"}
"""The reasons of what waits because someone wants it so, or for an approval."""


def test_argo_cd_gets_one_script_for_each_kind() -> None:
    data = yaml.safe_load((DEPLOY / "argocd/argocd-cm.yaml").read_text())["data"]
    script = (DEPLOY / "argocd/health.lua").read_text()
    assert data == {f"resource.customizations.health.scim-operator.io_{each.kind}": script for each in KINDS}


def test_flux_gets_the_same_expressions_for_users_and_groups() -> None:
    found = expressions()
    assert set(found) == {"ScimUser", "ScimGroup"}
    assert {**found["ScimUser"], "kind": ""} == {**found["ScimGroup"], "kind": ""}


@pytest.mark.parametrize("reason", sorted({*PARKED, *HALTED, "ApprovalRequired", "ObjectsFailed", "Novel"}))
def test_each_reason_waits_or_fails_for_both(readers: Readers, reason: str) -> None:
    stalled = {"type": "Stalled", "status": "True", "reason": str(reason), "message": "m"}
    status = {"observedGeneration": 2, "conditions": [{**stalled, "type": "Ready", "status": "False"}, stalled]}
    manifest = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ScimUser", "metadata": {"name": "ada"}}
    (read,) = readers([{**manifest, "metadata": {"name": "ada", "generation": 2}, "status": status}])
    waits = str(reason) in WAITS
    assert read["argocd"]["status"] == ("Suspended" if waits else "Degraded")
    assert read["flux"]["status"] == ("Current" if waits else "Failed")
    assert read["kstatus"]["status"] == "Failed"


@pytest.mark.parametrize("status", [None, {}, {"observedGeneration": 2}, {"observedGeneration": 2, "conditions": []}])
def test_a_status_that_says_nothing_is_in_progress(readers: Readers, status: dict | None) -> None:
    manifest = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ScimUser"}
    metadata = {"name": "ada", "generation": 2}
    (read,) = readers([{**manifest, "metadata": metadata, **({} if status is None else {"status": status})}])
    assert read["argocd"]["status"] == "Progressing"
    assert read["flux"]["status"] in ("InProgress", "Error" if status is None else "InProgress")


@pytest.mark.parametrize("observed", [True, False])
def test_what_was_applied_twice_differs_in_nothing(api_server: ControlPlane, namespace: str, *, observed: bool) -> None:
    """So Argo CD needs no ignoreDifferences: neither the API server nor the operator writes into what it applies.

    Where no operator has looked, the second apply stores the default of the status, once: only the version moves.
    """
    install_crds(api_server)
    examples = (ROOT / "examples/vmware/users.yaml").read_text(), (ROOT / "examples/vmware/groups.yaml").read_text()
    given = [config("vmware", namespace)]
    given += [{**one, "metadata": {**one["metadata"], "namespace": namespace}} for one in _all(examples)]
    text = yaml.safe_dump_all(given)
    apply = ("apply", "--server-side", "--field-manager=argocd-controller", "-f", "-")
    assert "conflict" not in api_server.kubectl(*apply, input=text)
    if observed:
        for one in given:
            which = (one["kind"].lower(), one["metadata"]["name"], f"--namespace={namespace}")
            status = '--patch={"status": {"observedGeneration": 1}}'
            api_server.kubectl("patch", *which, "--subresource=status", "--type=merge", status)
    before = _dump(api_server, namespace)
    api_server.kubectl(*apply, input=text)
    after = _dump(api_server, namespace)
    assert [_without_version(one) for one in after] == [_without_version(one) for one in before]
    assert (after == before) is observed
    api_server.kubectl(*apply, input=text)
    assert _dump(api_server, namespace) == after
    again = ("diff", "--server-side", "--field-manager=argocd-controller", "-f", "-")
    assert api_server.kubectl(*again, input=text) == "", "kubectl diff ends with 1 where anything differs"


def _without_version(manifest: dict) -> dict:
    metadata = {name: value for name, value in manifest["metadata"].items() if name != "resourceVersion"}
    return {**manifest, "metadata": metadata}


def _all(texts: tuple[str, ...]) -> list[dict]:
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def _dump(plane: ControlPlane, namespace: str) -> list[dict]:
    shown = plane.kubectl("get", "scpc,scu,scg", f"--namespace={namespace}", "-o", "json", "--show-managed-fields")
    items: list[dict] = json.loads(shown)["items"]
    return items
