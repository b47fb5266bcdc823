"""What clients of a simulator have to show: a token, a name with a password, headers, and a certificate."""

from __future__ import annotations

import base64
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from scim_operator.simulator.settings import Settings, Wanted

TLS = Path(__file__).parents[1] / "scim" / "tls"
SERVER = {"certificate": TLS / "localhost.pem", "key": TLS / "localhost.key"}


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


async def test_a_name_with_the_token_as_its_password(start):
    async with start(settings=Settings(token="p\u00e4ss: word", wanted=Wanted(username="operator"))) as client:
        client.headers.pop("Authorization")
        for headers, status in [
            (basic("operator:p\u00e4ss: word"), 200),
            ({"Authorization": "bAsIc  " + basic("operator:p\u00e4ss: word")["Authorization"][6:]}, 200),
            (basic("operator:wrong"), 401),
            (basic("another:p\u00e4ss: word"), 401),
            ({"Authorization": "Bearer T"}, 401),
            ({"Authorization": "Basic \u00e4"}, 401),
            ({}, 401),
        ]:
            answer = await client.call("GET", "/Users", headers=headers)
            assert answer.status == status, headers
            assert "operator" not in answer.body.decode()
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_headers_besides_the_token(start):
    wanted = Wanted(headers=(("X-Api-Key", "key"), ("X-Tenant", "corp")))
    async with start(settings=Settings(token="T", wanted=wanted)) as client:
        for headers, status in [
            ({"x-api-key": "key", "X-Tenant": "corp"}, 200),
            ({"X-Api-Key": "wrong", "X-Tenant": "corp"}, 401),
            ({"X-Api-Key": "key"}, 401),
            ({"X-Api-Key": "key", "X-Tenant": "corp", "Authorization": "Bearer wrong"}, 401),
        ]:
            assert (await client.call("GET", "/Users", headers=headers)).status == status, headers
        assert [entry.notes for entry in client.sim.log][:3] == [
            ("showed Bearer, X-Api-Key, X-Tenant",),
            ("showed Bearer, X-Api-Key, X-Tenant",),
            ("showed Bearer, X-Api-Key",),
        ]


async def test_headers_alone(start):
    async with start(settings=Settings(wanted=Wanted((), headers=(("X-Api-Key", "key"),)))) as client:
        client.headers.pop("Authorization")
        assert (await client.call("GET", "/Users", headers={"X-Api-Key": "key"})).status == 200
        assert (await client.call("GET", "/Users")).status == 401


async def test_what_is_wanted_may_change_while_it_runs(start):
    async with start(settings=Settings(token="T")) as client:
        client.sim.settings = replace(client.sim.settings, wanted=Wanted(headers=(("X-Api-Key", "key"),)))
        assert (await client.call("GET", "/Users")).status == 401
        assert (await client.call("GET", "/Users", headers={"X-Api-Key": "key"})).status == 200


@pytest.mark.parametrize(("shown", "status"), [("client", 200), ("", 400)])
async def test_a_client_certificate(start, shown, status):
    """As nginx: who shows none gets a web page and no alert, and control endpoints and probes want none."""
    context = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    if shown:
        context.load_cert_chain(TLS / f"{shown}.pem", TLS / f"{shown}.key")
    async with start(settings=Settings(token="T", wanted=Wanted(client_ca=TLS / "client-ca.pem"), **SERVER)) as client:
        trusted = {"ssl": context, "server_hostname": "localhost", "headers": client.headers}
        async with client.session.get(client.sim.url + "/Users", **trusted) as answer:
            assert answer.status == status
            assert ("No required SSL certificate was sent" in await answer.text()) is (not shown)
        assert [entry.notes for entry in client.sim.log] == [("showed Bearer" + (", CN=client" if shown else ""),)]
        async with client.session.get(client.sim.control_url + "healthz", **trusted) as answer:
            assert answer.status == 200
