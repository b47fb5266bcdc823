"""The one way to wait in a test: until something holds, with a limit that only a hang reaches.

How long a thing takes is the machine's business and never a verdict. What a test says about time it says by a virtual
clock, or by the times that were logged where the thing happened, not by when the test came to look.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HANG = float(os.environ.get("HANG", "120"))
"""Seconds after which a wait is a hang; `HANG=5` fails sooner while a test is being written."""
STEP = 0.01


async def until(holds: Callable[[], Any], what: str = "what was waited for", limit: float = HANG) -> None:
    """Wait until `holds()`, awaited where need be, is true; where it hangs, fail with `what` never came about.

    `limit` seconds are counted as looks, one each STEP: on a busy machine, where each look comes late, it waits longer.
    """
    __tracebackhide__ = True
    for _ in range(_looks(limit)):
        result = holds()
        if await result if inspect.isawaitable(result) else result:
            return
        await asyncio.sleep(STEP)
    raise AssertionError(_hang(what, limit))


def wait_until(holds: Callable[[], Any], what: str = "what was waited for", limit: float = HANG) -> None:
    """The same for a test without an event loop."""
    __tracebackhide__ = True
    for _ in range(_looks(limit)):
        if holds():
            return
        time.sleep(STEP)
    raise AssertionError(_hang(what, limit))


def _looks(limit: float) -> int:
    return max(1, int(limit / STEP))


def _hang(what: str, limit: float) -> str:
    return f"{what} did not come about within {limit:.0f} s, and longer on a busy machine: it hangs"
