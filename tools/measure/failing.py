"""Objects that a service never takes: how much they slow the others, and how often each is tried, in virtual time.

One user in ten fails with 500 for good. A simulated world (`verify/`) has no other work beside it, and a day takes
seconds; `python -m tools.failing` does the same with real processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.simulator.faults import Fault
from scim_operator.simulator.schema import ResourceType
from tools.measure.report import Figure
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from verify.history import Deed

USERS, FAILING = 200, 20
HOURS = 24
BUDGET = {"requestsPerSecond": 25, "concurrency": 8}
DEMANDED = 0.05
FREE_TRIES = 10
"""After so many tries, each failing object costs a request an hour at most."""
HOUR = 3600.0
PATIENCE = 600.0


def measure_failing() -> list[Figure]:
    """Return the figures of one life."""
    return run(life())


async def life(users: int = USERS, failing: int = FAILING, hours: int = HOURS) -> list[Figure]:
    """Provision users, edit everyone, let some fail for good, edit everyone again, and watch for a day."""
    world = World(1, interval="24h")
    world.configure(service={**world.spec["service"], "budget": BUDGET})
    names = [f"user-{number:05}" for number in range(users)]
    for name in names:
        world.apply(Kind.USER, name, user(name))
    world.start()
    await until(world, lambda: stored(world, ResourceType.USER) == users)
    ids = {one["userName"].partition("@")[0]: id for id, one in world.service.users.items()}
    bad = {ids[name] for name in names[:: users // failing]}
    good = {*ids.values()} - bad
    await world.pass_time(HOUR)
    before = await edit(world, names, "Before", good)
    await world.pass_time(HOUR)
    for id in bad:
        world.service.faults.add(Fault.parse(f"status=500;method=PATCH;path=/Users/{id}"))
    mark = len(world.history.entries)
    after = await edit(world, names, "After", good)
    await world.pass_time(hours * HOUR)
    tries = tried(world.history.entries[mark:], bad)
    await world.end()
    return figures(before, after, tries, users)


async def until(world: World, holds: Callable[[], bool]) -> None:
    """Let time go by until it holds."""
    ends = world.now + PATIENCE
    while not holds():
        if world.now > ends:
            raise AssertionError(f"It did not come about within {PATIENCE:.0f} s of virtual time.")
        await world.pass_time(0.01)


def stored(world: World, type: ResourceType) -> int:
    """Return how many resources of a type the service has."""
    return len(world.service.store.of(type))


async def edit(world: World, names: Sequence[str], title: str, good: Iterable[str]) -> float:
    """Give everyone a title; return the seconds until all who do not fail have it."""
    missing, began = {*good}, world.now

    def see(exchange: Exchange) -> None:
        if exchange.to_service and exchange.writes and exchange.status < 300:
            missing.discard(exchange.id)

    world.history.done.append(see)
    for name in names:
        world.apply(Kind.USER, name, user(name, title=title))
    await until(world, lambda: not missing)
    world.history.done.remove(see)
    return world.now - began


def tried(entries: Iterable[Exchange | Deed], bad: Iterable[str]) -> dict[str, list[float]]:
    """Return when each of those who fail was tried."""
    times: dict[str, list[float]] = {id: [] for id in bad}
    for each in entries:
        if isinstance(each, Exchange) and each.to_service and each.writes and each.id in times:
            times[each.id].append(each.arrived or each.sent)
    return times


def busiest_hour(times: Sequence[float]) -> int:
    """Return the most of these in any one hour."""
    return max((sum(at <= each < at + HOUR for each in times) for at in times), default=0)


def figures(before: float, after: float, tries: Mapping[str, list[float]], users: int) -> list[Figure]:
    """Return how much longer the rest takes, and how often those who fail are tried."""
    slower, what = after / before - 1, f"{len(tries)} of {users} users fail"
    first = [each[FREE_TRIES - 1] - each[0] for each in tries.values() if len(each) >= FREE_TRIES]
    hourly = max(busiest_hour(each[FREE_TRIES:]) for each in tries.values())
    return [
        Figure(
            f"{what}: an edit of everyone reaches the rest, beside the same edit while no one fails",
            f"{after:.2f} s, {before:.2f} s ({slower:+.1%})",
            f"≤ +{DEMANDED:.0%}",
            slower <= DEMANDED,
        ),
        Figure(f"{what}: the first ten tries of each", f"within {max(first, default=0.0) / 60:.0f} min"),
        Figure(f"{what}: requests of each in an hour, after ten tries", str(hourly), "≤ 1", 0 < hourly <= 1),
    ]
