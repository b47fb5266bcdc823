"""An event loop on a virtual clock: where nothing is left to do, time moves to the next thing that is due."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Result = TypeVar("Result")

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When each simulated world begins."""


class Deadlock(Exception):  # noqa: N818 - it says what happened
    """Every task waits for another one, and no time will come to change that."""


class _Patience(selectors.SelectSelector):
    """A selector that lets no real time pass: what it was to wait is added to the virtual clock."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("Nothing is scheduled any more.")
        self.seconds += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop, except that its time is virtual. It has no input and output.

    What is meant for a thread runs at once, as a thread takes real time, in which no virtual time goes by.
    """

    def __init__(self) -> None:
        self._patience = _Patience()
        super().__init__(self._patience)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._patience.seconds

    def run_in_executor(self, _executor: object, work: Callable[..., Result], *args: object) -> asyncio.Future[Result]:
        """Do the work here and now; the future is done."""
        done = self.create_future()
        try:
            done.set_result(work(*args))
        except Exception as error:  # noqa: BLE001 - as a thread hands on whatever its work raises
            done.set_exception(error)
        return done


class VirtualClock:
    """The clock of a running virtual loop."""

    def now(self) -> datetime:
        """Return the virtual wall clock."""
        return EPOCH + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the virtual seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait; at once when `seconds` is zero or less, but other tasks have had their turn."""
        await asyncio.sleep(max(0.0, seconds))


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on a virtual loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
