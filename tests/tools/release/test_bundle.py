"""install.yaml, applied to a real API server by a real kubectl."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tools import yamls
from tools.cluster.crds import await_crds
from tools.release import chart

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

DIGEST = "sha256:" + "a1" * 32
HOME = "https://github.com/example/scim-operator"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    path = folder / "install.yaml"
    path.write_text(chart.bundle(chart.stamped(folder, DIGEST, HOME, {})))
    return path


@pytest.fixture
def objects(bundle: Path) -> list[dict[str, Any]]:
    return yamls.read_all(bundle.read_text())


def test_it_is_applied_and_applied_again_and_the_operators_key_stays(
    private_api_server: ControlPlane, bundle: Path, objects: list[dict[str, Any]]
) -> None:
    kubectl = private_api_server.kubectl
    applied = kubectl("apply", "-f", str(bundle)).splitlines()
    assert len(applied) == len(objects)
    assert all(line.endswith(" created") for line in applied)
    await_crds(private_api_server)
    where = f"--namespace={chart.NAMESPACE}"
    image = kubectl("get", "deployments", where, "-o", "jsonpath={.items[*].spec.template.spec.containers[*].image}")
    assert image.endswith(f"@{DIGEST}")
    key = '{"data": {"key": "c2VjcmV0"}}'
    kubectl("patch", "secret", "scim-operator-key", where, "--type=merge", f"--patch={key}")
    again = kubectl("apply", "-f", str(bundle)).splitlines()
    assert {line.rpartition(" ")[2] for line in again} == {"unchanged"} or all("created" not in line for line in again)
    kept = kubectl("get", "secret", "scim-operator-key", where, "-o", "jsonpath={.data.key}")
    assert kept == "c2VjcmV0"


def test_it_has_the_three_kinds_and_the_operator(objects: list[dict[str, Any]]) -> None:
    kinds = [one["kind"] for one in objects]
    assert kinds[0] == "Namespace"
    assert kinds.count("CustomResourceDefinition") == 3
    assert {"Deployment", "Role", "RoleBinding", "ServiceAccount", "ValidatingAdmissionPolicy"} <= set(kinds)


def test_every_object_says_its_namespace_and_none_that_helm_manages_it(objects: list[dict[str, Any]]) -> None:
    """What names no namespace would be made in that of the person's context."""
    anywhere = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}
    for one in objects:
        if one["kind"] not in anywhere and not one["kind"].startswith("ValidatingAdmissionPolicy"):
            assert one["metadata"]["namespace"] == chart.NAMESPACE, one["kind"]
    assert "helm.sh/" not in yaml.safe_dump_all(objects)
    assert "managed-by: Helm" not in yaml.safe_dump_all(objects)
