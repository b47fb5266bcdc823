"""One schedule: operators that share a service, and what befalls them, all drawn from one seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import LEASES
from verify.counts import VIOLATIONS, Counts
from verify.fates import Fate
from verify.fencing.referee import Referee
from verify.manifests import UNLIMITED, user
from verify.process import Machine
from verify.virtual import run
from verify.world import INTERVAL, NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from verify.process import Process

    Deed = Callable[[], Coroutine[object, object, None] | None]

PEOPLE = ("anna", "ben", "carla", "dora")
FIRST = 5.0
"""Seconds in which the first sweep ends."""
SECONDS = 240.0
"""How long something befalls them."""
HEALING = 180.0
"""Seconds after which all is done: an operator that was killed held the Lease, and its last request takes a while."""
SKEW, RATE = 30.0, 0.05
"""How far wall clocks are off, in seconds (two are twice as far apart), and how much faster or slower they go."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one schedule."""

    seed: int
    faults: tuple[str, ...]
    history: str
    writes: int
    holders: int

    def lines(self) -> list[str]:
        """Return what was wrong, and how to see it again; nothing where nothing was."""
        return [f"Schedule: python -m verify.fencing {self.seed}", *self.faults] if self.faults else []

    def counts(self) -> Counts:
        """Return what was tried, counted."""
        tried = {"schedules of several operators": 1, "writes in them": self.writes, "takeovers in them": self.holders}
        return Counts({**tried, VIOLATIONS: int(bool(self.faults))})


class Schedule:
    """What befalls the operators of one world."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world, self._random = world, chance
        self._ends: set[asyncio.Task[None]] = set()
        self._active = dict.fromkeys(PEOPLE, True)

    def machine(self) -> Machine:
        """Return what the next operator runs on."""
        draw = self._random.uniform
        return Machine(rate=1 + draw(-RATE, RATE), skew=draw(-SKEW, SKEW))

    async def befall(self) -> None:
        """Let things happen for a while."""
        calm: tuple[Deed, ...] = (self._edit, self._edit, self._edit, self._start)
        deeds = (*calm, self._pause, self._cut_off, self._slow, self._lose, self._kill, self._stop, self._delete)
        until = self._world.now + SECONDS
        while self._world.now < until:
            await asyncio.sleep(self._random.choice((0.2, 2.0, 6.0, 15.0)) * self._random.random())
            deed = self._random.choice(deeds)
            if (doing := deed()) is not None:
                await doing

    async def heal(self) -> None:
        """Let all end well: one operator runs, and reaches everything."""
        self._world.note("all heals")
        for task in self._ends:
            task.cancel()
        self._fine()
        for process in self._world.processes:
            process.life.go()
            process.life.cut_off = False
        if not self._world.processes:
            self._world.start()
        await self._world.pass_time(HEALING)

    def left(self) -> list[str]:
        """Return what is not as the manifests want it in the end."""
        found = {one["userName"].partition("@")[0]: one["active"] for one in self._world.service.users.values()}
        wanted = {name: active for name, active in self._active.items() if active or name in found}
        return [] if found == wanted else [f"in the end there are {found}, and not {wanted}"]

    def _edit(self) -> None:
        name = self._random.choice(PEOPLE)
        self._active[name] = not self._active[name] or self._random.random() < 0.5
        title = f"title {self._random.randrange(1000)}"
        self._world.apply(Kind.USER, name, {**user(name), "active": self._active[name], "title": title})

    def _pause(self) -> None:
        if (process := self._one()) is not None:
            process.life.stop()
            self._later(process.life.go, f"{process.life.name} stands still")

    def _cut_off(self) -> None:
        if (process := self._one()) is not None:
            life = process.life
            life.cut_off = True
            self._later(lambda: setattr(life, "cut_off", False), f"{life.name} does not reach the API server")

    def _slow(self) -> None:
        weather = self._world.weather
        weather.service, weather.slowness = {Fate.DELAYED: 0.5}, self._random.choice((0.02, 1.0, 3.0))
        self._later(self._fine, "the service is slow")

    def _lose(self) -> None:
        self._world.weather.service = {Fate.ANSWER_LOST: 0.2, Fate.DUPLICATED: 0.2}
        self._world.weather.api = {Fate.ERROR: 0.2, Fate.ANSWER_LOST: 0.2}
        self._later(self._fine, "answers are lost")

    def _fine(self) -> None:
        self._world.weather.clear()
        self._world.weather.slowness = 0.02

    def _kill(self) -> Coroutine[object, object, None] | None:
        process = self._one()
        return self._world.kill(process) if process is not None else None

    def _stop(self) -> Coroutine[object, object, None] | None:
        process = self._one()
        if process is None or process.life.cut_off:
            return None
        process.life.go()
        self._world.processes.remove(process)
        self._world.note(f"{process.life.name} is stopped")
        return process.stop()

    def _start(self) -> None:
        if len(self._world.processes) < 3:
            self._world.start()

    def _delete(self) -> None:
        """Delete a Lease by hand, which no one should."""
        leases = self._world.server.list(Target(LEASES, NAMESPACE))
        if leases and self._random.random() < 0.2:
            self._world.note("someone deletes the Lease")
            self._world.server.delete(Target(LEASES, NAMESPACE, leases[0]["metadata"]["name"]))

    def _one(self) -> Process | None:
        return self._random.choice(self._world.processes) if self._world.processes else None

    def _later(self, end: Callable[[], None], words: str) -> None:
        self._world.note(words)
        task = asyncio.create_task(self._end(end, self._random.choice((3.0, 10.0, 25.0, 70.0)) * self._random.random()))
        self._ends.add(task)

    async def _end(self, end: Callable[[], None], seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._world.note("that ends")
        end()


async def _lived(seed: int) -> Verdict:
    chance = random.Random(seed)  # noqa: S311 - a simulation
    world = World(seed, limits=UNLIMITED)
    schedule = Schedule(world, chance)
    world.machines = schedule.machine
    referee = Referee(world)
    for name in PEOPLE:
        world.apply(Kind.USER, name, user(name))
    world.start()
    await world.pass_time(FIRST)  # who dies in the first sweep leaves no status.limits, and all counts as spent
    world.start()
    await schedule.befall()
    await schedule.heal()
    if referee.copies and schedule.left():
        await world.pass_time(INTERVAL)
    faults = (*referee.faults, *schedule.left())
    await world.end()
    return Verdict(seed, faults, world.history.text(), referee.writes, len(referee.holders))


def lived(seed: int) -> Verdict:
    """Live through the schedule of a seed."""
    return run(_lived(seed))
