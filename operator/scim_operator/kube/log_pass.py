"""The Lease of a namespace in which the operator shows the pass for reading the provisioning log there (ADR 0047).

Whoever may read that Lease may read the log. Only its annotation is used: nothing is held by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.errors import PreconditionFailed
from scim_operator.kube.client import Target
from scim_operator.kube.resources import LEASES

if TYPE_CHECKING:
    from scim_operator.kube.client import KubeClient

NAME = "scim-operator-log"
"""The Lease; the ClusterRole of the help desk names it."""
ANNOTATION = "scim-operator.io/log-pass"


async def show_pass(client: KubeClient, namespace: str, text: str) -> bool:
    """Write the pass; return whether the namespace is there. Raises what the API server's refusal is."""
    target = Target(LEASES, namespace, NAME)
    body = {"metadata": {"annotations": {ANNOTATION: text}}}
    if await client.patch(target, body) is not None:
        return True
    metadata = {"name": NAME, **body["metadata"]}
    whole = {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": metadata, "spec": {}}
    try:
        return await client.create(Target(LEASES, namespace), whole) is not None
    except PreconditionFailed:  # another replica has just made it
        return await client.patch(target, body) is not None


async def read_pass(client: KubeClient, namespace: str) -> str:
    """Return the pass as it is shown, "" where none is. Raises Forbidden where one may not read it."""
    found = await client.get(Target(LEASES, namespace, NAME)) or {}
    text = (found.get("metadata", {}).get("annotations") or {}).get(ANNOTATION)
    return text if isinstance(text, str) else ""
