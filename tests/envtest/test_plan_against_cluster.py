"""`plan --against-cluster`: what would merging this directory change, with the cluster's own status as memory?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.envtest.manifests import as_yaml, config, group, user
from tests.envtest.test_commands import TOKEN, configured, running, scim, service
from tests.support.waiting import HANG
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

__all__ = ["configured", "service"]


@pytest.fixture
def provisioned(configured: ControlPlane, namespace: str, tmp_path: Path) -> ControlPlane:
    """Ada, Bob and their group, as `configured` has them, at the service; the operator is stopped again."""
    arguments = ("run", "-n", namespace, f"--kubeconfig={configured.kubeconfig}", "--listen=127.0.0.1:0")
    with running(*arguments, log=tmp_path / "operator.log"):
        shown = ("status", "vmware", "-n", namespace)
        assert wait_until(lambda: "Done 100%" in scim(configured, *shown).stdout, "provisioning", limit=HANG, step=0.2)
    return configured


def plan(plane: ControlPlane, folder: Path, namespace: str, *options: str) -> tuple[int, dict[str, Any]]:
    words = ("plan", str(folder), "--against-cluster", "--config=vmware", "-n", namespace, "-o", "json", *options)
    ended = scim(plane, *words)
    assert ended.stdout.startswith("{"), ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def steps(found: dict[str, Any]) -> list[tuple[str, str, list[str], list[str]]]:
    return [(step["verb"], step["name"], step["gains"], step["losses"]) for step in found["steps"]]


def test_what_merging_would_change(provisioned: ControlPlane, namespace: str, tmp_path: Path) -> None:
    folder = tmp_path / "merge"
    folder.mkdir()
    everything = [user("ada", namespace), user("bob", namespace), group("engine", namespace, "ada")]
    (folder / "all.yaml").write_text(as_yaml(*everything))
    assert plan(provisioned, folder, namespace)[1]["steps"] == []
    changed = user("ada", namespace)
    changed["spec"]["title"] = "Analyst"
    (folder / "all.yaml").write_text(as_yaml(changed, group("engine", namespace, "ada", "cyd"), user("cyd", namespace)))
    status, found = plan(provisioned, folder, namespace)
    assert (status, steps(found)) == (
        2,
        [
            ("Update", "ada@corp.example", [], []),
            ("Create", "cyd@corp.example", [], []),
            ("Update", "Engine", ["cyd@corp.example"], []),
        ],
    )
    assert found["notes"] == ["Not in this directory, and left as it is: 1 manifest of the cluster."]
    assert found["scope"]["entering"] == ["scimuser/cyd"]
    pruned = plan(provisioned, folder, namespace, "--prune")[1]
    assert ("Disable", "bob@corp.example", [], []) in steps(pruned)
    assert pruned["scope"]["leaving"] == ["scimuser/bob"]


def test_a_second_config_for_one_service_would_wait(provisioned: ControlPlane, namespace: str, tmp_path: Path) -> None:
    folder = tmp_path / "merge"
    folder.mkdir()
    read = ("get", "scpc", "vmware", "-n", namespace, "-o", "json")
    second = json.loads(provisioned.kubectl(*read))
    second = {**config("second", namespace), "spec": second["spec"]}
    (tmp_path / "token").write_text(TOKEN)
    hosts = urlsplit(second["spec"]["service"]["url"]).netloc
    options = ("--config=second", f"--token-file={tmp_path / 'token'}", f"--token-hosts={hosts}")
    for mode, said in (
        ("Apply", "ProvisioningConfig vmware of this namespace serves spec.service.url"),
        ("Plan", "spec.mode is Plan"),
    ):
        second["spec"]["mode"] = mode
        (folder / "config.yaml").write_text(as_yaml(second))
        assert plan(provisioned, folder, namespace, *options)[1]["blocked"].startswith(said)


def test_what_was_applied_before_and_is_left_out_is_cleared_by_the_status(
    provisioned: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    folder = tmp_path / "merge"
    folder.mkdir()
    bare = user("ada", namespace)
    bare["spec"]["name"] = {"givenName": "Ada", "familyName": "Lovelace"}
    bare["spec"]["displayName"] = "Ada"
    (folder / "ada.yaml").write_text(as_yaml(bare))
    assert steps(plan(provisioned, folder, namespace)[1]) == [("Update", "ada@corp.example", [], [])]
    provisioned.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(folder))
    with running(
        *("run", "-n", namespace, f"--kubeconfig={provisioned.kubeconfig}", "--listen=127.0.0.1:0"),
        log=tmp_path / "again.log",
    ):
        assert wait_until(lambda: not plan(provisioned, folder, namespace)[1]["steps"], "it", limit=HANG, step=0.2)
    (folder / "ada.yaml").write_text(as_yaml(user("ada", namespace)))
    (step,) = plan(provisioned, folder, namespace)[1]["steps"]
    assert step["attributes"] == [{"path": "displayName", "old": "Ada", "new": None}]
    assert TOKEN not in json.dumps(step)


def test_the_cluster_s_secret_goes_where_the_cluster_sends_it_alone(
    configured: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """Else a merge that nobody has read could have it sent to any host."""
    folder = tmp_path / "merge"
    folder.mkdir()
    words = ("plan", str(folder), "--against-cluster", "-n", namespace)
    for manifest in (config("vmware", namespace), config("new", namespace)):
        (folder / "config.yaml").write_text(as_yaml(manifest))
        ended = scim(configured, *words)
        assert (ended.returncode, "would send the cluster's Secret to another URL" in ended.stderr) == (1, True)
