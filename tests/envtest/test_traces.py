"""Traces of the operator as a process of its own, on a real API server."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tests.envtest.test_commands import configured, running, service
from tests.envtest.test_two_namespaces import is_so
from tests.support.collector import collecting
from tests.support.waiting import HANG, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.support.collector import Arrived, Collector
    from tools.cluster.controlplane import ControlPlane

__all__ = ["configured", "service"]


@contextlib.contextmanager
def operator(plane: ControlPlane, log: Path, namespace: str) -> Iterator[None]:
    """An operator that is stopped in good order."""
    where = (f"--kubeconfig={plane.kubeconfig}", "--listen=127.0.0.1:0")
    with running("run", "-n", namespace, *where, log=log) as process:
        yield
        process.terminate()
        assert process.wait(HANG) == 0


def test_what_the_operator_did_has_arrived_when_it_has_ended(
    configured: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
        with operator(configured, tmp_path / "operator.log", namespace):
            assert is_so(configured, "ada", namespace, "Provisioned")
        users = [user for user in collector.named("reconcile ScimUser") if "POST /Users" in below(collector, user)]
        assert below(collector, users[0]) == ["add finalizer", "POST /Users", "write status"]
        [sweep, *_] = collector.named("sweep")
        assert users[0].links == [(sweep.trace, sweep.id)]


def below(collector: Collector, span: Arrived) -> list[str]:
    return [one.name for one in collector.children(span)]


def test_a_collector_that_hangs_does_not_hold_up_the_end(
    configured: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "operator.log"
    with collecting() as collector:
        collector.answer = lambda _: collector.ending.wait() and None
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        with operator(configured, log, namespace):
            assert is_so(configured, "ada", namespace, "Provisioned")
            wait_until(lambda: collector.bodies)
        assert "Stopped." in log.read_text()
        assert "spans were not sent before the end." in log.read_text()
        assert not collector.ending.is_set(), "it still hangs"
