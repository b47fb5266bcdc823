"""A proxy on loopback that knows CONNECT, and TLS of a server called localhost."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TLS = Path(__file__).parents[1] / "scim" / "tls"


def tls_of_server(*, clients: str = "", optional: bool = False) -> ssl.SSLContext:
    """TLS of a server called localhost; `clients` is the file of a CA whose certificates clients must, or may, show."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
    if clients:
        context.load_verify_locations(TLS / clients)
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
    return context


class ConnectProxy:
    """A proxy that knows CONNECT alone (RFC 9110 section 9.3.6); it resolves the names itself."""

    def __init__(self) -> None:
        self.url = ""
        self.wanted = ""
        """The Proxy-Authorization that it wants, "" for none."""
        self.closed = False
        self.answer: str | None = None
        """What it answers to everything, before it closes the connection."""
        self.itself: ssl.SSLContext | None = None
        """Whether it answers in the place of all services, with this certificate."""
        self.elsewhere = 0
        """Requests that were no CONNECT, as when a redirect of its own is followed."""
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
            self.elsewhere += not head.startswith("CONNECT ")
            if self.answer is not None:
                writer.write(self.answer.encode())
                await writer.drain()
                writer.close()
                return
            status = self._status(head)
            if status != 200:
                writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
                writer.close()
                return
            if self.itself is not None:
                await self._play_the_service(self.itself, reader, writer)
                return
            onwards, back = await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))
            self._writers.append(back)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self._begin(self._pass_on(reader, back, keep=True))
            self._begin(self._pass_on(onwards, writer))

    async def _play_the_service(
        self, certificate: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.start_tls(certificate)
        while data := await reader.read(65536):
            self.heard.append(data)

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

    def hang_up(self) -> None:
        """Break all connections, as a restart of it does."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

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
