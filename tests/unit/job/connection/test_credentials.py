"""What proves the operator: which keys of which Secret are read, where they go, and which of them ends first."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.connection.expiry import ANNOTATION
from scim_operator.errors import InvalidSpec, Unauthorized
from scim_operator.job.base.settings import Settings, settings_of
from scim_operator.job.connection import credentials
from scim_operator.job.connection.credentials import (
    SecretHeaders,
    bearing,
    ca_bundle,
    chosen,
    destinations,
    fingerprint,
    first_end,
    read_pass,
    token_source,
    used,
)
from tests.scim.virtual import VirtualClock

if TYPE_CHECKING:
    from scim_operator.core.secrecy.destinations import DataRef, To

URL, TOKEN_URL, PROXY_URL = "https://one.example/scim", "https://login.example/token", "http://proxy.example:3128"
BEARER = {"auth": {"bearer": {"secretRef": {"name": "token", "key": "t"}}}}
BASIC = {"auth": {"basic": {"secretRef": {"name": "login"}}}}
OAUTH2 = {"auth": {"oauth2": {"tokenUrl": TOKEN_URL, "secretRef": {"name": "client"}}}}
PROXY = {"proxy": {"url": "https://proxy.example:3128", "secretRef": {"name": "proxy"}}}
HEADERS = {
    "headers": [{"name": name, "secretRef": {"name": f"of-{name.lower()}", "key": "v"}} for name in ("X-One", "X-Two")]
}


def settings(*parts: dict[str, Any]) -> Settings:
    service: dict[str, Any] = {"url": URL, "auth": {}}
    for part in parts:
        service |= part
    metadata = {"name": "vmware", "namespace": "identity", "uid": "u", "generation": 1}
    return settings_of({"metadata": metadata, "spec": {"service": service}})


class Vault:
    """Secrets by name, and what was asked for."""

    def __init__(self, **secrets: dict[str, bytes]) -> None:
        self.secrets = {name.replace("_", "-"): values for name, values in secrets.items()}
        self.asked: list[tuple[str, tuple[str, ...], set[str]]] = []

    async def read(self, ref: DataRef, to: To) -> dict[str, bytes]:
        assert ref.namespace == "identity"
        values = self.secrets[ref.name]
        self.asked.append((ref.name, ref.keys, {str(each) for each in to(values)}))
        kept = {key: values[key] for key in ref.optional if key in values}
        return {**{key: values[key] for key in ref.keys}, **kept}


LOGIN = {"username": b"ada\n", "password": b" s3cret words \r\n"}


def decoded(token: str) -> str:
    return base64.b64decode(token).decode()


async def test_a_token_is_read_once_and_again_when_it_is_refused() -> None:
    vault = Vault(token={"t": b"first"})
    source = token_source(vault, settings(BEARER), ca_bundle=None, clock=VirtualClock())
    assert await source.token() == "first"
    vault.secrets["token"] = {"t": b"second"}
    assert await source.token() == "first"
    assert await source.token(fresh=True) == await source.token() == "second"
    assert vault.asked == [("token", ("t",), {"one.example"})] * 2


async def test_a_password_goes_with_its_name_and_without_the_end_of_the_line() -> None:
    vault = Vault(login=dict(LOGIN))
    source: Any = token_source(vault, settings(BASIC), ca_bundle=None, clock=VirtualClock())
    assert source.account() == ""
    assert decoded(await source.token()) == "ada: s3cret words "
    assert source.account() == "Basic ada", "the account stays when the password changes"
    assert vault.asked == [("login", ("username", "password"), {"one.example"})]


@pytest.mark.parametrize(("username", "password"), [(b"", b"p"), (b"a", b""), (b"a:b", b"p"), (b"\n", b"p")])
async def test_what_basic_cannot_carry_is_said_with_its_field(username: bytes, password: bytes) -> None:
    vault = Vault(login={"username": username, "password": password})
    source = token_source(vault, settings(BASIC), ca_bundle=None, clock=VirtualClock())
    with pytest.raises(Unauthorized, match=r"spec\.service\.auth\.basic names"):
        await source.token()


async def test_client_credentials_go_to_the_token_endpoint_and_to_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, ...]] = []
    monkeypatch.setattr(credentials, "ClientCredentials", lambda *given: made.append(given))
    vault, wanted = Vault(client={"client_id": b"me\n", "client_secret": b" s3cret\n"}), settings(OAUTH2)
    clock = VirtualClock()
    token_source(vault, wanted, ca_bundle=None, clock=clock)
    [(auth, transport, read, its_clock)] = made
    await transport.close()
    assert (auth, its_clock) == (wanted.spec.service.auth.oauth2, clock)
    client = await read()
    assert (client.id, client.secret) == ("me", "s3cret")
    assert vault.asked == [("client", ("client_id", "client_secret"), {"one.example", "login.example"})]
    assert "s3cret" not in wanted.veil.conceal("It says s3cret.")


async def test_headers_alone_need_no_token() -> None:
    vault = Vault(of_x_one={"v": b"1\n"}, of_x_two={"v": b"2"})
    source = token_source(vault, settings(HEADERS), ca_bundle=None, clock=VirtualClock())
    assert await source.token() == ""
    headers = SecretHeaders(vault, settings(HEADERS))
    assert await headers.headers() == {"X-One": "1", "X-Two": "2"}
    vault.secrets["of-x-two"] = {"v": b"3"}
    assert (await headers.headers())["X-Two"] == "2"
    assert (await headers.headers(fresh=True))["X-Two"] == "3"
    assert vault.asked[0] == ("of-x-one", ("v",), {"one.example"})


@pytest.mark.parametrize("parts", [(), ({"auth": {**BEARER["auth"], **BASIC["auth"]}},)], ids=["none", "two"])
def test_a_config_proves_itself_in_one_way(parts: tuple[dict[str, Any], ...]) -> None:
    """The schema refuses two; a manifest that passed it by is refused here."""
    with pytest.raises(InvalidSpec, match=r"spec\.service\.auth"):
        token_source(Vault(), settings(*parts), ca_bundle=None, clock=VirtualClock())


BINARY = [
    (BEARER, {"token": {"t": b"\xff"}}, "Secret token, key t: the token is no UTF-8 text."),
    (BASIC, {"login": {"username": b"\xff", "password": b"p"}}, "Secret login, key username: it is no UTF-8 text."),
    (BASIC, {"login": {"username": b"a", "password": b"\xff"}}, "Secret login, key password: it is no UTF-8 text."),
]


@pytest.mark.parametrize(("auth", "secrets", "said"), BINARY, ids=["token", "username", "password"])
async def test_what_is_no_text_is_named(auth: dict[str, Any], secrets: Any, said: str) -> None:
    source = token_source(Vault(**secrets), settings(auth), ca_bundle=None, clock=VirtualClock())
    with pytest.raises(InvalidSpec) as error:
        await source.token()
    assert str(error.value) == said


async def test_the_login_at_the_proxy_goes_to_the_proxy_alone() -> None:
    vault = Vault(proxy=dict(LOGIN))
    read = read_pass(vault, settings(BEARER, PROXY))
    assert read is not None
    made = await read()
    assert (made.certificate, decoded(made.login)) == (None, "ada: s3cret words ")
    assert vault.asked == [("proxy", ("username", "password"), {"proxy.example:3128"})]
    vault.secrets["proxy"] = {"username": b"", "password": b"p"}
    with pytest.raises(Unauthorized, match=r"spec\.service\.proxy\.secretRef names"):
        await read()


def test_nothing_is_read_for_a_way_without_secrets() -> None:
    assert read_pass(Vault(), settings(BEARER)) is None
    assert read_pass(Vault(), settings(BEARER, {"proxy": {"url": PROXY_URL}})) is None


async def test_a_certificate_is_shown_to_the_service_and_not_to_the_token_endpoint() -> None:
    vault = Vault(cert={"tls.crt": b"C", "tls.key": b"K"})
    wanted = settings(OAUTH2, {"tls": {"clientCertificateRef": {"name": "cert"}}})
    assert read_pass(vault, wanted, certificate=False) is None
    read = read_pass(vault, wanted)
    assert read is not None
    made = await read()
    assert made.certificate is not None
    assert made.login == ""
    assert vault.asked == [("cert", ("tls.crt", "tls.key"), {"one.example"})]


def test_a_proxy_is_on_the_way_of_all() -> None:
    through = settings(OAUTH2, PROXY)
    assert {str(each) for each in destinations(through)} == {"one.example", "login.example", "proxy.example:3128"}
    assert all(each.secure for each in destinations(settings(BEARER, {"proxy": {"url": PROXY_URL}})))
    assert [each.name for each in used(settings(BEARER, HEADERS, PROXY))] == ["token", "of-x-one", "of-x-two", "proxy"]


def test_a_caller_with_a_token_asks_no_endpoint() -> None:
    made = bearing(settings(OAUTH2))
    assert chosen(made).name == "client"
    assert {str(each) for each in destinations(made)} == {"one.example"}
    assert bearing(settings(BASIC)).spec.service.auth.basic is not None


async def test_a_fingerprint_changes_with_each_value() -> None:
    vault = Vault(token={"t": b"1"}, of_x_one={"v": b"1"}, of_x_two={"v": b"1"}, proxy=dict(LOGIN), ca={"ca.crt": b"1"})
    wanted = settings(BEARER, HEADERS, PROXY, {"tls": {"caBundleRef": {"name": "ca", "kind": "ConfigMap"}}})
    assert await ca_bundle(vault, wanted) == b"1"
    seen = [await fingerprint(vault, wanted)]
    assert await fingerprint(vault, wanted) == seen[0]
    for name, values in vault.secrets.items():
        for key in values:
            vault.secrets[name] = {**vault.secrets[name], key: b"another"}
            seen.append(await fingerprint(vault, wanted))
    assert len(set(seen)) == len(seen) == 7


async def test_no_ca_bundle_is_none() -> None:
    assert await ca_bundle(Vault(), settings(BEARER)) is None


def token_until(seconds: int) -> bytes:
    parts = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in (b"{}", b'{"exp": %d}' % seconds, b"sig"))
    return b".".join(parts)


async def test_what_ends_first() -> None:
    until = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    vault = Vault(token={"t": token_until(until)}, of_x_one={"v": b"1"}, of_x_two={"v": b"1"})
    wanted = settings(BEARER, HEADERS)
    end = await first_end(vault, wanted)
    assert end is not None
    assert (end.at, end.proof.name) == (datetime(2027, 1, 1, tzinfo=UTC), "The token")
    vault.secrets["of-x-two"][ANNOTATION] = b" 2026-12-31\n"
    end = await first_end(vault, wanted)
    assert end is not None
    assert (end.at, end.proof.name) == (datetime(2026, 12, 31, tzinfo=UTC), "The header X-Two")


async def test_of_two_values_in_a_secret_the_annotation_alone_says_it() -> None:
    """A password that looks like a token with an end is a password."""
    vault = Vault(login={"username": token_until(1_800_000_000), "password": b"p"})
    assert await first_end(vault, settings(BASIC)) is None
    vault.secrets["login"][ANNOTATION] = b"2027-01-01"
    end = await first_end(vault, settings(BASIC))
    assert end is not None
    assert end.proof.name == "The password"


async def test_an_end_that_is_no_date_names_the_secret() -> None:
    vault = Vault(token={"t": b"x", ANNOTATION: b"soon"})
    with pytest.raises(InvalidSpec, match=r"^Secret token: "):
        await first_end(vault, settings(BEARER))
