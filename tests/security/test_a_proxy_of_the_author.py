"""Who may write a ProvisioningConfig chooses a proxy: to reach what the operator may not, or to read what goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.simulator.settings import Wanted
from tests.odd.test_ways_to_a_service import CLIENTS, SERVER, TOKEN, go_by, message, show, use
from tests.support.proxy import connect_proxy, tls_of_server
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig


@pytest.fixture
async def secure() -> AsyncIterator[Rig]:
    async with rig(haste=20, **SERVER, wanted=Wanted(client_ca=CLIENTS)) as made:
        use(made)
        show(made)
        yield made


SPELLINGS = [
    ("169.254.169.254", "an address"),
    ("2852039166", "the same as one number"),
    ("0xa9fea9fe", "in hexadecimal"),
    ("0251.0376.0251.0376", "in octal"),
    ("169.16689662", "in two parts"),
    ("169.254.43518", "in three"),
    ("169.254.169.254.", "with the dot of the root"),
    ("[::ffff:169.254.169.254]", "in IPv6"),
    ("[64:ff9b::169.254.169.254]", "in NAT64"),
    ("\uff11\uff16\uff19.254.169.254", "in wide digits"),
]


@pytest.mark.parametrize(("host", "why"), SPELLINGS, ids=[why for _, why in SPELLINGS])
async def test_a_proxy_is_asked_for_no_forbidden_address_however_it_is_written(
    secure: Rig, host: str, why: str
) -> None:
    """Many a proxy takes what inet_aton of C takes, while no resolver of ours sees it."""
    async with connect_proxy() as proxy:
        secure.spec["service"]["url"] = f"https://{host}/scim/v2"
        go_by(secure, proxy)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected")[0] == "False")
        assert secure.condition("Connected")[1] in ("AddressForbidden", "InvalidSpec"), why
        assert proxy.asked == []
        await secure.stop()


LOOPBACK = ["127.0.0.1", "localhost", "a.localhost", "127.1", "0", "0x7f000001", "[::1]", "ip6-localhost"]


@pytest.mark.parametrize("host", LOOPBACK)
async def test_a_proxy_leads_back_to_no_one_s_own_host(secure: Rig, host: str) -> None:
    """Such as one that runs beside the operator, for which the operator's loopback is its own."""
    async with connect_proxy() as proxy:
        proxy.url = proxy.url.replace("127.0.0.1", "192.168.0.9")
        secure.spec["service"] |= {"url": f"https://{host}:6443/scim/v2", "allowInsecure": False}
        go_by(secure, proxy)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "AddressForbidden"))
        assert "spec.service.url" in message(secure)
        await secure.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]"])
async def test_a_proxy_on_loopback_needs_the_administrator_s_flag(secure: Rig, host: str) -> None:
    async with connect_proxy() as proxy:
        secure.spec["service"] |= {"url": "https://scim.example/scim/v2", "allowInsecure": False}
        proxy.url = f"http://{host}:{proxy.url.rpartition(':')[2]}"
        go_by(secure, proxy)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected")[0] == "False")
        assert secure.condition("Connected")[1] == ("Unreachable" if host.isdecimal() else "AddressForbidden")
        assert "spec.service.proxy.url" in message(secure)
        assert proxy.asked == []
        await secure.stop()


@pytest.mark.parametrize(
    "answer",
    [
        "HTTP/1.1 200 OK\r\n" + "X-Fill: " + "a" * 4_000_000,
        "HTTP/1.1 200 OK\r\n" + "X-Fill: a\r\n" * 400_000,
        "HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
        "HTTP/1.1 403 No\r\nContent-Length: 100000000\r\n\r\n" + "a" * 4_000_000,
        "a" * 4_000_000,
    ],
    ids=["a line", "headers", "interim answers", "a body", "no HTTP"],
)
async def test_an_answer_of_a_proxy_without_end_ends(secure: Rig, answer: str) -> None:
    async with connect_proxy() as proxy:
        go_by(secure, proxy)
        proxy.answer = answer
        await secure.start()
        await secure.until(lambda: secure.condition("Connected")[0] == "False")
        assert len(message(secure)) < 1000
        assert "proxy" in message(secure)
        await secure.stop()


@pytest.mark.parametrize("extra", ["", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"], ids=["nothing", "an answer"])
async def test_nothing_is_read_of_a_proxy_that_says_more_than_yes(secure: Rig, extra: str) -> None:
    """What stands before TLS is not taken for an answer of the service."""
    async with connect_proxy() as proxy:
        go_by(secure, proxy)
        proxy.answer = f"HTTP/1.1 200 OK\r\n\r\n{extra}"
        await secure.start()
        await secure.until(lambda: secure.condition("Connected")[0] == "False")
        assert "proxy" in message(secure)
        assert TOKEN.encode() not in b"".join(proxy.heard)
        await secure.stop()


async def test_a_proxy_of_the_author_s_with_a_ca_of_the_author_s_reads_nothing(secure: Rig) -> None:
    """It answers in the service's place, with a certificate that the author's CA vouches for."""
    async with connect_proxy() as proxy:
        proxy.itself = tls_of_server()
        go_by(secure, proxy)
        for name in ("vmware-scim", "client"):  # whoever answers for these has not agreed to the proxy
            secure.cluster.secrets[name, "hosts"] = b""
            secure.cluster.bind(name, secure.spec["service"]["url"])
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "HostNotNamed"))
        assert (proxy.asked, proxy.heard) == ([], [])
        await secure.stop()


async def test_the_password_of_a_proxy_goes_to_no_other_proxy(secure: Rig) -> None:
    async with connect_proxy(tls_of_server()) as proxy, connect_proxy(tls_of_server()) as other:
        go_by(secure, other)
        secure.spec["service"]["proxy"]["secretRef"] = {"name": "login"}
        secure.cluster.secrets["login", "username"] = b"ada"
        secure.cluster.secrets["login", "password"] = b"sesame"
        secure.cluster.bind("login", proxy.url)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected") == ("False", "HostNotNamed"))
        assert other.asked == []
        await secure.stop()


async def test_the_password_of_a_proxy_needs_tls(secure: Rig) -> None:
    """The simulator's rig allows http; an operator without the flag does not."""
    async with connect_proxy() as proxy:
        secure.cluster.egress = type(secure.cluster.egress)()
        secure.spec["service"] |= {"url": "https://scim.example/scim/v2", "allowInsecure": False}
        go_by(secure, proxy)
        secure.spec["service"]["proxy"]["secretRef"] = {"name": "login"}
        secure.cluster.secrets["login", "username"] = b"ada"
        secure.cluster.secrets["login", "password"] = b"sesame"
        secure.cluster.bind("login", proxy.url)
        await secure.start()
        await secure.until(lambda: secure.condition("Connected")[0] == "False")
        assert secure.condition("Connected")[1] in ("HostNotNamed", "AddressForbidden")
        assert proxy.asked == []
        await secure.stop()
