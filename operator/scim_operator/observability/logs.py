"""Log lines on standard error: JSON for machines, text for people. Tokens from any code are blotted out."""

from __future__ import annotations

import logging
import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from scim_operator.core.printing import lines, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET = re.compile(r"(?i)\b(Bearer|HZN|Basic)(\s+)[A-Za-z0-9._~+/=-]{8,}")
_QUIET: Mapping[str, int] = {
    # kopf logs whole manifests at DEBUG and "processing" lines at INFO.
    "kopf": logging.WARNING,
    # It runs in a thread on purpose, and warns that it therefore handles no signals.
    "kopf._core.reactor.running": logging.ERROR,
    "aiohttp": logging.WARNING,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "asyncio": logging.WARNING,
    # They quote what is in OTEL_* and what a collector answers; tracing/otlp.py says what people need to know.
    "opentelemetry": logging.CRITICAL,
    "urllib3": logging.CRITICAL,
}


class LogFormat(StrEnum):
    """The format of lines."""

    JSON = "json"
    TEXT = "text"


def redacted(text: str) -> str:
    """Return the text with the credential of every Authorization header replaced by ***."""
    return _SECRET.sub(r"\1\2***", text)


class _Plain(logging.Formatter):
    """Formats any message as one line; a traceback is indented, so that none of it looks like a message."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in lines(text).split("\n"))


class _Redacting(logging.Formatter):
    """Formats with another formatter and blots secrets out of the finished line, traceback included."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redacted(self._inner.format(record))


def formatter(format: LogFormat) -> logging.Formatter:  # noqa: A002 - the option's name
    """Return the formatter of one log line."""
    if format is LogFormat.TEXT:
        return _Redacting(_Plain("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    fields = "%(asctime)s %(levelname)s %(name)s %(message)s"
    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    return _Redacting(JsonFormatter(fields, rename_fields=names, datefmt="%Y-%m-%dT%H:%M:%S%z"))


def set_up_logs(format: LogFormat, level: str = "INFO", stream: TextIO | None = None) -> None:  # noqa: A002
    """Send all logging to `stream` (standard error), in one format, without the chatter of libraries."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
