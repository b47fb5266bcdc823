"""Two namespaces at one service, on a real API server: the operator and the commands, as people run them."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.envtest.manifests import as_yaml, config, user
from tests.envtest.test_commands import configured, running, scim, secret, service
from tests.support.waiting import HANG
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

__all__ = ["configured", "service"]


@pytest.fixture
def evil(configured: ControlPlane, namespace: str, service: str) -> Iterator[str]:
    """Another namespace with a config for the same service, and a user of the userName that ada has."""
    name = f"{namespace}-evil"
    configured.create_namespace(name)
    configured.kubectl("create", "secret", "generic", "vmware-scim", *secret(service), "-n", name)
    manifest, mallory = config("theirs", name, service), user("mallory", name)
    manifest["spec"]["service"]["allowInsecure"], manifest["spec"]["scope"] = True, "All"
    manifest["spec"]["users"] |= {"adoption": "IfUnowned", "whenDeleted": "Delete"}
    mallory["spec"] |= {"userName": "ADA@corp.example", "active": False}
    configured.kubectl("apply", "--server-side", "-f", "-", input=as_yaml(manifest, mallory))
    yield name
    configured.kubectl("delete", "namespace", name, "--wait=false")


def ready(plane: ControlPlane, name: str, namespace: str) -> dict[str, str]:
    body = json.loads(plane.kubectl("get", "scimuser", name, "-n", namespace, "-o", "json"))
    conditions = (body.get("status") or {}).get("conditions", ())
    return next((each for each in conditions if each["type"] == "Ready"), {})


@contextlib.contextmanager
def operator(plane: ControlPlane, log: Path, *namespaces: str) -> Iterator[None]:
    places = [word for each in namespaces for word in ("-n", each)]
    with running("run", *places, f"--kubeconfig={plane.kubeconfig}", "--listen=127.0.0.1:0", log=log):
        yield


def is_so(plane: ControlPlane, name: str, namespace: str, reason: str) -> bool:
    return wait_until(lambda: ready(plane, name, namespace).get("reason") == reason, reason, limit=HANG, step=0.2)


def test_a_neighbour_takes_nothing_over_also_after_a_restart(
    configured: ControlPlane, namespace: str, evil: str, tmp_path: Path
) -> None:
    with operator(configured, tmp_path / "first.log", namespace):
        assert is_so(configured, "ada", namespace, "Provisioned")
    with operator(configured, tmp_path / "second.log", evil, namespace):
        assert is_so(configured, "mallory", evil, "Conflict")
        owner = f"scimuser/ada in namespace {namespace} owns what has this userName or externalId"
        assert ready(configured, "mallory", evil)["message"].startswith(owner)
        reported = scim(configured, "explain", "scimuser/mallory", "-n", evil).stdout
        assert (
            f"scimuser/ada in namespace {namespace} has the same userName and has that resource on record" in reported
        )
        assert "nothing to send (Conflict)" in reported
        configured.kubectl("delete", "scimuser", "mallory", "-n", evil, f"--timeout={HANG:.0f}s")
        reported = scim(configured, "explain", "scimuser/ada", "-n", namespace).stdout
        assert "Nothing would be sent: The service holds it as mapped." in reported, reported


def test_a_plan_against_the_cluster_names_who_owns_it(
    configured: ControlPlane, namespace: str, evil: str, tmp_path: Path
) -> None:
    with operator(configured, tmp_path / "operator.log", namespace):
        assert is_so(configured, "ada", namespace, "Provisioned")
    folder = tmp_path / "merge"
    folder.mkdir()
    (folder / "all.yaml").write_text(as_yaml(user("mallory", evil) | {"spec": user("ada", evil)["spec"]}))
    words = ("plan", str(folder), "--against-cluster", "--config=theirs", "-n", evil, "-o", "json")
    found = json.loads(scim(configured, *words).stdout)
    assert found["steps"] == []
    (problem,) = found["problems"]
    assert problem["reason"] == "Conflict"
    assert f"scimuser/ada in namespace {namespace} owns" in problem["message"]
