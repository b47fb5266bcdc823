"""Where the operator's time and memory go: samples of the processor, and live allocations, by package.

The whole operator runs in a simulated world (`verify/`), so that only its own work counts: what the world does (the
API server, the service, the clock) is left out. No listening socket, no TLS and no HTTP are in it.
"""

from __future__ import annotations

import gc
import signal
import tracemalloc
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import scim_operator
from scim_operator.core.keys import Kind
from scim_operator.simulator.schema import ResourceType
from tools.measure.failing import stored, until
from tools.measure.people import group, user
from tools.measure.report import Figure
from verify.virtual import run
from verify.world import INTERVAL, NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

USERS, GROUPS = 900, 100
SWEEPS = 5
EVERY = 0.001
"""Seconds of the processor between two samples."""
SHOWN = 8
FRAMES = 4
"""Calls that are kept of an allocation: what a library allocates counts for who called it."""
OURS = str(Path(scim_operator.__file__).parent)
WORLD = str(Path(__file__).parents[2] / "verify")
ELSEWHERE = "simulator"
"""The package of ours that is a part of the world, and not of the operator."""


def package_of(path: str) -> str:
    """Return the package of a file of the operator, two levels deep; "" for the world's; None elsewhere."""
    parts = Path(path).relative_to(OURS).parts[:-1]
    return "" if parts[:1] == (ELSEWHERE,) else "/".join(parts[:2])


class Samples:
    """How often each package was at work. What libraries do counts for who called them."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def take(self, _number: int, frame: FrameType | None) -> None:
        """Count the innermost frame that is the operator's or the world's."""
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(WORLD):
                return
            if path.startswith(OURS):
                if package := package_of(path):
                    self.found[package] += 1
                return
            frame = frame.f_back

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Take samples while the block runs."""
        former = signal.signal(signal.SIGPROF, self.take)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, former)


def measure_profile(users: int = USERS, groups: int = GROUPS) -> list[Figure]:
    """Return the shares of a first sweep, of sweeps without change, and of what is held afterwards."""
    first, quiet, held = Samples(), Samples(), Counter[str]()
    run(life(users, groups, first, quiet))
    tracemalloc.start(FRAMES)
    try:
        run(life(users, groups, Samples(), Samples(), held))
    finally:
        tracemalloc.stop()
    what, objects = f"{users} users and {groups} groups", users + groups
    return [
        Figure(f"first sweep of {what}: the operator's own time", shares(first.found)),
        Figure(f"{SWEEPS} sweeps of them without change: the operator's own time", shares(quiet.found)),
        Figure(f"held afterwards, {held.total() / objects / 1000:.1f} kB an object", shares(held)),
    ]


async def life(users: int, groups: int, first: Samples, quiet: Samples, held: Counter[str] | None = None) -> None:
    """Provision them, let sweeps go by, and count what is held, where that is asked for."""
    world = World(1)
    for number in range(users):
        world.apply(Kind.USER, f"user-{number:05}", user(number, NAMESPACE)["spec"])
    for number in range(groups):
        world.apply(Kind.GROUP, f"group-{number:05}", group(number, users, NAMESPACE)["spec"])
    with first.sampling():
        world.start()
        await until(world, lambda: stored(world, ResourceType.GROUP) == groups)
        await world.pass_time(INTERVAL / 2)
    with quiet.sampling():
        await world.pass_time(SWEEPS * INTERVAL)
    if held is not None:
        held.update(allocated())
    await world.end()


def allocated() -> Counter[str]:
    """Return the bytes of live allocations, by the package that asked for them."""
    gc.collect()
    found: Counter[str] = Counter()
    for trace in tracemalloc.take_snapshot().traces:
        places = (frame.filename for frame in reversed(trace.traceback) if frame.filename.startswith((OURS, WORLD)))
        place = next(places, WORLD)
        if not place.startswith(WORLD) and (package := package_of(place)):
            found[package] += trace.size
    return found


def shares(found: Counter[str]) -> str:
    """Return the largest shares, in words."""
    whole = found.total() or 1
    return ", ".join(f"`{package}` {count / whole:.0%}" for package, count in found.most_common(SHOWN))
