"""A token endpoint on loopback (RFC 6749 section 4.4): real HTTP, and what it was asked is kept."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

CLIENT = ("operator", "s3cret: with a colon & more")


class TokenEndpoint:
    """Gives `token` to whoever knows CLIENT; `asked` has the form of each request, `refusal` an answer for all."""

    def __init__(self, token: str, expires_in: object = 3600) -> None:
        self.url = ""
        self.token = token
        self.expires_in = expires_in
        self.client = CLIENT
        self.asked: list[dict[str, str]] = []
        self.heard: list[dict[str, str]] = []
        self.certificates: list[object] = []
        self.refusal: tuple[int, object, dict[str, str]] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        self.heard.append(dict(request.headers))
        self.certificates.append((request.transport and request.transport.get_extra_info("peercert")) or None)
        if self.refusal is not None:
            status, body, headers = self.refusal
            return web.json_response(body, status=status, headers=headers)
        if _client(request, form) != self.client:
            return web.json_response({"error": "invalid_client", "error_description": "secret"}, status=401)
        return web.json_response({"access_token": self.token, "token_type": "Bearer", "expires_in": self.expires_in})


def _client(request: web.Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    id, _, secret = base64.b64decode(pair).decode().partition(":")
    return unquote_plus(id), unquote_plus(secret)


@asynccontextmanager
async def token_endpoint(
    token: str, expires_in: object = 3600, tls: ssl.SSLContext | None = None
) -> AsyncIterator[TokenEndpoint]:
    """The endpoint, listening."""
    endpoint = TokenEndpoint(token, expires_in)
    app = web.Application()
    app.router.add_post("/token", endpoint.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    endpoint.url = f"https://localhost:{port}/token" if tls else f"http://{host}:{port}/token"
    try:
        yield endpoint
    finally:
        await runner.cleanup()
