"""Lets in the browser of the person who started the console, and no one else.

Any page of the web may send requests to loopback, by a name that it makes point there too. So each request must name
the address that is served, and come from a page of ours; the token of the printed address is exchanged for a cookie
that no script reads and no other site's page sends; what changes something must name the page it comes from, too.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that a browser sends `Origin: null` for a form of our own.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD"})
_OURS = frozenset({"same-origin", "none"})


class Gate:
    """The checks of one console. `token` is what the printed address has; `port` is the one that is served."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self.csrf = secrets.token_urlsafe(32)
        self._hosts = frozenset(f"{name}:{port}" for name in LOOPBACK)
        # Cookies do not know ports: two consoles at once must not end each other's session.
        self.cookie = f"scim-operator-console-{port}"

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request that may pass; refuse the others with a sentence."""
        refused = self._refusal(request)
        if refused:
            return web.Response(status=403, text=f"{refused}\n")
        if "token" in request.query:
            return self._admitted(request)
        if not _same(request.cookies.get(self.cookie, ""), self._session):
            return web.Response(status=401, text="Open the address that the command has printed, with its token.\n")
        if request.method not in _SAFE and not await self._is_of_a_form(request):
            return web.Response(
                status=403, text="This form is of an earlier start of the console: load its page again.\n"
            )
        return await handler(request)

    def _refusal(self, request: web.Request) -> str:
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "This console answers at the address that the command has printed, and under no other name."
        if request.headers.get("Sec-Fetch-Site", "none") not in _OURS:
            return "This request comes from a page of another site. Open the console's address by itself."
        origin = request.headers.get("Origin", "")
        if (origin or request.method not in _SAFE) and origin != f"http://{hosts[0].lower()}":
            return "This request comes from a page of another origin, or names none."
        return ""

    def _admitted(self, request: web.Request) -> web.Response:
        """Exchange the token for the cookie, and take it out of the address."""
        if not _same(request.query.get("token", ""), self.token):
            return web.Response(status=403, text="This token is not of this start of the console.\n")
        response = web.Response(status=303, headers={"Location": request.path})
        response.set_cookie(self.cookie, self._session, httponly=True, samesite="Strict", path="/")
        return response

    async def _is_of_a_form(self, request: web.Request) -> bool:
        given = (await request.post()).get(FIELD, "")
        return isinstance(given, str) and _same(given, self.csrf)


async def with_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer, refusals and errors too."""
    response.headers.update(HEADERS)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
