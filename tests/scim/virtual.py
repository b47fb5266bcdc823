"""A clock that only moves when everything waits for it, and transports that answer from memory."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from scim_operator.api.enums import AuthScheme
from scim_operator.scim.auth import StaticToken, TokenSource
from scim_operator.scim.budget import Budget
from scim_operator.scim.client import ScimClient
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.profile import GENERIC, Profile
from scim_operator.scim.protocol import Request, Response

if TYPE_CHECKING:
    from scim_operator.scim.listing import Bounds

T = TypeVar("T")
EPOCH = datetime(2026, 11, 1, tzinfo=UTC)


class VirtualClock:
    """Time passes in `run`, at once, whenever no task can go on without it."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._timers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._timers, (self._seconds + seconds, next(self._order), future))
        await future

    def advance(self, seconds: float) -> None:
        """Let time pass for whoever only looks at the clock."""
        self._seconds += seconds

    async def run(self, awaitable: Awaitable[T]) -> T:
        """Await something while time passes; fails when it waits for what can never come."""
        task = asyncio.ensure_future(awaitable)
        while not task.done():
            for _ in range(40):
                await asyncio.sleep(0)
            if not task.done():
                assert self._timers, "everything waits, and no timer runs"
                self._tick()
        return task.result()

    def _tick(self) -> None:
        self._seconds, _, future = heapq.heappop(self._timers)
        if not future.done():
            future.set_result(None)


Answer = Callable[[Request], Response | Exception]


class ScriptedTransport:
    """Answers as told, and remembers what was asked: the request, its headers, and when."""

    def __init__(self, answer: Answer, clock: VirtualClock | None = None) -> None:
        self.answer = answer
        self.clock = clock or VirtualClock()
        self.requests: list[Request] = []
        self.headers: list[Mapping[str, str]] = []
        self.times: list[float] = []

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        self.requests.append(request)
        self.headers.append(headers)
        self.times.append(self.clock.monotonic())
        await asyncio.sleep(0)
        answer = self.answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        pass


def json_response(content: object, status: int = 200, **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/scim+json", **names}, orjson.dumps(content))


def page_response(resources: list[Any], total: object) -> Response:
    return json_response({"totalResults": total, "Resources": resources})


def in_turn(*answers: Response | Exception) -> Answer:
    """Each answer once, the last for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def client_on(
    transport: ScriptedTransport,
    *,
    profile: Profile = GENERIC,
    credentials: TokenSource | None = None,
    overrides: Mapping[str, object] | None = None,
    rate: float | None = None,
    bounds: Bounds | None = None,
) -> ScimClient:
    budget = Budget(transport.clock, concurrency=8, rate=rate)
    exchange = Exchange(
        transport, credentials or StaticToken("secret-canary"), AuthScheme.BEARER, budget, random.Random(1)
    )
    return ScimClient(exchange, profile=profile, random=random.Random(2), overrides=overrides, bounds=bounds)
