"""The lanes of a session's queue."""

from __future__ import annotations

from enum import IntEnum


class Lane(IntEnum):
    """Which dirty key goes first: access that ends, then what changed, what a sweep found, and what has failed."""

    DEPROVISION = 0
    EDIT = 1
    DRIFT = 2
    RETRY = 3
