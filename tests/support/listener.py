"""A server of an attacker's: it takes what is sent to it, answers nothing, and remembers whether anyone came."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Listener:
    """`received` has every byte that came, `connections` how often somebody connected."""

    def __init__(self) -> None:
        self.port = 0
        self.received = b""
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/scim/v2"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read all that one connection brings."""
        self.connections += 1
        while chunk := await reader.read(65536):
            self.received += chunk
        writer.close()

    @property
    def heard_nothing(self) -> bool:
        return (self.received, self.connections) == (b"", 0)


@asynccontextmanager
async def listener() -> AsyncIterator[Listener]:
    """A listener on a free port of loopback."""
    made = Listener()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
