"""Stands between an operator and a real API server, notes what is asked and how it is answered, and can interfere.

It speaks TLS with the API server's own certificate and passes the caller's token on, so that RBAC judges the caller.
"""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.cluster.controlplane import ControlPlane

VERBS = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
PASSED_ON = ("Accept", "Authorization", "Content-Type")


class Right(NamedTuple):
    """A verb on a resource, as RBAC names them."""

    group: str
    resource: str
    verb: str


class Asked(NamedTuple):
    """One request for a resource, and the HTTP status of its answer; kopf's requests come without a `limit`."""

    right: Right
    status: int
    namespace: str = ""
    limit: str = ""


@dataclass
class Witness:
    """A proxy in front of `plane`. For each right in `conflicts`, one request meets an object that has just changed."""

    plane: ControlPlane
    asked: list[Asked] = field(default_factory=list)
    conflicts: list[Right] = field(default_factory=list)
    url: str = ""

    @property
    def refused(self) -> set[Right]:
        """The rights that were asked for in vain."""
        return {asked.right for asked in self.asked if asked.status == 403}

    @property
    def used(self) -> set[Right]:
        """The rights that were made use of."""
        return {asked.right for asked in self.asked if asked.status < 400}

    def answers(self, right: Right) -> list[int]:
        """The answers to the requests for a right, in their order."""
        return [asked.status for asked in self.asked if asked.right == right]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        named = right_of(request)
        if named and named[0] in self.conflicts:
            self.conflicts.remove(named[0])
            await self._touch(request.path)
        headers = {name: value for name, value in request.headers.items() if name in PASSED_ON}
        body = await request.read() or None
        async with self._session.request(request.method, request.rel_url, headers=headers, data=body) as answer:
            if named:
                right, namespace = named
                self.asked.append(Asked(right, answer.status, namespace, request.query.get("limit", "")))
            return await _pass_back(request, answer)

    async def _touch(self, path: str) -> None:
        """What somebody else does who annotates the object in the same moment."""
        headers = {
            "Authorization": f"Bearer {self.plane.admin_token}",
            "Content-Type": "application/merge-patch+json",
        }
        change = {"metadata": {"annotations": {"example.com/seen": "now"}}}
        async with self._session.patch(path.removesuffix("/status"), json=change, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Witness]:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=self.plane.certificate), limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(self.plane.url, connector=connector, timeout=timeout) as self._session:
            try:
                await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=_certificate(self.plane)).start()
                self.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
                yield self
            finally:
                await runner.cleanup()


def _certificate(plane: ControlPlane) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(plane.certificate, plane.certificate.with_suffix(".key"))
    return context


async def _pass_back(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]})
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    finally:
        if answer.connection and answer.connection.transport:
            answer.connection.transport.abort()  # a watch that nobody listens to any more
    return response


def right_of(request: web.Request) -> tuple[Right, str] | None:
    """The right that a request needs, and its namespace ("" for all); None when it is for no resource (discovery)."""
    match request.path.strip("/").split("/"):
        case ["api", _, *rest]:
            group = ""
        case ["apis", group, _, *rest]:
            pass
        case _:
            return None
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    if not rest:
        return None
    plural, name, *subresource = [*rest, ""] if len(rest) == 1 else rest
    return Right(group, "/".join((plural, *subresource)), _verb(request, name)), namespace


def _verb(request: web.Request, name: str) -> str:
    if request.method != "GET":
        return VERBS[request.method]
    if name:
        return "get"
    return "watch" if "watch" in request.query else "list"
