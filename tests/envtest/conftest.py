"""Fixtures for tests of the Kubernetes side: the CRDs, a client, and a proxy that injects faults."""

from __future__ import annotations

import gc
import re
from typing import TYPE_CHECKING

import pytest

from scim_operator.kube.client import KubeClient
from scim_operator.kube.credentials import Credentials, from_kubeconfig
from tests.envtest.proxy import FaultProxy
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tools.cluster.controlplane import ControlPlane


@pytest.fixture(scope="session")
def crds(api_server: ControlPlane) -> ControlPlane:
    install_crds(api_server)
    return api_server


@pytest.fixture(scope="module")
def private_crds(private_api_server: ControlPlane) -> ControlPlane:
    """A control plane for one test module alone: what its API server counts is that module's doing."""
    install_crds(private_api_server)
    return private_api_server


@pytest.fixture
def private_namespace(private_crds: ControlPlane, request: pytest.FixtureRequest) -> str:
    """A namespace of that control plane, for one test."""
    name = "test-" + re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[-50:].strip("-")
    private_crds.create_namespace(name)
    return name


@pytest.fixture
def collected() -> Iterator[None]:
    """What a test leaves behind is collected at its end, under its own filters of warnings, and not in a later test."""
    yield
    gc.collect()


@pytest.fixture
async def client(crds: ControlPlane) -> AsyncIterator[KubeClient]:
    async with KubeClient(from_kubeconfig([crds.kubeconfig])) as client:
        yield client


@pytest.fixture
async def proxy(crds: ControlPlane) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(crds).running() as proxy:
        yield proxy


@pytest.fixture
async def proxied(proxy: FaultProxy) -> AsyncIterator[KubeClient]:
    async with KubeClient(Credentials(server=proxy.url)) as client:
        yield client
