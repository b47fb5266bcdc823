"""What befalls one effect of an operator: a fate of the request, the end of the process, or both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.faults import Fault
from verify.crashes.trouble import Trouble
from verify.fates import Fate
from verify.network import Dead

if TYPE_CHECKING:
    from verify.history import Exchange
    from verify.process import Process
    from verify.world import World

DOWN = 12.0
"""The longest that a killed operator is away, in seconds: what it had sent may arrive before the next one, or after."""
LAG = 20.0
"""Seconds that the lists of a new operator come from a cache that lags behind."""
YOUNG = "5000"
"""Milliseconds for which a new resource answers 404 by its id, once 404 comes late."""


class Death(StrEnum):
    """When a process is killed, seen from one of its effects."""

    NEVER = "never"
    BEFORE = "before"
    SENT = "sent"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Blow:
    """What befalls effect number `effect`, from 1 on.

    `again` is how many effects later the next operator is killed too, right after it; 0 for not at all. `stale` has the
    new operator list what was there when the scenario began.
    """

    effect: int
    death: Death = Death.NEVER
    fate: Fate = Fate.FINE
    again: int = 0
    stale: bool = False

    def __str__(self) -> str:
        more = ("" if not self.again else f"+{self.again}") + (":stale" if self.stale else "")
        return f"{self.effect}:{self.death.value}:{self.fate.value}{more}"

    @classmethod
    def parse(cls, text: str) -> Blow:
        """Read what `str` wrote."""
        effect, death, fate, *stale = text.split(":")
        fate, _, again = fate.partition("+")
        return cls(int(effect), Death(death), Fate(fate), int(again or 0), bool(stale))


class Striker(Trouble):
    """Deals one blow. A killed operator is followed by a new one."""

    def __init__(self, world: World, blow: Blow) -> None:
        super().__init__(world)
        self._blow = blow
        self._next = blow.effect
        self._struck: Exchange | None = None
        world.history.sending.append(self._sent)
        world.history.done.append(self._done)

    def strike(self, exchange: Exchange) -> Fate | None:
        """See `Trouble.strike`."""
        if self.effects != self._next:
            return None
        self._struck, self.dealt = exchange, True
        if self._blow.death is Death.BEFORE:
            self._kill(exchange)
            raise Dead
        return self._fate(exchange)

    def _fate(self, exchange: Exchange) -> Fate:
        if self._blow.fate is not Fate.LATE or not exchange.to_service:
            return self._blow.fate
        self.world.service.faults.add(Fault(FaultName.YOUNG_ID, YOUNG))
        return Fate.FINE

    def _sent(self, exchange: Exchange) -> None:
        if exchange is self._struck and self._blow.death is Death.SENT:
            self._kill(exchange)

    def _done(self, exchange: Exchange) -> None:
        if exchange is self._struck and self._blow.death is Death.AFTER:
            self._kill(exchange)

    def _kill(self, exchange: Exchange) -> None:
        """End the sender at once; the rest of it is cleared away when others have had their turn."""
        process = next(one for one in self.world.processes if one.life.name == exchange.sender)
        process.life.ended, self._struck = True, None
        self.begin(self._bury(process))

    async def _bury(self, process: Process) -> None:
        world, first = self.world, self._next == self._blow.effect
        await world.kill(process)
        await world.pass_time(world.random.uniform(0.0, DOWN))
        if self._blow.again and first:
            self._next = self.effects + self._blow.again
        world.weather.lists_as_of = self.began if self._blow.stale else None
        world.start()
        if self._blow.stale:
            await world.pass_time(LAG)
            world.weather.lists_as_of = None
