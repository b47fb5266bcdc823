"""The HTTP shell of the simulated service: reads requests, waits, drops connections, logs, answers."""

from __future__ import annotations

import asyncio
import hmac
import random
import secrets
import ssl
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.control import PREFIX, Call, Control
from scim_operator.simulator.faults import Fault, FaultBook
from scim_operator.simulator.gate import in_place_of, login_page, spoilt, unauthorized
from scim_operator.simulator.log import RequestLog
from scim_operator.simulator.members import MemberDraft, Members
from scim_operator.simulator.messages import NO_QUERY, Document, Reply, Request
from scim_operator.simulator.render import Renderer
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.service import Service
from scim_operator.simulator.settings import Settings
from scim_operator.simulator.store import Resource, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TYPES = {f"/{type_.endpoint}/": type_ for type_ in ResourceType}


class Simulator:
    """An embedded VMware Identity Service: `async with Simulator(Settings()) as sim:` serves at `sim.url`.

    `faults` can be switched at any time and `log` be read; `seed` and `by_hand` reach the resources past both.
    """

    def __init__(self, settings: Settings | None = None, faults: Iterable[Fault | str] = ()) -> None:
        given = settings or Settings()
        self.settings = replace(given, token=given.token or secrets.token_urlsafe(16))
        self.faults = FaultBook(grace=given.retry_after_grace)
        self.faults.add(*faults)
        self.log = RequestLog(given.log_limit, given.log_bodies)
        self.store = Store(time.monotonic, self.settings.numbered_ids)
        self._schemes = {scheme.lower() for scheme in given.schemes}
        self._service: Service | None = None
        self._runner: web.ServerRunner | None = None
        self._origin = ""
        self._random = random.Random(0)  # noqa: S311 - spreads latency, the same way each time

    @property
    def token(self) -> str:
        """Returns the token that clients must send."""
        return self.settings.token

    @property
    def url(self) -> str:
        """Returns the SCIM base URL."""
        return self._origin + self.settings.base_path

    @property
    def control_url(self) -> str:
        """Returns the URL to which names of control endpoints are appended."""
        return self._origin + PREFIX

    @property
    def users(self) -> dict[str, Document]:
        """Returns the stored users by id, as the service shows them."""
        return self._dump(ResourceType.USER)

    @property
    def groups(self) -> dict[str, Document]:
        """Returns the stored groups by id, as the service shows them."""
        return self._dump(ResourceType.GROUP)

    def user(self, user_name: str) -> Document | None:
        """Returns the user of that userName."""
        return self._one(ResourceType.USER, "username", user_name)

    def group(self, display_name: str) -> Document | None:
        """Returns the group of that displayName."""
        return self._one(ResourceType.GROUP, "displayname", display_name)

    def seed(self, users: Iterable[Document] = (), groups: Iterable[Document] = ()) -> tuple[list[str], list[str]]:
        """Stores resources as they are, past faults and log; gives their ids. Raises Refusal."""
        return (
            self.service.seed(ResourceType.USER, list(users)),
            self.service.seed(ResourceType.GROUP, list(groups)),
        )

    def by_hand(self, method: str, path: str, document: Document | None = None) -> Reply:
        """Does what an administrator would do at the service: a SCIM request past faults, credentials and log."""
        body = b"" if document is None else orjson.dumps(document)
        path, _, query = path.partition("?")
        return self.service.handle(Request(method, path, dict(parse_qsl(query)), body))

    @property
    def service(self) -> Service:
        """Returns the running service; only while the simulator is."""
        if self._service is None:
            raise RuntimeError("The simulator is not running; use it with `async with`.")
        return self._service

    async def start(self) -> None:
        """Begins to listen; raises OSError when the address is taken and ssl.SSLError for a bad certificate."""
        settings = self.settings
        runner = web.ServerRunner(web.Server(self._handle), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        context = _tls(settings)
        try:
            await web.TCPSite(runner, settings.host, settings.port, ssl_context=context, backlog=1024).start()
        except BaseException:
            await runner.cleanup()
            raise
        host, port = runner.addresses[0][:2]
        self._origin = f"{'https' if context else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
        self._service = Service(settings, self.store, Renderer(self.store, settings, self.url))

    async def stop(self) -> None:
        """Closes all connections and stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _dump(self, type_: ResourceType) -> dict[str, Document]:
        return {document["id"]: document for document in self.service.dump(type_)}

    def _one(self, type_: ResourceType, index: str, value: str) -> Document | None:
        found = self.store.of(type_).find(index, value)
        renderer = self.service.renderer
        return orjson.loads(renderer.answer(found[0], Request("GET", "/"))) if found else None

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        path = incoming.path
        body = await incoming.content.read() if incoming.body_exists else b""
        if path.startswith(PREFIX):
            return _response(self._control(incoming, path, body))
        base = self.settings.base_path
        if not path.startswith(base + "/"):
            return _response(login_page(404))
        request = _request(incoming, path[len(base) :], body, self.faults)
        reply = await self._logged(request)
        if reply.drop and incoming.transport is not None:
            incoming.transport.abort()
        return _response(reply)

    def _control(self, incoming: web.BaseRequest, path: str, body: bytes) -> Reply:
        control = Control(self.service, self.faults, self.log, self.settings.control_token)
        authorization = incoming.headers.get("Authorization", "")
        return control.answer(Call(incoming.method, path[len(PREFIX) :], incoming.query, body, authorization))

    async def _logged(self, request: Request) -> Reply:
        started = time.monotonic()
        violation = self.faults.violated(request.method, request.path)
        reply = self._quick(request) if self.faults.idle else await self._faulty(request)
        self.log.record(request, reply, started, time.monotonic(), violation=violation)
        return reply

    def _quick(self, request: Request) -> Reply:
        return self.service.handle(request) if self._authorized(request) else unauthorized()

    async def _faulty(self, request: Request) -> Reply:
        await self._delay(request)
        reply = in_place_of(request, self.faults)
        if reply is not None:
            return reply
        if not self._authorized(request):
            return unauthorized()
        await self._lose_update(request)
        return spoilt(request, self.service.handle(request), self.faults)

    def _authorized(self, request: Request) -> bool:
        scheme, _, token = request.authorization.partition(" ")
        return scheme.lower() in self._schemes and hmac.compare_digest(token.strip().encode(), self.token.encode())

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
        if self.store.any(resource.id) is resource:
            seen.put_back(self.store, resource)

    def _addressed(self, path: str) -> Resource | None:
        for prefix, type_ in _TYPES.items():
            if path.startswith(prefix):
                return self.store.of(type_).by_id.get(path[len(prefix) :])
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


def _request(incoming: web.BaseRequest, path: str, body: bytes, faults: FaultBook) -> Request:
    headers = incoming.headers
    query: Mapping[str, str] = dict(incoming.query) if incoming.query_string else NO_QUERY
    return Request(
        incoming.method,
        path,
        query,
        body,
        headers.get("Content-Type", ""),
        headers.get("Authorization", ""),
        headers.get("If-Match", ""),
        faults,
    )


def _response(reply: Reply) -> web.Response:
    headers = dict(reply.headers)
    if reply.status != 204:
        headers["Content-Type"] = reply.content_type
    return web.Response(status=reply.status or 500, body=reply.body or None, headers=headers)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.certificate, settings.key)
    return context
