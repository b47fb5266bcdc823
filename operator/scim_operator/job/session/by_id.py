"""Looks at single objects while a session lists its service for the first time: each is read by the id on record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.core.decision.removal import has_left
from scim_operator.errors import ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.lane import Lane
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.session.lanes import Lanes
    from scim_operator.scim.clock import Clock

AT_ONCE = 8
"""Objects that are looked at at once; the budget decides how many requests are under way."""


class LooksById:
    """Those that are due to be looked at with `look`. Each is left to the workers of the session after that, in `lane`.

    `run` looks at them until `close` is called.
    """

    def __init__(
        self, tools: Tools, lanes: Lanes, lane: Lane, look: Callable[[ObjectKey], Awaitable[None]], clock: Clock
    ) -> None:
        self._tools = tools
        self._lanes = lanes
        self._lane = lane
        self._look = look
        self._clock = clock
        self._due: dict[ObjectKey, None] = {}
        self.closed = False
        """Whether no further one is begun."""
        self._news = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Return how many are due."""
        return len(self._due)

    def add(self, key: ObjectKey) -> None:
        """Have an object looked at."""
        self._due[key] = None
        self._news.set()

    async def run(self, may_go: Callable[[], bool] = lambda: True) -> None:
        """Look at all that are due, and come to be, as long as the next one `may_go`."""
        await asyncio.gather(*(self._work(may_go) for _ in range(AT_ONCE)))

    def close(self) -> None:
        """Begin no further one."""
        self.closed = True
        self._news.set()

    async def is_read(self, record: SourceRecord) -> bool:
        """Return whether the service shows what it has under the id on record; else that is left to the listing."""
        knowledge, type = self._tools.knowledge, record.key.kind.resource_type
        index, id = knowledge.index[type], knowledge.entries.known_id(record.key)
        if id in index and not index.is_doubtful(id):
            return True
        try:
            await self._tools.executor.refresh(type, id)
        except ScimOperatorError:
            return False
        return True

    async def _work(self, may_go: Callable[[], bool]) -> None:
        while not self.closed:
            key = self._next() if may_go() else None
            if key is None:
                self._news.clear()
                await self._news.wait()
                continue
            try:
                await self._look(key)
            except Exception as error:  # noqa: BLE001
                self._tools.internal_errors.see_outside(error, key)
            finally:
                self._tools.queue.done(key)
                self._lanes.keep(key, self._lane)  # for all that waits for the listing
                self._news.set()
            await self._clock.sleep(0)  # who is known already and stays waits for nothing: see `Crew._look_at`

    def _next(self) -> ObjectKey | None:
        """Hold the next one that is due, and that no one else works on."""
        for key in tuple(self._due):
            self._lanes.keep(key, self._lane)
            if self._tools.queue.take_this(key):
                del self._due[key]
                return key
        return None


def provisioned(entry: ServiceEntry | None) -> ServiceEntry | None:
    """Return what is on record of a manifest where that says that its resource is at the service; else None."""
    return None if entry is None or not entry.id or has_left(entry) else entry
