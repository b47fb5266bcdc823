"""Time as a port, so that everything that waits can run on a virtual clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Return the wall clock, in UTC with its zone."""

    def monotonic(self) -> float:
        """Return the seconds on a clock that never goes back; only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Wait; at once when `seconds` is zero or less, but other tasks have had their turn."""


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Else a machine that was suspended would take a Lease to be held that others have had since."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the wall clock, in UTC with its zone."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds since some point in the past, those too for which the machine was suspended."""
        return time.clock_gettime(_STEADY)

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        await asyncio.sleep(max(0.0, seconds))
