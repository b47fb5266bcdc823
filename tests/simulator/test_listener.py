"""A simulator that ends leaves no connection open, in whatever turn of the loop that connection comes."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from scim_operator.simulator.listener import Listener

ENDS = 20
"""The turn of the loop in which the server begins to end."""


@pytest.mark.parametrize("turn", range(15, 30))
async def test_a_connection_that_comes_as_the_server_ends_is_closed(turn: int) -> None:
    listener = await Listener.begin(_answered, "127.0.0.1", 0, None)
    address = listener.address
    with socket.socket() as client:
        client.setblocking(False)
        ending = asyncio.create_task(_ended(listener))
        for _ in range(turn):
            await asyncio.sleep(0)
        client.connect_ex(address)

        await ending

        assert await _said(client) == b""


async def _ended(listener: Listener) -> None:
    for _ in range(ENDS):
        await asyncio.sleep(0)
    await listener.end()


async def _answered(_request: web.BaseRequest) -> web.Response:
    return web.Response()


async def _said(client: socket.socket) -> bytes:
    """Return what comes from the server; nothing where the connection is closed, or was never accepted."""
    try:
        async with asyncio.timeout(10):
            return await asyncio.get_running_loop().sock_recv(client, 1)
    except (ConnectionResetError, ConnectionRefusedError):
        return b""
