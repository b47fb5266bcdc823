"""Client certificates and CA bundles: their end is reported in advance, and what cannot be read of them is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from scim_operator.simulator.settings import Wanted
from tests.odd.test_ways_to_a_service import CLIENTS, SERVER, go_by, message, show, use
from tests.support.proxy import TLS, connect_proxy, tls_of_server
from tests.support.rig import rig
from tests.support.told import Told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

END = datetime(2126, 11, 4, 12, 58, 38, tzinfo=UTC)
"""The end of the client certificate of the tests."""
ENDS = "2126-11-04T12:58:38Z"
CERTIFICATE = "spec.service.tls.clientCertificateRef"
DER = b"0\x82\x01\x0a\xff\xfe"


@pytest.fixture
async def old() -> AsyncIterator[Rig]:
    """A rig over a service that wants a client certificate, five days before the end of ours."""
    async with rig(20, END - timedelta(days=5), **SERVER, wanted=Wanted(client_ca=CLIENTS)) as made:
        use(made)
        show(made)
        yield made


async def begun(r: Rig) -> Told:
    r.notifier = noted = Told()
    await r.start()
    await r.settle()
    return noted


async def test_the_end_of_a_client_certificate_is_reported_as_that_of_a_token(old: Rig) -> None:
    noted = await begun(old)
    assert noted.topics == ["Expiring"]
    assert CERTIFICATE in noted.notices[0].text
    assert f"The client certificate ends at {ENDS}" in message(old)
    assert old.status["tokenExpiry"] == {"time": ENDS, "reported": 7, "field": CERTIFICATE}
    labels = {"config": "identity/vmware"}
    found = old.metrics.registry.get_sample_value("scim_token_expires_timestamp_seconds", labels)
    assert found == END.timestamp()
    assert [text for reason, text in old.events() if reason == "TokenExpires"] == [noted.notices[0].text]


async def test_what_ends_first_is_reported(old: Rig) -> None:
    old.cluster.secrets["vmware-scim", "scim-operator.io/expires"] = (END - timedelta(days=4.5)).isoformat().encode()
    noted = await begun(old)
    assert "The token ends" in noted.notices[0].text
    assert old.status["tokenExpiry"]["field"] == "spec.service.auth"


async def test_whoever_answers_for_the_secret_knows_better(old: Rig) -> None:
    old.cluster.secrets["client", "scim-operator.io/expires"] = b"2127-06-01"
    noted = await begun(old)
    assert noted.topics == []
    assert old.status["tokenExpiry"] == {"time": "2127-06-01T00:00:00Z", "reported": None, "field": CERTIFICATE}


SOON = (END - timedelta(days=4.5)).isoformat().encode()


def other(r: Rig, url: str, **values: bytes) -> dict[str, str]:
    """A Secret that goes to one server, and whose annotation says that it ends soon."""
    for key, value in {**values, "scim-operator.io/expires": SOON}.items():
        r.cluster.secrets["other", key] = value
    r.cluster.bind("other", url)
    return {"name": "other"}


async def check_named(r: Rig, what: str, field: str) -> None:
    noted = await begun(r)
    for text in (noted.notices[0].text, message(r)):
        assert f"{what} ends" in text
        assert field in text
        assert "token" not in text
    assert r.status["tokenExpiry"]["field"] == field


async def test_the_end_of_a_password_is_not_called_that_of_a_token(old: Rig) -> None:
    url = old.spec["service"]["url"]
    old.spec["service"]["auth"] = {"basic": {"secretRef": other(old, url, username=b"ada", password=b"rig-token")}}
    wanted = Wanted(username="ada", client_ca=CLIENTS)
    old.simulator.settings = replace(old.simulator.settings, wanted=wanted)
    await check_named(old, "The password", "spec.service.auth")


async def test_the_end_of_a_header_is_not_called_that_of_a_token(old: Rig) -> None:
    ref = {**other(old, old.spec["service"]["url"], k=b"key"), "key": "k"}
    old.spec["service"]["headers"] = [{"name": "X-Api-Key", "secretRef": ref}]
    await check_named(old, "The header X-Api-Key", "spec.service.headers")


async def test_the_end_of_a_proxy_s_password_is_not_called_that_of_a_token(old: Rig) -> None:
    async with connect_proxy(tls_of_server()) as proxy:
        go_by(old, proxy)
        old.spec["service"]["proxy"]["secretRef"] = other(old, proxy.url, username=b"ada", password=b"sesame")
        await check_named(old, "The proxy's password", "spec.service.proxy.secretRef")
        await old.stop()


async def test_an_annotation_that_is_no_date_names_its_secret(old: Rig) -> None:
    old.cluster.secrets["client", "scim-operator.io/expires"] = b"tomorrow"
    await begun(old)
    assert "Secret client: the annotation scim-operator.io/expires is no date" in message(old)


PEM = {name: (TLS / name).read_bytes() for name in ("client.pem", "client.key", "another-client.key", "ca.pem")}
ENCRYPTED = PEM["client.key"].replace(b"PRIVATE", b"ENCRYPTED PRIVATE")
BROKEN = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("key", "value", "says", "why"),
    [
        ("tls.crt", b"", "key tls.crt, holds no certificate in PEM", "empty"),
        ("tls.crt", b"hello", "key tls.crt, holds no certificate in PEM", "no PEM"),
        ("tls.crt", DER, "key tls.crt, holds no certificate in PEM", "DER, as Windows exports it"),
        ("tls.crt", BROKEN, "key tls.crt, holds a certificate that cannot be read", "broken inside"),
        ("tls.crt", PEM["client.key"], "key tls.crt, holds no certificate in PEM", "the key in its place"),
        ("tls.key", b"", "key tls.key, holds no private key in PEM", "empty"),
        ("tls.key", DER, "key tls.key, holds no private key in PEM", "DER"),
        ("tls.key", PEM["client.pem"], "key tls.key, holds no private key in PEM", "the certificate in its place"),
        ("tls.key", BROKEN.replace(b"CERTIFICATE", b"PRIVATE KEY"), "key tls.key, holds a private key that", "broken"),
        ("tls.key", ENCRYPTED, "key tls.key, holds a private key with a passphrase", "encrypted"),
        ("tls.key", PEM["another-client.key"], "do not fit each other", "of another certificate"),
        ("tls.crt", PEM["ca.pem"] + PEM["client.pem"], "do not fit each other", "the chain before the certificate"),
        ("ca.crt", b"hello", "ConfigMap ca, key ca.crt, holds no", "no PEM"),
        ("ca.crt", BROKEN, "ConfigMap ca, key ca.crt, holds a certificate that cannot be read", "broken inside"),
    ],
)
async def test_what_cannot_be_read_is_named(old: Rig, key: str, value: bytes, says: str, why: str) -> None:
    old.cluster.secrets["ca" if key == "ca.crt" else "client", key] = value
    await old.start()
    await old.until(lambda: old.condition("Connected") == ("False", "InvalidSpec"))
    assert says in message(old), why
    assert ("ConfigMap ca" if key == "ca.crt" else "Secret client") in message(old)
    assert old.condition("Ready") == ("False", "InvalidSpec")
    await old.stop()


async def test_a_renewed_certificate_that_cannot_be_read_is_reported_while_the_old_one_works(old: Rig) -> None:
    """Or the next restart would be the first to say so, at night."""
    await begun(old)
    old.cluster.secrets["client", "tls.key"] = PEM["another-client.key"]
    await old.sweep()
    assert old.condition("Connected") == ("True", "TestPassed")
    await old.until(lambda: "Secret client: its keys tls.crt and tls.key do not fit each other" in message(old))
    assert "showed Bearer, CN=client" in [*old.entries()][-1].notes
