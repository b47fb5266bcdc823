"""The operator's client of the API server, in a simulated world: `kube.client.KubeClient` without HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from scim_operator.errors import PreconditionFailed, Throttled, Unavailable, Unreachable
from scim_operator.kube.client import KubeClient, ListPage, Target
from scim_operator.scim.fence import fence
from verify.fates import Fate, View
from verify.history import Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from verify.apiserver import ApiServer, Event, Manifest
    from verify.network import Life, Network

Found = TypeVar("Found")

SILENCE = 60.0
"""Seconds that a call waits for an API server that nothing comes from."""
BOOKMARK = 60.0
"""Seconds without an event after which a watch sends a bookmark."""


class SimulatedClient(KubeClient):
    """The calls of one process to the API server; every one of those that go over HTTP is replaced."""

    def __init__(self, server: ApiServer, network: Network, life: Life) -> None:  # no credentials, and no session
        self._server = server
        self._network = network
        self._life = life
        self._past: dict[Target, tuple[list[Manifest], int]] = {}
        """What a cache that lags behind shows of each collection."""
        self._begun: dict[str, ListPage] = {}
        """What is left of each list of which a page was read, by the token of the next one."""

    async def get(self, target: Target) -> Manifest | None:
        """See `KubeClient.get`."""
        return await self._asked("GET", target, None, lambda: self._server.get(target))

    async def page(self, target: Target, *, limit: int, token: str = "", label: str = "") -> ListPage:
        """See `KubeClient.page`."""
        page = await self._asked("GET", target, None, lambda: self._paged(target, limit, token))
        name, _, value = label.partition("=")
        chosen = [one for one in page.items if not label or (one["metadata"].get("labels") or {}).get(name) == value]
        return ListPage(chosen, page.next, page.resource_version)

    async def patch(self, target: Target, body: Mapping[str, Any], *, manager: str = "") -> Manifest | None:
        """See `KubeClient.patch`."""
        return await self._asked("PATCH", target, body, lambda: self._server.patch(target, body))

    async def create(
        self, target: Target, body: Mapping[str, Any], *, dry_run: bool = False, manager: str = ""
    ) -> Manifest | None:
        """See `KubeClient.create`."""
        return await self._asked("POST", target, body, lambda: self._server.create(target, body))

    async def watch(self, target: Target, resource_version: str, *, seconds: int) -> AsyncGenerator[bytes, None]:
        """See `KubeClient.watch`."""
        loop = asyncio.get_running_loop()
        end, version, waiting = loop.time() + seconds, int(resource_version), Watcher(self._server)
        held: list[bytes] = []
        with contextlib.closing(waiting):
            while loop.time() < end:
                self._life.check()
                self._must_reach()
                self._server.must_answer()
                events = list(self._server.since(target, version))
                for event in events:
                    version = event.version
                lines = await self._seen(events, end, held)
                await self._life.sees.wait()
                for line in lines:
                    await self._life.runs()
                    self._life.check()
                    yield line
                if not events and not await waiting.next(min(BOOKMARK, end - loop.time())):
                    while held:
                        yield held.pop(0)
                    yield _line("BOOKMARK", {"metadata": {"resourceVersion": str(version)}})

    def _must_reach(self) -> None:
        if self._life.cut_off:
            raise Unreachable("No answer from the API server.", sent=False)

    async def _seen(self, events: list[Event], end: float, held: list[bytes]) -> list[bytes]:
        """Return the lines that a watch shows of these events, after a while, and as the weather has it.

        `held` are lines that come after their next one.
        """
        if not events:
            return []
        weather = self._network.weather
        await asyncio.sleep(weather.latency())
        lines: list[bytes] = []
        for event in events:
            view = weather.view(event)
            if view is View.EXPIRED:
                error = {"code": 410, "message": "too old resource version", "metadata": {"resourceVersion": "0"}}
                return [*lines, _line("ERROR", error)]
            if view is View.SILENT:
                await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))
                return lines
            if view is View.LATE:
                await asyncio.sleep(weather.random.uniform(0.0, 30.0))
            shown = _line(event.kind.value, event.manifest)
            if view is View.REORDERED:
                held.append(shown)
                continue
            lines += [*_shown(view, shown), *held]
            held.clear()
        return lines

    def _paged(self, target: Target, limit: int, token: str) -> ListPage:
        whole = self._begun.pop(token) if token else self._listed(target)
        if not limit or len(whole.items) <= limit:
            return whole
        rest = f"{target}:{whole.resource_version}:{len(whole.items)}"
        self._begun[rest] = replace(whole, items=whole.items[limit:])
        return replace(whole, items=whole.items[:limit], next=rest)

    def _listed(self, target: Target) -> ListPage:
        if (past := self._network.weather.lists_as_of) is not None:
            return ListPage(self._server.list_as_of(target, past), "", str(past))
        items, version = self._server.list(target), self._server.version
        if self._network.weather.lists_stale() and target in self._past:
            items, version = self._past[target]
        else:
            self._past[target] = (items, version)
        return ListPage(items, "", str(version))

    async def _asked(
        self, method: str, target: Target, body: Mapping[str, Any] | None, act: Callable[[], Found]
    ) -> Found:
        if self._life.cut_off:
            await asyncio.sleep(SILENCE)
            self._must_reach()
        if method != "GET":
            fence().check()
        exchange = Exchange(self._life.name, False, method, _path(target), body)  # noqa: FBT003

        async def arrive() -> Found:
            exchange.arrived = asyncio.get_running_loop().time()
            if exchange.writes and target.name:
                exchange.before = self._server.get(target)
            try:
                self._server.must_answer()
                _refuse(exchange.fate)
                found = act()
            except (PreconditionFailed, Throttled, Unavailable):
                exchange.status, exchange.after = _STATUS.get(exchange.fate or Fate.FINE, 409), exchange.before
                self._network.history.did(exchange)
                raise
            exchange.status = 200
            exchange.after = found if exchange.writes and isinstance(found, dict) else None
            if exchange.writes:
                self._network.history.did(exchange)
            return found

        return await self._network.carry(self._life, exchange, arrive)


class Watcher:
    """Wakes a watch when the API server has an event."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._news = asyncio.Event()
        server.changed.append(self._hear)

    async def next(self, seconds: float) -> bool:
        """Return whether something happened within so many seconds."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def close(self) -> None:
        """Wake it no more."""
        self._server.changed.remove(self._hear)

    def _hear(self, _event: Event) -> None:
        self._news.set()


def _shown(view: View, line: bytes) -> list[bytes]:
    return {View.DROPPED: [], View.DUPLICATED: [line, line]}.get(view, [line])


_STATUS = {Fate.ERROR: 500, Fate.THROTTLED: 429}


def _refuse(fate: Fate | None) -> None:
    if fate is Fate.ERROR:
        raise Unavailable("The API server answered 500.", status=500)
    if fate is Fate.THROTTLED:
        raise Throttled("The API server throttles.", retry_after=1.0)
    if fate in {Fate.CONFLICT, Fate.STALE}:
        raise PreconditionFailed("It has changed meanwhile.")


def _path(target: Target) -> str:
    parts = (target.resource.plural or "discovery", target.namespace or "", target.name, target.subresource)
    return "/".join(part for part in parts if part)


def _line(type: str, shown: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": type, "object": shown})
