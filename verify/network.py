"""The network of a simulated world: what is on its way arrives, even where the process that sent it died."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from scim_operator.errors import Unreachable
from scim_operator.observability.provisioning_log.processed import Nowhere
from verify.fates import Fate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.observability.provisioning_log.processed import Sink
    from verify.history import Exchange, History
    from verify.weather import Weather

    Answer = TypeVar("Answer")

LATE = 20.0
"""The longest that a delayed or duplicated request is on its way, in seconds."""


class Dead(asyncio.CancelledError):
    """The process that wants to send something was killed."""


class Life:
    """Whether a process lives, runs, and reaches the API server. `name` stands in the history."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = False
        self.cut_off = False
        """Whether nothing comes through between it and the API server."""
        self.sees = asyncio.Event()
        """Set while its watches show what happens."""
        self.sees.set()
        self._running = asyncio.Event()
        self._running.set()

    def check(self) -> None:
        """Let nothing be done by the dead."""
        if self.ended:
            raise Dead

    def stop(self) -> None:
        """Let it stand still, as SIGSTOP does, until `go`."""
        self._running.clear()

    def go(self) -> None:
        """Let it run on."""
        self._running.set()

    async def runs(self) -> None:
        """Return when the process runs: nothing that comes is seen by one that stands still."""
        if not self._running.is_set():
            await self._running.wait()


class Network:
    """Carries requests as the weather has it, and writes the history."""

    def __init__(self, weather: Weather, history: History) -> None:
        self.weather = weather
        self.history = history
        self.log: Sink = Nowhere()
        """Takes the provisioning log of the operators that start from now on."""
        self._under_way: set[asyncio.Task[object]] = set()

    @property
    def quiet(self) -> bool:
        """Return whether nothing is on its way."""
        return not self._under_way

    async def carry(self, life: Life, exchange: Exchange, arrive: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer to a request; `arrive` is what happens where it arrives. Raises Unreachable."""
        life.check()
        exchange.sent = asyncio.get_running_loop().time()
        exchange.fate = fate = self.weather.of(exchange)
        self.history.sends(exchange)
        try:
            answer = await self._carried(life, exchange, arrive, fate)
            exchange.answered = True
            return answer
        finally:
            self.history.ends(exchange)

    async def _carried(
        self, life: Life, exchange: Exchange, arrive: Callable[[], Awaitable[Answer]], fate: Fate
    ) -> Answer:
        if fate is Fate.LOST:
            await asyncio.sleep(self.weather.latency())
            life.check()
            raise Unreachable("The connection broke before the answer was complete; the request may have taken effect.")
        arriving = self._begin(exchange, arrive, self._delay(fate))
        if fate is Fate.DUPLICATED:
            self._begin(exchange, arrive, self.weather.random.uniform(0.0, LATE))
        answer = await asyncio.shield(arriving)
        await asyncio.sleep(self.weather.latency())
        await life.runs()
        life.check()
        if fate in {Fate.ANSWER_LOST, Fate.RESET}:
            raise Unreachable("The connection broke before the answer was complete; the request may have taken effect.")
        return answer

    def _delay(self, fate: Fate) -> float:
        late = fate in {Fate.DELAYED, Fate.LATE}
        return self.weather.random.uniform(1.0, LATE) if late else self.weather.latency()

    def _begin(
        self, exchange: Exchange, arrive: Callable[[], Awaitable[Answer]], seconds: float
    ) -> asyncio.Task[Answer]:
        async def travel() -> Answer:
            await asyncio.sleep(seconds)
            return await arrive()

        task = asyncio.create_task(travel(), name=f"{exchange.method} {exchange.path}")
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # seen by the sender, unless it died meanwhile
