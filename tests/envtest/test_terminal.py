"""What needs a cluster at a prompt: completion of names that are there, and status that goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.envtest.manifests import as_yaml, config, group, user
from tests.envtest.test_commands import configured, environment, running, scim, service
from tests.support.waiting import HANG
from tools.cluster.progress import wait_until

__all__ = ["configured", "service"]  # fixtures

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane


@pytest.fixture
def populated(crds: ControlPlane, namespace: str) -> ControlPlane:
    people = [user(name, namespace) for name in ("ada", "alan", "bob")]
    there = as_yaml(config("vmware", namespace, "https://vc.example.com/scim/v2"), *people, group("engine", namespace))
    crds.kubectl("apply", "--server-side", "-f", "-", input=there)
    return crds


def completed(plane: ControlPlane, namespace: str, *words: str) -> list[str]:
    command, *rest = words
    line = ["scim-operator", command, f"--kubeconfig={plane.kubeconfig}", f"--namespace={namespace}", *rest]
    asked = {
        **environment(),
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
        "_SCIM_OPERATOR_COMPLETE": "bash_complete",
        "SCIM_OPERATOR_COMPLETION_SECONDS": str(HANG),
    }
    program = [sys.executable, "-c", "from scim_operator.cli import main; main(prog_name='scim-operator')"]
    ended = subprocess.run(program, env=asked, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    return [line.removeprefix("plain,") for line in ended.stdout.splitlines() if line]


def test_names_are_completed_from_the_cluster(populated: ControlPlane, namespace: str) -> None:
    def offers(*words: str) -> list[str]:
        return completed(populated, namespace, *words)

    assert offers("status", "v") == ["vmware"]
    assert offers("test-connection", "") == ["vmware"]
    assert offers("explain", "scimuser/a") == ["scimuser/ada", "scimuser/alan"]
    assert offers("explain", "scim") == ["scimuser/ada", "scimuser/alan", "scimuser/bob", "scimgroup/engine"]
    assert offers("explain", "scimuser/ada", "--config", "") == ["vmware"]
    assert offers("logs", "--user", "b") == ["bob"]
    assert offers("logs", "--group", "") == ["engine"]
    assert offers("undelete", "scimgroup/") == ["scimgroup/engine"]


def test_status_for_programs(populated: ControlPlane, namespace: str) -> None:
    every = scim(populated, "status", "-n", namespace, "-o", "json")
    assert [each["name"] for each in json.loads(every.stdout)["configs"]] == ["vmware"]
    one = json.loads(scim(populated, "status", "vmware", "-n", namespace, "-o", "json").stdout)
    assert (one["name"], one["url"], one["notReady"]) == ("vmware", "https://vc.example.com/scim/v2", [])
    assert scim(populated, "status", "-n", namespace, "-o", "name").stdout == "provisioningconfig/vmware\n"


def test_watching_shows_what_changes_until_it_is_interrupted(
    populated: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    log = tmp_path / "watch.log"
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and hands that on
    arguments = ("status", "-n", namespace, f"--kubeconfig={populated.kubeconfig}", "--watch")
    with running(*arguments, log=log) as process:
        wait_until(lambda: "vmware" in log.read_text(), "the first answer", limit=HANG)
        assert "Suspended" not in log.read_text()
        suspend = json.dumps({"spec": {"suspend": True}})
        populated.kubectl("patch", "scpc", "vmware", "-n", namespace, "--type=merge", "-p", suspend)
        wait_until(lambda: "Suspended" in log.read_text(), "the change", limit=HANG)
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG) == 0
    assert log.read_text().count("NAME") == 2, "what does not change is not repeated"
    assert "\x1b" not in log.read_text()


def test_watching_is_for_people(populated: ControlPlane, namespace: str) -> None:
    refused = scim(populated, "status", "-n", namespace, "--watch", "-o", "json")
    assert refused.returncode == 2
    assert "kubectl get --watch" in refused.stderr


def test_waiting_for_everyone_ends_also_where_some_are_out_of_scope(
    configured: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    only = {"spec": {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}}
    configured.kubectl("patch", "scpc", "vmware", "-n", namespace, "--type=merge", "-p", json.dumps(only))
    arguments = ("run", "-n", namespace, f"--kubeconfig={configured.kubeconfig}", "--listen=127.0.0.1:0")
    with running(*arguments, "--provisioning-log=off", log=tmp_path / "operator.log"):
        for kind in ("scu", "scg"):
            wait = ("wait", "--for=condition=Ready", kind, "--all", "-n", namespace, f"--timeout={HANG:.0f}s")
            configured.kubectl(*wait)
    shown = configured.kubectl("get", "scu,scg", "-n", namespace).splitlines()
    assert sorted(reason for line in shown for reason in ("Provisioned", "OutOfScope") if reason in line) == [
        "OutOfScope",
        "OutOfScope",
        "Provisioned",
    ]
    described = configured.kubectl("describe", "scimuser", "bob", "-n", namespace)
    assert "Not assigned: no entry of spec.assignments names it." in described
