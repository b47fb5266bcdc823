"""Reads from a cluster what the configs of other namespaces at one service own and claim there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import record_of
from scim_operator.job.owners.other_namespaces import OtherNamespaces, holding_of, neighbours
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, OF_KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.client import KubeClient


async def other_namespaces(
    client: KubeClient, config: Mapping[str, Any], now: Callable[[], datetime]
) -> OtherNamespaces:
    """Return what they own and claim. Errors: Forbidden, where the caller may not read them all."""
    configs = [each async for each in client.every(Target(CONFIGS, None))]
    holdings = [
        holding_of(each, await _records(client, each["metadata"]["namespace"]), now)
        for each in neighbours(config, configs)
    ]
    return OtherNamespaces(holding for holding in holdings if holding is not None)


async def _records(client: KubeClient, namespace: str) -> list[SourceRecord]:
    return [record_of(kind, body) for kind in Kind async for body in client.every(Target(OF_KIND[kind], namespace))]
