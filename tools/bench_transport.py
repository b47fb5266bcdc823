"""Compare HTTP transports for the SCIM client: requests/s and CPU per request, as ratios of one run.

One local server in a process of its own, sixteen connections, and the mix of an initial sweep: a filtered GET, then a
POST. `python tools/bench_transport.py [REQUESTS]` prints one Markdown table; docs/adr/0002-transport.md keeps it.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import httpx2
import orjson
from aiohttp import web

from scim_operator.api.enums import AuthScheme
from scim_operator.core.keys import ResourceType
from scim_operator.scim.auth import StaticToken
from scim_operator.scim.budget import Budget
from scim_operator.scim.client import ScimClient
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.profile import VMWARE_IDENTITY_SERVICE
from scim_operator.scim.protocol import create_request, list_request
from scim_operator.scim.transport import AiohttpTransport
from scim_operator.scim.url import service_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from multiprocessing.connection import Connection

    Send = Callable[[str, str, bytes | None], Awaitable[bytes]]

CONNECTIONS = 16
USER = orjson.dumps(
    {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@corp.example",
        "externalId": "identity/ada",
        "active": True,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"type": "work", "value": "ada@corp.example", "primary": True}],
        "displayName": "Ada Lovelace",
    }
)
EMPTY = orjson.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0})
HEADERS = {
    "Authorization": "Bearer local",
    "Accept": "application/scim+json, application/json",
    "Content-Type": "application/scim+json",
}
BASE = "/usergroup/t/CUSTOMER/scim/v2"
PATH = f"{BASE}/Users"
FILTER = "filter=externalId%20eq%20%22identity%2Fada%22&startIndex=1&count=100"
FIND = list_request(ResourceType.USER, start=1, count=100, filter='externalId eq "identity/ada"')


def serve(pipe: Connection) -> None:
    """Answer the mix on a free port of loopback, which is sent through the pipe, until killed."""

    async def run() -> None:
        async def find(_: web.Request) -> web.Response:
            return web.Response(body=EMPTY, content_type="application/scim+json")

        async def create(request: web.Request) -> web.Response:
            return web.Response(body=await request.read(), status=201, content_type="application/scim+json")

        app = web.Application()
        app.router.add_get(PATH, find)
        app.router.add_post(PATH, create)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


class AiohttpUnderHttpx(httpx2.AsyncBaseTransport):
    """httpx2's API over an aiohttp session: the smallest transport that could work."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        async with self._session.request(
            request.method,
            str(request.url),
            headers=request.headers.multi_items(),
            data=await request.aread() or None,
            allow_redirects=False,
        ) as answer:
            return httpx2.Response(answer.status, headers=answer.raw_headers, content=await answer.read())


@asynccontextmanager
async def plain_aiohttp(base: str) -> AsyncIterator[Send]:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:

        async def send(method: str, query: str, body: bytes | None) -> bytes:
            url = f"{base}{PATH}?{query}" if query else f"{base}{PATH}"
            async with session.request(method, url, data=body, headers=HEADERS) as answer:
                return await answer.read()

        yield send


def over_httpx(client: httpx2.AsyncClient, base: str) -> Send:
    async def send(method: str, query: str, body: bytes | None) -> bytes:
        url = f"{base}{PATH}?{query}" if query else f"{base}{PATH}"
        return (await client.request(method, url, content=body, headers=HEADERS)).content

    return send


@asynccontextmanager
async def httpx2_own(base: str) -> AsyncIterator[Send]:
    limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as client:
        yield over_httpx(client, base)


@asynccontextmanager
async def httpx2_over_aiohttp(base: str) -> AsyncIterator[Send]:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with (
        aiohttp.ClientSession(connector=connector, auto_decompress=False, trust_env=False) as session,
        httpx2.AsyncClient(transport=AiohttpUnderHttpx(session), trust_env=False) as client,
    ):
        yield over_httpx(client, base)


@asynccontextmanager
async def our_transport(base: str) -> AsyncIterator[Send]:
    transport = AiohttpTransport(service_url(base + BASE, allow_insecure=True), connections=16, allow_loopback=True)
    user = orjson.loads(USER)

    async def send(method: str, _query: str, _body: bytes | None) -> bytes:
        request = FIND if method == "GET" else create_request(ResourceType.USER, user)
        return (await transport.send(request, HEADERS)).body

    yield send
    await transport.close()


@asynccontextmanager
async def our_client(base: str) -> AsyncIterator[Send]:
    """Provide the whole client: budget, credentials, paging, reading. The budget is far above what can be sent."""
    transport = AiohttpTransport(service_url(base + BASE, allow_insecure=True), connections=16, allow_loopback=True)
    budget = Budget(SystemClock(), concurrency=CONNECTIONS, rate=1_000_000)
    rng = random.Random(1)  # noqa: S311 - for jitter
    exchange = Exchange(transport, StaticToken("local"), AuthScheme.BEARER, budget, rng)
    client = ScimClient(exchange, profile=VMWARE_IDENTITY_SERVICE, random=rng)
    user = orjson.loads(USER)

    async def send(method: str, _query: str, _body: bytes | None) -> bytes:
        if method == "GET":
            await client.find(ResourceType.USER, "externalId", "identity/ada")
        else:
            await client.write(create_request(ResourceType.USER, user))
        return b"null"  # read already

    yield send
    await client.close()


async def measure(send: Send, requests: int) -> tuple[float, float]:
    """Send the mix over all connections; return wall seconds and this process's CPU seconds."""
    share = requests // CONNECTIONS // 2

    async def worker() -> None:
        for _ in range(share):
            orjson.loads(await send("GET", FILTER, None))
            orjson.loads(await send("POST", "", USER))

    await send("GET", FILTER, None)
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return time.perf_counter() - wall, time.process_time() - cpu


async def compare(base: str, requests: int) -> None:
    candidates = [plain_aiohttp, httpx2_own, httpx2_over_aiohttp, our_transport, our_client]
    best: dict[str, tuple[float, float]] = {}
    for _ in range(3):  # the best of three, interleaved: neighbours' load then strikes all alike
        for candidate in candidates:
            async with candidate(base) as send:
                wall, cpu = await measure(send, requests)
            old = best.get(candidate.__name__, (wall, cpu))
            best[candidate.__name__] = (min(old[0], wall), min(old[1], cpu))
    print("| transport | requests/s | CPU µs a request | CPU, times plain aiohttp |")
    print("|---|---|---|---|")
    floor = best["plain_aiohttp"][1]
    for name, (wall, cpu) in best.items():
        print(f"| {name} | {requests / wall:,.0f} | {cpu / requests * 1e6:.0f} | {cpu / floor:.1f} |")


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        asyncio.run(compare(f"http://127.0.0.1:{ours.recv()}", requests))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
