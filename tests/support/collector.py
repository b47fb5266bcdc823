"""A collector of traces on loopback, which decodes what comes over the wire; a hostile one answers otherwise."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import CollectorRegistry

from scim_operator.observability.tracing.opening import open_tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scim_operator.observability.tracing.opening import OpenTracer

ERROR = 2


@dataclass(frozen=True)
class Arrived:
    """One span as it came."""

    name: str
    trace: bytes
    id: bytes
    parent: bytes
    kind: int
    status: int
    message: str
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    links: list[tuple[bytes, bytes]]
    start: int
    end: int
    resource: dict[str, Any] = field(repr=False)


class Collector:
    """The spans that came, and the requests that brought them. `answer` says otherwise than 200 what to answer."""

    def __init__(self) -> None:
        self.spans: list[Arrived] = []
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = well
        self.ending = threading.Event()
        self.url = ""
        self.forbidden: list[str] = []
        """What no body may hold, for tests that look for it."""

    def named(self, name: str) -> list[Arrived]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def children(self, of: Arrived) -> list[Arrived]:
        """The spans right below one, by when they began."""
        found = [span for span in self.spans if (span.trace, span.parent) == (of.trace, of.id)]
        return sorted(found, key=lambda span: span.start)

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Take in one request, and answer it."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.bodies.append(body)
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        if self.answer is well:
            self.spans += arrived(body)
        self.answer(handler)


def well(handler: BaseHTTPRequestHandler) -> None:
    """Answer as OTLP wants it."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/x-protobuf")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def arrived(body: bytes) -> Iterator[Arrived]:
    """Decode what an exporter sent."""
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = attributes_of(resource.resource)
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            yield Arrived(
                span.name,
                span.trace_id,
                span.span_id,
                span.parent_span_id,
                span.kind,
                span.status.code,
                span.status.message,
                attributes_of(span),
                [(event.name, attributes_of(event)) for event in span.events],
                [(link.trace_id, link.span_id) for link in span.links],
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                about,
            )


def attributes_of(holder: Any) -> dict[str, Any]:
    """The attributes of a span, an event or a resource."""
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in holder.attributes}


class Handler(BaseHTTPRequestHandler):
    """Hands over to the collector."""

    collector: Collector
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take in what is sent."""
        self.collector.take(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that lets go of those that hang."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: those whom a hostile answer is for hang up."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector()
    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"collector": collector}))
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.ending.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def tracing(
    collector: Collector,
    environment: pytest.MonkeyPatch,
    registry: CollectorRegistry,
    now: Callable[[], int] | None = None,
) -> Iterator[OpenTracer]:
    """A tracer to a collector, as the environment of a pod makes it; what is left is sent at the end."""
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    tracer = open_tracer(registry, now) if now else open_tracer(registry)
    try:
        yield tracer
    finally:
        tracer.close()


class Traces(NamedTuple):
    """A tracer, and the collector that it sends to."""

    collector: Collector
    tracer: OpenTracer


@contextmanager
def traced() -> Iterator[Traces]:
    """A tracer to a collector of its own, for who has no environment to change."""
    with (
        pytest.MonkeyPatch.context() as environment,
        collecting() as collector,
        tracing(collector, environment, CollectorRegistry()) as tracer,
    ):
        yield Traces(collector, tracer)
