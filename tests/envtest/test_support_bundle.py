"""A support bundle of a real API server with canaries wherever secrets and people may be, and none of them in it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from tests.envtest.manifests import as_yaml, config, group, user
from tests.envtest.proxy import FaultProxy
from tests.envtest.test_commands import PROGRAM, environment
from tests.support.encodings import bare

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

CANARIES = ["kestrel", "quokka", "marmot", "numbat", "wombat", "gannet", "okapi", "axolotl", "tapir", "451771299"]
TOKEN, PERSON = "Kestrel-Token_Quokka", "Marmot Numbat"
LOG = [
    {"time": "t", "level": "WARNING", "logger": "scim_operator.job", "message": f"refused {PERSON}: Bearer {TOKEN}"},
    {"time": "t", "level": "INFO", "logger": "scim_operator.job", "message": "swept in 1.2 s", "exc_info": "Axolotl"},
    {"changeId": "1", "sourceIdentity": {"displayName": PERSON}, "targetIdentity": {"id": "wombat"}},
]
POD = "scim-operator-6d4b9c-x2x7z"


class ClusterWithPods(FaultProxy):
    """A kubelet's answers, which the control plane of the tests does not have."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/log"):
            encoded = base64.b64encode(PERSON.encode()).decode()
            lines = [*map(json.dumps, LOG), f"Traceback: {PERSON}", json.dumps({**LOG[0], "message": encoded})]
            return web.Response(text="\n".join(lines))
        if request.path.endswith("/proxy/metrics"):
            lines = [
                'scim_connected{config="identity/vmware"} 1.0',
                'scim_objects{config="Wombat",state="failed"} 57000',
            ]
            return web.Response(text="\n".join(["# HELP x Gannet", *lines]))
        return await super().handle(request)


@pytest.fixture
async def proxy(crds: ControlPlane) -> AsyncIterator[FaultProxy]:
    async with ClusterWithPods(crds).running() as proxy:
        yield proxy


def furnish(plane: ControlPlane, namespace: str) -> None:
    """Put a canary wherever a text of people's own may stand."""
    person = user("marmot", namespace, labels={"team": "Gannet"}, annotations={"note": "Okapi 0451771299"})
    person["spec"] |= {
        "displayName": PERSON,
        "title": "Wombat",
        "phoneNumbers": [{"type": "work", "value": "+49-451-771299"}],
        "enterprise": {"employeeNumber": "E-451771299", "department": "Tapir"},
    }
    job = config("vmware", namespace, "https://okapi.example/usergroup/t/AXOLOTL/scim/v2")
    clause = {"attribute": "userName", "operator": "EQUALS", "value": "marmot@numbat.example"}
    job["metadata"]["annotations"] = {"note": PERSON}
    job["spec"]["users"] |= {
        "filters": [{"title": "Gannet", "clauses": [clause]}],
        "mappings": [
            {"target": "title", "constant": "Wombat"},
            {"target": "nickName", "expression": "user.userName == 'marmot' ? 'x' : 'y'"},
        ],
    }
    job["spec"]["assignments"] = [{"userRef": {"name": "marmot"}}]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "vmware-scim", "namespace": namespace}}
    secret["stringData"] = {"token": TOKEN, "hosts": "okapi.example"}
    plane.kubectl("apply", "-f", "-", input=as_yaml(person, group("tapir", namespace, "marmot"), job, secret))
    event(plane, namespace)
    status(plane, namespace)
    pod(plane, namespace)


def event(plane: ControlPlane, namespace: str) -> None:
    about = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ScimUser", "name": "marmot", "namespace": namespace}
    body = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "marmot.1", "namespace": namespace}}
    body |= {"involvedObject": about, "type": "Warning", "reason": "Rejected", "message": f"{PERSON}: {TOKEN}"}
    plane.kubectl("create", "-f", "-", input=json.dumps(body))


def status(plane: ControlPlane, namespace: str) -> None:
    now = "2026-11-29T19:00:00Z"
    ready = {"type": "Ready", "status": "False", "reason": "Rejected", "lastTransitionTime": now}
    ready["message"] = f"The service refuses userName {PERSON}."
    patches = {
        "scimuser/marmot": {"services": [{"config": "vmware", "id": "wombat-1", "conditions": [ready]}]},
        "provisioningconfig/vmware": {"conditions": [ready], "operator": "Gannet"},
    }
    for name, body in patches.items():
        patch = json.dumps({"status": body})
        plane.kubectl("patch", name, "-n", namespace, "--subresource=status", "--type=merge", f"--patch={patch}")


def pod(plane: ControlPlane, namespace: str) -> None:
    labels = {"app.kubernetes.io/name": "scim-operator", "app.kubernetes.io/component": "operator"}
    container = {"name": "operator", "image": "registry.example/scim-operator:1.2.3", "args": ["run", "--x=Axolotl"]}
    container["env"] = [{"name": "TOKEN", "value": TOKEN}]
    metadata = {"name": POD, "namespace": namespace, "labels": labels, "annotations": {"note": PERSON}}
    spec = {"containers": [container], "automountServiceAccountToken": False}
    plane.kubectl("create", "serviceaccount", "default", "-n", namespace)
    plane.kubectl(
        "create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    )


@pytest.fixture
def kubeconfig(proxy: FaultProxy, tmp_path: Path) -> Path:
    place = tmp_path / "kubeconfig"
    clusters = [{"name": "c", "cluster": {"server": proxy.url}}]
    contexts = [{"name": "c", "context": {"cluster": "c", "user": "u"}}]
    users = [{"name": "u", "user": {"token": TOKEN}}]
    body = {"apiVersion": "v1", "kind": "Config", "clusters": clusters, "contexts": contexts, "users": users}
    place.write_text(json.dumps(body | {"current-context": "c"}))
    return place


async def bundle(kubeconfig: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, "support-bundle", f"--kubeconfig={kubeconfig}", *args]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, env=environment()
    )


def unpacked(body: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        found = {member.name.partition("/")[2]: tar.extractfile(member) for member in tar}
        return {name: file.read().decode() for name, file in found.items() if file is not None}


async def test_no_canary_is_in_a_bundle_and_what_a_maintainer_needs_is(
    crds: ControlPlane, namespace: str, kubeconfig: Path, tmp_path: Path
) -> None:
    furnish(crds, namespace)
    output = tmp_path / "bundle.tar.gz"
    ended = await bundle(kubeconfig, "-n", namespace, f"--output={output}")
    assert ended.returncode == 0, ended.stderr
    texts = unpacked(output.read_bytes())
    for name, text in texts.items():
        leaked = [canary for canary in CANARIES for said in readings(name + text) if canary in bare(said)]
        assert leaked == [], f"{name}\n{text}"
    assert [canary for canary in CANARIES if canary in bare(ended.stdout + ended.stderr)] == []
    needed(texts, namespace)
    assert output.stat().st_mode & 0o777 == 0o600


def readings(text: str) -> list[str]:
    """A text, and what runs of letters in it say in base64."""
    found = [text]
    for word in text.replace('"', " ").split():
        with contextlib.suppress(ValueError):
            found.append(base64.b64decode(word, validate=True).decode(errors="replace"))
    return found


def needed(texts: dict[str, str], namespace: str) -> None:
    job: dict[str, Any] = json.loads(texts[f"configs/{namespace}.vmware.json"])
    assert job["spec"]["service"]["auth"]["bearer"]["secretRef"] == {"name": "vmware-scim", "key": "token"}
    (clause,) = job["spec"]["users"]["filters"][0]["clauses"]
    assert (clause["attribute"], clause["operator"]) == ("userName", "EQUALS")
    (condition,) = job["status"]["conditions"]
    assert (condition["reason"], condition["status"]) == ("Rejected", "False")
    assert condition["message"].startswith("The service refuses userName #")
    counts = json.loads(texts["objects.json"])["counts"]
    assert (counts["ScimUser"], counts["ScimGroup"], counts["ScimUser vmware Rejected"]) == (1, 1, 1)
    versions = json.loads(texts["versions.json"])
    assert versions["kubernetes"].startswith("v1.")
    (made,) = json.loads(texts["pods.json"])
    assert (made["name"], made["containers"][0]["image"]) == (
        f"{namespace}/{POD}",
        "registry.example/scim-operator:1.2.3",
    )
    assert json.loads(texts["events.json"])[0]["reason"] == "Rejected"
    assert 'state="failed"} 57000' in texts[f"metrics/{namespace}.{POD}.txt"]
    lines = texts[f"logs/{namespace}.{POD}.jsonl"].splitlines()
    assert len(lines) == 3, "the operator's own, without the provisioning log's"
    assert "swept in 1.2 s" in lines[1]
    assert texts["problems.txt"] == ""


async def test_a_file_that_exists_is_not_overwritten(kubeconfig: Path, namespace: str, tmp_path: Path) -> None:
    output = tmp_path / "bundle.tar.gz"
    output.write_text("mine")
    ended = await bundle(kubeconfig, "-n", namespace, f"--output={output}")
    assert ended.returncode == 2
    assert "exists already: name another file with --output" in ended.stderr
    assert output.read_text() == "mine"


async def test_what_may_not_be_read_is_said_and_the_rest_is_there(
    crds: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """There is no kubelet, and no pod of the operator."""
    crds.kubectl("apply", "-f", "-", input=as_yaml(config("vmware", namespace)))
    output = tmp_path / "bundle.tar.gz"
    nowhere = f"--operator-namespace={namespace}"
    ended = await bundle(crds.kubeconfig, "-n", namespace, f"--output={output}", nowhere)
    assert ended.returncode == 0, ended.stderr
    texts = unpacked(output.read_bytes())
    assert f"configs/{namespace}.vmware.json" in texts
    assert "No pod of the operator" in texts["problems.txt"]
    assert "holds no Secret" in texts["about.txt"]
