"""Which config will serve a service once a directory is applied to a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from scim_operator.cli.merging import _waits_for
from scim_operator.local.manifests import Collection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.kube.client import KubeClient, Target


class Server:
    """Has these configs."""

    def __init__(self, *configs: dict[str, Any]) -> None:
        self.configs = configs

    async def every(self, target: Target) -> AsyncIterator[dict[str, Any]]:
        for each in self.configs:
            yield each


def config(name: str, **metadata: Any) -> dict[str, Any]:
    kept = {"name": name, "namespace": "identity", "uid": name, "generation": 1}
    auth = {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}}
    return {
        "metadata": {**kept, "creationTimestamp": "2026-01-01T00:00:00Z", **metadata},
        "spec": {"service": {"url": "https://vc.example.com/scim/v2", "auth": auth}},
    }


async def waits_for(*configs: dict[str, Any]) -> str:
    client = cast("KubeClient", Server(*configs))
    return await _waits_for(client, Collection(), config("second", creationTimestamp="2026-02-01T00:00:00Z"))


async def test_the_older_one_serves_unless_it_is_being_deleted() -> None:
    second = config("second", creationTimestamp="2026-02-01T00:00:00Z")
    assert await waits_for(config("first"), second) == "first"
    assert await waits_for(config("first", deletionTimestamp="2026-03-01T00:00:00Z"), second) == ""
