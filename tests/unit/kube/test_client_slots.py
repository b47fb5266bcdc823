"""How many requests a client has under way at once, and what need not wait for them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import Credentials
from scim_operator.kube.resources import LEASES, USERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def _slow(held: asyncio.Event, arrived: list[str]) -> AsyncIterator[KubeClient]:
    """Yield a client with one request at a time, of an API server that answers for users once `held` is set."""

    async def answer(request: web.Request) -> web.Response:
        arrived.append(request.path.rpartition("/")[2])
        if "scimusers" in request.path:
            await held.wait()
        return web.json_response({"metadata": {"name": "it"}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        server = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with KubeClient(Credentials(server=server, namespace="identity"), concurrency=1) as client:
            yield client
    finally:
        await runner.cleanup()


async def test_a_lease_is_renewed_while_all_else_waits() -> None:
    held = asyncio.Event()
    arrived: list[str] = []
    async with _slow(held, arrived) as client, asyncio.TaskGroup() as group:
        for name in ("ada", "ben"):
            group.create_task(client.patch(Target(USERS, "identity", name, "status"), {"status": {}}))
        assert await client.patch(Target(LEASES, "identity", "scim-vmware"), {"spec": {}}) is not None
        assert arrived.count("status") == 1, "the other one waits for it"
        held.set()
    assert arrived.count("status") == 2
