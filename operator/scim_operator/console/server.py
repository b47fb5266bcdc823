"""The console's server: the routes, and one page of words for every error."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.console.gate import Gate, with_headers
from scim_operator.console.pages import access, frame, log, overview, people, person, plan
from scim_operator.console.pages.progress import Course
from scim_operator.console.people import Query
from scim_operator.console.source import Asked
from scim_operator.core.unexpected import unexpected
from scim_operator.errors import DependencyNotReady, InternalError, InvalidSpec, ScimOperatorError
from scim_operator.review.access.ways import Ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scim_operator.console.source import Manifest, Source
    from scim_operator.core.keys import Kind, ObjectKey

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
_KINDS = {segment: kind for kind, segment in frame.SEGMENTS.items()}


class Console:
    """The handlers over one source. `gate` has the token of its forms."""

    def __init__(self, source: Source, gate: Gate) -> None:
        self._source = source
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
            web.get("/people", self._people),
            web.get("/people/results", self._results),
            web.get("/people/{kind:user|group}/{name}", self._person),
            web.get("/people/{kind:user|group}/{name}/why", self._why),
            web.post("/people/{kind:user|group}/{name}/why", self._why_now),
            web.get("/plan", self._plans),
            web.get("/plan/{config}", self._plan),
            web.post("/plan/{config}/make", self._make),
            web.post("/plan/{config}/approve", self._approve),
            web.get("/access", self._access),
            web.get("/log", self._log),
            web.get("/static/{name}", _static),
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
        except _Absent as error:
            return self._error(request, "Not found", str(error), 404)
        except Exception as error:
            named = unexpected(error)
            if isinstance(named, InternalError):
                logger.exception("%s %s", named, named.trace)
            return self._error(request, "This did not work", str(named), 502)

    def _error(self, request: web.Request, title: str, message: str, status: int) -> web.Response:
        part = frame.notice(message, bad=True)
        if "HX-Request" in request.headers:
            return _html(str(part))  # htmx shows what an answer says only where it is 200
        return _html(frame.page(self._frame(), title, part), status)

    def _frame(self, current: str = "") -> frame.Frame:
        return frame.Frame(self._source.place, current, self._gate.csrf)

    async def _looked(self) -> list[Manifest]:
        configs = await self._source.configs()
        self._course.look(configs, asyncio.get_running_loop().time())
        return configs

    async def _names(self) -> list[str]:
        return [config["metadata"]["name"] for config in await self._source.configs()]

    async def _config(self, request: web.Request) -> Manifest:
        name = request.match_info["config"]
        found = [each for each in await self._source.configs() if each["metadata"]["name"] == name]
        if not found:
            raise _Absent("There is no ProvisioningConfig of that name; go back to the overview.")
        return found[0]

    async def _overview(self, _: web.Request) -> web.Response:
        configs = await self._looked()
        return _html(overview.overview(self._frame("/"), self._source, configs, self._course))

    async def _live(self, _: web.Request) -> web.Response:
        return _html(str(overview.cards(self._source, await self._looked(), self._course)))

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
        people = f"{self._source.people.revision} {self._source.reading} {self._source.trouble}"
        return f"{people} {[each['metadata'].get('resourceVersion') for each in configs]}"

    async def _people(self, request: web.Request) -> web.Response:
        query, begin, names = _query(request), _begin(request), await self._names()
        return _html(people.people(self._frame("/people"), self._source, query, begin, names))

    async def _results(self, request: web.Request) -> web.Response:
        return _html(str(people.results(self._source, _query(request), _begin(request))))

    async def _person(self, request: web.Request) -> web.Response:
        detail = await self._source.detail(self._key(request))
        if detail is None:
            raise _Absent("There is no manifest of that name; search it in the list.")
        ways, names = self._ways(), await self._names()
        shown = person.person(self._frame("/people"), self._source, detail, ways, names, _begin(request))
        return _html(shown)

    async def _why(self, request: web.Request) -> web.Response:
        return await self._explained(request, request.query.get("config", ""), ask=False)

    async def _why_now(self, request: web.Request) -> web.Response:
        return await self._explained(request, str((await request.post()).get("config", "")), ask=True)

    async def _explained(self, request: web.Request, config: str, *, ask: bool) -> web.Response:
        explanation = await self._source.explain(self._key(request), config, ask=ask)
        if "HX-Request" in request.headers:
            return _html(str(person.explained(explanation)))
        return _html(person.explained_page(self._frame("/people"), explanation))

    async def _plans(self, _: web.Request) -> web.Response:
        return _html(plan.plans(self._frame("/plan"), await self._source.configs()))

    async def _plan(self, request: web.Request) -> web.Response:
        config, part = await self._config(request), plan.Part(request.query.get("q", ""), _begin(request))
        name = config["metadata"]["name"]
        held = self._source.people.find(Query(part.text, reason=plan.HELD, config=name), part.begin, plan.MOST)
        whole = await self._source.plan(name)
        return _html(plan.plan_page(self._frame("/plan"), self._source, config, held, whole, part))

    async def _make(self, request: web.Request) -> web.Response:
        name = (await self._config(request))["metadata"]["name"]
        await self._source.make_plan(name)
        raise web.HTTPSeeOther(f"/plan/{name}#whole")

    async def _approve(self, request: web.Request) -> web.Response:
        """Approve the plan that the page has shown, as long as it is still the one that waits."""
        config, given = await self._config(request), await request.post()
        name, digest = config["metadata"]["name"], str(given.get("digest", ""))
        waiting = plan.waiting(config)
        if not waiting.digest or waiting.digest != digest:
            raise InvalidSpec("The plan has changed since the page was loaded: look at the one that waits now.")
        if waiting.protected and given.get("protected") != "yes":
            raise InvalidSpec("The plan touches protected objects: tick that they may be touched.")
        await self._source.approve(name, digest, waiting.protected)
        raise web.HTTPSeeOther(f"/plan/{name}")

    async def _access(self, request: web.Request) -> web.Response:
        text = request.query.get("q", "")
        return _html(access.access(self._frame("/access"), self._source, self._ways(), text, _begin(request)))

    async def _log(self, request: web.Request) -> web.Response:
        query = request.query
        asked = Asked(query.get("user", ""), query.get("group", ""), query.get("failed") == "yes")
        records, trouble = None, ""
        if query.get("asked"):
            try:
                records = await self._source.log(asked)
            except ScimOperatorError as error:
                trouble = str(error)
        return _html(log.log(self._frame("/log"), asked, records, trouble))

    def _ways(self) -> Ways:
        return Ways(self._source.namespace, datetime.now(UTC))

    def _key(self, request: web.Request) -> ObjectKey:
        kind: Kind = _KINDS[request.match_info["kind"]]
        return self._source.key(kind, request.match_info["name"])


class _Absent(DependencyNotReady):
    """There is nothing of that name."""


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    body = files("scim_operator.console").joinpath("static", name).read_bytes()
    return web.Response(body=body, content_type=STATIC[name], charset="utf-8")


def _query(request: web.Request) -> Query:
    given = request.query
    return Query(*(given.get(name, "") for name in ("q", "kind", "state", "reason", "config")))


def _begin(request: web.Request) -> int:
    given = request.query.get("begin", "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else 0


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
