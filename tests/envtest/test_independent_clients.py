"""The kinds, their statuses and the simulator, driven by clients that are not ours, as users' own scripts would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from kubernetes import config as kubeconfig
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import DynamicApiError, NotFoundError

from tests.docs.markdown import ROOT, command_lines, fences
from tests.envtest.manifests import as_yaml, group, user
from tests.envtest.test_commands import TOKEN, configured, running, service
from tests.support.waiting import HANG
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.controlplane import ControlPlane

__all__ = ["configured", "service"]

PAGE = ROOT / "docs" / "scripting.md"
ADD_USER, READ_SERVICE = (fence.body for fence in fences(PAGE) if fence.language == "python")
API = "scim-operator.io/v1alpha1"


@pytest.fixture
def operated(configured: ControlPlane, namespace: str, tmp_path: Path) -> Iterator[ControlPlane]:
    """An API server with a config that the operator serves."""
    words = ("run", "-n", namespace, f"--kubeconfig={configured.kubeconfig}", "--listen=127.0.0.1:0")
    with running(*words, log=tmp_path / "operator.log"):
        yield configured


@pytest.fixture
def dynamic(configured: ControlPlane) -> DynamicClient:
    return DynamicClient(kubeconfig.new_client_from_config(str(configured.kubeconfig)))


@pytest.fixture
def scim(service: str) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/scim+json"}
    with httpx2.Client(base_url=service, headers=headers) as client:
        yield client


def script(plane: ControlPlane, source: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the page, as a user saves and runs it."""
    env = dict(os.environ) | {"KUBECONFIG": str(plane.kubeconfig)}
    command = [sys.executable, "-c", source, *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=HANG)


def ready(body: Any) -> dict[str, str]:
    conditions = (body.to_dict().get("status") or {}).get("conditions", ())
    return next((each for each in conditions if each["type"] == "Ready"), {})


def is_listening(url: str) -> bool:
    try:
        return httpx2.get(url).is_success
    except httpx2.ConnectError:
        return False


def users_named(scim: httpx2.Client, name: str) -> list[dict[str, Any]]:
    answer = scim.get("/Users", params={"filter": f'userName eq "{name}@corp.example"'})
    answer.raise_for_status()
    return list(answer.json().get("Resources", ()))


def test_the_python_script_of_the_page_creates_a_user_and_waits(
    operated: ControlPlane, namespace: str, service: str
) -> None:
    added = script(operated, ADD_USER, namespace, "grace", "grace.hopper@corp.example")
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout == "Provisioned: The service holds it as mapped.\n"
    read = script(operated, READ_SERVICE, service, TOKEN, "grace.hopper@corp.example")
    assert read.stdout.endswith("grace.hopper@corp.example active\n"), read.stderr


def test_the_python_script_of_the_page_says_why_a_user_has_no_access(
    operated: ControlPlane, namespace: str, service: str
) -> None:
    faults = f"{service.partition('/usergroup')[0]}/_simulator/faults"
    wait(lambda: is_listening(faults), "the simulator listens")
    httpx2.put(faults, json=["status=400:invalidValue;method=POST;path=/Users"]).raise_for_status()
    added = script(operated, ADD_USER, namespace, "grace", "grace.hopper@corp.example")
    assert added.returncode == 1
    assert added.stdout.startswith("Rejected: The service answered 400 invalidValue to POST /Users")


def test_the_kubectl_commands_of_the_page(
    operated: ControlPlane, namespace: str, scim: httpx2.Client, tmp_path: Path
) -> None:
    lines = [line for _, line in command_lines(PAGE) if line.startswith("kubectl ")]
    assert [line.split()[1] for line in lines] == ["apply", "wait", "get", "annotate", "delete"]
    (tmp_path / "ada.yaml").write_text(as_yaml(user("ada", namespace)))
    printed = [kubectl(operated, line, namespace, tmp_path) for line in lines]
    assert printed[1] == "scimuser.scim-operator.io/ada condition met\n"
    assert printed[2] == "The service holds it as mapped."
    assert [each["active"] for each in users_named(scim, "ada")] == [False], "it returned when access had ended"


def kubectl(plane: ControlPlane, line: str, namespace: str, folder: Path) -> str:
    """Run a line of the page in a shell, with the kubectl of the tests."""
    env = dict(os.environ) | {"KUBECONFIG": str(plane.kubeconfig)}
    env["PATH"] = f"{Path(plane.binaries.kubectl).parent}{os.pathsep}{env['PATH']}"
    command = ["sh", "-c", line.replace("identity", namespace)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder, timeout=HANG)
    assert ended.returncode == 0, f"{line}: {ended.stderr}"
    return ended.stdout


def test_the_official_client_drives_all_kinds(
    operated: ControlPlane, namespace: str, dynamic: DynamicClient, scim: httpx2.Client
) -> None:
    users, groups, configs = (
        dynamic.resources.get(api_version=API, kind=kind) for kind in ("ScimUser", "ScimGroup", "ProvisioningConfig")
    )
    users.create(body=user("eve", namespace), namespace=namespace)
    groups.create(body=group("design", namespace, "eve"), namespace=namespace)
    wait(lambda: ready(groups.get(name="design", namespace=namespace)).get("status") == "True", "design is ready")
    assert ready(users.get(name="eve", namespace=namespace))["reason"] == "Provisioned"
    (eve,) = users_named(scim, "eve")
    (design,) = scim.get("/Groups", params={"filter": 'displayName eq "Design"'}).json()["Resources"]
    assert [member["value"] for member in design["members"]] == [eve["id"]]

    merge = "application/merge-patch+json"
    users.patch(body={"spec": {"active": False}}, name="eve", namespace=namespace, content_type=merge)
    wait(lambda: not users_named(scim, "eve")[0]["active"], "eve is disabled")
    body = {"spec": {"suspend": True}}
    configs.patch(body=body, name="vmware", namespace=namespace, content_type=merge)
    wait(lambda: ready(configs.get(name="vmware", namespace=namespace)).get("reason") == "Suspended", "it rests")
    configs.patch(body={"spec": {"suspend": False}}, name="vmware", namespace=namespace, content_type=merge)
    groups.delete(name="design", namespace=namespace)
    wait(lambda: not exists(groups, "design", namespace), "design is gone")
    assert scim.get(f"/Groups/{design['id']}").json().get("members", []) == [], "and gives no access"


def exists(resource: Any, name: str, namespace: str) -> bool:
    try:
        resource.get(name=name, namespace=namespace)
    except NotFoundError:
        return False
    return True


def wait(condition: Any, what: str) -> None:
    assert wait_until(condition, what, limit=HANG, step=0.1), what


def test_the_official_client_gets_field_and_fix_of_a_refusal(
    configured: ControlPlane, namespace: str, dynamic: DynamicClient
) -> None:
    users = dynamic.resources.get(api_version=API, kind="ScimUser")
    body = user("eve", namespace)
    body["spec"]["emails"][0]["value"] = "no address"
    with pytest.raises(DynamicApiError) as refused:
        users.create(body=body, namespace=namespace)
    assert refused.value.status == 422
    assert "spec.emails[0].value" in json.loads(refused.value.body)["message"]
