"""Proxies that refuse, break off, or answer in the service's place: nothing reaches them, and messages name them."""

from __future__ import annotations

import base64
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scim_operator.simulator.settings import Wanted
from tests.odd.test_ways_to_a_service import CLIENTS, SERVER, TOKEN, go_by, message, show, use
from tests.support.proxy import TLS, connect_proxy, tls_of_server
from tests.support.rig import rig
from tests.support.tokens import CLIENT, token_endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

PROXY = "proxy of spec.service.proxy"
KEY = "key-of-the-gateway"


@pytest.fixture
async def secure() -> AsyncIterator[Rig]:
    """A rig whose service speaks TLS and wants a client certificate; its time runs twenty times as fast."""
    async with rig(haste=20, **SERVER, wanted=Wanted(client_ca=CLIENTS)) as made:
        use(made)
        show(made)
        yield made


async def disconnected(r: Rig) -> str:
    await r.start()
    await r.until(lambda: r.condition("Connected")[0] == "False")
    found = message(r)
    await r.stop()
    return found


@pytest.mark.parametrize(
    ("answer", "says", "why"),
    [
        ("HTTP/1.1 407 No", "answered 407", "it wants a password"),
        ("HTTP/1.1 403 Forbidden", "answered 403", "its rules forbid the service"),
        ("HTTP/1.1 405 Method Not Allowed", "answered 405", "it is a web server"),
        ("HTTP/1.1 502 Bad Gateway", "answered 502", "it does not reach the service"),
        ("HTTP/1.1 503 No\r\nRetry-After: 3600", "answered 503", "it is no service that asks for patience"),
        ("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/", "answered 302", "it leads elsewhere"),
        ("HTTP/1.1 429 Too Many Requests", "answered 429", "it is throttling"),
        ("HTTP/1.1 204 No Content", "", "a success without a tunnel"),
        ("nonsense", "", "it is no HTTP server"),
        ("", "", "it closes the connection"),
    ],
)
async def test_an_answer_to_connect_is_the_proxy_s(secure: Rig, answer: str, says: str, why: str) -> None:
    """No message blames the token, the service's URL or the service."""
    async with connect_proxy() as proxy:
        go_by(secure, proxy)
        proxy.answer = f"{answer}\r\nContent-Length: 0\r\n\r\n" if answer.startswith("HTTP") else answer
        said = await disconnected(secure)
        assert PROXY in said, why
        assert says in said
        assert "token" not in said
        assert TOKEN.encode() not in b"".join(proxy.heard)
        assert proxy.elsewhere == 0, "no redirect is followed"


async def test_a_proxy_that_is_not_there_is_named(secure: Rig) -> None:
    async with connect_proxy() as proxy:
        go_by(secure, proxy)
    said = await disconnected(secure)
    assert "No connection to the proxy" in said
    assert "spec.service.proxy.url" in said


async def test_a_proxy_that_answers_itself_gets_nothing(secure: Rig) -> None:
    """It has a certificate of the service's name, but of no CA that the config names."""
    forged = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    forged.load_cert_chain(TLS / "client.pem", TLS / "client.key")
    async with connect_proxy() as proxy:
        go_by(secure, proxy)
        proxy.itself = forged
        said = await disconnected(secure)
        assert secure.condition("Connected")[1] == "TLSFailed"
        assert PROXY in said
        assert TOKEN.encode() not in b"".join(proxy.heard)


async def test_a_proxy_whose_own_certificate_is_wrong_is_named(secure: Rig) -> None:
    wrong = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wrong.load_cert_chain(TLS / "elsewhere.example.pem", TLS / "elsewhere.example.key")
    async with connect_proxy(wrong) as proxy:
        go_by(secure, proxy)
        said = await disconnected(secure)
        assert "TLS with the proxy failed" in said
        assert "spec.service.proxy.url" in said
        assert proxy.asked == []


def use_oauth2(r: Rig, url: str, *hosts: str) -> None:
    for key, value in zip(("client_id", "client_secret"), CLIENT, strict=True):
        r.cluster.secrets["oauth", key] = value.encode()
    r.cluster.bind("oauth", url, r.spec["service"]["url"], *hosts)
    r.spec["service"]["auth"] = {"oauth2": {"tokenUrl": url, "secretRef": {"name": "oauth"}}}
    r.cluster.bind("ca", url, r.spec["service"]["url"], *hosts)


async def test_a_token_endpoint_behind_the_proxy_gets_neither_certificate_nor_header(secure: Rig) -> None:
    """Both are the service's; the token endpoint gets the client's id and secret alone, and the proxy nothing."""
    async with (
        connect_proxy(tls_of_server()) as proxy,
        token_endpoint(TOKEN, tls=tls_of_server(clients="client-ca.pem", optional=True)) as endpoint,
    ):
        go_by(secure, proxy)
        use_oauth2(secure, endpoint.url, proxy.url)
        use_key(secure, KEY.encode(), proxy.url)
        secure.user("ada")
        await secure.start()
        await secure.settle()
        assert secure.writes() == ["POST /Users"]
        service, login = secure.spec["service"]["url"].split("/")[2], endpoint.url.split("/")[2]
        assert set(proxy.asked) == {service, login}
        assert len(endpoint.asked) == 1
        assert endpoint.certificates == [None]
        assert not [heard for heard in endpoint.heard if "X-Api-Key" in heard]
        assert all(CLIENT[1].encode() not in heard and TOKEN.encode() not in heard for heard in proxy.heard)


@pytest.mark.parametrize("leaves", ["proxy", "endpoint", "service"])
async def test_client_credentials_have_to_name_all_three(secure: Rig, leaves: str) -> None:
    async with connect_proxy() as proxy, token_endpoint(TOKEN, tls=tls_of_server()) as endpoint:
        go_by(secure, proxy)
        use_oauth2(secure, endpoint.url, proxy.url)
        urls = {"proxy": proxy.url, "endpoint": endpoint.url, "service": secure.spec["service"]["url"]}
        secure.cluster.secrets["oauth", "hosts"] = b""
        secure.cluster.bind("oauth", *(url for name, url in urls.items() if name != leaves))
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "HostNotNamed"))
        assert (proxy.asked, endpoint.asked) == ([], [])
        await secure.stop()


@pytest.mark.parametrize(("answer", "says"), [("HTTP/1.1 407 No", "answered 407"), ("HTTP/1.1 502 No", "answered 502")])
async def test_a_proxy_that_refuses_the_token_endpoint_is_named(secure: Rig, answer: str, says: str) -> None:
    async with connect_proxy() as proxy, token_endpoint(TOKEN, tls=tls_of_server()) as endpoint:
        go_by(secure, proxy)
        use_oauth2(secure, endpoint.url, proxy.url)
        proxy.answer = f"{answer}\r\nContent-Length: 0\r\n\r\n"
        said = await disconnected(secure)
        assert PROXY in said
        assert says in said
        assert "client_secret" not in said


async def test_http_goes_through_no_proxy_to_a_token_endpoint(secure: Rig) -> None:
    async with connect_proxy() as proxy, token_endpoint(TOKEN) as endpoint:
        go_by(secure, proxy)
        use_oauth2(secure, endpoint.url, proxy.url)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "InvalidSpec"))
        assert (proxy.asked, endpoint.asked) == ([], [])
        await secure.stop()


def use_key(r: Rig, value: bytes, *hosts: str) -> None:
    """The service wants a header besides; what the Secret has is `value`."""
    wanted = Wanted(headers=(("X-Api-Key", KEY),), client_ca=CLIENTS)
    r.simulator.settings = replace(r.simulator.settings, wanted=wanted)
    r.cluster.secrets["key", "k"] = value
    r.cluster.bind("key", r.spec["service"]["url"], *hosts)
    r.spec["service"]["headers"] = [{"name": "X-Api-Key", "secretRef": {"name": "key", "key": "k"}}]


async def check_taken_up(r: Rig, secret: str, key: str, right: bytes) -> None:
    """Begin with what is wrong, fail for a while, and be back soon after it is right."""
    await r.start()
    await r.until(lambda: r.condition("Connected")[0] == "False")
    await r.pass_time(300)
    r.cluster.secrets[secret, key] = right
    changed = r.clock.monotonic()
    await r.settle()
    assert r.clock.monotonic() - changed < 60


async def test_a_right_header_is_taken_up_at_once(secure: Rig) -> None:
    """No pause is waited out: Secrets are looked at every few seconds while there is no connection."""
    use_key(secure, b"wrong")
    await check_taken_up(secure, "key", "k", KEY.encode())


async def test_a_right_certificate_is_taken_up_at_once(secure: Rig) -> None:
    secure.cluster.secrets["client", "tls.key"] = (TLS / "another-client.key").read_bytes()
    await check_taken_up(secure, "client", "tls.key", (TLS / "client.key").read_bytes())


async def test_a_right_ca_is_taken_up_at_once(secure: Rig) -> None:
    secure.cluster.secrets["ca", "ca.crt"] = CLIENTS.read_bytes()
    await check_taken_up(secure, "ca", "ca.crt", (TLS / "ca.pem").read_bytes())


async def test_a_right_password_of_the_proxy_is_taken_up_at_once(secure: Rig) -> None:
    async with connect_proxy(tls_of_server()) as proxy:
        go_by(secure, proxy)
        proxy.wanted = "Basic " + base64.b64encode(b"ada:sesame").decode()
        secure.cluster.secrets["login", "username"] = b"ada"
        secure.cluster.secrets["login", "password"] = b"wrong"
        secure.cluster.bind("login", proxy.url)
        secure.spec["service"]["proxy"]["secretRef"] = {"name": "login"}
        await check_taken_up(secure, "login", "password", b"sesame")
        await secure.stop()


async def test_a_password_of_the_proxy_that_is_replaced_ends_no_session(secure: Rig) -> None:
    async with connect_proxy(tls_of_server()) as proxy:
        go_by(secure, proxy)
        proxy.wanted = "Basic " + base64.b64encode(b"ada:sesame").decode()
        secure.cluster.secrets["login", "username"] = b"ada"
        secure.cluster.secrets["login", "password"] = b"sesame"
        secure.cluster.bind("login", proxy.url)
        secure.spec["service"]["proxy"]["secretRef"] = {"name": "login"}
        await secure.start()
        await secure.settle()
        proxy.wanted = "Basic " + base64.b64encode(b"ada:another").decode()
        secure.cluster.secrets["login", "password"] = b"another"
        proxy.hang_up()
        secure.user("ada")
        session = secure.job.session
        await secure.until(lambda: secure.reason("ada") == "Provisioned")
        assert secure.job.session is session, "it costs no new listing"
        await secure.stop()
