"""Long work on the loop, step by step: others have their turn in between."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

Step = TypeVar("Step")

TURN_SECONDS = 0.02
"""Seconds that a list is taken in before others have a turn: probes, renewals, the jobs of other namespaces."""


async def in_turn(steps: Iterable[Step], seconds: float) -> AsyncIterator[Step]:
    """Yield the steps, and let others have a turn whenever these have taken so many seconds."""
    until = time.monotonic() + seconds
    for step in steps:
        yield step
        if time.monotonic() >= until:
            await asyncio.sleep(0)
            until = time.monotonic() + seconds
