"""Fixtures for every test: a real API server, and a fresh namespace on it."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest

from tools.cluster import sharing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.controlplane import ControlPlane

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A real etcd and kube-apiserver, shared by the whole test run: keep to your own `namespace` on it."""
    base = tmp_path_factory.getbasetemp()
    shared_by_workers = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with sharing.shared(shared_by_workers / "control-plane") as plane:
        yield plane


@pytest.fixture(scope="module")
def private_api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane for one test module alone, where it must change what all namespaces share (CRDs, all of them)."""
    with sharing.private(tmp_path_factory.mktemp("control-plane") / "plane") as plane:
        yield plane


@pytest.fixture
def namespace(api_server: ControlPlane) -> str:
    """The name of a namespace that no other test uses; it goes with the control plane."""
    name = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{next(_numbers)}"
    api_server.kubectl("create", "namespace", name)
    return name
