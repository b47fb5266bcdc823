"""Listens at an address, and ends so that no connection to it stays open."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

TURNS = 3
"""Turns of the loop until an accepted connection is known: it is given a transport, and the server hears of it."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A server that listens."""

    runner: web.ServerRunner
    server: asyncio.Server

    @classmethod
    async def begin(
        cls,
        handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        host: str,
        port: int,
        context: ssl.SSLContext | None,
    ) -> Self:
        """Listen at `host`, with port 0 at any free one; raises OSError when the address is taken."""
        protocol = web.Server(handle)
        runner = web.ServerRunner(protocol, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(protocol, host, port, ssl=context, backlog=1024)
        except BaseException:
            await runner.cleanup()
            raise
        return cls(runner, server)

    @property
    def address(self) -> tuple[str, int]:
        """Return the host and the port at which it listens."""
        host, port = self.server.sockets[0].getsockname()[:2]
        return host, port

    async def end(self) -> None:
        """Accept nothing more, and close all connections, those included that were accepted a moment ago.

        asyncio never closes a connection whose server is closed between its acceptance and the first turn after that.
        """
        loop = asyncio.get_running_loop()
        for listening in self.server.sockets:
            loop.remove_reader(listening)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.server.close()
        await self.runner.cleanup()
