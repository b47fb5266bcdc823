"""A collector of traces that is away, hangs, floods, redirects or repeats its credentials: no one else notices."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from scim_operator.observability.logs import LogFormat, set_up_logs
from scim_operator.observability.tracing.opening import open_tracer
from tests.support.collector import Collector, collecting, tracing, well
from tests.support.waiting import until, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from scim_operator.observability.tracing.opening import OpenTracer
    from tests.support.rig import Rig

API_KEY = "collector-key-2f7a91"
GONE = "http://127.0.0.1:9"
"""Nobody listens there."""


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Small batches at once, in a queue of eight."""
    for name, value in (
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "8"),
        ("OTEL_EXPORTER_OTLP_HEADERS", f"api-key={API_KEY}"),
    ):
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """All log lines, at the most talkative level, as the operator sets logging up."""
    root, lines = logging.getLogger(), Lines()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("opentelemetry", "urllib3")}
    set_up_logs(LogFormat.TEXT, "debug")
    root.handlers[:] = [lines]
    yield lines.found
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def lost(registry: CollectorRegistry, cause: str) -> float:
    return registry.get_sample_value("scim_operator_spans_dropped_total", {"cause": cause}) or 0.0


def exported(registry: CollectorRegistry) -> float:
    return registry.get_sample_value("scim_operator_spans_exported_total") or 0.0


def say(tracer: OpenTracer, number: int = 1) -> None:
    for _ in range(number):
        tracer.trace("sweep", {}).end()


def hang(collector: Collector) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer nothing until the collector ends."""
    return lambda _: collector.ending.wait() and None


def refuse(status: int, phrase: str = "", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status, phrase or None)
        for name, value in {**headers, "Content-Length": "0"}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


async def test_one_that_hangs_slows_no_sweep_and_what_it_costs_is_counted(
    r: Rig, quick: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    with collecting() as collector:
        collector.answer = hang(collector)
        quick.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        r.tracer = tracer = open_tracer(registry)
        for number in range(20):
            r.user(f"user-{number}")
        await r.start()
        await r.settle()
        await r.check_quiet()
        assert len(collector.bodies) == 1, "it holds the first request all the while"
        assert lost(registry, "queue") > 8
        await r.stop()
        await asyncio.to_thread(tracer.close, 0.05)
        assert len(collector.bodies) == 1, "it still does, and no one has waited for it"


def test_the_end_waits_no_longer_than_it_is_told_and_says_what_is_lost(
    quick: pytest.MonkeyPatch, registry: CollectorRegistry, logged: list[str]
) -> None:
    with collecting() as collector:
        collector.answer = hang(collector)
        quick.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracer = open_tracer(registry)
        say(tracer, 4)
        wait_until(lambda: collector.bodies)
        tracer.close(0.05)
        assert not collector.ending.is_set()
        assert "4 spans were not sent before the end." in logged
        assert all(
            thread.daemon for thread in threading.enumerate() if "Otel" in thread.name or "traces" in thread.name
        )


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_one_that_refuses_is_told_of_once_and_counted(
    quick: pytest.MonkeyPatch, registry: CollectorRegistry, logged: list[str], status: int
) -> None:
    with collecting() as collector, tracing(collector, quick, registry) as tracer:
        collector.answer = refuse(status)
        for number in range(1, 4):
            say(tracer, 2)
            wait_until(lambda number=number: lost(registry, "export") == 2 * number)
        collector.answer = well
        say(tracer, 2)
        wait_until(lambda: exported(registry) == 2)
    takes_none = "The collector of OTEL_EXPORTER_OTLP_ENDPOINT takes no traces: they are dropped."
    assert logged == [takes_none, "The collector takes traces again."]


def test_one_that_is_away_costs_its_spans_and_nothing_else(
    quick: pytest.MonkeyPatch, registry: CollectorRegistry, logged: list[str]
) -> None:
    quick.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", GONE)
    quick.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    tracer = open_tracer(registry)
    say(tracer, 2)
    wait_until(lambda: lost(registry, "export") == 2)
    tracer.close()
    assert len(logged) == 1


def test_an_answer_without_end_is_not_read(quick: pytest.MonkeyPatch, registry: CollectorRegistry) -> None:
    hung_up = threading.Event()

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 40))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            hung_up.set()
            handler.close_connection = True

    with collecting() as collector, tracing(collector, quick, registry) as tracer:
        collector.answer = flood
        say(tracer, 2)
        wait_until(lambda: exported(registry) == 2)
        wait_until(hung_up.is_set)


def test_a_redirect_is_not_followed(quick: pytest.MonkeyPatch, registry: CollectorRegistry, logged: list[str]) -> None:
    with collecting() as elsewhere, collecting() as collector, tracing(collector, quick, registry) as tracer:
        collector.answer = refuse(307, Location=f"{elsewhere.url}/v1/traces")
        say(tracer, 2)
        wait_until(lambda: lost(registry, "export") == 2)
        assert elsewhere.bodies == []
        assert collector.headers[0]["api-key"] == API_KEY
    assert len(logged) == 1


@pytest.mark.parametrize("status", [200, 429, 500, 503])
def test_what_it_answers_is_not_in_the_log(
    quick: pytest.MonkeyPatch, registry: CollectorRegistry, logged: list[str], status: int
) -> None:
    quick.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    with collecting() as collector, tracing(collector, quick, registry) as tracer:
        collector.answer = refuse(status, API_KEY, **{"Retry-After": "86400", "X-Key": API_KEY})
        say(tracer, 2)
        wait_until(lambda: lost(registry, "export") + exported(registry) == 2)
    assert API_KEY not in "\n".join(logged)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", f"{API_KEY}"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", API_KEY),
        ("OTEL_TRACES_SAMPLER_ARG", API_KEY),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", API_KEY),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", f"no address {API_KEY}"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", f"/nowhere/{API_KEY}"),
        ("OTEL_RESOURCE_ATTRIBUTES", API_KEY),
    ],
)
async def test_a_setting_that_cannot_be_right_stops_nothing_and_is_not_repeated(
    r: Rig, quick: pytest.MonkeyPatch, registry: CollectorRegistry, logged: list[str], name: str, value: str
) -> None:
    with collecting() as collector:
        quick.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        quick.setenv(name, value)
        r.tracer = tracer = open_tracer(registry)
        r.user("ada")
        await r.start()
        await until(lambda: r.reason("ada") == "Provisioned")
        await r.stop()
        await asyncio.to_thread(tracer.close, 0.5)
    assert API_KEY not in "\n".join(logged)
