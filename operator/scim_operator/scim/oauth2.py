"""OAuth2 client credentials (RFC 6749 section 4.4): a token from a token endpoint, each before the last one expires."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from scim_operator.api.enums import ClientAuthentication
from scim_operator.errors import Throttled, Unauthorized, Unavailable, WrongService, WrongServiceReason
from scim_operator.scim.failures import wait_of
from scim_operator.scim.protocol import Method, Request, Response
from scim_operator.scim.reading import note
from scim_operator.scim.values import lifetime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from scim_operator.api.auth import OAuth2Auth
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.transport import Transport

FIELD = "spec.service.auth.oauth2.tokenUrl"

EARLY = 60.0
"""Seconds before its end at which a token is replaced; of a short-lived one, half its life."""
YOUNG = 5.0
"""Seconds in which a token is not replaced although it was refused: many requests are refused at once."""
DEFAULT_WAIT = 30.0
"""Seconds to wait where the endpoint asks for patience without saying how long."""

_CODES = frozenset(
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "server_error",
        "temporarily_unavailable",
        "invalid_target",
    ]
)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """The content of the Secret; not to be shown."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return "ClientSecret(…)"


class ClientCredentials:
    """A TokenSource. `read` gives the client's id and secret; `close` gives the endpoint's connections back."""

    def __init__(
        self, auth: OAuth2Auth, transport: Transport, read: Callable[[], Awaitable[ClientSecret]], clock: Clock
    ) -> None:
        self._auth = auth
        self._transport = transport
        self._read = read
        self._clock = clock
        self._asking = asyncio.Lock()
        self._token = self._client = ""
        self._since = self._until = float("-inf")

    async def token(self, *, fresh: bool = False) -> str:
        """Return the token to send now; raises Unauthorized, or the error that keeps the endpoint away."""
        async with self._asking:
            now = self._clock.monotonic()
            refused = fresh and now - self._since >= YOUNG
            if not self._token or refused or now >= self._until:
                await self._ask()
            return self._token

    def account(self) -> str:
        """Return the account that tokens are issued to, "" before the first."""
        return self._client and f"{self._auth.token_url} {self._client}"

    async def close(self) -> None:
        """Give connections back."""
        await self._transport.close()

    async def _ask(self) -> None:
        client = await self._read()
        response = await self._transport.send(_request(self._auth, client), _headers(self._auth, client))
        self._token, life = _granted(response, self._clock.now())
        self._client = client.id
        self._since = self._clock.monotonic()
        self._until = self._since + max(life - EARLY, life / 2)


def _request(auth: OAuth2Auth, client: ClientSecret) -> Request:
    fields = [("grant_type", "client_credentials")]
    if auth.scopes:
        fields.append(("scope", " ".join(auth.scopes)))
    if auth.authentication is ClientAuthentication.POST:
        fields += [("client_id", client.id), ("client_secret", client.secret)]
    return Request(Method.POST, "", form=tuple(fields))


def _headers(auth: OAuth2Auth, client: ClientSecret) -> dict[str, str]:
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if auth.authentication is ClientAuthentication.BASIC:
        # RFC 6749 section 2.3.1: both are encoded as in a form before they are joined.
        pair = f"{quote_plus(client.id)}:{quote_plus(client.secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers


def _granted(response: Response, now: datetime) -> tuple[str, float]:
    """Return the token and its lifetime in seconds, infinite where none is given (RFC 6749 section 5.1)."""
    if not response.ok:
        raise _refusal(response, now)
    body = note(response.body)
    token, life = body.get("access_token"), body.get("expires_in")
    if not isinstance(token, str) or not token.strip():
        raise WrongService(
            f"{FIELD} answered success without an access_token: {_WHERE}.", reason=WrongServiceReason.NOT_SCIM
        )
    if not re.fullmatch(r"[\x21-\x7e]+", token.strip()):  # RFC 6750 section 2.1
        raise WrongService(
            f"{FIELD} answered success with an access_token that cannot be sent in a header: {_WHERE}, or ask its "
            "administrator.",
            reason=WrongServiceReason.NOT_SCIM,
        )
    return token.strip(), lifetime(life) or float("inf")


_WHERE = "give the URL of the token endpoint"
_TOO_SLOW = frozenset({408, 425})
_ELSEWHERE = frozenset({404, 405, 410})


def _refusal(response: Response, now: datetime) -> Exception:
    if response.status == 429 or (response.status == 503 and "retry-after" in response.headers):
        wait = wait_of(response.headers, now)
        return Throttled(f"{FIELD} asks for patience.", retry_after=DEFAULT_WAIT if wait is None else wait)
    said = f"{FIELD} answered {response.status}"
    if response.status >= 500 or response.status in _TOO_SLOW:
        return Unavailable(f"{said}.", status=response.status)
    if 300 <= response.status < 400:
        return WrongService(
            f"{said}. Redirects are not followed, since they would carry the client's credentials along: give the "
            "final address.",
            reason=WrongServiceReason.REDIRECTED,
        )
    if response.status in _ELSEWHERE and not _code(response):
        return WrongService(f"{said}: {_WHERE}.", reason=WrongServiceReason.WRONG_URL)
    return Unauthorized(
        f"{said}{_code(response)}: check client_id and client_secret in the Secret that "
        "spec.service.auth.oauth2.secretRef names, scopes and authentication."
    )


def _code(response: Response) -> str:
    """Return the error code if it is one of RFC 6749's: other words, and descriptions, may be anything."""
    code = note(response.body).get("error")
    return f" {code}" if isinstance(code, str) and code in _CODES else ""
