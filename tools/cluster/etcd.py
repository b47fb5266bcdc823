"""Reads and writes etcd behind the API server's back, through etcd's JSON gateway: many objects in seconds."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import aiohttp

MOST_WRITES = 128
"""Writes of one transaction (etcd's `--max-txn-ops`)."""
MOST_BYTES = 1_000_000
"""Bytes of one transaction, as the gateway has them (etcd's `--max-request-bytes` is 1.5 MiB)."""

Write = dict[str, Any]


class Etcd:
    """The etcd that listens at `url`."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, key: str) -> bytes:
        """Return the value of a key; KeyError where there is none."""
        found = (await self._call("range", {"key": _text(key.encode())})).get("kvs")
        if not found:
            raise KeyError(key)
        return base64.b64decode(found[0]["value"])

    async def put(self, values: Iterable[tuple[str, bytes]]) -> None:
        """Write them, many in a transaction."""
        for writes in _batches(values):
            await self._call("txn", {"success": writes})

    async def _call(self, name: str, body: Write) -> Any:  # noqa: ANN401 - JSON
        async with self._session.post(f"{self._url}/v3/kv/{name}", data=orjson.dumps(body)) as answer:
            text = await answer.read()
        if answer.status != 200:
            raise RuntimeError(f"etcd: {answer.status} {text[:300].decode(errors='replace')}")
        return orjson.loads(text)


def _batches(values: Iterable[tuple[str, bytes]]) -> Iterator[list[Write]]:
    writes: list[Write] = []
    size = 0
    for key, value in values:
        put = {"key": _text(key.encode()), "value": _text(value)}
        more = len(put["key"]) + len(put["value"])
        if writes and (len(writes) == MOST_WRITES or size + more > MOST_BYTES):
            yield writes
            writes, size = [], 0
        writes.append({"requestPut": put})
        size += more
    if writes:
        yield writes


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
