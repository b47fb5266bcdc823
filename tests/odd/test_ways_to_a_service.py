"""Services that want a client certificate, and services behind a proxy: real TLS, and a real CONNECT proxy."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.gateway import TLS, connect_proxy, gateway, tls_of_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.gateway import ConnectProxy, Gateway
    from tests.support.rig import Rig

TOKEN = "token-that-no-proxy-reads-0123456789"
PASSWORD = "password-of-the-proxy-0123"


def use(r: Rig, service: Gateway, proxy: ConnectProxy | None = None, **tls: Any) -> None:
    service.wanted = {"Authorization": f"Bearer {TOKEN}"}
    r.binds = False
    r.cluster.secrets["vmware-scim", "token"] = TOKEN.encode()
    r.cluster.secrets["ca", "ca.crt"] = (TLS / "ca.pem").read_bytes()
    for name in ("vmware-scim", "ca"):
        r.cluster.bind(name, service.url, *([proxy.url] if proxy else ()))
    r.spec["service"] |= {"url": service.url, "tls": {"caBundleRef": {"name": "ca"}, **tls}}
    if proxy:
        r.spec["service"]["proxy"] = {"url": proxy.url}


def show(r: Rig, name: str, service: Gateway) -> dict[str, Any]:
    r.cluster.secrets["client", "tls.crt"] = (TLS / f"{name}.pem").read_bytes()
    r.cluster.secrets["client", "tls.key"] = (TLS / f"{name}.key").read_bytes()
    r.cluster.bind("client", service.url)
    return {"clientCertificateRef": {"name": "client"}}


async def test_a_service_that_wants_a_client_certificate(hurried: Rig) -> None:
    async with gateway(hurried, tls_of_server(clients="client-ca.pem")) as service:
        use(hurried, service, **show(hurried, "client", service))
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert set(service.shown) == {"client"}


async def test_a_client_certificate_is_replaced_without_a_restart_or_a_refusal(hurried: Rig) -> None:
    async with gateway(hurried, tls_of_server(clients="client-ca.pem")) as service:
        use(hurried, service, **show(hurried, "client", service))
        hurried.spec["interval"] = "1m"
        await hurried.start()
        await hurried.settle()
        show(hurried, "another-client", service)
        await hurried.until(lambda: service.shown[-1] == "another-client")
        assert hurried.condition("Connected") == ("True", "TestPassed")
        assert service.refused == 0


async def test_a_client_certificate_alone_may_be_all_that_a_service_wants(hurried: Rig) -> None:
    async with gateway(hurried, tls_of_server(clients="client-ca.pem")) as service:
        use(hurried, service, **show(hurried, "client", service))
        service.wanted = {}
        hurried.spec["service"]["auth"] = {}
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert not [heard for heard in service.heard if "Authorization" in heard]


@pytest.mark.parametrize("shown", ["nothing", "one of another CA"])
async def test_a_refused_client_certificate_is_named(r: Rig, shown: str) -> None:
    async with gateway(r, tls_of_server()) as service, refusing() as url:
        service.url = url
        use(r, service, **(show(r, "another-client", service) if shown != "nothing" else {}))
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "TLSFailed"))
        assert "clientCertificateRef" in message(r)
        await r.stop()


@asynccontextmanager
async def refusing() -> AsyncIterator[str]:
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
        await asyncio.to_thread(thread.join)


@pytest.mark.parametrize("key", [b"no key: sesame", (TLS / "another-client.key").read_bytes()])
async def test_a_key_that_does_not_fit_is_reported_and_not_shown(r: Rig, key: bytes) -> None:
    async with gateway(r, tls_of_server(clients="client-ca.pem")) as service:
        use(r, service, **show(r, "client", service))
        r.cluster.secrets["client", "tls.key"] = key
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "InvalidSpec"))
        assert "tls.key" in message(r)
        assert key.decode().split("\n")[-2:][0][-20:] not in str(r.status)
        await r.stop()


@pytest.mark.parametrize("what", ["client", "vmware-scim", "ca"])
async def test_nothing_goes_where_its_secret_does_not_say(r: Rig, what: str) -> None:
    """Through a proxy neither: with a CA of its author, it could read all that goes through it."""
    async with gateway(r, tls_of_server()) as service, connect_proxy() as proxy:
        use(r, service, proxy, **show(r, "client", service))
        r.cluster.bind("client", proxy.url)
        r.cluster.secrets[what, "hosts"] = b""
        r.cluster.bind(what, service.url)
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "HostNotNamed"))
        assert proxy.asked == []
        await r.stop()


async def test_a_key_is_no_token(r: Rig) -> None:
    async with gateway(r, tls_of_server()) as service:
        use(r, service)
        show(r, "client", service)
        r.spec["service"]["auth"] = {"bearer": {"secretRef": {"name": "client", "key": "tls.key"}}}
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "InvalidSpec"))
        assert service.heard == []
        await r.stop()


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_a_service_behind_a_proxy(hurried: Rig, monkeypatch: pytest.MonkeyPatch, *, secure: bool) -> None:
    """The proxy sees the service's name, and nothing of what is said; an https one sees no client certificate."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    wanting = tls_of_server(clients="client-ca.pem")
    asking = tls_of_server() if secure else None
    async with gateway(hurried, wanting) as service, connect_proxy(asking) as proxy:
        use(hurried, service, proxy, **show(hurried, "client", service))
        hurried.cluster.bind("client", proxy.url)
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert set(proxy.asked) == {service.url.split("/")[2]}
        assert TOKEN.encode() not in b"".join(proxy.heard)
        assert set(service.shown) == {"client"}
        assert not any(proxy.certificates)


async def test_the_environment_s_proxy_is_not_used(hurried: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(hurried, tls_of_server()) as service, connect_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        use(hurried, service)
        await hurried.start()
        await hurried.settle()
        assert proxy.asked == []


async def test_a_proxy_that_wants_a_password(hurried: Rig) -> None:
    async with gateway(hurried, tls_of_server()) as service, connect_proxy(tls_of_server()) as proxy:
        use(hurried, service, proxy)
        proxy.wanted = "Basic " + base64.b64encode(f"operator:{PASSWORD}".encode()).decode()
        hurried.spec["service"]["proxy"]["secretRef"] = {"name": "proxy"}
        hurried.cluster.secrets["proxy", "username"] = b"operator"
        hurried.cluster.secrets["proxy", "password"] = b"wrong"
        hurried.cluster.bind("proxy", proxy.url)
        hurried.user("ada")
        await hurried.start()
        await hurried.until(lambda: hurried.condition("Connected") == ("False", "Unauthorized"))
        assert "spec.service.proxy.secretRef" in message(hurried)
        hurried.cluster.secrets["proxy", "password"] = PASSWORD.encode()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert PASSWORD not in str(hurried.status) + str(hurried.events()) + str(service.heard)


async def test_a_proxy_that_refuses_the_service_is_named(r: Rig) -> None:
    async with gateway(r, tls_of_server()) as service, connect_proxy() as proxy:
        use(r, service, proxy)
        proxy.closed = True
        await r.start()
        await r.until(lambda: r.condition("Connected")[0] == "False")
        assert "The proxy of spec.service.proxy answered 403" in message(r)
        await r.stop()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"])
async def test_a_proxy_is_asked_for_no_forbidden_address(r: Rig, host: str) -> None:
    async with gateway(r, tls_of_server()) as service, connect_proxy() as proxy:
        service.url = f"https://{host}/scim/v2"
        use(r, service, proxy)
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "AddressForbidden"))
        assert proxy.asked == []
        await r.stop()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]"])
async def test_a_proxy_has_no_forbidden_address_itself(r: Rig, host: str) -> None:
    async with gateway(r, tls_of_server()) as service, connect_proxy() as proxy:
        proxy.url = f"http://{host}:3128"
        use(r, service, proxy)
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "AddressForbidden"))
        assert "spec.service.proxy.url" in message(r)
        await r.stop()


async def test_http_does_not_go_through_a_proxy(r: Rig) -> None:
    """The proxy would read the token."""
    async with gateway(r) as service, connect_proxy() as proxy:
        use(r, service, proxy)
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "InvalidSpec"))
        assert proxy.asked == []
        await r.stop()


def message(r: Rig) -> str:
    return str(next(each["message"] for each in r.status["conditions"] if each["type"] == "Connected"))
