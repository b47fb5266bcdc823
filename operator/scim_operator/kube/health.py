"""The HTTP server for the kubelet and Prometheus: /healthz, /readyz and /metrics."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.observability.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scim_operator.observability.metrics import Metrics

BACKLOG = 16


def health_app(metrics: Metrics, *, alive: Callable[[], list[str]], ready: Callable[[], list[str]]) -> web.Application:
    """Build the application. A probe answers 200 "ok", or 503 with one sentence a line."""

    async def healthz(_: web.Request) -> web.Response:
        return _answer(alive())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(ready())

    async def exposition(_: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", exposition)])
    return app


@contextlib.asynccontextmanager
async def serving(app: web.Application, listen: str) -> AsyncIterator[int]:
    """Serve at `host:port` (port 0: any free one) inside the block; gives the port."""
    host, port = address(listen)
    # Probes are answered at once; waiting for idle scrapers would only delay the end of the process.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def address(listen: str) -> tuple[str | None, int]:
    """Split `host:port`; `:8080` and `[::]:8080` are fine too. Raises ValueError with a sentence."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"--listen {listen} is not HOST:PORT, such as 0.0.0.0:8080.")
    return host.strip("[]") or None, int(port)


def _answer(problems: list[str]) -> web.Response:
    return web.Response(status=503, text="\n".join(problems) + "\n") if problems else web.Response(text="ok\n")
