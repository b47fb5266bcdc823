"""The words for what may become of a request, and of an event that a watch shows."""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """What becomes of one request."""

    FINE = "fine"
    LOST = "request lost"
    ANSWER_LOST = "answer lost"
    DUPLICATED = "duplicated"
    DELAYED = "delayed"
    CONFLICT = "409"
    STALE = "412"
    THROTTLED = "429"
    ERROR = "500"
    RESET = "reset"
    LATE = "404 late"


class View(StrEnum):
    """What a watch makes of one event."""

    TRUE = "true"
    LATE = "late"
    DROPPED = "dropped"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    SILENT = "silent"
    EXPIRED = "410"
