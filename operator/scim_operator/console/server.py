"""The console's server: the routes, and one page of words for every error."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.console.gate import Gate, with_headers
from scim_operator.console.handling import Absent, Handling, begin_of, html, is_part
from scim_operator.console.on_log import OnLog
from scim_operator.console.on_people import OnPeople, query_of
from scim_operator.console.on_plans import OnPlans
from scim_operator.console.pages import access, frame, overview
from scim_operator.console.pages.progress import Course
from scim_operator.core.keys import Kind
from scim_operator.core.unexpected import unexpected
from scim_operator.errors import InternalError, ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scim_operator.console.source import Manifest, Source

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)

STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
LOOK_SECONDS = 2.0
"""How often the cluster is asked for the configs while a page is open that shows them live."""
LARGEST_FORM = 64 * 1024


class Console(Handling):
    """The handlers of the overview and of access; and the application with all of them."""

    def __init__(self, source: Source, gate: Gate) -> None:
        super().__init__(source, gate.csrf)
        self._gate = gate
        self._course = Course()

    def application(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[self._gate.middleware, self._told], client_max_size=LARGEST_FORM)
        app.on_response_prepare.append(with_headers)
        app.add_routes([
            web.get("/", self._overview),
            web.get("/live", self._live),
            web.get("/events", self._events),
            web.get("/access", self._access),
            web.get("/static/{name}", _static),
            *OnLog(self.source, self._gate.csrf).routes(),
            *OnPeople(self.source, self._gate.csrf).routes(),
            *OnPlans(self.source, self._gate.csrf).routes(),
        ])  # fmt: skip
        return app

    @web.middleware
    async def _told(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer errors with a page that says what to do next; what no one foresaw goes to the log of the command."""
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return self._error(request, "Not found", "There is no such page.", 404)
        except web.HTTPException:
            raise
        except Absent as error:
            return self._error(request, "Not found", str(error), 404)
        except Exception as error:
            named = unexpected(error)
            if isinstance(named, InternalError):
                logger.exception("%s %s", named, named.trace)
            return self._error(request, "This did not work", str(named), 502)

    def _error(self, request: web.Request, title: str, message: str, status: int) -> web.Response:
        part = frame.notice(message, bad=True)
        if is_part(request):
            return html(str(part))  # htmx shows what an answer says only where it is 200
        return html(frame.page(self.frame(), title, part), status)

    async def _looked(self) -> list[Manifest]:
        configs = await self.source.configs()
        self._course.look(configs, asyncio.get_running_loop().time())
        return configs

    async def _overview(self, _: web.Request) -> web.Response:
        configs = await self._looked()
        return html(overview.overview(self.frame("/"), self.source, configs, self._course))

    async def _live(self, _: web.Request) -> web.Response:
        return html(str(overview.cards(self.source, await self._looked(), self._course)))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send an event whenever what the overview shows has moved, until the browser leaves."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = ""
        with contextlib.suppress(ConnectionError):
            while True:
                now = await self._versions()
                await response.write(b"event: changed\ndata:\n\n" if seen and now != seen else b": still here\n\n")
                seen = now
                await asyncio.sleep(LOOK_SECONDS)
        return response

    async def _versions(self) -> str:
        try:
            configs = await self._looked()
        except ScimOperatorError as error:
            return str(error)
        people = f"{self.source.people.revision} {self.source.reading} {self.source.trouble}"
        return f"{people} {[each['metadata'].get('resourceVersion') for each in configs]}"

    async def _access(self, request: web.Request) -> web.Response:
        query, begin = replace(query_of(request), kind=Kind.GROUP.value), begin_of(request)
        places = await self.namespaces()
        return html(access.access(self.frame("/access"), self.source, self.ways, query, begin, places))


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    body = files("scim_operator.console").joinpath("static", name).read_bytes()
    return web.Response(body=body, content_type=STATIC[name], charset="utf-8")


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address of loopback; port 0 is any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


@contextlib.asynccontextmanager
async def serving(source: Source, listener: socket.socket) -> AsyncIterator[Gate]:
    """Serve inside the block; gives the gate, which has the token that lets a browser in."""
    gate = Gate(listener.getsockname()[1])
    runner = web.AppRunner(Console(source, gate).application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield gate
    finally:
        await runner.cleanup()
