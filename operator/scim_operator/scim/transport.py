"""HTTP below the client, on aiohttp: connections, TLS, limits, its exceptions made ours (docs/adr/0002-transport.md).

A transport is bound to one service, so that its credentials cannot reach another host: redirects are not followed,
no proxy or netrc is taken from the environment, cookies are not kept, and every address is judged before connecting.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from scim_operator.core.leases.lease import GRACE
from scim_operator.errors import Unavailable, WrongService, WrongServiceReason
from scim_operator.scim.addresses import forbidden_name
from scim_operator.scim.egress import STRICT, Egress
from scim_operator.scim.fenced import FencedConnector
from scim_operator.scim.passage import Passage, refuses_certificate
from scim_operator.scim.protocol import Request, Response
from scim_operator.scim.reading import LIGHT
from scim_operator.scim.unanswered import NoTunnel, unanswered
from scim_operator.scim.url import FIELD, PROXY, ServiceUrl

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from scim_operator.scim.passage import Way


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one request."""

    body: int = 32 * 1024 * 1024
    """Bytes of an answer, decompressed; a page of 100 users is some 100 kB."""
    connect: float = 10
    """Seconds to connect."""
    read: float = 30
    """Seconds between two pieces of the answer."""
    total: float = 120
    """Seconds for all of it, if it reads."""
    write: float = GRACE
    """Seconds for all of it, if it changes something: whoever takes over from us waits for so long."""
    idle: float = 15
    """Seconds until we close an idle connection: sooner than most servers, so that no request meets a closed one."""


class Transport(Protocol):
    """Sends requests to one service. This is the seam for tests: everything above it is the real thing."""

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Send a request and return the answer, of any status.

        Raises Unreachable when none came (`sent` False when the request certainly never left), WrongService for TLS
        failures and forbidden addresses.
        """

    async def close(self) -> None:
        """Give connections back."""


class AiohttpTransport:
    """The transport of the operator.

    Args: url, the service; connections, the most at once; ca_bundle, PEM certificates trusted besides the system's;
    passage, the way in place of that: with a client certificate, or a proxy; allow_loopback, whether the service may be
    on this very host; egress, what the operator was started with; field, which field the URL stands in, for messages.
    """

    def __init__(  # noqa: PLR0913 - all that it is bound to
        self,
        url: ServiceUrl,
        *,
        connections: int,
        ca_bundle: bytes | None = None,
        allow_loopback: bool = False,
        limits: Limits | None = None,
        field: str = FIELD,
        egress: Egress = STRICT,
        passage: Passage | None = None,
    ) -> None:
        self._url = url
        self._field = field
        self._connections = connections
        self._passage = passage or Passage(ca_bundle)
        self._guard = Guard(egress, self._at, allow_loopback=allow_loopback)
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """See `Transport.send`."""
        way = await self._passage.way()
        try:
            response = await self._exchange(request, headers, way)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            self._passage.doubt()
            if isinstance(error, Flooded):
                raise Unavailable(FLOODED, status=0) from error
            raise unanswered(error, self._field, self._passage.proxy) from error
        if response.status in {401, 403} or refuses_certificate(response):
            self._passage.doubt()
        return response

    async def _exchange(self, request: Request, headers: Mapping[str, str], way: Way) -> Response:
        proxy = self._passage.proxy
        if proxy is not None:
            self._guard.judge(self._url.host, self._field)
        async with (self._session or self._open(way)).request(
            request.method.value,
            URL(self._url.locate(request), encoded=True),
            data=request.content,
            headers=headers,
            allow_redirects=False,
            ssl=way.tls,
            proxy=None if proxy is None else URL(proxy.base, encoded=True),
            proxy_headers=way.headers or None,
            timeout=self._timeout(request),
        ) as answer:
            names = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, names, await _read(answer, self._limits.body))

    def _timeout(self, request: Request) -> aiohttp.ClientTimeout:
        limits = self._limits
        total = limits.total if request.reads else min(limits.total, limits.write)
        return aiohttp.ClientTimeout(total=total, sock_connect=limits.connect, sock_read=limits.read)

    @property
    def _at(self) -> str:
        """Return the field with the address that is connected to."""
        return self._field if self._passage.proxy is None else PROXY

    async def close(self) -> None:
        """Close all connections; the transport opens new ones when it is used again."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self, way: Way) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=Connections(
                way.to_proxy,
                self._passage.proxy,
                limit=self._connections,
                resolver=GuardedResolver(self._guard),
                socket_factory=self._guard.socket,
                keepalive_timeout=self._limits.idle,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "scim-operator"},
        )
        self._session.connector._factory = partial(Measured, asyncio.get_running_loop())  # type: ignore[union-attr]  # noqa: SLF001
        # aiohttp repeats PUT and DELETE on its own when a kept connection breaks; what is repeated is ours to decide,
        # and to count against the budget. There is no public switch for it (tests/scim/test_transport.py watches it).
        self._session._retry_connection = False  # noqa: SLF001
        return self._session


class Connections(FencedConnector):
    """aiohttp's connections, which show a client certificate to the service alone, never to an https proxy."""

    def __init__(self, to_proxy: ssl.SSLContext, proxy: ServiceUrl | None, **more: Any) -> None:  # noqa: ANN401 - aiohttp's
        super().__init__(ssl=to_proxy, **more)
        self._to_proxy = to_proxy
        self._proxy = None if proxy is None else URL(proxy.base, encoded=True).origin()

    async def _create_proxy_connection(self, *given: Any) -> Any:  # noqa: ANN401 - aiohttp's
        """Connect through the proxy. What goes wrong before the proxy has said yes is its own, and nothing was sent."""
        try:
            return await super()._create_proxy_connection(*given)
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL):
            raise
        except (aiohttp.ClientError, ConnectionError) as error:
            raise NoTunnel from error

    def _get_ssl_context(self, req: Any) -> ssl.SSLContext | None:  # noqa: ANN401 - a request of either of its types
        if self._proxy is not None and req.is_ssl() and req.url.origin() == self._proxy:
            return self._to_proxy
        return super()._get_ssl_context(req)


OVERHEAD = 512 * 1024
"""Bytes of an answer besides twice its body: heads, and what frames the body."""
FLOODED = f"The service's answer has more than {OVERHEAD >> 10} KiB besides its body."


class Flooded(aiohttp.ClientPayloadError):
    """An answer has much more bytes than anything is made of."""


class Measured(ResponseHandler):
    """aiohttp's reader of one connection; it ends the connection when much more than a body arrives.

    Interim answers, extensions of chunks and chunks of one byte take a processor as long as a body, and have no end.
    """

    _left = OVERHEAD
    _flood: Flooded | None = None

    def set_response_params(self, **params: Any) -> None:  # noqa: ANN401 - as aiohttp passes it
        """Begin to measure: another request is sent."""
        self._left = OVERHEAD
        super().set_response_params(**params)

    def took(self, size: int) -> None:
        """Note how many bytes of the body were read."""
        self._left += 2 * size

    def data_received(self, data: bytes) -> None:
        """Take in what came, unless it is too much."""
        self._left -= len(data)
        if self._left < 0:
            self._refuse()
        else:
            super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Set the error that ends the reading; "too much" says more than the error that follows from it."""
        super().set_exception(self._flood or exc, *cause)

    def _refuse(self) -> None:
        self._flood = self._flood or Flooded()
        payload, self._payload, self._parser = self._payload, None, None
        if payload is not None:
            payload.set_exception(self._flood)
        self.set_exception(self._flood)
        if self.transport is not None:
            self.transport.abort()


class Guard:
    """Judges every address before connecting: of a name, a literal, or a rebound name."""

    def __init__(self, egress: Egress, field: str = FIELD, *, allow_loopback: bool = False) -> None:
        self._egress = egress
        self._field = field
        self._allow_loopback = allow_loopback

    def problem(self, address: str) -> str:
        """Return why nothing may be sent to this address; "" when it may be."""
        try:
            return self._egress.forbidden(address, allow_loopback=self._allow_loopback)
        except ValueError:
            return "what is no IP address"

    def judge(self, host: str, field: str) -> None:
        """Refuse an address, or a name of this host, that a proxy is to connect to; it resolves all other names."""
        try:
            problem = self._egress.forbidden(host, allow_loopback=self._allow_loopback)
        except ValueError:
            problem = forbidden_name(host, allow_loopback=self._allow_loopback)
        if problem:
            raise Guard(self._egress, field).refusal(problem)

    def socket(self, found: tuple[Any, ...]) -> socket.socket:
        """Return a socket for an address as getaddrinfo gives it, before connecting; raises WrongService."""
        family, type_, proto, _, address = found
        if problem := self.problem(address[0]):
            raise self.refusal(problem)
        return socket.socket(family, type_, proto)

    def refusal(self, problem: str) -> WrongService:
        """Return the error for a forbidden address."""
        return WrongService(
            f"{self._field} leads to {problem}: nothing was sent. Use the service's own address; anyone who runs the "
            "operator can allow a network with --allow-networks.",
            reason=WrongServiceReason.ADDRESS_FORBIDDEN,
        )


class GuardedResolver(AbstractResolver):
    """Resolves a host and refuses forbidden addresses; since aiohttp connects to just these, no rebinding gets by."""

    def __init__(self, guard: Guard) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the allowed addresses; raises WrongService when there are none."""
        found = await self._inner.resolve(host, port, family)
        problems = [self._guard.problem(result["host"]) for result in found]
        allowed = [result for result, problem in zip(found, problems, strict=True) if not problem]
        if found and not allowed:
            raise self._guard.refusal(problems[0])
        return allowed

    async def close(self) -> None:
        """Do nothing: nothing is held."""
        await self._inner.close()


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes | bytearray:
    """Return the body, unless it is too large; what was compressed is counted as it unfolds."""
    reader = answer.connection.protocol if answer.connection is not None else None
    length = answer.content_length
    if length is not None and isinstance(reader, Measured):
        reader.took(min(length, LIGHT))  # ahead, for what is short is read as one
    if length is not None and length <= min(limit, LIGHT) and "Content-Encoding" not in answer.headers:
        return await answer.read()
    body = bytearray()  # which grows in place: joining pieces would take the memory twice
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if isinstance(reader, Measured):
            reader.took(len(chunk))
        if len(body) > limit:
            answer.close()
            raise Unavailable(
                f"The service's answer is larger than {limit >> 20} MiB: lower spec.service.capabilities.pageSize.",
                status=answer.status,
            )
    return body
