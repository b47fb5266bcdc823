"""The transport against real servers on loopback: TLS, redirects, limits, and how lost answers are told apart."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.client_reqrep import ConnectionKey

from scim_operator.core.keys import ResourceType
from scim_operator.errors import (
    InvalidSpec,
    ScimOperatorError,
    Unavailable,
    Unreachable,
    WrongService,
    WrongServiceReason,
)
from scim_operator.scim import protocol
from scim_operator.scim.passage import tls_context
from scim_operator.scim.transport import AiohttpTransport, Limits
from scim_operator.scim.unanswered import unanswered
from scim_operator.scim.url import service_url

TLS = Path(__file__).parent / "tls"
CA = (TLS / "ca.pem").read_bytes()
OTHER_CA = (TLS / "client-ca.pem").read_bytes()
BUNDLES = {
    "names above": "# Főtanúsítvány\n".encode() + CA + b"# F\xe9d\xe9ration\n" + OTHER_CA,
    "a byte order mark": b"\xef\xbb\xbf" + CA + b"\xef\xbb\xbf" + OTHER_CA,
    "joined": CA.rstrip() + OTHER_CA,
    "indented": b"\n".join(b"    " + line for line in (CA + OTHER_CA).splitlines()),
    "other lines": (CA + OTHER_CA).replace(b"\n", b"\r\n"),
    "a key": CA + (TLS / "localhost.key").read_bytes() + OTHER_CA,
}
USER = ResourceType.USER
GET = protocol.get_request(USER, "1")
PUT = protocol.replace_request(USER, "1", {"userName": "ada"})
POST = protocol.create_request(USER, {"userName": "ada"})
DELETE = protocol.delete_request(USER, "1")
HEADERS = {"Authorization": "Bearer t"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, tls: str = "") -> AsyncIterator[str]:
    """An aiohttp server; gives its base URL by name, so that the resolver has a part."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / f"{tls}.pem", TLS / f"{tls}.key")
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"http{'s' if tls else ''}://localhost:{runner.addresses[0][1]}/scim/v2"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def talking(*replies: bytes | None, reuse: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A raw server that reads a request, sends the next reply and closes, or keeps the connection while `reuse`."""
    heard: list[bytes] = []
    left = list(replies)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reply: bytes | None = b""
        while reply is not None:
            head = await reader.readuntil(b"\r\n\r\n")
            heard.append(head)
            length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
            await reader.readexactly(int(length.split(b":")[1]))
            reply = left.pop(0) if left else None
            writer.write(reply or b"")
            await writer.drain()
            if not reuse:
                break
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/scim/v2", heard


@asynccontextmanager
async def transport_to(
    base: str, *, allow: bool = True, ca: bytes | None = None, limits: Limits | None = None
) -> AsyncIterator[AiohttpTransport]:
    made = AiohttpTransport(
        service_url(base, allow_insecure=True), connections=4, ca_bundle=ca, allow_loopback=allow, limits=limits
    )
    try:
        yield made
    finally:
        await made.close()


async def hello(_: web.Request) -> web.Response:
    return web.json_response({"id": "1"})


async def failure(base: str, request: protocol.Request = GET, **kwargs: object) -> ScimOperatorError:
    async with transport_to(base, **kwargs) as made:
        with pytest.raises(ScimOperatorError) as caught:
            await made.send(request, HEADERS)
    return caught.value


class TestRequests:
    async def test_what_is_sent_arrives(self) -> None:
        seen: dict[str, object] = {}

        async def echo(request: web.Request) -> web.Response:
            seen.update(
                method=request.method,
                path=request.raw_path,
                body=await request.json(),
                authorization=request.headers["Authorization"],
                agent=request.headers["User-Agent"],
            )
            return web.Response(status=201, body=b'{"id":"1"}', headers={"Location": "x", "Content-Type": "a/b"})

        async with serving(echo) as base, transport_to(base) as made:
            response = await made.send(POST, HEADERS)
        assert seen == {
            "method": "POST",
            "path": "/scim/v2/Users",
            "body": POST.body,
            "authorization": "Bearer t",
            "agent": "scim-operator",
        }
        assert (response.status, response.body) == (201, b'{"id":"1"}')
        assert (response.headers["location"], response.headers["content-type"]) == ("x", "a/b")

    async def test_encoded_characters_arrive_as_they_were(self) -> None:
        paths: list[str] = []

        async def note(request: web.Request) -> web.Response:
            paths.append(request.raw_path)
            return web.json_response({})

        async with serving(note) as base, transport_to(base + "?aadOptscim062020") as made:
            await made.send(protocol.get_request(USER, "a/b%c"), HEADERS)
            await made.send(protocol.list_request(USER, start=1, count=1, filter='a eq "+&#é"'), HEADERS)
        assert paths == [
            "/scim/v2/Users/a%2Fb%25c?aadOptscim062020",
            "/scim/v2/Users?filter=a%20eq%20%22%2B%26%23%C3%A9%22&startIndex=1&count=1&aadOptscim062020",
        ]

    async def test_connections_are_kept(self) -> None:
        peers: set[object] = set()

        async def note(request: web.Request) -> web.Response:
            assert request.transport is not None
            peers.add(request.transport.get_extra_info("peername"))
            return web.json_response({})

        async with serving(note) as base, transport_to(base) as made:
            for _ in range(5):
                await made.send(GET, HEADERS)
        assert len(peers) == 1

    async def test_it_can_be_used_again_after_close(self) -> None:
        async with serving(hello) as base, transport_to(base) as made:
            await made.close()
            assert (await made.send(GET, HEADERS)).ok
            await made.close()
            assert (await made.send(GET, HEADERS)).ok


class TestSafety:
    async def test_redirects_are_not_followed_and_cookies_not_kept(self) -> None:
        visits: list[str] = []

        async def redirect(request: web.Request) -> web.Response:
            visits.append(request.headers.get("Cookie", ""))
            return web.Response(status=302, headers={"Location": "/elsewhere", "Set-Cookie": "a=b; Path=/"})

        async with serving(redirect) as base, transport_to(base) as made:
            for _ in range(2):
                assert (await made.send(GET, HEADERS)).status == 302
        assert visits == ["", ""]

    async def test_the_environment_names_no_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        async with serving(hello) as base, transport_to(base) as made:
            assert (await made.send(GET, HEADERS)).ok

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"])
    async def test_loopback_must_be_allowed_however_it_is_named(self, host) -> None:
        error = await failure(f"http://{host}:9/scim/v2", allow=False)
        assert isinstance(error, WrongService)
        assert error.reason == WrongServiceReason.ADDRESS_FORBIDDEN

    async def test_metadata_is_never_allowed(self) -> None:
        error = await failure("http://169.254.169.254/scim/v2")
        assert isinstance(error, WrongService)
        assert error.reason == WrongServiceReason.ADDRESS_FORBIDDEN

    @pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1"])
    async def test_other_spellings_of_loopback_do_not_get_by(self, host) -> None:
        async with serving(hello) as base:
            port = base.split(":")[2]
            error = await failure(f"http://{host}:{port}", allow=False)
        assert isinstance(error, WrongService | Unreachable)

    async def test_an_answer_without_end_is_cut(self) -> None:
        async def endless(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x" * 1000)

        async with serving(endless) as base:
            assert isinstance(await failure(base, limits=Limits(body=1000)), Unavailable)

    async def test_what_was_compressed_is_counted_as_it_unfolds(self) -> None:
        bomb = gzip.compress(b" " * 10_000_000)
        assert len(bomb) < 100_000

        async def explode(_: web.Request) -> web.Response:
            return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

        async with serving(explode) as base:
            assert isinstance(await failure(base, limits=Limits(body=100_000)), Unavailable)

    async def test_a_compressed_answer_is_read(self) -> None:
        async def compressed(_: web.Request) -> web.Response:
            return web.Response(body=gzip.compress(b'{"id":"1"}'), headers={"Content-Encoding": "gzip"})

        async with serving(compressed) as base, transport_to(base) as made:
            assert (await made.send(GET, HEADERS)).body == b'{"id":"1"}'


class TestTls:
    async def test_a_private_ca_is_trusted_when_it_is_named(self) -> None:
        async with serving(hello, "localhost") as base, transport_to(base, ca=CA) as made:
            assert (await made.send(GET, HEADERS)).ok

    @pytest.mark.parametrize(
        ("server", "ca", "says", "why"),
        [
            ("localhost", None, "certificate", "a CA that nobody named"),
            ("elsewhere.example", CA, "ostname mismatch", "another host's certificate"),
        ],
    )
    async def test_other_certificates_are_refused(self, server, ca, says, why) -> None:
        async with serving(hello, server) as base:
            error = await failure(base, ca=ca)
        assert isinstance(error, WrongService), why
        assert error.reason == WrongServiceReason.TLS_FAILED
        assert says in str(error), why
        assert "spec.service.tls.caBundleRef" in str(error)

    async def test_tls_spoken_to_a_server_without(self) -> None:
        async with serving(hello) as base:
            error = await failure(base.replace("http:", "https:"), ca=CA)
        assert isinstance(error, WrongService)
        assert error.reason == WrongServiceReason.TLS_FAILED

    async def test_old_tls_is_refused(self) -> None:
        assert tls_context().minimum_version is ssl.TLSVersion.TLSv1_2

    @pytest.mark.parametrize(
        ("bundle", "why"),
        [
            (b"", "empty"),
            (b"hello", "no PEM"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "broken inside"),
            ("é".encode(), "no ASCII"),
            ((TLS / "localhost.key").read_bytes(), "a key"),
            (CA * 2000, "too large"),
        ],
    )
    def test_a_bundle_that_is_none_is_named_in_one_sentence(self, bundle, why) -> None:
        with pytest.raises(InvalidSpec, match=r"spec\.service\.tls\.caBundleRef") as caught:
            tls_context(bundle)
        assert str(caught.value).count(". ") == 0, why

    @pytest.mark.parametrize("form", BUNDLES)
    def test_whatever_stands_between_certificates_is_no_matter(self, form: str) -> None:
        """Bundles of all roots have their owners' names above each, and two files may be joined without a newline."""
        roots = len(tls_context().get_ca_certs())
        assert len(tls_context(BUNDLES[form]).get_ca_certs()) == roots + 2

    @pytest.mark.parametrize("end", [OTHER_CA[:300], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
    def test_a_certificate_of_a_bundle_that_cannot_be_read_is_named(self, end: bytes) -> None:
        with pytest.raises(InvalidSpec, match="cannot be read, number 2 of 2"):
            tls_context(CA + end)

    def test_the_systems_roots_stay_trusted(self) -> None:
        assert len(tls_context(CA).get_ca_certs()) == len(tls_context().get_ca_certs()) + 1


@pytest.mark.parametrize("problem", ["certificate has expired", "certificate is not yet valid"])
def test_against_a_certificate_out_of_its_time_no_other_ca_helps(problem: str) -> None:
    """There was "name its certificate in caBundleRef; else check host and port"."""
    refusal = ssl.SSLCertVerificationError(1, problem)
    refusal.verify_message = problem
    error = aiohttp.ClientConnectorCertificateError(
        ConnectionKey("vc.example", 443, True, True, None, None, None), refusal
    )
    said = str(unanswered(error, "spec.service.url", None))
    assert said == (
        f"TLS with the service failed: {problem}. Have the certificate of the service, or that of the CA which signed "
        "it, renewed, or correct the clock of the operator's node."
    )


class TestNoAnswer:
    async def test_refused_connections_never_left(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            error = await failure(f"http://127.0.0.1:{free.getsockname()[1]}", POST)
        assert isinstance(error, Unreachable)
        assert not error.sent

    async def test_unknown_hosts_never_left(self) -> None:
        error = await failure("http://service.invalid/scim/v2", POST)
        assert isinstance(error, Unreachable)
        assert not error.sent

    async def test_a_connection_that_breaks_may_have_taken_effect(self) -> None:
        async with talking(None) as (base, _):
            error = await failure(base, POST)
        assert isinstance(error, Unreachable)
        assert error.sent

    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            (b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{", "cut in the body"),
            (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", "cut in a chunk"),
            (b"HTTP/1.1 201 Cre", "cut in the head"),
            (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "no HTTP"),
        ],
    )
    async def test_broken_answers_may_have_taken_effect(self, reply, why) -> None:
        async with talking(reply) as (base, _):
            error = await failure(base, POST)
        assert isinstance(error, Unreachable), why
        assert error.sent, why

    async def test_a_slow_service_may_have_taken_effect(self) -> None:
        released = asyncio.Event()

        async def slow(_: web.Request) -> web.Response:
            await released.wait()
            return web.Response()

        async with serving(slow) as base:
            error = await failure(base, POST, limits=Limits(read=0.05))
            released.set()
        assert isinstance(error, Unreachable)
        assert error.sent

    @pytest.mark.parametrize("request_", [GET, PUT, DELETE, POST], ids=lambda request: request.method)
    async def test_nothing_is_repeated_below_us_when_a_kept_connection_breaks(self, request_) -> None:
        """aiohttp would send a GET, PUT or DELETE again, unasked and uncounted."""
        ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        async with talking(ok, None, reuse=True) as (base, heard), transport_to(base) as made:
            await made.send(GET, HEADERS)
            with pytest.raises(Unreachable) as caught:
                await made.send(request_, HEADERS)
        assert caught.value.sent
        assert len(heard) == 2
