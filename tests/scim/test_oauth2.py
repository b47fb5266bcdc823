"""OAuth2 client credentials against a token endpoint on loopback: what is sent, when again, and what is said."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.auth import OAuth2Auth
from scim_operator.errors import ScimOperatorError, Throttled, Unauthorized, Unavailable, WrongService
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.oauth2 import ClientCredentials, ClientSecret
from scim_operator.scim.transport import AiohttpTransport
from scim_operator.scim.url import service_url
from tests.scim.virtual import VirtualClock
from tests.support.tokens import CLIENT, TokenEndpoint, token_endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.scim.clock import Clock


@asynccontextmanager
async def source(endpoint: TokenEndpoint, clock: Clock | None = None, **auth: Any) -> AsyncIterator[ClientCredentials]:
    spec = OAuth2Auth.from_manifest({"tokenUrl": endpoint.url, "secretRef": {"name": "client"}, **auth})
    transport = AiohttpTransport(service_url(endpoint.url, allow_insecure=True), connections=1, allow_loopback=True)

    async def read() -> ClientSecret:
        return ClientSecret(*CLIENT)

    made = ClientCredentials(spec, transport, read, clock or SystemClock())
    try:
        yield made
    finally:
        await made.close()


@pytest.mark.parametrize("authentication", ["Basic", "Post"])
async def test_a_token_is_asked_for_once(authentication: str) -> None:
    async with token_endpoint("t1") as endpoint, source(endpoint, authentication=authentication) as tokens:
        found = await asyncio.gather(*(tokens.token() for _ in range(20)))
        assert set(found) == {"t1"}
        assert len(endpoint.asked) == 1
        assert endpoint.asked[0]["grant_type"] == "client_credentials"
        assert "scope" not in endpoint.asked[0]


async def test_scopes_are_asked_for() -> None:
    async with token_endpoint("t1") as endpoint, source(endpoint, scopes=["scim.read", "scim.write"]) as tokens:
        await tokens.token()
        assert endpoint.asked[0]["scope"] == "scim.read scim.write"


@pytest.mark.parametrize(
    ("life", "still", "over", "why"),
    [
        (3600, 3539, 3541, "a minute before its end"),
        ("3600", 3539, 3541, "some endpoints write numbers as texts"),
        (60, 29, 31, "a short-lived one after half its life"),
    ],
)
async def test_a_token_is_replaced_before_it_expires(life: object, still: float, over: float, why: str) -> None:
    clock = VirtualClock()
    async with token_endpoint("t1", life) as endpoint, source(endpoint, clock) as tokens:
        await tokens.token()
        endpoint.token = "t2"
        clock.advance(still)
        assert await tokens.token() == "t1", why
        clock.advance(over - still)
        assert await tokens.token() == "t2", why


@pytest.mark.parametrize("life", [None, 0, -5, "soon"])
async def test_a_token_without_an_end_is_kept_until_it_is_refused(life: object) -> None:
    clock = VirtualClock()
    async with token_endpoint("t1", life) as endpoint, source(endpoint, clock) as tokens:
        await tokens.token()
        endpoint.token = "t2"
        clock.advance(1e7)
        assert await tokens.token() == "t1"
        assert await tokens.token(fresh=True) == "t2"


async def test_many_refusals_at_once_ask_for_one_token() -> None:
    clock = VirtualClock()
    async with token_endpoint("t1") as endpoint, source(endpoint, clock) as tokens:
        await tokens.token()
        clock.advance(10)
        await asyncio.gather(*(tokens.token(fresh=True) for _ in range(20)))
        assert len(endpoint.asked) == 2


REFUSALS: list[Any] = [
    pytest.param(400, {"error": "invalid_scope"}, {}, Unauthorized, "answered 400 invalid_scope", id="a wrong scope"),
    pytest.param(401, {"error": "<script>"}, {}, Unauthorized, "answered 401: check", id="an error that is no code"),
    pytest.param(400, {"error": {"code": 7}}, {}, Unauthorized, "answered 400: check", id="an object as the error"),
    pytest.param(401, ["no", "object"], {}, Unauthorized, "answered 401: check", id="no object"),
    pytest.param(500, {}, {}, Unavailable, "answered 500", id="down"),
    pytest.param(429, {}, {"Retry-After": "7"}, Throttled, "patience", id="throttled"),
    pytest.param(302, {}, {"Location": "/login"}, WrongService, "final address", id="redirected"),
    pytest.param(308, {}, {}, WrongService, "answered 308", id="redirected to nowhere"),
    pytest.param(404, {}, {}, WrongService, "give the URL of the token endpoint", id="not there"),
    pytest.param(405, {}, {}, WrongService, "give the URL of the token endpoint", id="not for POST"),
    pytest.param(404, {"error": "invalid_client"}, {}, Unauthorized, "invalid_client: check", id="404 for a client"),
    pytest.param(408, {}, {}, Unavailable, "answered 408", id="too slow"),
    pytest.param(425, {}, {}, Unavailable, "answered 425", id="too early"),
    pytest.param(200, {"access_token": "a b"}, {}, WrongService, "cannot be sent in a header", id="two words"),
    pytest.param(200, {"access_token": "t\r\nX: y"}, {}, WrongService, "cannot be sent in a header", id="two lines"),
    pytest.param(200, {"access_token": "tök"}, {}, WrongService, "cannot be sent in a header", id="other letters"),
    pytest.param(200, {"access_token": " "}, {}, WrongService, "without an access_token", id="a blank"),
    pytest.param(200, {"token": "t"}, {}, WrongService, "without an access_token", id="another kind of endpoint"),
]


@pytest.mark.parametrize(("status", "body", "headers", "error", "message"), REFUSALS)
async def test_what_the_endpoint_refuses_is_said(
    status: int, body: object, headers: dict[str, str], error: type[ScimOperatorError], message: str
) -> None:
    async with token_endpoint("t1") as endpoint, source(endpoint) as tokens:
        endpoint.refusal = (status, body, headers)
        with pytest.raises(error, match=message) as caught:
            await tokens.token()
        assert "spec.service.auth.oauth2" in str(caught.value)
        assert not any(part in str(caught.value) for part in CLIENT)


def test_client_credentials_are_not_shown() -> None:
    assert "s3cret" not in repr(ClientSecret(*CLIENT))
