"""A change with expressions: explained, planned against the cluster, and then applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from tools.e2e import pods, shell
from tools.e2e.checks import require
from tools.e2e.installation import CONFIG, RELEASE, is_true
from tools.e2e.manifests import user
from tools.e2e.place import QUICKSTART
from tools.e2e.shell import kubectl, kubectl_scim, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation
    from tools.e2e.tenant import Resource, Tenant

NAME = "e2e-desk"
SCOPE = 'user.enterprise.department in ["Engineering", "Research"]'
MAPPING = 'Join(", ", user.name.familyName, user.name.givenName)'
CHANGES = 2  # the exit status of `plan` that says: there is something to do


def planned_then_applied(run: Installation) -> str:
    """Check that `kubectl apply` does exactly what `plan --against-cluster` shows for the same manifests.

    The plan is made in a pod, as a pipeline in the cluster would: the simulator's name is known there only.
    """
    change = manifests(run)
    desk(run, change)
    found = json.loads(plan(run, "--output=json", allowed=CHANGES))
    before = run.tenant()
    require(run.tenant() == before, "planning changed something at the service")
    shell.apply(change)
    until(lambda: changed(before, run.tenant()) == named(found), f"the plan is carried out: {named(found)}", limit=30)
    until(lambda: is_true(run.config(), "Ready"), "the config is Ready", limit=30)
    again = json.loads(plan(run, "--output=json", allowed=0))
    shown = run.tenant().by_name()["ada@corp.example"]["displayName"]
    require(shown == "Lovelace, Ada", f"the expression gave {shown!r}")
    require(not again["steps"], f"the second plan is not empty: {again['steps']}")
    return f"{summary(found)}; that came, and a second plan is empty"


def explained(run: Installation) -> str:
    """Check why Ada is in scope and Charles is not: in full inside the cluster, without the service from outside."""
    ada = explain(run, "ada")
    charles = explain(run, "charles")
    scope = str(next(step for step in charles["steps"] if step["name"] == "Scope"))
    require("spec.users.expression does not pass it" in scope, f"Charles is out of scope for another reason: {scope}")
    require("Lovelace, Ada" in str(ada["steps"]), f"Ada's mapping is not shown: {ada['steps']}")
    outside = kubectl_scim("explain", "scimuser/ada", f"--config={CONFIG}", run.scoped)
    require("yes spec.users.expression" in outside, f"kubectl scim explain does not show the expression:\n{outside}")
    kubectl("delete", "scimuser", "marie", run.scoped)
    run.patch_config({"users": None})
    until(lambda: run.tenant().by_name()["charles@corp.example"]["active"], "Charles is back in scope", limit=30)
    return f"ada: {ada['conclusion']} charles: {charles['conclusion']}"


def manifests(run: Installation) -> list[dict[str, Any]]:
    """Return the quickstart's config with expressions, a changed title, and a new user in a group by label."""
    quickstart = [one for one in yaml.safe_load_all(kubectl("kustomize", QUICKSTART)) if one]
    config = next(one for one in quickstart if one["kind"] == "ProvisioningConfig")
    ada = next(one for one in quickstart if one["metadata"]["name"] == "ada")
    config["spec"]["users"] = {"expression": SCOPE, "mappings": [{"target": "displayName", "expression": MAPPING}]}
    ada["spec"]["title"] = "Programmer"
    marie = user(run.namespace, "marie", enterprise={"department": "Research"})
    marie["metadata"]["labels"]["team"] = "compiler"
    return [config, ada, marie]


def desk(run: Installation, change: list[dict[str, Any]]) -> None:
    """Provide a pod with our command and the manifests at `/merge`, with the rights of the operator."""
    files = {f"{number}.yaml": yaml.safe_dump(one) for number, one in enumerate(change)}
    container = {"image": run.image, "command": ["sleep", "infinity"]}
    mounted = {"merge": {"configMap": {"name": NAME}}}
    rights = {"serviceAccountName": RELEASE, "automountServiceAccountToken": True}
    pod = pods.deployment(run, NAME, container, mounted, **rights)
    shell.apply([pods.config_map(run, NAME, files), pod])
    kubectl("rollout", "status", f"deployment/{NAME}", run.scoped, "--timeout=60s")


def plan(run: Installation, *options: str, allowed: int) -> str:
    # The operator's pod has it from the chart; this pod is ours.
    insecure = "--allow-insecure-services"
    asked = ("plan", "/merge", f"--namespace={run.namespace}", "--against-cluster", insecure, *options)
    return kubectl("exec", run.scoped, f"deployment/{NAME}", "--", "scim-operator", *asked, allowed=(allowed,))


def explain(run: Installation, name: str) -> dict[str, Any]:
    """Explain from the operator's pod, which reaches the service."""
    asked = ("explain", f"scimuser/{name}", f"--config={CONFIG}", f"--namespace={run.namespace}", "--output=json")
    answer: dict[str, Any] = json.loads(
        kubectl("exec", run.scoped, f"deployment/{RELEASE}", "--", "scim-operator", *asked)
    )
    return answer


def named(plan: dict[str, Any]) -> set[str]:
    """Return the names of the objects that a plan would touch."""
    return {str(step["name"]) for step in plan["steps"]}


def changed(before: Tenant, after: Tenant) -> set[str]:
    """Return the names of resources that are new or changed."""
    old = {one["id"]: _own(one) for one in (*before.users, *before.groups)}
    return {_name(one) for one in (*after.users, *after.groups) if old.get(one["id"]) != _own(one)}


def _own(resource: Resource) -> Resource:
    """Return a resource without what the service itself adds: dates, versions, and a user's groups."""
    return {name: value for name, value in resource.items() if name not in {"meta", "groups"}}


def _name(resource: Resource) -> str:
    return str(resource.get("userName") or resource["displayName"])


def summary(plan: dict[str, Any]) -> str:
    return ", ".join(f"{number} {name}" for name, number in plan["counts"].items() if number)
