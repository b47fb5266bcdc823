"""`scim-operator explain`, as a person runs it, against a real API server and the embedded service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.envtest.manifests import as_yaml, user
from tests.envtest.test_commands import configured, running, scim, service
from tests.envtest.test_plan_against_cluster import provisioned

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

__all__ = ["configured", "provisioned", "service"]


def test_who_is_provisioned_is_explained(provisioned: ControlPlane, namespace: str) -> None:
    ended = scim(provisioned, "explain", "scu/ada", "-n", namespace)
    assert ended.returncode == 0, ended.stderr
    assert "Match" in ended.stdout
    assert "by id: ours" in ended.stdout
    assert "userName = 'ada@corp.example' (source): equal" in ended.stdout
    assert "Nothing would be sent: The service holds it as mapped." in ended.stdout
    reported = json.loads(scim(provisioned, "explain", "scimgroup/engine", "-n", namespace, "-o", "json").stdout)
    assert reported["conclusion"] == "Nothing would be sent: The service holds it as mapped."


def test_a_manifest_is_explained_before_it_is_applied(
    provisioned: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    changed = user("ada", namespace)
    changed["spec"]["title"] = "Countess"
    (tmp_path / "ada.yaml").write_text(as_yaml(changed))
    ended = scim(provisioned, "explain", "scimuser/ada", "-n", namespace, "-f", str(tmp_path / "ada.yaml"))
    assert "title: nothing -> 'Countess'" in ended.stdout, ended.stderr
    assert "PATCH /Users/" in ended.stdout
    again = scim(provisioned, "explain", "scimuser/ada", "-n", namespace)
    assert "Nothing would be sent" in again.stdout, "explaining has written nothing"


def test_apply_has_the_operator_do_it_now(provisioned: ControlPlane, namespace: str, tmp_path: Path) -> None:
    arguments = ("run", "-n", namespace, f"--kubeconfig={provisioned.kubeconfig}", "--listen=127.0.0.1:0")
    with running(*arguments, log=tmp_path / "operator.log"):
        ended = scim(provisioned, "explain", "scimuser/ada", "-n", namespace, "--apply")
        words = ("explain", "scu/ada", "--apply", "--config=vmware", "-o", "json")
        of_one = scim(provisioned, *words, "-n", namespace)
    assert json.loads(of_one.stdout)["ready"]["reason"] == "Provisioned", of_one.stderr
    assert ended.stdout.startswith("scimuser/ada: Ready=True, Provisioned"), ended.stderr


def test_what_cannot_be_explained_is_said(configured: ControlPlane, namespace: str) -> None:
    for words, said in (
        (("explain", "scimuser/nobody"), "There is no ScimUser nobody"),
        (("explain", "scimuser/ada", "--config=other"), "There is no ProvisioningConfig other"),
        (("explain", "scimuser/ada", "--config=other", "--apply"), "There is no ProvisioningConfig other"),
        (("explain", "pod/ada"), "Name the object as scimuser/NAME or scimgroup/NAME."),
        (("explain", "scimuser/ada", "--apply", "-f", "x.yaml"), "apply the file first"),
    ):
        ended = scim(configured, *words, "-n", namespace)
        assert ended.returncode != 0
        assert said in ended.stderr


def test_what_the_cluster_alone_reaches_is_asked_from_there(configured: ControlPlane, namespace: str) -> None:
    elsewhere = {"spec": {"service": {"url": "https://scim.cluster.invalid/scim/v2"}}}
    arguments = ("-n", namespace, "--type=merge", "-p", json.dumps(elsewhere))
    configured.kubectl("patch", "provisioningconfig", "vmware", *arguments)
    named = json.dumps({"stringData": {"hosts": "scim.cluster.invalid"}})
    configured.kubectl("patch", "secret", "vmware-scim", "-n", namespace, "--type=merge", "-p", named)
    pod = f"kubectl exec --namespace {namespace} deployment/scim-operator -- scim-operator"
    explained = scim(configured, "explain", "scimuser/ada", "-n", namespace)
    assert f"{pod} explain scimuser/ada --config vmware --namespace {namespace}" in explained.stderr
    assert "in scope" in explained.stdout, "what needs no service is explained"
    tested = scim(configured, "test-connection", "vmware", "-n", namespace)
    assert f"{pod} test-connection vmware --namespace {namespace}" in tested.stderr
    assert tested.returncode == 1
