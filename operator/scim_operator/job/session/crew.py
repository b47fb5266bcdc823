"""The workers of a session: some for everything, two for the end of access, and more where one request takes many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.job.apply.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from scim_operator.core.keys import ObjectKey
    from scim_operator.job.base.ports import Service
    from scim_operator.job.report.internal_errors import InternalErrors
    from scim_operator.job.session.parts import Parts

SPARE = 2
"""Workers for nothing but the end of access: on a slow service all others may wait for their requests."""
COMPANY = 3
"""Bulk requests that the helpers fill at the same time."""


class Crew:
    """The workers. `concurrency` is how many requests may be under way."""

    def __init__(self, parts: Parts, service: Service, internal_errors: InternalErrors, concurrency: int) -> None:
        self._parts = parts
        self._service = service
        self._internal_errors = internal_errors
        self._workers = max(16, 2 * concurrency)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Return what all of them do, until cancelled."""
        everything = [self._work() for _ in range(self._workers)]
        ending = [self._work(Lane.DEPROVISION) for _ in range(SPARE)]
        return [*everything, *ending, *([self._call_helpers()] if self._service.capabilities.bulk else [])]

    async def _work(self, *lanes: Lane) -> None:
        while True:
            await self._look_at(await self._parts.queue.take(*lanes))

    async def _call_helpers(self) -> None:
        """Have helpers work while more waits than the workers hold, so that writes wait for one another."""
        helpers: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._parts.queue.crowded(self._workers)
                while len(helpers) < self._most_helpers and (key := self._parts.queue.take_now()) is not None:
                    helper = asyncio.ensure_future(self._help(key))
                    helpers.add(helper)
                    helper.add_done_callback(helpers.discard)
        finally:
            ending = tuple(helpers)
            for helper in ending:
                helper.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    @property
    def _most_helpers(self) -> int:
        """Return how many helpers fill the bulk requests that are under way."""
        capabilities = self._service.capabilities
        return COMPANY * capabilities.bulk_operations if capabilities.bulk else 0

    async def _help(self, key: ObjectKey | None) -> None:
        while key is not None:
            await self._look_at(key)
            key = self._parts.queue.take_now()

    async def _look_at(self, key: ObjectKey) -> None:
        parts = self._parts
        try:
            await parts.reconciler.reconcile(key)
        except Exception as error:  # noqa: BLE001
            self._internal_errors.see_outside(error, key)
            parts.retries.later(key)
        finally:
            parts.totals.moved(key)
            parts.queue.done(key)
            parts.sweeps.settled(key)
        # For what is held there may be nothing to wait for: ten thousand in a row would keep Leases from being renewed.
        await asyncio.sleep(0)
