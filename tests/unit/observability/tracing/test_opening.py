"""Who gets traces: those who name a collector and have the extra. All others get what was there before."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from scim_operator.observability.tracing.opening import open_tracer
from scim_operator.observability.tracing.spans import NO_SPAN
from tests.support.collector import collecting, tracing

if TYPE_CHECKING:
    from pathlib import Path

TRACES, ALL = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
LOADED = """
import sys
import scim_operator.cli.run
from prometheus_client import CollectorRegistry
from scim_operator.observability.tracing.opening import open_tracer
tracer = open_tracer(CollectorRegistry())
tracer.close()
print(tracer.on, any(name.split(".")[0] == "opentelemetry" for name in sys.modules))
"""


def ran(program: str, **environment: str) -> tuple[str, str]:
    """What a fresh process says, on standard output and in its log."""
    variables = {**os.environ, **environment}
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return ended.stdout.strip(), ended.stderr


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    assert ran(LOADED) == ("False False", "")


@pytest.mark.parametrize("name", [TRACES, ALL])
def test_either_variable_asks_for_traces(name: str) -> None:
    assert ran(LOADED, **{name: "http://127.0.0.1:9"}) == ("True True", "")


@pytest.mark.parametrize("variables", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}, {ALL: ""}])
def test_the_variables_that_switch_it_off_are_obeyed(variables: dict[str, str]) -> None:
    assert ran(LOADED, **{ALL: "http://127.0.0.1:9", **variables}) == ("False False", "")


def test_without_the_extra_the_operator_runs_and_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert ran(LOADED, PYTHONPATH=path) == ("False False", "")
    said, logged = ran(LOADED, PYTHONPATH=path, **{ALL: "http://127.0.0.1:9"})
    assert said == "False False"
    assert "install scim-operator[otel]" in logged


def test_another_protocol_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv(ALL, "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with caplog.at_level(logging.WARNING):
        tracer = open_tracer(CollectorRegistry())
    assert (tracer.on, tracer.trace("sweep", {})) == (False, NO_SPAN)
    assert "OTEL_EXPORTER_OTLP_PROTOCOL" in caplog.text


def test_the_standard_variables_are_the_sdk_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "identities")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=a-pod")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a-key")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    with collecting() as collector:
        with tracing(collector, monkeypatch, CollectorRegistry()) as tracer:
            tracer.trace("sweep", {}).end()
        [span] = collector.spans
        assert span.resource["service.name"] == "identities"
        assert span.resource["k8s.pod.name"] == "a-pod"
        assert collector.headers[0]["api-key"] == "a-key"
        assert collector.headers[0]["content-encoding"] == "gzip"


def test_what_the_sampler_leaves_out_is_neither_sent_nor_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    registry = CollectorRegistry()
    with collecting() as collector:
        with tracing(collector, monkeypatch, registry) as tracer:
            tracer.trace("sweep", {}).child("list", {}).end()
        assert collector.bodies == []
    assert registry.get_sample_value("scim_operator_spans_dropped_total", {"cause": "queue"}) == 0


def test_what_is_left_is_sent_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    with collecting() as collector:
        with tracing(collector, monkeypatch, registry) as tracer:
            for _ in range(700):
                tracer.trace("sweep", {}).end()
        assert len(collector.spans) == 700
        assert [len(body) > 0 for body in collector.bodies] == [True, True], "512 in one request"
    assert registry.get_sample_value("scim_operator_spans_exported_total") == 700
