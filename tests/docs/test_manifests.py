"""Every manifest in the documentation is taken by the real API server."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.docs.markdown import PAGES, ROOT, Fence, command_lines, fences
from tests.envtest.test_admission_examples import admit, documents
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

MANIFESTS = [fence for page in PAGES for fence in fences(page) if fence.language == "yaml"]


@pytest.fixture(scope="module")
def crds(api_server: ControlPlane) -> ControlPlane:
    install_crds(api_server)
    return api_server


def test_the_readme_shows_one_of_each_kind() -> None:
    shown = {one["kind"] for fence in MANIFESTS if fence.page.name == "README.md" for one in documents(fence.body)}
    assert shown == {"ScimUser", "ScimGroup", "ProvisioningConfig"}


@pytest.mark.parametrize("fence", MANIFESTS, ids=lambda fence: fence.place)
def test_each_manifest_is_admitted(crds: ControlPlane, namespace: str, fence: Fence) -> None:
    manifests = documents(fence.body)
    assert len(admit(crds, manifests, namespace)) == len(manifests) > 0


def test_the_readmes_references_lead_somewhere() -> None:
    (fence,) = (one for one in MANIFESTS if one.page == ROOT / "README.md")
    user, group, config = documents(fence.body)
    assert group["spec"]["members"] == [{"userRef": {"name": user["metadata"]["name"]}}]
    assert config["spec"]["assignments"] == [{"groupRef": {"name": group["metadata"]["name"]}}]


def test_the_line_that_releases_manifests_does(crds: ControlPlane, namespace: str) -> None:
    """After an uninstall nobody takes our finalizer off; docs/operations.md has a line for that."""
    finalizers = ["scim-operator.io/deprovision"]
    metadata = {"name": "ada", "namespace": namespace, "finalizers": finalizers}
    user = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ScimUser", "metadata": metadata}
    crds.kubectl("apply", "-f", "-", input=yaml.safe_dump(user | {"spec": {"userName": "ada@corp.example"}}))
    crds.kubectl("delete", "scimuser", "ada", f"--namespace={namespace}", "--wait=false")
    assert "ada" in crds.kubectl("get", "scimusers", f"--namespace={namespace}", "-o", "name"), "its finalizer holds it"
    run(crds, release_line().replace("identity", namespace))
    assert crds.kubectl("get", "scimusers", f"--namespace={namespace}", "-o", "name") == ""


def release_line() -> str:
    (line,) = (line for _, line in command_lines(ROOT / "docs/operations.md") if "finalizers" in line)
    return line


def run(plane: ControlPlane, line: str) -> None:
    path, home = f"{plane.binaries.folder}:/usr/bin:/bin", str(plane.folder)  # kubectl keeps a cache in HOME
    env = {"PATH": path, "HOME": home, "KUBECONFIG": str(plane.kubeconfig)}
    ended = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
