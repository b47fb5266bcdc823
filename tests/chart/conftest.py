"""Real helm for the chart's tests."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.policies import HOME, USERS, Place, grant, refuses_marks
from tests.envtest import manifests
from tools import yamls
from tools.cluster.binaries import ensure_helm, ensure_promtool
from tools.cluster.crds import await_crds
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.controlplane import ControlPlane

CHART = Path(__file__).parents[2] / "charts" / "scim-operator"


class HelmError(Exception):
    """helm ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Helm:
    """The helm command; `home` keeps its configuration, cache and data away from the person's own."""

    command: Path
    home: Path

    def __call__(self, *args: str, kubeconfig: Path | None = None) -> str:
        env = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "KUBECONFIG": str(kubeconfig or self.home / "no-cluster"),
        }
        ended = subprocess.run([self.command, *args], capture_output=True, text=True, check=False, env=env)
        if ended.returncode != 0:
            raise HelmError(ended.stderr)
        return ended.stdout

    def template(self, *values: str, namespace: str = "identity", release: str = "scim-operator") -> Rendered:
        """The chart rendered with `--set` values, each `name=value`."""
        sets = [f"--set={value}" for value in values]
        output = self("template", release, str(CHART), f"--namespace={namespace}", *sets)
        return Rendered(yamls.read_all(output))


@dataclass(frozen=True)
class Rendered:
    """The objects that a chart makes."""

    objects: list[dict[str, Any]]

    def kinds(self) -> list[str]:
        return sorted(one["kind"] for one in self.objects if one["kind"] != "CustomResourceDefinition")

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.objects if one["kind"] == kind]

    def one(self, kind: str, name: str = "scim-operator") -> dict[str, Any]:
        return next(one for one in self.all(kind) if one["metadata"]["name"] == name)

    def pod(self, name: str = "scim-operator") -> dict[str, Any]:
        """The pod template's spec of a Deployment."""
        spec: dict[str, Any] = self.one("Deployment", name)["spec"]["template"]["spec"]
        return spec


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(ensure_helm(), tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def promtool() -> Path:
    return ensure_promtool()


@pytest.fixture(scope="module")
def plane(helm: Helm, private_api_server: ControlPlane) -> Iterator[ControlPlane]:
    plane = private_api_server
    where = [f"--namespace={HOME}", "--create-namespace"]
    helm("install", "scim-operator", str(CHART), *where, kubeconfig=plane.kubeconfig)
    await_crds(plane)
    plane.create_namespace("elsewhere")
    for namespace in (HOME, "elsewhere"):
        for user, rules in USERS.items():
            grant(plane, namespace, user, rules)
    in_force = wait_until(lambda: refuses_marks(Place(plane)), "waiting for the policies to be in force", limit=60)
    assert in_force
    yield plane
    helm("uninstall", "scim-operator", where[0], kubeconfig=plane.kubeconfig)


@pytest.fixture
def at(plane: ControlPlane) -> Iterator[Place]:
    """The namespace with a config that Wendy created."""
    place = Place(plane)
    place.create("wendy", manifests.config("vmware", HOME))
    yield place
    place.kubectl("", "delete", "provisioningconfigs,scimusers,scimgroups", "--all", "--timeout=20s")


@pytest.fixture
def separated(at: Place) -> Place:
    """The same with separation, which Wendy turned on."""
    at.patch("wendy", {"approval": {"separation": True}}, by="wendy")
    return at
