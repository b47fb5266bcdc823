"""Entra's complaint 10 (bearer tokens only, and they expire): OAuth2 client credentials get a token whenever needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.tokens import CLIENT, TokenEndpoint, token_endpoint

if TYPE_CHECKING:
    from tests.support.rig import Rig


def use_oauth2(r: Rig, endpoint: TokenEndpoint) -> None:
    r.cluster.secrets["client", "client_id"] = CLIENT[0].encode()
    r.cluster.secrets["client", "client_secret"] = f"{CLIENT[1]}\n".encode()
    r.cluster.bind("client", endpoint.url, r.simulator.url)
    auth = {"oauth2": {"tokenUrl": endpoint.url, "secretRef": {"name": "client"}, "scopes": ["scim"]}}
    r.spec["service"] = {**r.spec["service"], "auth": auth}


async def test_complaint_10_a_token_that_expires_is_replaced_without_a_person(hurried: Rig) -> None:
    async with token_endpoint(hurried.simulator.token) as endpoint:
        use_oauth2(hurried, endpoint)
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        hurried.rotate("another")
        endpoint.token = "another"
        hurried.user("charles")
        await hurried.until(lambda: hurried.at_service("charles") is not None)
        await hurried.settle()
        assert hurried.writes() == ["POST /Users", "POST /Users"]
        assert hurried.condition("Connected") == ("True", "TestPassed")
        await hurried.stop()


async def test_client_credentials_that_are_refused_are_reported_and_taken_up_when_fixed(hurried: Rig) -> None:
    async with token_endpoint(hurried.simulator.token) as endpoint:
        use_oauth2(hurried, endpoint)
        hurried.cluster.secrets["client", "client_secret"] = b"wrong"
        hurried.user("ada")
        await hurried.start()
        await hurried.until(lambda: hurried.condition("Connected") == ("False", "Unauthorized"))
        assert hurried.writes() == []
        hurried.cluster.secrets["client", "client_secret"] = CLIENT[1].encode()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert "s3cret" not in str(hurried.status) + str(hurried.events())
        await hurried.stop()


async def test_a_config_with_two_ways_or_none_says_so(r: Rig) -> None:
    r.spec["service"] = {**r.spec["service"], "auth": {}}
    await r.start()
    await r.until(lambda: r.condition("Connected")[0] == "False")
    reported = next(c["message"] for c in r.status["conditions"] if c["type"] == "Connected")
    assert "exactly one of bearer, basic and oauth2" in reported
