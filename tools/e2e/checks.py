"""Checks of the cluster and the tenant that several steps share, and the way a step reports a failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.e2e import shell
from tools.e2e.installation import Installation, is_true
from tools.e2e.shell import E2EError, kubectl

if TYPE_CHECKING:
    from datetime import datetime


def require(holds: object, otherwise: str) -> None:
    if not holds:
        raise E2EError(otherwise)


def complaints(run: Installation, since: datetime) -> str:
    """Return what the operator logged above INFO; a watch that starts while its CRD is new may fail at first.

    Records of the provisioning log stand between the lines, and have no level.
    """
    logged = run.log(f"--since-time={since:%Y-%m-%dT%H:%M:%SZ}")
    return "\n".join(line for line in logged.splitlines() if json.loads(line).get("level", "INFO") != "INFO")


def not_ready(run: Installation) -> list[str]:
    """Return the objects that are not Ready, or have the status of an older generation."""
    return [
        f"{one['kind']}/{one['metadata']['name']}"
        for one in run.manifests()
        if not is_true(one, "Ready") or one["status"].get("observedGeneration") != one["metadata"]["generation"]
    ]


def at_service(run: Installation, manifests: list[dict[str, Any]]) -> bool:
    return {one["spec"]["userName"] for one in manifests} <= set(run.tenant().by_name())


def out_of_step(run: Installation) -> list[str]:
    """Return the users that have another title at the service than in their manifest, or are missing."""
    found = run.tenant().by_name()
    wanted = [one["spec"] for one in shell.objects("scimusers", run.scoped)]
    return [
        spec["userName"]
        for spec in wanted
        if spec["userName"] not in found or found[spec["userName"]].get("title") != spec.get("title")
    ]


def active(run: Installation, user_name: str) -> bool:
    return bool(run.tenant().by_name().get(user_name, {}).get("active"))


def title_at_service(run: Installation, user_name: str) -> str:
    return str(run.tenant().by_name().get(user_name, {}).get("title", ""))


def edit(run: Installation, name: str, **spec: Any) -> None:  # noqa: ANN401 - any value of a SCIM attribute
    """Change parts of a ScimUser."""
    patch = json.dumps({"spec": spec})
    kubectl("patch", "scimuser", name, run.scoped, "--type=merge", f"--patch={patch}")


def left_out(variable: str, meaning: str) -> str:
    """Return the sentence of a step that needs more than a cluster, and did not get it."""
    return f"LEFT OUT: {variable} is not set; {meaning}"
