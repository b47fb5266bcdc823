"""Canaries in a password, a header, a private key and a proxy's password, and every output searched for them."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scim_operator.simulator.settings import Wanted
from tests.security.test_canaries import SENSITIVE, SOME, Outputs, Parrot, check, parrot, watching
from tests.support.encodings import ENCODINGS, bare
from tests.support.proxy import TLS, ConnectProxy, connect_proxy, tls_of_server
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.rig import Rig

PASSWORD, KEY, PROXY = "Lemur-Basic_Tapir", "Heron-Header_Stoat", "Bison-Proxy_Civet"
PAIRS = [base64.b64encode(f"{pair}".encode()).decode() for pair in (f"ada:{PASSWORD}", f"operator:{PROXY}")]
PRIVATE = (TLS / "client.key").read_text().splitlines()[1:-1]
CANARIES = {"lemur", "tapir", "heron", "stoat", "bison", "civet", "gannet", "okapi"}
CANARIES |= {bare(text)[at : at + 12] for text in (*PAIRS, *PRIVATE) for at in range(0, len(bare(text)) - 11, 4)}

Way = tuple[Outputs, Parrot, ConnectProxy]


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    """A service that wants all of them, and repeats whatever it is told to."""
    asking = tls_of_server(clients="client-ca.pem", optional=True)
    async with (
        rig(haste=50) as r,
        parrot(r.simulator.url.rsplit("/usergroup", 1)[0], asking) as service,
        connect_proxy(tls_of_server()) as proxy,
        watching(r, service, tmp_path) as found,
    ):
        service.secrets = [PASSWORD, KEY, *PAIRS, f"Basic {PAIRS[0]}", f"ada:{PASSWORD}", PROXY, *PRIVATE]
        proxy.wanted = f"Basic {PAIRS[1]}"
        r.simulator.settings = replace(r.simulator.settings, token=PASSWORD, wanted=Wanted(username="ada"))
        all_of_them(r, service.url, proxy.url)
        yield found, service, proxy


def all_of_them(r: Rig, *urls: str) -> None:
    values = {
        ("login", "username"): b"ada",
        ("login", "password"): PASSWORD.encode(),
        ("gateway", "key"): KEY.encode(),
        ("client", "tls.crt"): (TLS / "client.pem").read_bytes(),
        ("client", "tls.key"): (TLS / "client.key").read_bytes(),
        ("proxy", "username"): b"operator",
        ("proxy", "password"): PROXY.encode(),
        ("ca", "ca.crt"): (TLS / "ca.pem").read_bytes(),
    }
    r.cluster.secrets.update(values)
    for name in {name for name, _ in values}:
        r.cluster.bind(name, *urls)
    r.binds = False
    r.spec["service"] |= {
        "auth": {"basic": {"secretRef": {"name": "login"}}},
        "headers": [{"name": "X-Api-Key", "secretRef": {"name": "gateway", "key": "key"}}],
        "tls": {"caBundleRef": {"name": "ca"}, "clientCertificateRef": {"name": "client"}},
        "proxy": {"url": urls[1], "secretRef": {"name": "proxy"}},
    }


@pytest.mark.parametrize("encoding", [*SOME, "in base64", "in hexadecimal"])
async def test_a_service_that_refuses_every_write(way: Way, encoding: str) -> None:
    found, service, _ = way
    service.encode = ENCODINGS[encoding]
    service.choose = lambda request: 400 if request.method != "GET" else 0
    await found.rig.start()
    await found.rig.until(lambda: all(found.rig.reason(name) == "Rejected" for name in SENSITIVE))
    check(await found.all(), CANARIES)


@pytest.mark.parametrize("encoding", ["as it is", "percent-encoded", "in base64"])
@pytest.mark.parametrize("status", [302, 400, 401, 403, 500])
async def test_a_service_that_refuses_everything(way: Way, status: int, encoding: str) -> None:
    found, service, _ = way
    service.encode = ENCODINGS[encoding]
    service.choose = lambda _: status
    await found.rig.start()
    await found.rig.until(lambda: found.rig.condition("Connected")[0] == "False")
    check(await found.all(), CANARIES)


@pytest.mark.parametrize("status", [200, 302, 403, 407, 502])
async def test_a_proxy_that_repeats_what_it_was_sent(way: Way, status: int) -> None:
    found, _, proxy = way
    words = f"{PROXY} {PAIRS[1]}"
    answer = f"HTTP/1.1 {status} {words}\r\nLocation: https://{PROXY}.example/\r\nX-Said: {words}\r\n"
    proxy.answer = f"{answer}Content-Length: {len(words)}\r\n\r\n{words}"
    await found.rig.start()
    await found.rig.until(lambda: found.rig.condition("Connected")[0] == "False")
    check(await found.all(), CANARIES)


@pytest.mark.parametrize(
    ("secret", "key", "value"),
    [
        ("client", "tls.key", f"{PRIVATE[0]}\n"),
        ("client", "tls.key", f"-----BEGIN PRIVATE KEY-----\n{PRIVATE[0]}\n-----END PRIVATE KEY-----\n"),
        ("client", "tls.crt", (TLS / "client.key").read_text()),
        ("ca", "ca.crt", (TLS / "client.key").read_text()),
        ("login", "username", f"ada:{PASSWORD}"),
        ("login", "password", f"{PASSWORD}\x00"),
        ("gateway", "key", f"{KEY}\u00e4"),
        ("proxy", "username", f"operator:{PROXY}"),
        ("proxy", "username", ""),
    ],
)
async def test_what_cannot_be_sent_is_not_shown_either(way: Way, secret: str, key: str, value: str) -> None:
    found, service, _ = way
    service.choose = lambda _: 401
    found.rig.cluster.secrets[secret, key] = value.encode()
    await found.rig.start()
    await found.rig.until(lambda: found.rig.condition("Connected")[0] == "False")
    check(await found.all(), CANARIES)


async def test_what_was_replaced_is_not_shown_either(way: Way) -> None:
    """The service repeats the password that it knew before."""
    found, service, _ = way
    service.encode = ENCODINGS["in base64"]
    await found.rig.start()
    await found.rig.settle()
    found.rig.cluster.secrets["login", "password"] = b"another"
    found.rig.rotate("another")
    service.choose = lambda request: 400 if request.method != "GET" else 0
    found.rig.user("ada", title="Countess")
    await found.rig.until(lambda: found.rig.reason("ada") == "Rejected")
    check(await found.all(), CANARIES)
