"""The service as its clients meet it: behind credentials, with the faults that are switched on, and a request log."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.gate import in_place_of, spoilt
from scim_operator.simulator.members import MemberDraft, Members
from scim_operator.simulator.proofs import noted, unproven
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.simulator.faults import FaultBook
    from scim_operator.simulator.log import RequestLog
    from scim_operator.simulator.messages import Document, Reply, Request
    from scim_operator.simulator.service import Service
    from scim_operator.simulator.settings import Settings
    from scim_operator.simulator.store import Resource, Store

_TYPES = {f"/{type_.endpoint}/": type_ for type_ in ResourceType}


class FaultyService:
    """Answers requests of clients; `service` answers what neither credentials nor a fault keeps from it.

    `settings` say what clients must show, which may change while the service runs.
    """

    def __init__(self, service: Service, faults: FaultBook, log: RequestLog, settings: Callable[[], Settings]) -> None:
        self.service = service
        self._faults = faults
        self._log = log
        self._settings = settings
        self._random = random.Random(0)  # noqa: S311 - spreads latency, the same way each time

    async def answer(self, request: Request) -> Reply:
        """Answers one request, after a while where a fault says so, and logs it."""
        started = time.monotonic()
        violation = self._faults.violated(request.method, request.path)
        reply = self._quick(request) if self._faults.idle else await self._faulty(request)
        reply.notes = (*reply.notes, *noted(request, self._settings().wanted))
        self._log.record(request, reply, started, time.monotonic(), violation=violation)
        return reply

    def _quick(self, request: Request) -> Reply:
        return unproven(request, self._settings()) or self.service.handle(request)

    async def _faulty(self, request: Request) -> Reply:
        await self._delay(request)
        reply = in_place_of(request, self._faults) or unproven(request, self._settings())
        if reply is not None:
            return reply
        await self._lose_update(request)
        return spoilt(request, self.service.handle(request), self._faults)

    async def _delay(self, request: Request) -> None:
        value = request.hit(FaultName.LATENCY)
        if value is not None:
            low, _, high = value.partition("-")
            await asyncio.sleep(self._random.uniform(int(low), int(high or low)) / 1000)

    async def _lose_update(self, request: Request) -> None:
        """Reads the resource, waits, and puts the read state back before the write: others' writes are lost."""
        resource = self._addressed(request.path) if request.method in {"PUT", "PATCH"} else None
        value = request.hit(FaultName.LOST_UPDATE) if resource else None
        if resource is None or value is None:
            return
        seen = _Seen(resource.document(), dict(resource.members))
        await asyncio.sleep(int(value) / 1000)
        if self.service.store.any(resource.id) is resource:
            seen.put_back(self.service.store, resource)

    def _addressed(self, path: str) -> Resource | None:
        for prefix, type_ in _TYPES.items():
            if path.startswith(prefix):
                return self.service.store.of(type_).by_id.get(path[len(prefix) :])
        return None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A resource as it was read."""

    document: Document
    members: Members

    def put_back(self, store: Store, resource: Resource) -> None:
        draft = MemberDraft(resource.members)
        draft.replace(member for member in self.members if store.any(member))
        store.update(resource, self.document, draft)
