"""The service of a simulated world: the simulator without HTTP, and the transport that leads to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import UUID

import orjson

from scim_operator.errors import Unreachable
from scim_operator.scim.protocol import Response
from scim_operator.simulator.contents import Contents
from scim_operator.simulator.faults import FaultBook
from scim_operator.simulator.faulty_service import FaultyService
from scim_operator.simulator.log import RequestLog
from scim_operator.simulator.messages import Refusal, Reply, refused
from scim_operator.simulator.messages import Request as Incoming
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.service import service_over
from scim_operator.simulator.store import Store
from verify.fates import Fate
from verify.history import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from scim_operator.scim.protocol import Request
    from scim_operator.simulator.settings import Settings
    from verify.network import Life, Network

    Watch = Callable[[Incoming, Callable[[Incoming], Reply]], Reply]

URL = "https://tenant.example/scim/v2"
TOKEN = "canary-token-5c1d7a"  # noqa: S105 - of a service that exists nowhere else; canary: it must not be seen again
NEW_TOKEN = "canary-token-77ae02"  # noqa: S105 - another one, after a rotation

IN_PLACE = {
    Fate.CONFLICT: Refusal(409, "There is such a resource already.", "uniqueness"),
    Fate.STALE: Refusal(412, "The resource has another version by now."),
    Fate.THROTTLED: Refusal(429, "Too many requests."),
    Fate.ERROR: Refusal(500, "Something went wrong."),
}


class SimulatedService:
    """One SCIM service that lives as long as the world, whatever the operators do."""

    def __init__(self, settings: Settings, random: Random) -> None:
        clock = asyncio.get_running_loop().time
        self.settings = replace(settings, token=TOKEN)
        self.store = Store(clock, settings.numbered_ids, lambda: UUID(int=random.getrandbits(128), version=4))
        self.faults = FaultBook(clock=clock, grace=settings.retry_after_grace)
        self.log = RequestLog(settings.log_limit, settings.log_bodies)
        self._service = service_over(self.store, self.settings, URL)
        self._faulty = FaultyService(self._service, self.faults, self.log, lambda: self.settings)
        self.reachable = True

    @property
    def token(self) -> str:
        """Return the token that clients must send."""
        return self.settings.token

    @token.setter
    def token(self, token: str) -> None:
        self.settings = replace(self.settings, token=token)

    @property
    def contents(self) -> Contents:
        """Return what it holds."""
        return Contents(self.store, self._service.renderer)

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """Return the users by id, as the service shows them."""
        return {document["id"]: document for document in self.contents.dump(ResourceType.USER)}

    @property
    def groups(self) -> dict[str, dict[str, Any]]:
        """Return the groups by id, as the service shows them."""
        return {document["id"]: document for document in self.contents.dump(ResourceType.GROUP)}

    def by_hand(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Do what an administrator does; return the answer, {} without one or where it is refused."""
        reply = self._service.handle(Incoming(method, path, body=b"" if document is None else orjson.dumps(document)))
        return orjson.loads(reply.body) if reply.body and reply.status < 300 else {}

    def shown(self, id: str) -> dict[str, Any] | None:
        """Return a resource as it is stored, with its members."""
        found = self.store.any(id) if id else None
        if found is None:
            return None
        return {**found.document(), "id": found.id, "members": sorted(found.members)}

    def see(self, exchange: Exchange) -> None:
        """Note what there is before a request takes effect."""
        exchange.before = self.shown(exchange.id)
        found = self.store.any(exchange.id) if exchange.id and exchange.method == "DELETE" else None
        exchange.groups = frozenset(found.groups or ()) if found is not None else frozenset()

    async def answer(self, exchange: Exchange, request: Incoming) -> Reply:
        """Answer one request that arrived."""
        exchange.arrived = asyncio.get_running_loop().time()
        self.see(exchange)
        exchange.after = exchange.before
        in_place = IN_PLACE.get(exchange.fate) if exchange.fate else None
        reply = refused(in_place) if in_place else await self._faulty.answer(request)
        if exchange.fate is Fate.THROTTLED:
            reply.headers["Retry-After"] = "2"
        exchange.status, exchange.retry_after = reply.status, _seconds(reply.headers.get("Retry-After", ""))
        exchange.after = self.shown(reply.resource_id or exchange.id)
        return reply


class Wire:
    """The transport of one process to the service."""

    def __init__(self, service: SimulatedService, network: Network, life: Life) -> None:
        self._service = service
        self._network = network
        self._life = life

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """See `scim.transport.Transport.send`."""
        query = dict(request.query)
        exchange = Exchange(self._life.name, True, request.method.value, unquote(request.path), request.body, query)  # noqa: FBT003

        async def arrive() -> Reply:
            if not self._service.reachable:
                raise Unreachable("No connection to the service's address.", sent=False)
            arrival = exchange if exchange.arrived is None else replace(exchange, again=True)
            incoming = _incoming(request, headers, self._service.faults)
            incoming.watch = self._parts_of(arrival)
            reply = await self._service.answer(arrival, incoming)
            self._network.history.did(arrival)
            return reply

        reply = await self._network.carry(self._life, exchange, arrive)
        if reply.drop:
            raise Unreachable("The connection broke before the answer was complete; the request may have taken effect.")
        named = {name.lower(): value for name, value in reply.headers.items()}
        return Response(reply.status, {"content-type": reply.content_type, **named}, reply.body)

    def _parts_of(self, bulk: Exchange) -> Watch:
        """Return what notes each operation of a bulk request as a request of its own, once it has taken effect."""

        def carry_out(part: Incoming, handle: Callable[[Incoming], Reply]) -> Reply:
            noted = replace(bulk, method=part.method, path=part.path, body=orjson.loads(part.body or b"null"))
            self._service.see(noted)
            reply = handle(part)
            noted.after = self._service.shown(reply.resource_id or noted.id)
            noted.status, noted.retry_after = reply.status, 0.0
            self._network.history.did(noted)
            return reply

        return carry_out

    async def close(self) -> None:
        """Give nothing back: nothing is held."""


def _seconds(retry_after: str) -> float:
    """Return the seconds of a Retry-After that says them; one with a date counts as none here."""
    return float(retry_after) if retry_after.isdecimal() else 0.0


def _incoming(request: Request, headers: Mapping[str, str], faults: FaultBook) -> Incoming:
    return Incoming(
        request.method.value,
        unquote(request.path),
        dict(request.query),
        request.content or b"",
        headers.get("Content-Type", ""),
        headers.get("Authorization", ""),
        headers.get("If-Match", ""),
        faults,
    )
