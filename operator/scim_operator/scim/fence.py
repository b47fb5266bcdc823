"""The fence before everything that changes something: it may be sent while the Lease is held, and not a moment longer.

The fence is that of the task's context, so that each task that a job begins stands behind the job's own. What belongs
to no job stands behind none.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from math import inf
from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import GRACE
from scim_operator.errors import LeaseLost
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.scim.clock import Clock


class Fence:
    """Open `until` a point in time, and for changing requests to a service not before it `opens`.

    Such a request takes `grace` seconds at most.
    """

    def __init__(self, clock: Clock, until: float = -inf, opens: float = -inf, grace: float = GRACE) -> None:
        self._clock = clock
        self._until = until
        self._opens = opens
        self._grace = grace
        self._under_way = 0
        self._unanswered = -inf

    @property
    def left(self) -> float:
        """Return for how many seconds it is still open; 0 or less where it is not."""
        return self._until - self._clock.monotonic()

    def extend(self, until: float) -> None:
        """Keep it open for longer."""
        self._until = max(self._until, until)

    def hold_back(self, opens: float) -> None:
        """Let no changing request through before then."""
        self._opens = max(self._opens, opens)

    def close(self) -> None:
        """Let nothing through any more."""
        self._until = -inf

    def check(self) -> None:
        """Raise LeaseLost where nothing may be sent any more."""
        if self.left <= 0:
            raise LeaseLost("The Lease of the service is no longer held: another replica may work on it.")

    async def opened(self) -> None:
        """Wait until requests of a former holder have ended."""
        while (left := self._opens - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(1.0, left))

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Send a changing request inside the block: it counts as under way until there is an answer."""
        self.check()
        self._under_way += 1
        try:
            yield
        except BaseException as error:
            # What never left has no effect, as where no connection came about.
            if getattr(error, "sent", not isinstance(error, LeaseLost)):
                self._unanswered = self._clock.monotonic()
            raise
        finally:
            self._under_way -= 1

    @property
    def settled(self) -> bool:
        """Return whether nothing that was sent can still take effect."""
        return not self._under_way and self._clock.monotonic() - self._unanswered > self._grace


_NONE = Fence(SystemClock(), inf)
_FENCE: ContextVar[Fence] = ContextVar("fence", default=_NONE)


def fence() -> Fence:
    """Return the fence of what runs now."""
    return _FENCE.get()


@contextlib.contextmanager
def behind(its: Fence) -> Iterator[None]:
    """Run the block behind a fence, with every task that it begins."""
    token = _FENCE.set(its)
    try:
        yield
    finally:
        _FENCE.reset(token)
