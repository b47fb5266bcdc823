"""Spans by OpenTelemetry's SDK, and to a collector by OTLP over HTTP. The only user of OpenTelemetry.

A collector that is away, slow or hostile holds up a thread and nothing else: what ends is put into a queue of bounded
length, and what finds no room there, or is not taken, is dropped and counted.
"""

from __future__ import annotations

import logging
import os
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, set_span_in_context
from prometheus_client import Counter

from scim_operator.observability.tracing.spans import NO_SPAN, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Span as Recorded
    from opentelemetry.trace import Tracer as Recorder
    from prometheus_client import CollectorRegistry

    from scim_operator.observability.tracing.spans import Attributes, Span

logger = logging.getLogger(__name__)

NAME = "scim-operator"
ROOM = 2048
"""Spans that wait, where OTEL_BSP_MAX_QUEUE_SIZE does not say it; the SDK's own default."""


class HeadsOnly(requests.Session):
    """A session that takes the head of an answer, in which all stands that the exporter asks for, and no more."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow no redirect: what leads elsewhere is not the collector, and would get its credentials."""

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # noqa: ANN401 - requests'
        """Send, and let go of the connection before the body."""
        response = super().send(request, **{**more, "stream": True})
        response.close()
        if 300 <= response.status_code < 400:
            raise requests.TooManyRedirects("The collector answers with a redirect.")
        return response


class Room:
    """The spans that wait to be sent or are being sent, at most `most`; what comes of them is counted."""

    def __init__(self, most: int, registry: CollectorRegistry) -> None:
        self._most = most
        self._lock = threading.Lock()
        self.waiting = 0
        exported = Counter("scim_operator_spans_exported", "Spans that the collector took.", registry=registry)
        dropped = Counter(
            "scim_operator_spans_dropped", "Spans lost: no room, or not taken.", ("cause",), registry=registry
        )
        self._exported = exported
        self._dropped = {cause: dropped.labels(cause) for cause in ("queue", "export")}

    def take(self) -> bool:
        """Take one more in; return False where there is no room."""
        with self._lock:
            if self.waiting >= self._most:
                self._dropped["queue"].inc()
                return False
            self.waiting += 1
            return True

    def leave(self, number: int, *, taken: bool) -> None:
        """Note that the collector took so many, or did not."""
        with self._lock:
            self.waiting -= number
        (self._exported if taken else self._dropped["export"]).inc(number)


class Entrance(SpanProcessor):
    """Hands on what there is room for."""

    def __init__(self, room: Room, queue: BatchSpanProcessor) -> None:
        self._room = room
        self._queue = queue

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span in, unless it is not wanted or there is no room."""
        if span.context is not None and span.context.trace_flags.sampled and self._room.take():
            self._queue.on_end(span)

    def shutdown(self) -> None:
        """Send what is left."""
        self._queue.shutdown()  # type: ignore[no-untyped-call]  # the SDK's


class Exit(SpanExporter):
    """Counts what the collector takes, and says once that it does not, and that it does again."""

    def __init__(self, room: Room, exporter: SpanExporter) -> None:
        self._room = room
        self._exporter = exporter
        self._away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send some."""
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            taken = result is SpanExportResult.SUCCESS
            self._room.leave(len(spans), taken=taken)
            self._tell(away=not taken)
        return result

    def _tell(self, *, away: bool) -> None:
        if away and not self._away:
            logger.warning("The collector of OTEL_EXPORTER_OTLP_ENDPOINT takes no traces: they are dropped.")
        elif self._away and not away:
            logger.info("The collector takes traces again.")
        self._away = away

    def shutdown(self) -> None:
        """Give connections back."""
        self._exporter.shutdown()


class OtlpSpan:
    """A span of the SDK."""

    __slots__ = ("_now", "_recorder", "recorded")

    def __init__(self, recorder: Recorder, recorded: Recorded, now: Callable[[], int]) -> None:
        self._recorder = recorder
        self.recorded = recorded
        self._now = now

    def child(self, name: str, attributes: Attributes, *, ago: float = 0.0, client: bool = False) -> Span:
        """See `Span.child`."""
        recorded = self._recorder.start_span(
            name,
            set_span_in_context(self.recorded, Context()),
            SpanKind.CLIENT if client else SpanKind.INTERNAL,
            attributes,
            start_time=self._now() - int(ago * 1e9),
        )
        return OtlpSpan(self._recorder, recorded, self._now)

    def set(self, attributes: Attributes) -> None:
        """See `Span.set`."""
        self.recorded.set_attributes(attributes)

    def event(self, name: str, attributes: Attributes) -> None:
        """See `Span.event`."""
        self.recorded.add_event(name, attributes, self._now())

    def fail(self, reason: str) -> None:
        """See `Span.fail`. A status of HTTP says itself what it means."""
        self.recorded.set_attribute("error.type", reason)
        self.recorded.set_status(Status(StatusCode.ERROR, None if reason.isdigit() else reason))

    def end(self) -> None:
        """See `Span.end`."""
        self.recorded.end(self._now())


class OtlpTracer:
    """The tracer over the SDK."""

    on = True

    def __init__(self, provider: TracerProvider, room: Room, now: Callable[[], int]) -> None:
        self._provider = provider
        self._recorder = provider.get_tracer(NAME, version(NAME))
        self._room = room
        self._now = now

    def trace(self, name: str, attributes: Attributes, link: Span = NO_SPAN) -> Span:
        """See `Tracer.trace`."""
        links = [Link(link.recorded.get_span_context())] if isinstance(link, OtlpSpan) else []
        recorded = self._recorder.start_span(
            name, Context(), attributes=attributes, links=links, start_time=self._now()
        )
        return OtlpSpan(self._recorder, recorded, self._now)

    def close(self, patience: float = PATIENCE) -> None:
        """Send what is left; blocks for at most `patience` seconds, whatever the collector does."""
        # The SDK waits half a minute. A thread that the end of the process does not wait for may do so.
        closing = threading.Thread(target=self._provider.shutdown, name="end of traces", daemon=True)
        closing.start()
        closing.join(patience)
        if left := self._room.waiting:
            logger.warning("%d spans were not sent before the end.", left)


def open_otlp(registry: CollectorRegistry, now: Callable[[], int]) -> OtlpTracer:
    """Return a tracer whose collector, sampler and names are what OTEL_* say, read by the SDK itself."""
    room = Room(_number("OTEL_BSP_MAX_QUEUE_SIZE", ROOM), registry)
    exporter = Exit(room, OTLPSpanExporter(session=HeadsOnly()))
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(Entrance(room, BatchSpanProcessor(exporter)))
    return OtlpTracer(provider, room, now)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() and int(text) else default


def _resource() -> Resource:
    """Return what the spans are of: what the variables say, and else the operator's own name and version."""
    said = Resource.create({SERVICE_VERSION: version(NAME)})
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return said if named else said.merge(Resource({SERVICE_NAME: NAME}))
