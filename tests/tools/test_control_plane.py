"""The control plane that the tests and the demo run on."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import HANG
from tools.cluster import processes, state
from tools.cluster.controlplane import KubectlError, is_ready
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

ROOT = Path(__file__).parents[2]


def test_the_version_is_stamped_in(api_server: ControlPlane) -> None:
    assert '"gitVersion": "v1.' in api_server.kubectl("get", "--raw", "/version")


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
def test_a_proxy_of_the_company_is_not_asked_for_loopback(
    api_server: ControlPlane, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")  # the port of discard: nobody answers
    assert is_ready(api_server)
    assert api_server.kubectl("get", "namespaces", "default", "-o", "name") == "namespace/default\n"


def test_rbac_is_on(api_server: ControlPlane, namespace: str) -> None:
    api_server.kubectl("create", "serviceaccount", "nobody", "-n", namespace)
    nobody = api_server.service_account_kubeconfig("nobody", namespace)
    with pytest.raises(KubectlError, match=f"system:serviceaccount:{namespace}:nobody.*cannot list"):
        api_server.kubectl("get", "configmaps", kubeconfig=nobody)


def test_a_service_account_has_the_rights_bound_to_it(api_server: ControlPlane, namespace: str) -> None:
    scoped = f"--namespace={namespace}"
    api_server.kubectl("create", "serviceaccount", "reader", scoped)
    api_server.kubectl("create", "role", "reader", "--verb=list", "--resource=configmaps", scoped)
    api_server.kubectl(
        "create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={namespace}:reader", scoped
    )
    reader = api_server.service_account_kubeconfig("reader", namespace)
    assert wait_until(lambda: can_list(api_server, reader), "waiting for RBAC to see the binding", limit=HANG)


def can_list(api_server: ControlPlane, kubeconfig: Path) -> bool:
    try:
        return api_server.kubectl("get", "configmaps", "-o", "name", kubeconfig=kubeconfig) == ""
    except KubectlError:
        return False


def test_only_the_owner_reads_what_holds_a_token(api_server: ControlPlane) -> None:
    for name in ("kubeconfig", "tokens.csv", "state.json"):
        assert stat.S_IMODE((api_server.folder / name).stat().st_mode) == 0o600, name


def test_the_processes_die_with_a_killed_owner(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from tools.cluster import sharing, state
        with sharing.private(Path({str(tmp_path / "plane")!r})) as plane:
            state.save(plane)
            time.sleep(600)
    """)
    owner = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        assert wait_until((tmp_path / "plane" / "state.json").exists, "waiting for the owner", limit=4 * HANG)
    finally:
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
    plane = state.load(tmp_path / "plane")
    assert plane is not None
    gone = wait_until(lambda: not any(processes.is_same(p.pid, p.mark) for p in plane.processes), "dying", limit=HANG)
    assert gone


def test_make_cluster_twice_and_down(tmp_path: Path) -> None:
    def cluster(command: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "tools.cluster", command],
            cwd=tmp_path,
            env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stderr

    assert "runs at" in cluster("up")
    plane = state.load(tmp_path / ".cluster")
    assert plane is not None
    assert plane.running
    assert "already running" in cluster("up")
    assert "removed" in cluster("down")
    assert not plane.running
    assert not (tmp_path / ".cluster").exists()
    assert "nothing to stop" in cluster("down")
