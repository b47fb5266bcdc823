"""A clock for jobs under test that wait, back off or fall due, and a log of the service that goes by it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scim_operator.simulator.log import RequestLog

if TYPE_CHECKING:
    from scim_operator.scim.clock import Clock
    from scim_operator.simulator.log import Entry
    from scim_operator.simulator.messages import Reply, Request
    from scim_operator.simulator.settings import Settings as SimulatorSettings


class HurriedClock:
    """A clock that runs `haste` times as fast as the machine's, so that pauses and back-offs are short.

    It moves in small steps, and a step counts for no more than LONGEST however long a busy machine took over it: what
    the job can do within a minute of its own does not depend on who else wants the processor.
    """

    STEP, LONGEST = 0.01, 0.02

    def __init__(self, haste: float, start: datetime | None = None) -> None:
        self._haste = haste
        self._start = start or datetime.now(UTC)
        self._seconds = 0.0
        self._looked = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        looked, self._looked = self._looked, time.monotonic()
        self._seconds += min(self._looked - looked, self.LONGEST) * self._haste
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := end - self.monotonic()) > 0:  # noqa: ASYNC110 - so that no step is long
            await asyncio.sleep(min(left / self._haste, self.STEP))


class DatedLog(RequestLog):
    """The service's log that also keeps when each request came, on the job's clock and not on the test's look."""

    def __init__(self, clock: Clock, settings: SimulatorSettings) -> None:
        super().__init__(settings.log_limit, settings.log_bodies)
        self.clock = clock
        self.came: dict[int, float] = {}

    def record(self, request: Request, reply: Reply, started: float, ended: float, *, violation: bool) -> Entry:
        entry = super().record(request, reply, started, ended, violation=violation)
        self.came[entry.sequence] = self.clock.monotonic()
        return entry
