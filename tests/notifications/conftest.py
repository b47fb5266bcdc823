"""A receiver of webhooks and a mail server, both real, on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

TLS = Path(__file__).parents[1] / "scim" / "tls"


class Receiver:
    """Keeps what is posted; answers with `status`, or not at all when `silent`."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 204
        self.silent = False
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        if self.silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:1/"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made, app = Receiver(), web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


class MailServer:
    """Keeps the mails, with who was logged in and whether it came over TLS."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[tuple[Any, str, bool]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        login = session.auth_data.login.decode() if session.auth_data else ""
        self.mails.append((envelope, login, session.ssl is not None))
        return "250 OK"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = (data.login, data.password) == (b"scim", b"hidden-password")
    return AuthResult(success=good, handled=False, auth_data=data)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """It insists on STARTTLS and on a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
    made = MailServer()
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticate,
    )
    # aiosmtpd connects to the port that it was given to see that it is up: give it one that is free.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = made.port = probe.getsockname()[1]
    controller.start()
    yield made
    controller.stop()
