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
    """Wait until `holds()`, awaited where need be, is true; after `limit` seconds fail with `what` never came about."""
    __tracebackhide__ = True
    deadline = time.monotonic() + limit
    while True:
        result = holds()
        if await result if inspect.isawaitable(result) else result:
            return
        assert time.monotonic() < deadline, f"{what} did not come about within {limit:.0f} s: it hangs"
        await asyncio.sleep(STEP)


def wait_until(holds: Callable[[], Any], what: str = "what was waited for", limit: float = HANG) -> None:
    """The same for a test without an event loop."""
    __tracebackhide__ = True
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about within {limit:.0f} s: it hangs"
        time.sleep(STEP)
