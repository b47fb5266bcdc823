"""Services that want a client certificate, and services behind a proxy: real TLS, and a real CONNECT proxy."""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scim_operator.simulator.settings import Wanted
from tests.support.proxy import TLS, connect_proxy, tls_of_server
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.proxy import ConnectProxy
    from tests.support.rig import Rig

TOKEN = "rig-token"
PASSWORD = "password-of-the-proxy-0123"
CLIENTS = TLS / "client-ca.pem"
SERVER = {"certificate": TLS / "localhost.pem", "key": TLS / "localhost.key"}


@pytest.fixture
async def secure() -> AsyncIterator[Rig]:
    """A rig whose service speaks TLS and wants a client certificate; its time runs twenty times as fast."""
    async with rig(haste=20, **SERVER, wanted=Wanted(client_ca=CLIENTS)) as made:
        use(made)
        yield made


def use(r: Rig, url: str = "") -> None:
    r.cluster.secrets["ca", "ca.crt"] = (TLS / "ca.pem").read_bytes()
    service = r.spec["service"]
    service |= {"url": url or service["url"].replace("127.0.0.1", "localhost"), "tls": {"caBundleRef": {"name": "ca"}}}
    go_by(r)


def go_by(r: Rig, proxy: ConnectProxy | None = None) -> None:
    """Let the secrets go to the service, and to the proxy on the way."""
    r.binds = False
    service = r.spec["service"]
    for name in ("vmware-scim", "ca", "client"):
        r.cluster.bind(name, service["url"], *([proxy.url] if proxy else ()))
    if proxy:
        service["proxy"] = {"url": proxy.url}


def show(r: Rig, name: str = "client") -> None:
    r.cluster.secrets["client", "tls.crt"] = (TLS / f"{name}.pem").read_bytes()
    r.cluster.secrets["client", "tls.key"] = (TLS / f"{name}.key").read_bytes()
    r.spec["service"]["tls"]["clientCertificateRef"] = {"name": "client"}


def shown(r: Rig) -> set[str]:
    return {note for entry in r.entries() for note in entry.notes if note.startswith("showed")}


async def test_a_service_that_wants_a_client_certificate(secure: Rig) -> None:
    show(secure)
    secure.user("ada")
    await secure.start()
    await secure.settle()
    assert secure.writes() == ["POST /Users"]
    assert shown(secure) == {"showed Bearer, CN=client"}


async def test_a_client_certificate_is_replaced_without_a_restart_or_a_refusal(secure: Rig) -> None:
    show(secure)
    secure.spec["interval"] = "1m"
    await secure.start()
    await secure.settle()
    show(secure, "another-client")
    await secure.until(lambda: "showed Bearer, CN=another-client" in shown(secure))
    assert secure.condition("Connected") == ("True", "TestPassed")
    assert set(secure.simulator.log.statuses) <= {200, 201}


async def test_a_client_certificate_alone_may_be_all_that_a_service_wants(secure: Rig) -> None:
    show(secure)
    secure.simulator.settings = replace(secure.simulator.settings, wanted=Wanted((), client_ca=CLIENTS))
    secure.spec["service"]["auth"] = {}
    secure.user("ada")
    await secure.start()
    await secure.settle()
    assert secure.writes() == ["POST /Users"]
    assert shown(secure) == {"showed CN=client"}


@pytest.mark.parametrize("certificate", ["nothing", "one of another CA"])
async def test_a_refused_client_certificate_is_named(secure: Rig, certificate: str) -> None:
    with refusing() as url:
        use(secure, url)
        if certificate != "nothing":
            show(secure, "another-client")
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "TLSFailed"))
        assert "clientCertificateRef" in message(secure)
        await secure.stop()


@pytest.mark.parametrize("fault", ["client-certificate=missing", "client-certificate=unknown"])
async def test_a_certificate_that_is_refused_after_the_handshake_is_named(secure: Rig, fault: str) -> None:
    """As nginx does it, which answers 400 with a web page; a renewed one is taken up at once."""
    show(secure)
    secure.simulator.faults.add(fault)
    secure.user("ada")
    await secure.start()
    await secure.until(lambda: secure.condition("Connected") == ("False", "TLSFailed"))
    assert "clientCertificateRef" in message(secure)
    show(secure, "another-client")
    secure.simulator.faults.clear()
    await secure.settle()
    assert "showed Bearer, CN=another-client" in [*secure.entries()][-1].notes


@contextmanager
def refusing() -> Iterator[str]:
    """A server that knows no client, and says so in an alert, as asyncio's servers do not."""
    listening = socket.create_server(("127.0.0.1", 0))
    context = tls_of_server(clients="ca.pem")

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listening.getsockname()[1]}/scim/v2"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


@pytest.mark.parametrize("key", [b"no key: sesame", (TLS / "another-client.key").read_bytes()])
async def test_a_key_that_does_not_fit_is_reported_and_not_shown(secure: Rig, key: bytes) -> None:
    show(secure)
    secure.cluster.secrets["client", "tls.key"] = key
    await secure.start()
    await secure.until(lambda: secure.condition("Connected") == ("False", "InvalidSpec"))
    assert "tls.key" in message(secure)
    assert key.decode().split("\n")[-2:][0][-20:] not in str(secure.status)
    await secure.stop()


@pytest.mark.parametrize("what", ["client", "vmware-scim", "ca"])
async def test_nothing_goes_where_its_secret_does_not_say(secure: Rig, what: str) -> None:
    """Through a proxy neither: with a CA of its author, it could read all that goes through it."""
    async with connect_proxy() as proxy:
        show(secure)
        go_by(secure, proxy)
        secure.cluster.secrets[what, "hosts"] = b""
        secure.cluster.bind(what, secure.spec["service"]["url"])
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "HostNotNamed"))
        assert proxy.asked == []
        await secure.stop()


async def test_a_key_is_no_token(secure: Rig) -> None:
    show(secure)
    secure.spec["service"]["auth"] = {"bearer": {"secretRef": {"name": "client", "key": "tls.key"}}}
    await secure.start()
    await secure.until(lambda: secure.condition("Connected") == ("False", "InvalidSpec"))
    assert not [*secure.entries()]
    await secure.stop()


@pytest.mark.parametrize("encrypted", [False, True], ids=["http", "https"])
async def test_a_service_behind_a_proxy(secure: Rig, monkeypatch: pytest.MonkeyPatch, *, encrypted: bool) -> None:
    """The proxy sees the service's name, and nothing of what is said; an https one sees no client certificate."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with connect_proxy(tls_of_server() if encrypted else None) as proxy:
        show(secure)
        go_by(secure, proxy)
        secure.user("ada")
        await secure.start()
        await secure.settle()
        assert secure.writes() == ["POST /Users"]
        assert set(proxy.asked) == {secure.spec["service"]["url"].split("/")[2]}
        assert TOKEN.encode() not in b"".join(proxy.heard)
        assert shown(secure) == {"showed Bearer, CN=client"}
        assert not any(proxy.certificates)


async def test_the_environment_s_proxy_is_not_used(secure: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connect_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        show(secure)
        await secure.start()
        await secure.settle()
        assert proxy.asked == []


async def test_a_proxy_that_wants_a_password(secure: Rig) -> None:
    async with connect_proxy(tls_of_server()) as proxy:
        show(secure)
        go_by(secure, proxy)
        proxy.wanted = "Basic " + base64.b64encode(f"operator:{PASSWORD}".encode()).decode()
        secure.spec["service"]["proxy"]["secretRef"] = {"name": "proxy"}
        secure.cluster.secrets["proxy", "username"] = b"operator"
        secure.cluster.secrets["proxy", "password"] = b"wrong"
        secure.cluster.bind("proxy", proxy.url)
        secure.user("ada")
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "Unauthorized"))
        assert "spec.service.proxy.secretRef" in message(secure)
        secure.cluster.secrets["proxy", "password"] = PASSWORD.encode()
        await secure.settle()
        assert secure.writes() == ["POST /Users"]
        assert PASSWORD not in str(secure.status) + str(secure.events())


async def test_a_proxy_that_refuses_the_service_is_named(secure: Rig) -> None:
    async with connect_proxy() as proxy:
        show(secure)
        go_by(secure, proxy)
        proxy.closed = True
        await secure.start()
        await secure.until(lambda: secure.condition("Connected")[0] == "False")
        assert "The proxy of spec.service.proxy answered 403" in message(secure)
        await secure.stop()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"])
async def test_a_proxy_is_asked_for_no_forbidden_address(secure: Rig, host: str) -> None:
    async with connect_proxy() as proxy:
        use(secure, f"https://{host}/scim/v2")
        go_by(secure, proxy)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "AddressForbidden"))
        assert proxy.asked == []
        await secure.stop()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]"])
async def test_a_proxy_has_no_forbidden_address_itself(secure: Rig, host: str) -> None:
    async with connect_proxy() as proxy:
        proxy.url = f"http://{host}:3128"
        go_by(secure, proxy)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "AddressForbidden"))
        assert "spec.service.proxy.url" in message(secure)
        await secure.stop()


async def test_http_does_not_go_through_a_proxy(r: Rig) -> None:
    """The proxy would read the token."""
    async with connect_proxy() as proxy:
        go_by(r, proxy)
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "InvalidSpec"))
        assert proxy.asked == []
        await r.stop()


def message(r: Rig) -> str:
    return str(next(each["message"] for each in r.status["conditions"] if each["type"] == "Connected"))
