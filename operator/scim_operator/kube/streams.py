"""Takes apart the bytes of an answer of the API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Cut a stream of chunks at line ends. Objects may be 1.5 MB, more than aiohttp's own line reader takes."""
    rest: list[bytes] = []
    async for chunk in chunks:
        first, *more = chunk.split(b"\n")
        rest.append(first)
        for piece in more:
            if line := b"".join(rest):
                yield line
            rest = [piece]


def status_message(data: bytes) -> str:
    """Return what a Status says, "" for anything else."""
    # Only a Status may be quoted: anything else could be someone's data.
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return ""
    said = body.get("message") if isinstance(body, dict) and body.get("kind") == "Status" else ""
    return said[:500] if isinstance(said, str) else ""
