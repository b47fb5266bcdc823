"""A gateway before the simulator: it wants credentials of its own, speaks TLS, or is reached through a proxy."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientSession, web
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

TLS = Path(__file__).parents[1] / "scim" / "tls"


def tls_of_server(*, clients: str = "") -> ssl.SSLContext:
    """TLS of a server called localhost; with `clients`, the file of a CA whose certificates clients must show."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
    if clients:
        context.load_verify_locations(TLS / clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class Gateway:
    """A server before the simulator that lets through whoever has the headers `wanted`, and passes on its token."""

    def __init__(self, rig: Rig) -> None:
        self.url = ""
        self.wanted: dict[str, str] = {}
        self.refused = 0
        self.shown: list[str] = []
        """The names in the client certificates."""
        self.heard: list[dict[str, str]] = []
        self._rig = rig

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(dict(request.headers))
        certificate = request.transport and request.transport.get_extra_info("peercert")
        self.shown.append(dict(part for [part] in certificate["subject"])["commonName"] if certificate else "")
        if any(request.headers.get(name) != value for name, value in self.wanted.items()):
            self.refused += 1
            return web.json_response({"detail": f"no {request.headers}"}, status=401)
        headers = {"Authorization": f"Bearer {self._rig.simulator.token}"}
        headers |= {name: request.headers[name] for name in ("Content-Type", "If-Match") if name in request.headers}
        simulator = URL(urljoin(self._rig.simulator.url, request.raw_path), encoded=True)
        async with (
            ClientSession() as session,
            session.request(request.method, simulator, data=await request.read(), headers=headers) as answer,
        ):
            kept = {name: answer.headers[name] for name in ("Content-Type", "ETag") if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


@asynccontextmanager
async def gateway(r: Rig, tls: ssl.SSLContext | None = None) -> AsyncIterator[Gateway]:
    made = Gateway(r)
    at = "https://localhost" if tls else "http://127.0.0.1"
    runner = web.ServerRunner(web.Server(made.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    made.url = urljoin(f"{at}:{runner.addresses[0][1]}", urlsplit(r.simulator.url).path)
    try:
        yield made
    finally:
        await runner.cleanup()


class ConnectProxy:
    """A proxy that knows CONNECT alone (RFC 9110 section 9.3.6); it resolves the names itself."""

    def __init__(self) -> None:
        self.url = ""
        self.wanted = ""
        """The Proxy-Authorization that it wants, "" for none."""
        self.closed = False
        self.asked: list[str] = []
        self.heard: list[bytes] = []
        """What clients sent, as the proxy saw it."""
        self.certificates: list[object] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            target = head.split()[1]
            self.asked.append(target)
            self.certificates.append(writer.get_extra_info("peercert"))
            status = self._status(head)
            if status != 200:
                writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
                writer.close()
                return
            onwards, back = await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))
            self._writers.append(back)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self._begin(self._pass_on(reader, back, keep=True))
            self._begin(self._pass_on(onwards, writer))

    def _status(self, head: str) -> int:
        if not head.startswith("CONNECT ") or self.closed:
            return 403
        return 200 if not self.wanted or f"Proxy-Authorization: {self.wanted}\r\n" in head else 407

    def _begin(self, passing: object) -> None:
        self._tasks.add(asyncio.create_task(passing))  # type: ignore[arg-type]

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool = False) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if keep:
                    self.heard.append(data)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def connect_proxy(tls: ssl.SSLContext | None = None) -> AsyncIterator[ConnectProxy]:
    proxy = ConnectProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.url = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
