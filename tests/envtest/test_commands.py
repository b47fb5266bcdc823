"""The commands that ask a cluster, run as a person runs them, against a real API server and the embedded service."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.secrecy.destinations import destination_of
from scim_operator.kube.credentials import SERVICE_ACCOUNT
from tests.envtest.manifests import as_yaml, config, group, user
from tests.support.waiting import HANG
from tools.cluster.controlplane import free_ports
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

PROGRAM = [sys.executable, "-c", "from scim_operator.cli import main; main()"]
TOKEN = "t0ken"


def scim(plane: ControlPlane, *args: str) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *args, f"--kubeconfig={plane.kubeconfig}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment())


def environment() -> dict[str, str]:
    """With services on loopback, as those of the tests are."""
    insecure = {"SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": "true"}
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)} | insecure


@contextlib.contextmanager
def running(*args: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen([*PROGRAM, *args], stdout=output, stderr=output, env=environment())
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    (port,) = free_ports(1)
    with running("simulate", "--port", str(port), "--token", TOKEN, log=tmp_path / "simulator.log"):
        yield f"http://127.0.0.1:{port}/usergroup/t/CUSTOMER/scim/v2"


def secret(url: str) -> tuple[str, ...]:
    """The literals of the Secret for the service at this URL."""
    return f"--from-literal=token={TOKEN}", f"--from-literal=hosts={destination_of(url)}"


@pytest.fixture
def configured(crds: ControlPlane, namespace: str, service: str) -> ControlPlane:
    manifest = config("vmware", namespace, service)
    manifest["spec"]["service"]["allowInsecure"] = True
    manifest["spec"]["scope"] = "All"
    crds.kubectl("create", "secret", "generic", "vmware-scim", *secret(service), "-n", namespace)
    people = [user("ada", namespace), user("bob", namespace), group("engine", namespace, "ada")]
    crds.kubectl("apply", "--server-side", "-f", "-", input=as_yaml(manifest, *people))
    return crds


def test_connection_passes_and_says_each_step(configured: ControlPlane, namespace: str) -> None:
    wait_until(lambda: scim(configured, "test-connection", "vmware", "-n", namespace).returncode == 0, "it", limit=HANG)
    ended = scim(configured, "test-connection", "vmware", "-n", namespace)
    assert [line[:15].rsplit(maxsplit=1) for line in ended.stdout.splitlines()] == [
        ["Config", "ok"],
        ["Credentials", "ok"],
        ["Connection", "ok"],
        ["Users", "ok"],
        ["Groups", "ok"],
        ["In force", "ok"],
    ]
    assert "patch true (Profile)" in ended.stdout


def test_connection_fails_with_a_sentence_and_no_secret(configured: ControlPlane, namespace: str) -> None:
    secret = {"stringData": {"token": "canary-wrong-token"}}
    configured.kubectl("patch", "secret", "vmware-scim", "-n", namespace, "--type=merge", "-p", json.dumps(secret))
    wait_until(
        lambda: "token" in scim(configured, "test-connection", "vmware", "-n", namespace).stderr, "it", limit=HANG
    )
    ended = scim(configured, "test-connection", "vmware", "-n", namespace)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert "Traceback" not in ended.stderr
    assert "canary" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", ["status", "test-connection"])
def test_a_config_that_is_not_there_is_named(command: str, crds: ControlPlane, namespace: str) -> None:
    ended = scim(crds, command, "nobody", "-n", namespace)
    assert ended.returncode == 1
    assert ended.stderr == f"Error: There is no ProvisioningConfig nobody in namespace {namespace}.\n"


def test_run_provisions_reports_and_stops(configured: ControlPlane, namespace: str, tmp_path: Path) -> None:
    """The whole way once: manifests, operator, service, status; then SIGTERM, which ends it quickly and well."""
    store = f"--log-store=sqlite:///{tmp_path}/log.db"
    arguments = ("run", "-n", namespace, f"--kubeconfig={configured.kubeconfig}", "--listen=127.0.0.1:0")
    with running(*arguments, store, "--provisioning-log=off", log=tmp_path / "operator.log") as process:

        def reported() -> str:
            return scim(configured, "status", "vmware", "-n", namespace).stdout

        assert wait_until(lambda: "Done 100%" in reported(), "provisioning", limit=HANG, step=0.2), reported()
        assert "2 in scope, 2 provisioned" in reported()
        assert " 3 " in scim(configured, "status", "-n", namespace).stdout
        configured.kubectl("delete", "scimuser", "bob", "-n", namespace, f"--timeout={HANG:.0f}s")
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG) == 0
    text = (tmp_path / "operator.log").read_text()
    assert TOKEN not in text
    assert "ada@corp.example" not in text
    found = [line.split()[1:5] for line in scim(configured, "logs", store).stdout.splitlines()[1:]]
    assert ["scimuser/ada", f"{namespace}/vmware", "create", "success"] in found
    assert ["scimuser/bob", f"{namespace}/vmware", "stageddelete", "success"] in found
    assert all(json.loads(line)["level"] for line in text.splitlines()), "each line is JSON"


def test_run_says_what_is_wrong_with_its_options(crds: ControlPlane) -> None:
    both = scim(crds, "run", "-A", "-n", "identity")
    assert both.returncode == 2
    assert "Give one of --namespace, --all-namespaces and --namespace-selector" in both.stderr
    assert scim(crds, "run", "--listen=nowhere").returncode == 2
    empty = scim(crds, "run", "--namespace-selector=")
    assert empty.returncode == 2
    assert "names no label" in empty.stderr, "a variable that is empty must not mean every namespace"


def test_without_a_cluster_there_is_a_sentence(tmp_path: Path) -> None:
    assert not SERVICE_ACCOUNT.exists()
    ended = subprocess.run(
        [*PROGRAM, "status", f"--kubeconfig={tmp_path / 'absent'}"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert ended.returncode == 1
    assert "Set KUBECONFIG, or pass --kubeconfig." in ended.stderr
