"""Opens the way to the collector as OpenTelemetry's own variables ask for it."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Protocol

from scim_operator.observability.tracing.spans import PATIENCE, Tracer, Untraced

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
SPOKEN = "http/protobuf"


class OpenTracer(Tracer, Protocol):
    """A tracer that is to be closed."""

    def close(self, patience: float = PATIENCE) -> None:
        """Send what is left; blocks for at most `patience` seconds."""


class Closed(Untraced):
    """The tracer where no traces are wanted, to be closed as any other."""

    def close(self, patience: float = PATIENCE) -> None:
        """Do nothing."""


def open_tracer(registry: CollectorRegistry, now: Callable[[], int] = time.time_ns) -> OpenTracer:
    """Return the tracer that the environment asks for; one that goes nowhere where it names no collector.

    `registry` takes the metrics of it, `now` gives nanoseconds since 1970. What is wrong with the variables is logged:
    no one is to lose access because of it.
    """
    if not _is_wanted():
        return Closed()
    protocol = next(filter(None, map(os.environ.get, PROTOCOLS)), SPOKEN)
    if protocol != SPOKEN:
        logger.warning("No traces: %s asks for another protocol than %s; set it to that.", PROTOCOLS[1], SPOKEN)
        return Closed()
    try:
        from scim_operator.observability.tracing.otlp import open_otlp  # noqa: PLC0415 - an optional extra

        return open_otlp(registry, now)
    except ImportError:
        logger.warning(
            "No traces: %s is set, and OpenTelemetry is not installed; install scim-operator[otel].", ENDPOINTS[1]
        )
    except Exception as error:  # noqa: BLE001 - the SDK's, about values that may be secret
        logger.warning("No traces: OpenTelemetry refuses its settings (%s); look at OTEL_*.", type(error).__name__)
    return Closed()


def _is_wanted() -> bool:
    off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    return not off and exporter == "otlp" and any(map(os.environ.get, ENDPOINTS))
