"""A server that speaks HTTP as nobody should: answers without end, nonsense in their frame, and leads elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import random
import zlib
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.config import ServiceSpec
from scim_operator.core.keys import ResourceType
from scim_operator.errors import (
    IncompleteListing,
    Rejected,
    ScimOperatorError,
    Throttled,
    Unavailable,
    Unreachable,
    WrongService,
)
from scim_operator.scim.connect import client_over
from scim_operator.scim.transport import OVERHEAD, AiohttpTransport, Limits
from scim_operator.scim.url import service_url
from tests.support.hurried import HurriedClock
from tests.support.listener import listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.scim.client import ScimClient

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\n"
PAGE = b'{"totalResults":1,"Resources":[{"id":"1","userName":"ada"}]}'
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Token:
    """Credentials of a test."""

    async def token(self, *, fresh: bool = False) -> str:
        return "token-of-a-test"

    async def close(self) -> None:
        pass


class Server:
    """Sends the first piece and then the second again and again; `sent` counts the bytes that left."""

    def __init__(self, first: bytes, again: bytes, pause: float) -> None:
        self.first, self.again, self.pause = first, again, pause
        self.sent = self.requests = 0
        self.url = ""
        self._tasks: list[asyncio.Task[None]] = []

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody has connected."""
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                writer.write(self.first)
                while self.again:
                    writer.write(self.again)
                    await writer.drain()
                    self.sent += len(self.again)
                    await asyncio.sleep(self.pause)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()


@asynccontextmanager
async def serving(first: bytes, again: bytes = b"", pause: float = 0) -> AsyncIterator[Server]:
    made = Server(first, again, pause)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/scim/v2"
    try:
        yield made
    finally:
        server.close()
        await made.end()


@asynccontextmanager
async def client_of(url: str, limits: Limits | None = None) -> AsyncIterator[ScimClient]:
    body: dict[str, Any] = {"url": url, "allowInsecure": True}
    body["auth"] = {"bearer": {"secretRef": {"name": "s", "key": "token"}}}
    transport = AiohttpTransport(
        service_url(url, allow_insecure=True), connections=4, allow_loopback=True, limits=limits
    )
    clock, spec = HurriedClock(100), ServiceSpec.model_validate(body)
    client = client_over(transport, spec, Token(), clock=clock, random=random.Random(1))
    try:
        yield client
    finally:
        await client.close()


async def listed(client: ScimClient) -> int:
    return sum([len(page.resources) async for page in client.pages(ResourceType.USER)])


ENDLESS = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "interim answers with headers": (b"", (b"HTTP/1.1 103 Early Hints\r\n" + b"X: y\r\n" * 90 + b"\r\n") * 50),
    "an extension of a chunk": (CHUNKED + b"1;a=", b"b" * 65536),
    "chunks of one byte": (CHUNKED, b"1\r\n \r\n" * 5000),
    "chunks with extensions": (CHUNKED, b"1;" + b"a" * 60 + b"\r\n \r\n"),
}


@pytest.mark.parametrize("attack", ENDLESS)
async def test_what_is_no_body_has_an_end(attack) -> None:
    first, again = ENDLESS[attack]
    async with serving(first, again) as server, client_of(server.url) as client:
        with pytest.raises(Unavailable, match="besides its body"):
            await listed(client)
        assert server.requests == 1  # asking a second time would only bring as much again
    assert server.sent < 32 * OVERHEAD  # most of it in buffers on the way


BODIES = {
    "a body": (HEAD + b"\r\n", b" " * 65536),
    "chunks": (CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
}


@pytest.mark.parametrize("attack", BODIES)
async def test_a_body_has_an_end(attack) -> None:
    async with serving(*BODIES[attack]) as server, client_of(server.url) as client:
        with pytest.raises(Unavailable, match="larger than 32 MiB"):
            await listed(client)


def squeezed(mebibytes: int) -> bytes:
    """So many mebibytes of spaces in gzip (RFC 1952): a block that is packed once, and repeated, as it stands alone."""
    block, packer, checksum = b" " * (1 << 20), zlib.compressobj(9, zlib.DEFLATED, -15), 0
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(mebibytes):
        checksum = zlib.crc32(block, checksum)
    end = checksum.to_bytes(4, "little") + (mebibytes << 20).to_bytes(4, "little")
    return b"\x1f\x8b\x08" + bytes(7) + packed * mebibytes + packer.flush() + end


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 " + status + b"\r\n" + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def later(retry_after: bytes) -> bytes:
    return answer(b"", b"Retry-After: " + retry_after, status=b"429 Too Many Requests")


BROKEN = Unreachable
ODD: dict[str, tuple[bytes, type[ScimOperatorError] | None]] = {
    "a gigabyte in gzip": (answer(squeezed(1024), b"Content-Encoding: gzip"), Unavailable),
    "gzip that is none": (answer(b"\x1f\x8bnonsense" * 9, b"Content-Encoding: gzip"), BROKEN),
    "gzip in gzip": (answer(gzip.compress(gzip.compress(PAGE)), b"Content-Encoding: gzip, gzip"), IncompleteListing),
    "gzip": (answer(gzip.compress(PAGE), b"Content-Encoding: gzip"), None),
    "brotli that is none": (answer(b"\x0b\x02\x80abc\x03", b"Content-Encoding: br"), BROKEN),
    "five thousand cookies": (HEAD + b"Set-Cookie: a=b\r\n" * 5000 + b"\r\n", BROKEN),
    "sixty cookies": (answer(PAGE, *[b"Set-Cookie: a=" + b"b" * 4000] * 60), None),
    "a header of a megabyte": (answer(PAGE, b"X: " + b"a" * 2**20), BROKEN),
    "a status of a megabyte": (b"HTTP/1.1 200 " + b"a" * 2**20, BROKEN),
    "a chunk of less than nothing": (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", BROKEN),
    "a chunk of all there is": (CHUNKED + b"F" * 40 + b"\r\n", BROKEN),
    "a length that is too long": (HEAD + b"Content-Length: 1000\r\n\r\n" + PAGE, BROKEN),
    "a length that is too short": (HEAD + b"Content-Length: 5\r\n\r\n" + PAGE, ScimOperatorError),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + PAGE, BROKEN),
    "a length below zero": (HEAD + b"Content-Length: -5\r\n\r\n" + PAGE, BROKEN),
    "a length beyond counting": (HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n", BROKEN),
    "a length and chunks": (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BROKEN),
    "nothing": (b"", BROKEN),
    "no HTTP": (b"<html>hello", BROKEN),
    "another protocol": (b"HTTP/2 200 OK\r\n\r\n{}", BROKEN),
    "NUL in a header": (answer(PAGE, b"X: a\0b"), BROKEN),
    "a switch of protocols": (b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nx", Rejected),
    "a status of 99": (answer(b"", status=b"099 X"), ScimOperatorError),
    "a status of 999": (answer(b"", status=b"999 X"), Unavailable),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", IncompleteListing),
    "an error that reports success": (
        answer(b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}'),
        WrongService,
    ),
    "a charset that is none": (answer(PAGE, b"Content-Type: text/html; charset=utf-99"), None),
    "UTF-16": (answer(PAGE.decode().encode("utf-16")), IncompleteListing),
    "to wait less than nothing": (later(b"-5"), Throttled),
    "to wait for a word": (later(b"soon"), Throttled),
    "to wait for years": (later(b"99999999999"), Throttled),
    "to wait until the past": (later(b"Wed, 21 Oct 2015 07:28:00 GMT"), Throttled),
    "to wait without end": (later(b"inf"), Throttled),
    "to wait for no number": (later(b"nan"), Throttled),
    "to wait for too great a number": (later(b"1e400"), Throttled),
    "to wait for three thousand digits": (later(b"9" * 3000), Throttled),
}


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_is_an_error_of_ours_or_a_page(odd) -> None:
    first, expected = ODD[odd]
    async with serving(first) as server, client_of(server.url) as client:
        if expected is None:
            assert await listed(client) == 1
            return
        with pytest.raises(expected):
            await listed(client)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_nor_the_token_carried_along(status) -> None:
    async with listener() as other:
        for place in (other.url, "//127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "/scim/v2/Users"):
            first = answer(b"", b"Location: " + place.encode(), status=b"%d X" % status)
            async with serving(first) as server, client_of(server.url) as client:
                with pytest.raises(WrongService, match="Redirects are not followed"):
                    await listed(client)
                assert server.requests == 1
        assert other.heard_nothing


DRIPS: dict[str, tuple[bytes, bytes]] = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body": (HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
    "headers": (HEAD, b"X: y\r\n"),
}


@pytest.mark.parametrize("drip", DRIPS)
async def test_an_answer_that_drips_has_a_deadline_as_a_whole(drip) -> None:
    async with (
        serving(*DRIPS[drip], pause=0.02) as server,
        client_of(server.url, Limits(read=30, total=0.3)) as client,
    ):
        with pytest.raises(Unreachable, match="in time"):
            await listed(client)
