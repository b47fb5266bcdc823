"""`access --from-cluster`: who has access by the manifests in the cluster, since when by the provisioning log."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS, GROUPS, USERS
from scim_operator.local.access import answer_of
from scim_operator.review.access.answer import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.kube.client import Manifest
    from scim_operator.kube.credentials import Credentials
    from scim_operator.local.access import Question
    from scim_operator.review.access.answer import Answer

KEPT = ("name", "namespace", "labels", "annotations")
"""What counts of the metadata: a manifest in Git has no more."""


def present(question: Question, given: Mapping[str, Any], proved: Callable[[Answer], Answer]) -> Answer:
    """Answer from the cluster, with the person's rights; `proved` adds what the log says, or the reason that it cannot.

    `given` has the options kubeconfig and context. Raises Forbidden, where one may not list the manifests.
    """
    credentials = find_credentials(given["kubeconfig"], given["context"])
    namespace = question.namespace or credentials.namespace
    bodies = asyncio.run(_listed(credentials, namespace))
    asked = replace(question, namespace=namespace)
    found = replace(
        answer_of(asked, map(_as_applied, bodies), datetime.now(UTC)), directory=f"namespace {namespace} of the cluster"
    )
    try:
        return proved(found)
    except ScimOperatorError as error:
        return _unproved(found, str(error))


async def _listed(credentials: Credentials, namespace: str) -> list[Manifest]:
    async with KubeClient(credentials, person=True) as client:
        return [
            {"apiVersion": resource.api_version, **body}
            for resource in (CONFIGS, USERS, GROUPS)
            async for body in client.every(Target(resource, namespace))
            if "deletionTimestamp" not in body["metadata"]
        ]


def _as_applied(body: Manifest) -> Manifest:
    """Return a manifest as someone applied it: neither its status nor what the API server keeps of it."""
    metadata = {name: body["metadata"][name] for name in KEPT if name in body["metadata"]}
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata, "spec": body["spec"]}


def _unproved(found: Answer, why: str) -> Answer:
    unread = Proof(asked=True, note="the log could not be read; the notes say why")
    rows = tuple(replace(row, proof=unread) for row in found.rows)
    return replace(found, rows=rows, notes=(*found.notes, f"Not known: since when. {why}"))
