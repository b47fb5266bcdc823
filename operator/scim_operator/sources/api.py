"""Reads an identity provider's API: one token, one host, pages that are followed, and refused unless they end.

Over the operator's own transport: redirects are not followed, addresses are judged, answers are bounded, and "later" is
waited for. What a link in an answer says is asked for below the URL that was given, or not at all.
"""

from __future__ import annotations

import random
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from scim_operator.api.auth import OAuth2Auth
from scim_operator.api.enums import ClientAuthentication
from scim_operator.errors import IncompleteListing, ScimOperatorError, Throttled, Unauthorized, Unavailable
from scim_operator.scim import reading
from scim_operator.scim.auth import StaticToken
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.oauth2 import ClientCredentials, ClientSecret
from scim_operator.scim.protocol import Method, Request
from scim_operator.scim.sharing import Budgets
from scim_operator.scim.url import service_url
from scim_operator.scim.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from scim_operator.core.resource import JsonValue
    from scim_operator.scim.auth import TokenSource
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.egress import Egress
    from scim_operator.scim.exchange import Sent
    from scim_operator.scim.transport import Transport

    Query = tuple[tuple[str, str], ...]

CONCURRENCY = 4
LONGEST_WAIT = 600.0
"""Seconds that an API may ask to wait."""
_WAITS = 20
_MOST_PAGES = 20_000
_STATUS: ContextVar[int] = ContextVar("_STATUS", default=0)
"""The status of the last answer to this task's own request; several tasks ask at once."""
_LINK = re.compile(r"[!-~]+")
_NAME = re.compile(r"[A-Za-z0-9$_.-]+")
_UPWARD = re.compile(r"\\|%(?:25|2e|2f|5c)|/\.{1,2}(?:/|$)", re.IGNORECASE)
"""What may lead out of a path: who reads it may take signs that are percent-encoded for what they stand for."""
NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
"""The next page in a Link header (RFC 8288)."""


class Grant:
    """A TokenSource of client credentials, whose errors name the option to look at, and never the secret."""

    def __init__(self, url: str, client: ClientSecret, scopes: tuple[str, ...], egress: Egress, clock: Clock) -> None:
        auth = OAuth2Auth.model_construct(
            token_url=url, scopes=scopes, authentication=ClientAuthentication.POST, secret_ref=None
        )
        self._host = service_url(url, allow_insecure=egress.allow_insecure, field="the token endpoint").host

        async def read() -> ClientSecret:
            return client

        self._inner = ClientCredentials(auth, _transport(url, "the token endpoint", egress, 1), read, clock)

    async def token(self, *, fresh: bool = False) -> str:
        """Return the token; raises Unauthorized or Unavailable, in the words of this command."""
        try:
            return await self._inner.token(fresh=fresh)
        except Unauthorized:
            raise Unauthorized(
                f"{self._host} refuses the client: check --client-id, the secret in --client-secret-file, and whether "
                "it has expired"
            ) from None
        except ScimOperatorError as error:
            raise Unavailable(
                f"{self._host} gives no token ({type(error).__name__}): check the URL of the token endpoint, or try "
                "again later"
            ) from None

    async def close(self) -> None:
        """Give connections back."""
        await self._inner.close()


class Api:
    """One API below a URL; `rights` says what the credentials need, for messages. Close it at the end."""

    def __init__(
        self, url: str, tokens: TokenSource | str, scheme: str, egress: Egress, clock: Clock, *, rights: str
    ) -> None:
        self._url = service_url(url, allow_insecure=egress.allow_insecure, field="the API's URL")
        self._clock = clock
        self._rights = rights
        source = StaticToken(tokens) if isinstance(tokens, str) else tokens
        budget = Budgets(clock).member(self._url.base, concurrency=CONCURRENCY, rate=None)
        transport = _transport(url, "the API's URL", egress, CONCURRENCY)
        self._exchange = Exchange(transport, source, scheme, budget, random.Random())  # noqa: S311 - jitter
        self._exchange.observe = _note

    async def close(self) -> None:
        """Give connections back."""
        await self._exchange.close()

    async def get(self, path: str, query: Query = ()) -> tuple[JsonValue, Mapping[str, str]]:
        """Return the JSON at a path below the URL, and the headers. Raises InvalidSpec, Unauthorized, Unavailable."""
        return await self._sent(Request(Method.GET, path, query))

    async def follow(self, link: str) -> tuple[JsonValue, Mapping[str, str]]:
        """Return the page that a link leads to. Raises IncompleteListing, where that is elsewhere; see `get`."""
        before, _, query = link.partition("?")
        path = before.removeprefix(self._url.base)
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=64) if query.count("&") < 64 else [("", "")]
        inside = path != before and path.startswith("/") and not _UPWARD.search(path)
        usable = _LINK.fullmatch(link) and inside and "#" not in link
        if not usable or not all(_NAME.fullmatch(name) for name, _ in pairs):
            raise IncompleteListing(
                f"{self._url.host} names a next page outside of the URL that was given: it was not asked for, and "
                "nothing is imported"
            )
        return await self._sent(Request(Method.GET, path, tuple(pairs)))

    async def _sent(self, request: Request) -> tuple[JsonValue, Mapping[str, str]]:
        _STATUS.set(0)
        for waited in range(_WAITS):
            try:
                answer = await self._exchange.send(request)
                return reading.parse(answer.body), answer.headers
            except Throttled as error:
                if error.retry_after > LONGEST_WAIT or waited == _WAITS - 1:
                    raise Unavailable(f"{self._url.host} asks again and again to wait: import later") from None
                await self._clock.sleep(error.retry_after)
            except Unreadable as error:
                raise Unavailable(f"{self._url.host} has answered what cannot be read: {error}") from None
            except ScimOperatorError as error:
                raise self._failed(error) from None
        raise AssertionError("the last one raises")  # pragma: no cover

    def _failed(self, error: ScimOperatorError) -> ScimOperatorError:
        host, status = self._url.host, _STATUS.get()
        if status in {401, 403}:
            return Unauthorized(f"{host} refuses to show this ({status}): the credentials need {self._rights}")
        if status < 300:
            return error
        return Unavailable(f"{host} answered {status}: nothing is imported; check the URL", status=status)


def _note(sent: Sent) -> None:
    _STATUS.set(sent.status)


async def linked(api: Api, path: str, query: Query) -> AsyncIterator[list[JsonValue]]:
    """Yield the pages of a listing whose next page is in the answer (`@odata.nextLink`), or in a Link header.

    Errors: those of `Api`; IncompleteListing where a page is no list, comes twice, or the listing has no end.
    """
    followed: set[str] = set()
    content, headers = await api.get(path, query)
    while True:
        items = content.get("value") if isinstance(content, dict) else content
        if not isinstance(items, list):
            raise IncompleteListing(f"{path}: a page is no list; nothing is imported")
        yield items
        link = _next(content, headers)
        if not link:
            return
        if link in followed or len(followed) >= _MOST_PAGES:
            raise IncompleteListing(f"{path}: the listing has no end; nothing is imported")
        followed.add(link)
        content, headers = await api.follow(link)


def _next(content: JsonValue, headers: Mapping[str, str]) -> str:
    if isinstance(content, dict):
        link = content.get("@odata.nextLink")
        if link is not None and not isinstance(link, str):
            raise IncompleteListing("a page's @odata.nextLink is no text; nothing is imported")
        return link or ""
    found = NEXT.search(headers.get("link", ""))
    return found[1] if found else ""


async def counted_pages(api: Api, path: str, query: Query, size: int) -> AsyncIterator[list[JsonValue]]:
    """Yield the pages of a listing that `first` and `max` move through, until an empty one.

    Errors: those of `Api`; IncompleteListing where a page is no list, larger than asked for, or has no end.
    """
    first = 0
    for _ in range(_MOST_PAGES):
        content, _headers = await api.get(path, (*query, ("first", str(first)), ("max", str(size))))
        if not isinstance(content, list) or len(content) > size:
            raise IncompleteListing(f"{path}: a page is no list, or larger than asked for; nothing is imported")
        if not content:
            return
        yield content
        first += len(content)
    raise IncompleteListing(f"{path}: the listing has no end; nothing is imported")


def _transport(url: str, field: str, egress: Egress, connections: int) -> Transport:
    from scim_operator.scim.transport import AiohttpTransport  # noqa: PLC0415 - 140 ms that not every command needs

    return AiohttpTransport(
        service_url(url, allow_insecure=egress.allow_insecure, field=field),
        connections=connections,
        allow_loopback=egress.allow_insecure,
        field=field,
        egress=egress,
    )
