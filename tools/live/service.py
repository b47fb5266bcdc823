"""The simulated service from outside: its request log, its content, and waiting for what arrives there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from tools.live.programs import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Document = dict[str, Any]
READS = {"GET", "HEAD"}
LOOK_AGAIN = 0.005
"""Seconds between two looks at the request log while something is waited for."""


@dataclass(frozen=True)
class Entry:
    """One request in the log: when it came and when its answer was ready, in seconds of the monotonic clock."""

    sequence: int
    method: str
    path: str
    status: int
    resource_id: str
    came: float
    at: float
    filtered: bool = False
    """Whether it asked for what a filter matches, as a search and Test Connection do."""

    @property
    def writes(self) -> bool:
        return self.method not in READS


class ServiceView:
    """Control requests to one simulator; `viewing` makes one."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.url = url
        self._session = session

    async def entries(self, since: int = 0) -> list[Entry]:
        """Return the requests after that one."""
        body = await self._get("/_simulator/log", since=str(since))
        return [
            Entry(
                e["sequence"],
                e["method"],
                e["path"],
                e["status"],
                e["resource_id"],
                came=e["time"],
                at=e["time"] + e["duration"],
                filtered="filter" in (e["query"] or {}),
            )
            for e in body["entries"]
        ]

    async def writes(self, since: int = 0) -> list[Entry]:
        """Return those that asked for a change."""
        return [entry for entry in await self.entries(since) if entry.writes]

    async def last(self) -> int:
        """Return the number of the newest request: a mark for `entries`."""
        return int((await self.stats())["last"])

    async def stats(self) -> dict[str, Any]:
        """Return the counts of requests and resources."""
        found: dict[str, Any] = await self._get("/_simulator/stats")
        return found

    async def dump(self) -> dict[str, list[Document]]:
        """Return everything that the service holds."""
        found: dict[str, list[Document]] = await self._get("/_simulator/dump")
        return found

    async def reset(self, *only: str) -> None:
        """Forget the resources, the log or the faults; all of them by default."""
        body = orjson.dumps({"only": list(only)} if only else {})
        async with self._session.post("/_simulator/reset", data=body) as answer:
            answer.raise_for_status()

    async def seed(self, endpoint: str, resources: list[Document]) -> None:
        """Put resources into the service, with the ids that they have."""
        async with self._session.post("/_simulator/seed", data=orjson.dumps({endpoint: resources})) as answer:
            answer.raise_for_status()

    async def fault(self, text: str) -> None:
        """Switch a fault on."""
        async with self._session.post("/_simulator/faults", data=orjson.dumps([text])) as answer:
            answer.raise_for_status()

    async def resource(self, type_: str, id_: str) -> Document | None:
        """Return one resource, by a SCIM request of our own."""
        path = f"{urlsplit(self.url).path}/{type_}/{id_}"
        async with self._session.get(path, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            found: Document = orjson.loads(await answer.read())
            return found if answer.status == 200 else None

    async def text(self, url: str) -> str:
        """Return what an address of another server says, such as the operator's metrics."""
        async with self._session.get(url) as answer:
            return await answer.text()

    async def until_writes(self, count: int, since: int, seconds: float) -> list[Entry]:
        """Wait for that many writes after `since`; return all there are, fewer when the time is up."""
        deadline = asyncio.get_running_loop().time() + seconds
        while len(found := await self.writes(since)) < count and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - another process
            await asyncio.sleep(LOOK_AGAIN)
        return found

    async def _get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        async with self._session.get(path, params=query) as answer:
            answer.raise_for_status()
            return orjson.loads(await answer.read())


@asynccontextmanager
async def viewing(url: str) -> AsyncIterator[ServiceView]:
    """Provide the control side of the simulator at this SCIM base URL."""
    parts = urlsplit(url)
    async with aiohttp.ClientSession(f"{parts.scheme}://{parts.netloc}") as session:
        yield ServiceView(session, url)
    await asyncio.sleep(0)  # asyncio closes the sockets in its next round
