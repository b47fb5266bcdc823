"""A namespace that is deleted with its people: it goes, and no one loses access by that."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tools.e2e import shell
from tools.e2e.checks import not_ready, require
from tools.e2e.installation import CONFIG, KINDS, is_true
from tools.e2e.manifests import GROUP_VERSION, users
from tools.e2e.place import OTHER, released
from tools.e2e.shell import kubectl, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

PEOPLE = 30
LABEL = "e2e-served"
ROLE_WENT = "its Role went first"
BY_NAME = "by-name"
"""What the people of the second time are called: at the service those of the first are still there."""


def deleted(run: Installation) -> str:
    """Delete a namespace that the operator serves by its label, and one that it serves by a Role made there."""
    by_label = served(run, "by-label", f"--set=namespaceSelector.matchLabels.{LABEL}=yes")
    by_name = served(run, BY_NAME, f"--set=watchNamespaces={{{run.namespace},{OTHER}}}")
    shell.helm(*run.helm_command("upgrade"))
    until(lambda: is_true(run.config(), "Ready"), "the operator serves its own namespace again", limit=180)
    return f"with {PEOPLE} people, a group, config and Secret: {by_label} by label, {by_name} by name; no write"


def served(run: Installation, people: str, choice: str) -> str:
    """Have the chart serve another namespace too, fill that, and delete it; return how long it took to go."""
    place = replace(run, namespace=OTHER)
    kubectl("create", "namespace", OTHER)
    kubectl("label", "namespace", OTHER, run.namespace, f"{LABEL}=yes", "--overwrite")
    shell.helm(*run.helm_command("upgrade", choice))
    shell.apply(filled(run, people))
    until(lambda: len(place.manifests()) > PEOPLE and not not_ready(place), "its people are Ready", limit=300)
    until(lambda: is_true(place.config(), "Ready"), "its config is Ready", limit=180)
    before, effects = run.tenant(), run.effects()
    started = time.monotonic()
    kubectl("delete", "namespace", OTHER, "--wait=false")
    by_hand = gone(run, role=people == BY_NAME)
    seconds = time.monotonic() - started
    until(lambda: is_true(run.config(), "Ready"), "the other namespace's config is Ready", limit=180)
    require(run.tenant() == before, "deleting the namespace changed something at the service")
    require(run.effects() == effects, f"writes were sent: {effects} became {run.effects()}")
    return f"{seconds:.1f} s{by_hand}"


def gone(run: Installation, *, role: bool) -> str:
    """Wait until the namespace is gone; a Role that went with it first takes the line of docs/operations.md."""
    until(lambda: not there(OTHER) or (role and ROLE_WENT in run.log()), "the namespace goes", limit=300)
    if not there(OTHER):
        return ""
    for kind in KINDS.split(","):
        released(kind, f"--namespace={OTHER}")
    until(lambda: not there(OTHER), "the namespace is gone once its manifests are released", limit=180)
    return ", released by hand as its Role went first,"


def there(namespace: str) -> bool:
    return bool(kubectl("get", "namespace", namespace, "--ignore-not-found", "-o", "name").strip())


def filled(run: Installation, prefix: str) -> list[dict[str, Any]]:
    """Return what the other namespace has: the same service, a Secret of its own, and people."""
    service = run.config()["spec"]["service"]
    (secret,) = shell.objects("secrets", run.scoped, service["auth"]["bearer"]["secretRef"]["name"])
    people = users(OTHER, prefix, PEOPLE)
    members = [{"userRef": {"name": one["metadata"]["name"]}} for one in people]
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": named(secret), "data": secret["data"]},
        *people,
        whole("ScimGroup", prefix, {"displayName": prefix, "members": members}),
        whole("ProvisioningConfig", CONFIG, {"service": service, "scope": "All"}),
    ]


def named(one: dict[str, Any]) -> dict[str, str]:
    return {"name": one["metadata"]["name"], "namespace": OTHER}


def whole(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": OTHER}
    return {"apiVersion": GROUP_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
