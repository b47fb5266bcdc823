"""The HTTP shell of the simulated service: reads requests, drops connections, answers."""

from __future__ import annotations

import secrets
import ssl
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from scim_operator.simulator.contents import Contents
from scim_operator.simulator.control import PREFIX, Call, Control
from scim_operator.simulator.faults import Fault, FaultBook
from scim_operator.simulator.faulty_service import FaultyService
from scim_operator.simulator.gate import login_page
from scim_operator.simulator.listener import Listener
from scim_operator.simulator.log import RequestLog
from scim_operator.simulator.messages import NO_QUERY, Document, Reply, Request
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.service import Service, service_over
from scim_operator.simulator.settings import Settings
from scim_operator.simulator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
        self._faulty: FaultyService | None = None
        self._listener: Listener | None = None
        self._origin = ""

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
        return self.contents.one(ResourceType.USER, "username", user_name)

    def group(self, display_name: str) -> Document | None:
        """Returns the group of that displayName."""
        return self.contents.one(ResourceType.GROUP, "displayname", display_name)

    def seed(self, users: Iterable[Document] = (), groups: Iterable[Document] = ()) -> tuple[list[str], list[str]]:
        """Stores resources as they are, past faults and log; gives their ids. Raises Refusal."""
        return (
            self.contents.seed(ResourceType.USER, list(users)),
            self.contents.seed(ResourceType.GROUP, list(groups)),
        )

    def by_hand(self, method: str, path: str, document: Document | None = None) -> Reply:
        """Does what an administrator would do at the service: a SCIM request past faults, credentials and log."""
        body = b"" if document is None else orjson.dumps(document)
        path, _, query = path.partition("?")
        return self.service.handle(Request(method, path, dict(parse_qsl(query)), body))

    @property
    def service(self) -> Service:
        """Returns the service without its faults; only while the simulator is running."""
        return self._running.service

    @property
    def contents(self) -> Contents:
        """Returns what the service holds; only while the simulator is running."""
        return Contents(self.store, self.service.renderer)

    @property
    def _running(self) -> FaultyService:
        if self._faulty is None:
            raise RuntimeError("The simulator is not running; use it with `async with`.")
        return self._faulty

    async def start(self) -> None:
        """Begins to listen; raises OSError when the address is taken and ssl.SSLError for a bad certificate."""
        settings = self.settings
        context = _tls(settings)
        self._listener = await Listener.begin(self._handle, settings.host, settings.port, context)
        host, port = self._listener.address
        self._origin = f"{'https' if context else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
        service = service_over(self.store, settings, self.url)
        self._faulty = FaultyService(service, self.faults, self.log, lambda: self.settings)

    async def stop(self) -> None:
        """Closes all connections and stops listening."""
        if self._listener is not None:
            await self._listener.end()
            self._listener = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _dump(self, type_: ResourceType) -> dict[str, Document]:
        return {document["id"]: document for document in self.contents.dump(type_)}

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        path = incoming.path
        body = await incoming.content.read() if incoming.body_exists else b""
        if path.startswith(PREFIX):
            return _response(self._control(incoming, path, body))
        base = self.settings.base_path
        if not path.startswith(base + "/"):
            return _response(login_page(404))
        request = _request(incoming, path[len(base) :], body, self.faults)
        reply = await self._running.answer(request)
        if reply.drop and incoming.transport is not None:
            incoming.transport.abort()
        return _response(reply)

    def _control(self, incoming: web.BaseRequest, path: str, body: bytes) -> Reply:
        control = Control(self.contents, self.faults, self.log, self.settings.control_token)
        authorization = incoming.headers.get("Authorization", "")
        return control.answer(Call(incoming.method, path[len(PREFIX) :], incoming.query, body, authorization))


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
        headers,
        _common_name(incoming),
    )


def _common_name(incoming: web.BaseRequest) -> str:
    certificate = incoming.transport and incoming.transport.get_extra_info("peercert")
    subject = dict(part[0] for part in certificate["subject"]) if certificate else {}
    return str(subject.get("commonName", ""))


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
    if settings.wanted.client_ca is not None:
        context.load_verify_locations(settings.wanted.client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL  # who shows none gets an answer, as from nginx
    return context
