"""What goes wrong once in a scenario. The base of all of it counts, so that each place has a number."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from verify.apiserver import Event
    from verify.fates import Fate, View
    from verify.history import Exchange
    from verify.world import World


def is_effect(exchange: Exchange) -> bool:
    """Return whether a request may change something that counts: a lost Event is lost."""
    return exchange.weighs


class Trouble:
    """Counts the effects of all operators of a world from now on, and the events that watches show them.

    This one makes no trouble. `dealt` says whether there was an effect, or an event, of the number that is struck.
    """

    def __init__(self, world: World) -> None:
        self.effects = self.events = 0
        self.dealt = False
        self.world = world
        self.began = world.server.version
        self._tasks: list[asyncio.Task[None]] = []
        world.weather.forced = self._count
        world.weather.forced_view = self._see

    def strike(self, exchange: Exchange) -> Fate | None:
        """Return what becomes of the effect that was counted last; None for nothing unusual."""
        return None

    def show(self) -> View | None:
        """Return what a watch makes of the event that was counted last; None for nothing unusual."""
        return None

    async def finish(self) -> None:
        """End what is still going on, once the scenario has been told."""
        while waiting := [task for task in self._tasks if not task.done()]:
            await asyncio.gather(*waiting)
        for task in self._tasks:
            task.result()

    def begin(self, work: Coroutine[None, None, None]) -> int:
        """Let something go on beside the scenario; return how often that happened."""
        self._tasks.append(asyncio.create_task(work))
        return len(self._tasks)

    def _count(self, exchange: Exchange) -> Fate | None:
        if not is_effect(exchange):
            return None
        self.effects += 1
        return self.strike(exchange)

    def _see(self, event: Event) -> View | None:
        self.events += 1
        return self.show()
