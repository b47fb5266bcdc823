"""Events since the totals of a session were last reported."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class News:
    """`stale`: something came to rest, or failed. `turned`: an object fails that did not, or the other way round.

    `urgent`: a plan is held, and people wait to see that.
    """

    stale: bool = False
    turned: bool = False
    urgent: asyncio.Event = field(default_factory=asyncio.Event)
