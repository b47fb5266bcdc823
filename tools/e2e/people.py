"""The chart's roles for people on a real node: the help desk is answered, by a port-forward through a real kubelet."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.cluster.kubeconfig import write_private
from tools.e2e.checks import require
from tools.e2e.installation import RELEASE
from tools.e2e.shell import E2EError, kubectl, kubectl_scim, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

DESK, PORTER, VIEWER = "e2e-desk", "e2e-porter", "e2e-viewer"
ASKED = ("--output=jsonl", "--limit=1000")


def help_desk_reads_the_log(run: Installation) -> str:
    """The help desk is answered, and reads neither Secrets nor in the pod; who may only go to the pod reads nothing."""
    _introduce(run)
    with tempfile.TemporaryDirectory() as folder:
        desk, porter = (_kubeconfig(run, who, Path(folder)) for who in (DESK, PORTER))
        _ask_all(run, desk)
        found = kubectl_scim("logs", run.scoped, desk, *ASKED).splitlines()
        require(found, "the help desk is shown no record")
        whole = kubectl_scim("logs", run.scoped, *ASKED).splitlines()
        require(set(found) <= set(whole), "the help desk is shown other records than the administrator")
        for refused in (["get", "secrets"], ["exec", run.ready_pod(), "--", "true"]):
            require("orbidden" in _refusal(refused[0], run.scoped, desk, *refused[1:]), f"the help desk may {refused}")
        said = _refusal("scim", "logs", run.scoped, porter)
        require("may not get leases" in said, f"who may only go to the pod is not refused: {said}")
    may = ["auth", "can-i", "list", "scimusers.scim-operator.io", run.scoped, f"--as={_account(run, VIEWER)}"]
    until(lambda: kubectl(*may, allowed=(0, 1)).strip() == "yes", "Kubernetes' role view has our rights", limit=60)
    return f"{len(found)} records without exec and Secrets; none for who may only go to the pod"


def _ask_all(run: Installation, desk: str) -> None:
    """Ask what a help desk asks, of the first group with someone in it, with the rights of the help desk."""
    groups = json.loads(kubectl("get", "scimgroups", run.scoped, "--output=json"))["items"]
    named = [(one, ref) for one in groups for ref in one["spec"].get("members", ()) if "userRef" in ref]
    require(named, "there is no group with a user in it")
    group, user = named[0][0]["metadata"]["name"], named[0][1]["userRef"]["name"]
    configs = json.loads(kubectl("get", "provisioningconfigs", run.scoped, "--output=json"))["items"]
    config = f"--config={configs[0]['metadata']['name']}"
    require("Scope" in kubectl_scim("explain", f"scimuser/{user}", run.scoped, desk, config), "explain says no scope")
    kubectl_scim("logs", run.scoped, desk, "--action=disable", "--since=12h")
    require("Conditions" in kubectl_scim("status", configs[0]["metadata"]["name"], run.scoped, desk), "status is empty")
    asked = ("access", "--from-cluster", f"--group={group}", run.scoped, desk, config, "--output=json")
    rows = json.loads(kubectl_scim(*asked))["access"]
    shown = {row["user"]["name"]: row["provisioned"] for row in rows}
    require(user in shown, f"access does not show {user}")
    require(shown[user]["asked"] and "could not be read" not in shown[user]["note"], "access has not read the log")


def _introduce(run: Installation) -> None:
    """Make the accounts, and bind them as docs/rights.md says."""
    bound = [
        (DESK, "help-desk", f"--clusterrole={run.namespace}-{RELEASE}-help-desk"),
        (VIEWER, "view", "--clusterrole=view"),
    ]
    bound += [(who, "log", f"--role={RELEASE}-log") for who in (DESK, PORTER)]
    for who in (DESK, PORTER, VIEWER):
        kubectl("create", "serviceaccount", who, run.scoped)
    for who, what, role in bound:
        subject = f"--serviceaccount={run.namespace}:{who}"
        kubectl("create", "rolebinding", f"{who}-{what}", run.scoped, role, subject)


def _account(run: Installation, who: str) -> str:
    return f"system:serviceaccount:{run.namespace}:{who}"


def _kubeconfig(run: Installation, who: str, folder: Path) -> str:
    """Return the option for a kubeconfig of this account."""
    config: dict[str, Any] = json.loads(kubectl("config", "view", "--minify", "--flatten", "--raw", "--output=json"))
    token = kubectl("create", "token", who, run.scoped).strip()
    config["users"] = [{"name": one["name"], "user": {"token": token}} for one in config["users"]]
    path = folder / who
    write_private(path, json.dumps(config))
    return f"--kubeconfig={path}"


def _refusal(*words: str) -> str:
    """Return what kubectl says where it refuses, "" where it does not."""
    try:
        kubectl(*words)
    except E2EError as error:
        return str(error)
    return ""
