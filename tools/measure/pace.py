"""A budget far above what a service takes, in virtual time: what the operator makes of it where the processor is free.

`limits` measures the same with real processes, which share their cores with whatever else runs there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.simulator.faults import Fault
from scim_operator.simulator.schema import ResourceType
from tools.measure.failing import stored, until
from tools.measure.limits import LEAST_USED, MOST_REFUSALS, RATES, TOO_MANY, USERS
from tools.measure.report import Figure
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

BUDGET = {"requestsPerSecond": 1000, "concurrency": 16}


def measure_pace(users: int = USERS) -> list[Figure]:
    """Return the figures of each rate."""
    return [figure for rate in RATES for figure in run(life(rate, users))]


async def life(rate: int, users: int) -> list[Figure]:
    """Provision users at a service that takes so many requests a second, in bursts of one second's worth."""
    world = World(1, interval="24h")
    world.configure(service={**world.spec["service"], "budget": BUDGET})
    world.service.faults.add(Fault.parse(f"rate-limit={rate}"))
    for number in range(users):
        name = f"user-{number:05}"
        world.apply(Kind.USER, name, user(name))
    world.start()
    await until(world, lambda: stored(world, ResourceType.USER) == users)
    sent = [each for each in world.history.entries if isinstance(each, Exchange) and each.to_service]
    await world.end()
    return figures(sent, rate, users)


def figures(sent: Sequence[Exchange], rate: int, users: int) -> list[Figure]:
    """Return the refusals, and the part of the rate that was used from the first creation to the last."""
    refused = sum(each.status == TOO_MANY for each in sent)
    creations = [each.arrived or each.sent for each in sent if each.writes]
    begin, end = min(creations), max(creations)
    taken = sum(each.status != TOO_MANY and begin <= (each.arrived or each.sent) <= end for each in sent)
    used = taken / (end - begin) / rate
    what = f"in virtual time, {rate} requests/s, budget 1000, {users} users"
    few, whole = refused <= MOST_REFUSALS, used >= LEAST_USED
    return [
        Figure(f"{what}: answers of 429", str(refused), f"≤ {MOST_REFUSALS}", few),
        Figure(f"{what}: of its rate used", f"{used:.1%}", f"≥ {LEAST_USED:.0%}", whole),
    ]
