"""The operator's own key on a real API server: made once, and the same after a restart."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.seal import Seal
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import from_kubeconfig
from scim_operator.kube.operator_key import OperatorKey
from scim_operator.kube.resources import SECRETS
from scim_operator.observability.metrics import Metrics
from tests.envtest.manifests import as_yaml
from tools.demo import rights

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

NAME = "scim-operator-key"


class Process:
    """What one process knows: its seal, and what its metrics say of the key."""

    def __init__(self, client: KubeClient, namespace: str) -> None:
        self.seal = Seal(f"the key of process {id(self)} alone".encode())
        self._metrics = Metrics()
        self._key = OperatorKey(client, namespace, NAME, self.seal, self._metrics)

    async def start(self) -> None:
        async def nothing() -> None:
            pass

        await self._key.before(nothing)

    @property
    def lasts(self) -> bool:
        return b"scim_operator_key_lasts 1.0" in self._metrics.render()


def agree(*processes: Process) -> bool:
    """Whether what one proves is proved to the others."""
    return len({process.seal.of("entry", "ada") for process in processes}) == 1


async def create(client: KubeClient, namespace: str, **data: bytes) -> None:
    encoded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME}, "data": encoded}
    assert await client.create(Target(SECRETS, namespace), body)


@pytest.mark.parametrize("there", [False, True], ids=["no Secret", "the chart's empty Secret"])
async def test_a_key_is_made_once_and_holds_over_restarts(client: KubeClient, namespace: str, there: bool) -> None:
    if there:
        await create(client, namespace)
    first, second = Process(client, namespace), Process(client, namespace)
    await asyncio.gather(first.start(), second.start())
    assert agree(first, second), "of two that make one at the same time, one gives way"
    later = Process(client, namespace)
    await later.start()
    assert agree(first, later)
    assert first.lasts
    assert later.lasts
    secret = await client.get(Target(SECRETS, namespace, NAME))
    assert secret is not None
    assert len(base64.b64decode(secret["data"]["key"])) == 32


async def test_what_else_the_secret_holds_stays(client: KubeClient, namespace: str) -> None:
    await create(client, namespace, note=b"keep")
    await Process(client, namespace).start()
    secret = await client.get(Target(SECRETS, namespace, NAME))
    assert secret is not None
    assert set(secret["data"]) == {"key", "note"}


async def test_a_key_that_is_too_short_is_not_used(
    client: KubeClient, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    await create(client, namespace, key=b"guess")
    one, other = Process(client, namespace), Process(client, namespace)
    await one.start()
    await other.start()
    assert not agree(one, other)
    assert not one.lasts
    assert "fewer than 32 bytes" in caplog.text
    assert "guess" not in caplog.text


async def test_without_the_right_the_key_is_of_this_process(
    crds: ControlPlane, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    only_account = [one for one in rights.manifests(namespace) if one["kind"] == "ServiceAccount"]
    await asyncio.to_thread(crds.kubectl, "apply", "-f", "-", input=as_yaml(*only_account))
    kubeconfig = await asyncio.to_thread(crds.service_account_kubeconfig, rights.NAME, namespace)
    async with KubeClient(from_kubeconfig([kubeconfig])) as client:
        with caplog.at_level(logging.WARNING):
            one, other = Process(client, namespace), Process(client, namespace)
            await one.start()
            await other.start()
    assert not agree(one, other)
    assert not one.lasts
    assert (
        f"Without the Secret {NAME} in namespace {namespace} the operator uses a key of this process alone"
        in caplog.text
    )
