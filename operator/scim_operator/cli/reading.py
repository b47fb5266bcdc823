"""The provisioning log of the operator in the cluster, for commands: as a store is read, by the person's own rights."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import click

from scim_operator.core.printing import one_line
from scim_operator.errors import DependencyNotReady
from scim_operator.kube.client import Forbidden, KubeClient, Target
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.log_client import log_of
from scim_operator.kube.resources import CONFIGS, PODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scim_operator.kube.client import Manifest
    from scim_operator.kube.log_client import LogClient
    from scim_operator.observability.provisioning_log.record import Record
    from scim_operator.observability.provisioning_log.search import Query

SELECTOR = "app.kubernetes.io/name=scim-operator,app.kubernetes.io/component=operator"
_MOST = 100
"""Pods that are looked at; an operator has a few."""


class ClusterLog:
    """Reads the log in the cluster as `Search` reads a store; `begins` is known after the first answer.

    `given` are the options of a command: kubeconfig, context, operator, namespace, all_namespaces.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._runner = asyncio.Runner()
        self._stack = contextlib.AsyncExitStack()
        self._namespaces: list[str] = []
        self._log: LogClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def find(self, query: Query) -> list[Record]:
        """Return the newest `limit` records that fit, oldest first. Raises Forbidden for a right that is missing."""
        return self._runner.run(self._find(query))

    def count(self, query: Query) -> int:
        """Return how many records fit, whatever the limit."""
        return self._runner.run(self._count(query))

    def begins(self) -> str:
        """Return the time of the oldest record, "" where there is none."""
        return self._log.begins if self._log else ""

    def close(self) -> None:
        """Close all connections."""
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _find(self, query: Query) -> list[Record]:
        log = await self._opened()
        return await log.find(replace(query, namespace=""), self._namespaces)

    async def _count(self, query: Query) -> int:
        log = await self._opened()
        return await log.count(replace(query, namespace=""), self._namespaces)

    async def _opened(self) -> LogClient:
        if self._log is None:
            given = self._given
            credentials = find_credentials(given["kubeconfig"], given["context"])
            client = await self._stack.enter_async_context(KubeClient(credentials, person=True))
            near = given["namespace"] or credentials.namespace
            self._namespaces = await _with_configs(client) if given["all_namespaces"] else [near]
            pods = await pods_of_operator(client, near, given["operator"])
            self._log = await self._stack.enter_async_context(log_of(client, pods, _complain))
        return self._log


def _complain(sentence: str) -> None:
    click.echo(one_line(sentence), err=True)


async def _with_configs(client: KubeClient) -> list[str]:
    """Return the namespaces that have a config. Raises Forbidden where one may not list them."""
    return sorted({each["metadata"]["namespace"] async for each in client.every(Target(CONFIGS, None))})


async def pods_of_operator(client: KubeClient, near: str, operator: str = "") -> Sequence[Manifest]:
    """Return the running pods of the operator: of the one named as NAMESPACE/NAME, else one near, else one anywhere.

    Raises DependencyNotReady where there is none, several, or none that is ready; Forbidden.
    """
    namespace, _, name = operator.rpartition("/")
    places = [namespace or near] if operator else [near, None]
    for place in places:
        listed = await _listed(client, place, near, named=bool(operator))
        found = [pod for pod in listed if not name or _is_of(pod, name)]
        if not found:
            continue
        names = sorted({_operator_of(pod) for pod in found})
        if len(names) > 1:
            raise DependencyNotReady(f"There are several operators; say which with --operator: {', '.join(names)}.")
        if running := [pod for pod in found if _is_ready(pod)]:
            return running
        there = names[0].partition("/")[0]
        raise DependencyNotReady(
            f"No pod of the operator {names[0]} is ready, so that the log cannot be asked there: see "
            f"kubectl --namespace {there} get pods, or give the log store's URL with --store."
        )
    raise DependencyNotReady(
        "No operator is found in the cluster: name it with --operator NAMESPACE/NAME, or give the log store's URL with "
        "--store."
    )


async def _listed(client: KubeClient, place: str | None, near: str, *, named: bool) -> Sequence[Manifest]:
    try:
        return (await client.page(Target(PODS, place), limit=_MOST, label=SELECTOR)).items
    except Forbidden as error:
        if named:
            raise
        if place is not None:
            return ()
        raise Forbidden(
            f"No operator is found in namespace {near}, and you may not look in all of them: name it with "
            "--operator NAMESPACE/NAME."
        ) from error


def _is_of(pod: Manifest, name: str) -> bool:
    return _operator_of(pod).partition("/")[2] == name


def _operator_of(pod: Manifest) -> str:
    """Return the Deployment of a pod, as namespace/name: its ReplicaSet and it add a part to the name each."""
    metadata = pod["metadata"]
    owners = [owner["name"] for owner in metadata.get("ownerReferences", ()) if owner.get("kind") == "ReplicaSet"]
    name = owners[0].rpartition("-")[0] if owners else metadata["name"]
    return f"{metadata['namespace']}/{name}"


def _is_ready(pod: Manifest) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")
