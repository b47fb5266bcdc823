"""One member of a large group comes or goes: the operator's own CPU, beside what reading the group's manifest takes.

The whole operator runs in a simulated world (`verify/`), of which nothing counts.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.kube.reflector import records_of
from tools.measure.failing import until
from tools.measure.people import everyone, user
from tools.measure.profile import Samples
from tools.measure.report import Figure, Point
from verify.virtual import run
from verify.world import NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

EDITS = 6
CHART = "CPU when one member of a group comes or goes, ms"
BUDGET = {"requestsPerSecond": 1000, "concurrency": 32}
PAUSE = 30.0
"""Seconds, in virtual time, in which what follows from an edit comes to rest."""


class Share(Samples):
    """Samples that also count those in which the world was at work, so that the operator's are a share of a time."""

    def __init__(self) -> None:
        super().__init__()
        self.all = 0

    def take(self, number: int, frame: FrameType | None) -> None:
        """Count one."""
        self.all += 1
        super().take(number, frame)

    @property
    def own(self) -> float:
        """Return the operator's share."""
        return self.found.total() / self.all if self.all else 0.0


def measure_member(sizes: Sequence[int]) -> list[Figure]:
    """Return what one edit takes, for groups of each size."""
    return [figure for size in sizes for figure in _figures(size)]


def _figures(size: int) -> list[Figure]:
    edits, reading = run(_life(size)), _reading(size)
    median, each = statistics.median(edits), ", ".join(f"{one:.0f}" for one in edits)
    what = f"one member of a group of {size} comes or goes"
    return [
        Figure(
            f"{what}: the operator's CPU, median of the edits",
            f"{median:.0f} ms ({each})",
            points=(Point(CHART, "the operator", size, median),),
        ),
        Figure(
            f"{what}: reading the manifest alone",
            f"{reading:.1f} ms",
            points=(Point(CHART, "reading the manifest", size, reading),),
        ),
    ]


def _reading(size: int) -> float:
    """Return the milliseconds that a group's manifest takes to be read, the least of some tries."""
    manifest = everyone(size, NAMESPACE)
    manifest["metadata"] |= {"uid": "u", "resourceVersion": "1", "generation": 1}
    line, took = json.dumps(manifest).encode(), []
    for _ in range(EDITS):
        began = time.process_time()
        list(records_of(Kind.GROUP, [json.loads(line)]))
        took.append(time.process_time() - began)
    return min(took) * 1000


async def _life(size: int) -> list[float]:
    """Provision so many users and a group of them, and have one leave and come back; the milliseconds of each edit."""
    world = World(1, interval="24h")
    world.configure(service={**world.spec["service"], "budget": BUDGET})
    for number in range(size):
        world.apply(Kind.USER, f"user-{number:05}", user(number, NAMESPACE)["spec"])
    whole = everyone(size, NAMESPACE)["spec"]
    less = whole | {"members": whole["members"][1:]}
    world.apply(Kind.GROUP, "everyone", whole)
    world.start()
    await until(world, lambda: _members(world) == size)
    await world.pass_time(PAUSE)
    took = []
    for number in range(EDITS):
        spec, members = (less, size - 1) if number % 2 == 0 else (whole, size)
        gc.collect()
        share, began = Share(), time.process_time()
        with share.sampling(), _no_search_for_garbage():
            world.apply(Kind.GROUP, "everyone", spec)
            await until(world, lambda members=members: _members(world) == members)
            await world.pass_time(PAUSE)
        took.append((time.process_time() - began) * share.own * 1000)
    await world.end()
    return took


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Leave out what a search takes: it depends on what else the process holds, such as the simulated ends."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _members(world: World) -> int:
    """Return how many members the only group has at the service."""
    return sum(len(group.get("members", ())) for group in world.service.groups.values())
