"""Detects that a namespace or a CRD is being deleted, which deletes manifests without anyone's decision on each.

The CRDs are seen through discovery, which everyone who is authenticated may read (the ClusterRole system:discovery):
the API server lists no `create` for a resource whose definition is terminating. So no cluster-wide right is needed.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.errors import NotAnswered, ScimOperatorError
from scim_operator.kube.client import Forbidden, Target
from scim_operator.kube.resources import GROUP, NAMESPACES, OF_KIND, VERSION, ApiResource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from scim_operator.kube.client import KubeClient

DISCOVERY = Target(ApiResource(GROUP, VERSION, "", "APIResourceList"), None)
FRESH = 0.05
"""Seconds that an answer holds: less than the gate's quiet, so that what waited there is asked about again."""


class KubeTerminationCheck:
    """The job's Premises on a cluster; anyone who asks in the same moment gets the same answer. `now` gives seconds."""

    def __init__(self, client: KubeClient, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._asked: dict[str, tuple[float, asyncio.Task[frozenset[Kind]]]] = {}

    async def terminating(self, namespace: str) -> frozenset[Kind]:
        """Return the kinds whose manifests go because the namespace or CRD is being deleted; raises NotAnswered."""
        now = self._now()
        at, task = self._asked.get(namespace, (float("-inf"), None))
        if task is None or now - at > FRESH:
            task = asyncio.create_task(self._look(namespace), name=f"premises of {namespace}")
            task.add_done_callback(_seen)
            self._asked[namespace] = now, task
        # Shielded: one of those who ask may be cancelled, and the others still want to know.
        return await asyncio.shield(task)

    async def _look(self, namespace: str) -> frozenset[Kind]:
        try:
            return frozenset(Kind) if await self._goes(namespace) else await self._undefined()
        except ScimOperatorError as error:
            raise NotAnswered(f"Nothing is taken away before the API server answers. {error}") from error

    async def _goes(self, namespace: str) -> bool:
        try:
            manifest = await self._client.get(Target(NAMESPACES, None, namespace))
        except Forbidden:
            # `permissions` says which right is missing. Access must still end; of the many, the limits hold the rest.
            return False
        return manifest is None or "deletionTimestamp" in manifest["metadata"]

    async def _undefined(self) -> frozenset[Kind]:
        listed = await self._client.get(DISCOVERY) or {}
        return undefined(listed)


def _seen(task: asyncio.Task[frozenset[Kind]]) -> None:
    """See how it ended, for those who asked may all have been cancelled meanwhile."""
    if not task.cancelled():
        task.exception()


def undefined(listed: Mapping[str, Any]) -> frozenset[Kind]:
    """Return the kinds whose CRD is terminating, by the APIResourceList; raises NotAnswered where one is missing.

    An API server that has just started does not list everything yet, so that what it lacks proves nothing.
    """
    verbs = {resource["name"]: resource["verbs"] for resource in listed.get("resources", ())}
    for resource in OF_KIND.values():
        if resource.plural not in verbs:
            raise NotAnswered(f"It does not serve {resource.plural}.{resource.group} at present.")
    return frozenset(kind for kind, resource in OF_KIND.items() if "create" not in verbs[resource.plural])
