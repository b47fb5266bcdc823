"""The cluster before and after the run."""

from __future__ import annotations

import yaml

from tools.e2e import shell, volumes
from tools.e2e.checks import require
from tools.e2e.installation import RELEASE, Installation, is_true
from tools.e2e.shell import kubectl

QUICKSTART = "examples/quickstart"
OTHER = "e2e-elsewhere"
"""A second namespace, for a while."""


def quickstart_namespace() -> str:
    """Return the namespace that the quickstart's manifests are for."""
    documents = [one for one in yaml.safe_load_all(kubectl("kustomize", QUICKSTART)) if one]
    configs = [one for one in documents if one["kind"] == "ProvisioningConfig"]
    require(configs, f"{QUICKSTART} has no ProvisioningConfig")
    return str(configs[0]["metadata"].get("namespace", "identity"))


def require_empty_cluster(namespace: str) -> str:
    """Refuse a cluster without a node, or one where the run would interfere with someone else's objects."""
    nodes = [one["metadata"]["name"] for one in shell.objects("nodes") if is_true(one, "Ready")]
    require(nodes, "the cluster has no node that is Ready; `kind create cluster` makes one")
    taken = kubectl("get", "namespaces", namespace, OTHER, "--ignore-not-found", "-o", "name").split()
    crds = [name for name in kubectl("get", "crds", "-o", "name").split() if name.endswith("scim-operator.io")]
    require(
        not taken + crds,
        f"the cluster already has {', '.join(taken + crds)}: take a fresh one, or delete them if they are to go",
    )
    return f"{len(nodes)} node(s) ready, namespace {namespace} free"


def clean_up(run: Installation) -> str:
    """Remove everything that the run made; the finalizers first, for no one is left to honour them."""
    shell.helm("uninstall", RELEASE, run.scoped, "--wait", "--ignore-not-found")
    for kind in ("scimuser", "scimgroup", "provisioningconfig") if has_crds() else ():
        for namespace in (run.namespace, OTHER):
            released(kind, f"--namespace={namespace}")
    kubectl("delete", "namespace", run.namespace, OTHER, "--ignore-not-found", "--timeout=300s")
    volumes.remove(run)
    names = [name for name in kubectl("get", "crds", "-o", "name").split() if name.endswith("scim-operator.io")]
    if names:
        kubectl("delete", *names, "--timeout=60s")
    return "namespace and CustomResourceDefinitions removed"


def released(kind: str, scoped: str) -> None:
    """Take the finalizers off everything of a kind in a namespace."""
    names = [one["metadata"]["name"] for one in shell.objects(kind, scoped)]
    if names:
        kubectl("patch", kind, *names, scoped, "--type=merge", '--patch={"metadata": {"finalizers": null}}')


def has_crds() -> bool:
    return "scimusers.scim-operator.io" in kubectl("get", "crds", "-o", "name")
