"""An API server that misbehaves when asked to: a proxy in front of the real one."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import orjson
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.cluster.controlplane import ControlPlane


@dataclass(frozen=True)
class Answer:
    """Answer one request that `matches` with this status instead of asking the API server."""

    matches: str
    """list, watch, an HTTP method, or * for any request."""
    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ErrorEvent:
    """Let one watch begin and say nothing but an ERROR event."""

    code: int
    message: str = "etcdserver: leader changed"


@dataclass(frozen=True)
class Silence:
    """Let one watch begin and say nothing at all."""


@dataclass(frozen=True)
class Cut:
    """Let one request through to the API server and drop the connection instead of passing its answer on."""

    matches: str


Fault = Answer | ErrorEvent | Silence | Cut


class FaultProxy:
    """Forwards to the real API server. Each fault strikes one request, in order; `seen` records all requests."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self.faults: deque[Fault] = deque()
        self.seen: list[str] = []
        self.url = ""

    def what(self, request: web.Request) -> str:
        if request.method != "GET":
            return request.method
        if "watch" in request.query:
            return "watch"
        return "list" if "limit" in request.query else "GET"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        what = self.what(request)
        self.seen.append(what)
        match fault := self._next(what):
            case Answer():
                return web.json_response(
                    {"kind": "Status", "message": "injected"}, status=fault.status, headers=fault.headers
                )
            case ErrorEvent():
                body = {"type": "ERROR", "object": {"kind": "Status", "code": fault.code, "message": fault.message}}
                return await self._stream(request, orjson.dumps(body) + b"\n")
            case Silence():
                return await self._stream(request, b"", silence=True)
            case _:
                return await self._forward(request, cut=fault is not None)

    def _next(self, what: str) -> Fault | None:
        if not self.faults:
            return None
        wanted = self.faults[0].matches if isinstance(self.faults[0], Answer | Cut) else "watch"
        return self.faults.popleft() if wanted in (what, "*") else None

    async def _stream(self, request: web.Request, data: bytes, *, silence: bool = False) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        if data:
            await response.write(data)
        if silence:
            await asyncio.Event().wait()
        return response

    async def _forward(self, request: web.Request, *, cut: bool) -> web.StreamResponse:
        headers = {k: v for k, v in request.headers.items() if k in ("Content-Type", "Accept")}
        headers["Authorization"] = f"Bearer {self._plane.admin_token}"
        url = f"{self._plane.url}{request.rel_url}"
        async with self._session.request(
            request.method, url, headers=headers, data=await request.read() or None
        ) as answer:
            if cut:
                await answer.read()
                assert request.transport
                request.transport.abort()
                return web.Response()
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            await response.prepare(request)
            try:
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            finally:
                if answer.connection and answer.connection.transport:
                    answer.connection.transport.abort()
            return response

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FaultProxy]:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        context = ssl.create_default_context(cafile=self._plane.certificate)
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(ssl=context, limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as self._session:
            try:
                site = web.TCPSite(runner, "127.0.0.1", 0)
                await site.start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield self
            finally:
                await runner.cleanup()
        await asyncio.sleep(0)
