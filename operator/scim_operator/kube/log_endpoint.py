"""Answers questions to the provisioning log on the pod's loopback, to whoever shows the pass of a namespace (ADR 0047).

It is reached by port-forward. That right is one on the pod, so that it says nothing of namespaces: each question is of
one namespace, and needs a proof for that one. Nothing here changes the log; a pass is all that is ever written.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import orjson
from aiohttp import web

from scim_operator.core.secrecy.passes import pass_of, proves
from scim_operator.errors import DependencyNotReady, InvalidSpec, ScimOperatorError, Throttled
from scim_operator.kube.health import serving
from scim_operator.kube.log_pass import show_pass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scim_operator.core.seal import Seal
    from scim_operator.kube.client import KubeClient
    from scim_operator.observability.provisioning_log.search import Query, Search

    Answered = Callable[[web.Request], Awaitable[web.StreamResponse]]

Found = TypeVar("Found")

PORT = 8081
LOG, COUNT, PASS = "/v1/log", "/v1/log/count", "/v1/log/pass"
"""Paths: a page of records, how many fit, and the wish that the pass of a namespace be shown."""
SCHEME = "Proof"
"""The scheme of the Authorization header."""
PATIENCE = 20.0
"""Seconds for a question, until the database gives it up."""
PAUSE = 1.0
"""Seconds between two writes of one namespace's pass."""
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


class NoProof(DependencyNotReady):
    """Whoever asks has not shown that they may read the log of the namespace."""

    reason = "NoProof"


_STATUS: dict[type[ScimOperatorError], int] = {NoProof: 401, InvalidSpec: 400, Throttled: 429, DependencyNotReady: 404}
"""The status of an answer by its error; others are 503."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a question may cost.

    most: characters of records in one answer, but for one record that is larger by itself.
    at_once, waiting: questions that the database works on, and that wait; more are answered 429.
    """

    most: int = 4 << 20
    at_once: int = 2
    waiting: int = 8


@dataclass(frozen=True, slots=True)
class LogReading:
    """Where the log may be read: `host:port`, the store's URL, and the uid of the pod, to which proofs are made."""

    listen: str
    store: str
    pod: str
    bounds: Bounds = Bounds()


class LogEndpoint:
    """Serves the log of `namespaces`, with none named of all of which there are records."""

    def __init__(self, reading: LogReading, client: KubeClient, namespaces: Sequence[str], seal: Seal) -> None:
        self._reading = reading
        self._client = client
        self._namespaces = frozenset(namespaces)
        self._seal = seal
        self._slots = asyncio.Semaphore(reading.bounds.at_once)
        self._waiting = 0
        self._shown: dict[str, float] = {}
        self._opened: Search | None = None

    async def run(self, on_listening: Callable[[int], None] = lambda port: None) -> None:
        """Serve until cancelled. The key of `seal` must be known."""
        try:
            async with serving(self.app(), self._reading.listen) as port:
                on_listening(port)
                await asyncio.Event().wait()
        finally:
            if self._opened:
                await asyncio.to_thread(self._opened.close)

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[_said], client_max_size=1024)
        routes = [web.get(LOG, self._log), web.get(COUNT, self._count), web.post(PASS, self._pass)]
        app.add_routes(routes)
        return app

    async def _log(self, request: web.Request) -> web.Response:
        query = self._admitted(request)
        return web.Response(
            body=await self._asked(partial(_page, query, self._reading.bounds.most)), content_type="application/json"
        )

    async def _count(self, request: web.Request) -> web.Response:
        query = self._admitted(request)
        return _json({"count": await self._asked(lambda search: search.count(query))})

    async def _pass(self, request: web.Request) -> web.Response:
        namespace = request.query.get("namespace", "")
        if not await self._serves(namespace):
            raise DependencyNotReady("This operator has no log of that namespace.")
        now = time.monotonic()
        if now - self._shown.get(namespace, -PAUSE) >= PAUSE:
            self._shown[namespace] = now
            await show_pass(self._client, namespace, pass_of(self._seal, namespace, time.time()))
        return web.Response(status=204)

    def _admitted(self, request: web.Request) -> Query:
        """Return what is asked. Raises NoProof, InvalidSpec."""
        from scim_operator.observability.provisioning_log.asking import query_from  # noqa: PLC0415 - SQLAlchemy

        query = query_from(request.query.items())
        scheme, _, proof = request.headers.get("Authorization", "").partition(" ")
        known = proves(self._seal, query.namespace, self._reading.pod, proof, time.time())
        if not (query.namespace and scheme == SCHEME and known):
            raise NoProof("Show the proof that you may read the log of this namespace.")
        return query

    async def _serves(self, namespace: str) -> bool:
        """Return whether the operator has a log of a namespace: a Lease is written into no other."""
        if not _NAMESPACE.fullmatch(namespace):
            return False
        if self._namespaces:
            return namespace in self._namespaces
        return await self._asked(partial(_has_records, namespace))

    async def _asked(self, question: Callable[[Search], Found]) -> Found:
        """Return the database's answer, found by a thread. Raises Throttled where too many wait already."""
        bounds = self._reading.bounds
        if self._waiting >= bounds.at_once + bounds.waiting:
            raise Throttled("Too many questions to the log at once; ask again in a second.", retry_after=1.0)
        self._waiting += 1
        try:
            async with self._slots:
                if self._opened is None:
                    self._opened = await asyncio.to_thread(_opened, self._reading.store)
                return await asyncio.to_thread(question, self._opened)
        finally:
            self._waiting -= 1


def _opened(store: str) -> Search:
    from scim_operator.observability.provisioning_log.search import Search  # noqa: PLC0415 - SQLAlchemy takes time

    if not store:
        raise DependencyNotReady("This operator keeps no log that could be searched: give it a log store.")
    return Search(store, PATIENCE)


def _has_records(namespace: str, search: Search) -> bool:
    from scim_operator.observability.provisioning_log.search import Query  # noqa: PLC0415 - SQLAlchemy takes time

    return bool(search.find(Query(namespace=namespace, limit=1)))


def _page(query: Query, most: int, search: Search) -> bytes:
    """Return a page as JSON: records go from the store into it as they are."""
    page = search.page(query, most)
    rest = orjson.dumps({"before": page.before, "begins": search.begins(), "shared": search.shared})
    return b'{"records":[' + ",".join(page.records).encode() + b"]," + rest[1:]


@web.middleware
async def _said(request: web.Request, handler: Answered) -> web.StreamResponse:
    """Answer an error with its sentence: ours name no one."""
    try:
        return await handler(request)
    except ScimOperatorError as error:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 503)
        return _json({"message": str(error)}, status)


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
