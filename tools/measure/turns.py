"""The longest turns of the operator's loop, with what held it: a tenant that is in sync, in virtual time.

    python -m tools.measure.turns [OBJECTS] [--json]

The operator runs as it does in `verify`, over an API server and a service in the same process. A turn is what runs
before the loop can do anything else; it is counted by the processor's time of the thread, so that other processes do
not count, and what the simulated ends do in it is taken off.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import signal
import subprocess
import sys
import time
from asyncio import events
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import REQUESTS
from scim_operator.job.gather.rest import Rest
from scim_operator.kube.client import Target
from scim_operator.kube.collector import PythonsOwn
from scim_operator.kube.resources import CONFIGS, OF_KIND
from scim_operator.kube.turns import TURN_SECONDS
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.settings import Settings
from tools.cluster.progress import say
from tools.measure.in_sync import Copier, Pattern, Population
from tools.measure.people import GROUP_SIZE, group, user
from tools.measure.report import Figure, Point
from verify.process import SEALING_KEY, Process
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

LIMIT = 0.05
"""Seconds of a turn that is too long."""
SEEN = LIMIT / 10
"""Seconds under which a turn is not looked at."""
SAMPLE = 0.004
"""Seconds of the processor between two looks at what runs."""
OURS, SIMULATED = "/scim_operator/", ("/verify/", "/scim_operator/simulator/")


@dataclass
class Turn:
    """One turn: its seconds, and how often each place was seen at work in it."""

    seconds: float = 0.0
    places: Counter[str] = field(default_factory=Counter)

    @property
    def own(self) -> float:
        """Return its seconds without what the simulated ends took of it."""
        seen = self.places.total()
        return self.seconds * (1 - self.places["simulated"] / seen) if seen else self.seconds

    @property
    def where(self) -> str:
        """Return what held it longest."""
        found = [(number, place) for place, number in self.places.items() if place != "simulated"]
        return max(found)[1] if found else "?"


class Probe:
    """Measures every turn of the running loop while `phase` is open."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self._now = Turn()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Measure from here on."""
        former = events.Handle._run  # noqa: SLF001 - the one place that every turn passes
        events.Handle._run = self._timed(former)  # type: ignore[method-assign]  # noqa: SLF001
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE, SAMPLE)
        gc.callbacks.append(self._collects)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            events.Handle._run = former  # type: ignore[method-assign]  # noqa: SLF001
            gc.callbacks.remove(self._collects)

    def taken(self) -> list[Turn]:
        """Return the turns since the last call, the longest first."""
        turns, self.turns = self.turns, []
        return sorted(turns, key=lambda turn: -turn.own)

    def _timed(self, handle: Any) -> Any:  # noqa: ANN401 - a private method of asyncio
        def timed(one: Any) -> None:  # noqa: ANN401
            began = time.thread_time()
            handle(one)
            seconds, turn = time.thread_time() - began, self._now
            if seconds > SEEN:
                turn.seconds = seconds
                self.turns.append(turn)
            if turn.places or seconds > SEEN:
                self._now = Turn()

        return timed

    def _look(self, _number: int, frame: FrameType | None) -> None:
        self._now.places[_place(frame)] += 1

    def _collects(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._gc = time.thread_time()
        else:
            number = int((time.thread_time() - self._gc) / SAMPLE)
            self._now.places[f"garbage collection {info['generation']}"] += number


def _place(frame: FrameType | None) -> str:
    """Return what of ours runs in a turn, the innermost four functions."""
    chain: list[str] = []
    while frame is not None and frame.f_code.co_name != "timed":
        file = frame.f_code.co_filename
        if any(part in file for part in SIMULATED):
            return "simulated"
        if OURS in file:
            chain.append(f"{file.rsplit(OURS, 1)[1]}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    return " < ".join(chain[:4]) or "?"


class Forgetful(list[Any]):
    """What happened in the world, of which nothing is kept: no operator would search it for garbage."""

    def append(self, _entry: Any) -> None:  # noqa: ANN401 - of any kind
        """Forget it."""


async def in_sync(population: Population) -> World:
    """Return a world with such a tenant, and no operator."""
    world = World(1, Settings(log_limit=10), interval="24h", limits={"disables": {"min": 1000, "max": 1000}})
    world.weather.slowness = 0.0001
    world.history.entries = Forgetful()
    first = [user(number, NAMESPACE) for number in range(GROUP_SIZE)] + [group(0, population.users, NAMESPACE)]
    for each in first:
        world.apply(Kind(each["kind"]), each["metadata"]["name"], each["spec"])
    process = world.start()
    await world.pass_time(120)
    patterns = {
        kind: Pattern(kind, world.manifests(kind)[name])
        for kind, name in ((Kind.USER, "user-00000"), (Kind.GROUP, "group-00000"))
    }
    ids = {name: one["status"]["services"][0]["id"] for name, one in world.manifests(Kind.USER).items()}
    await world.kill(process)
    copier = Copier(patterns, world.config, SEALING_KEY, ids)
    users = (user(number, NAMESPACE) for number in range(GROUP_SIZE, population.users))
    groups = (group(number, population.users, NAMESPACE) for number in range(1, population.groups))
    for kind, manifests in ((Kind.USER, users), (Kind.GROUP, groups)):
        for manifest in manifests:
            resource = copier.resource(manifest)
            world.service.contents.seed(ResourceType(kind.removeprefix("Scim")), [resource])
            body = json.loads(copier.stored(manifest, resource)[1])
            world.server.create(Target(OF_KIND[kind], NAMESPACE, body["metadata"]["name"]), body)
    return world


def ask(world: World) -> None:
    """Ask for a sweep."""
    asked = {"metadata": {"annotations": {REQUESTS[0]: str(world.now)}}}
    world.server.patch(Target(CONFIGS, NAMESPACE, CONFIG), asked)


def edit(world: World) -> None:
    """Give a user another title."""
    world.apply(Kind.USER, "user-00007", {**user(7, NAMESPACE)["spec"], "title": "Lead"})


def leave(world: World) -> None:
    """Disable a user."""
    world.apply(Kind.USER, "user-00008", {**user(8, NAMESPACE)["spec"], "active": False})


def rule(world: World) -> None:
    """Make a group by a rule that looks at every user."""
    members = [{"expression": 'user.enterprise.department == "Department 7"'}]
    world.apply(Kind.GROUP, "by-rule", {"displayName": "by-rule", "members": members})


def strand(world: World) -> None:
    """Let everyone leave the scope but the members of one group: all of it waits for an approval."""
    world.configure(scope="Assigned", assignments=[{"groupRef": {"name": "group-00000"}}])


PHASES = (
    ("sweep", ask, 400),
    ("one user edited", edit, 30),
    ("one user disabled", leave, 30),
    ("a rule over all users", rule, 600),
    ("sweep after the rule", ask, 400),
    ("everyone leaves the scope, and waits", strand, 400),
    ("sweep while all wait", ask, 400),
)


@dataclass(frozen=True)
class Phase:
    """The longest turn of a phase in seconds, what held it, and how many turns were over the limit."""

    name: str
    longest: float
    where: str
    over: int


async def phases(objects: int) -> list[Phase]:
    """Return the phases of an operator over a tenant of so many objects, and print each as it ends."""
    world = await in_sync(Population.of(objects))
    gc.collect()
    gc.freeze()  # the simulated ends: no operator would have them
    probe, collector, found = Probe(), PythonsOwn(), []
    with probe.watching():
        Process.turn = TURN_SECONDS  # which is for all who are no simulation
        world.start()
        Rest.examined = False  # which is for verification alone
        await world.pass_time(objects / 20 + 60)
        found.append(_phase("start", probe.taken()))
        collector.settled()  # as `kube.supervising` has it done once a first sweep has ended
        world.must_work()
        for name, act, seconds in PHASES:
            act(world)
            await world.pass_time(seconds + objects / 20 if act is ask else seconds)
            found.append(_phase(name, probe.taken()))
    await world.end()
    return found


def _phase(name: str, turns: list[Turn]) -> Phase:
    """Return what these turns come to, and print those that take longest on standard error."""
    over, first = sum(turn.own > LIMIT for turn in turns), turns[0] if turns else Turn()
    say(f"{name}: longest {first.own * 1000:.0f} ms, {over} over {LIMIT * 1000:.0f} ms")
    shown: Counter[str] = Counter()
    for turn in turns[:12]:
        if turn.own > 2 * SEEN and not shown[turn.where]:
            say(f"   {turn.own * 1000:5.0f} ms  {turn.where}")
        shown[turn.where] += 1
    return Phase(name, first.own, first.where, over)


def measure_turns(sizes: Sequence[int]) -> list[Figure]:
    """Return the figures of tenants of these sizes, each in a process of its own."""
    return [figure for size in sizes for figure in _figures(size)]


def _figures(size: int) -> list[Figure]:
    command = [sys.executable, "-m", "tools.measure.turns", str(size), "--json"]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return [_figure(size, Phase(**each)) for each in json.loads(said)]


def _figure(size: int, phase: Phase) -> Figure:
    held = f": `{phase.where.split(' < ')[0]}`" if phase.longest > LIMIT / 2 else ""
    return Figure(
        f"longest turn, {size} objects: {phase.name}",
        f"{phase.longest * 1000:.0f} ms{held}" if phase.longest else f"under {SEEN * 1000:.0f} ms",
        f"≤ {LIMIT * 1000:.0f} ms",
        phase.longest <= LIMIT,
        (Point("Longest turn of the loop, ms", phase.name, size, phase.longest * 1000),),
    )


def main() -> None:
    random.seed(1)
    parser = argparse.ArgumentParser(prog="tools.measure.turns", description=__doc__.splitlines()[0])
    parser.add_argument("objects", type=int, nargs="?", default=1000)
    parser.add_argument("--json", action="store_true", help="print the phases as JSON")
    options = parser.parse_args()
    found = run(phases(options.objects))
    if options.json:
        print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    main()
