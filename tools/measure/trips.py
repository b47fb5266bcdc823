"""Round trips: requests and seconds for a tenant's initial load, by what the service offers to save some.

In the simulated world of `verify`, so that a second is a second of the world: the budget and the network decide, and
not the machine.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from tools.measure.report import Figure
from verify.crashes.people import group
from verify.manifests import user
from verify.virtual import run
from verify.world import World, config_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

BUDGET = {"requestsPerSecond": 25, "concurrency": 8}
"""The defaults of `spec.service.budget`."""
MOST = 100
"""Operations in one bulk request, as the service announces them."""
BULK = replace(Settings(bulk=MOST), strict=False)
PATIENCE = 4 * 3600.0


@dataclass(frozen=True)
class Offer:
    """What a service offers, and the faults that make it so."""

    name: str
    settings: Settings = field(default_factory=Settings)
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


OFFERS = (
    Offer("one request for each write"),
    Offer("paging by cursor (RFC 9865)", faults=("cursor=only",)),
    Offer("bulk requests that show the resources", BULK, {"bulk": True}),
    Offer("bulk requests that show ids, and filters by id", BULK, {"bulk": True}, ("bulk=bare",)),
    Offer("bulk requests that show ids, no such filters", BULK, {"bulk": True}, ("bulk=bare", "filter=refused")),
)


@dataclass(frozen=True)
class Trips:
    """What an initial load cost."""

    seconds: float
    reads: int
    writes: int


def measure_trips(users: int) -> list[Figure]:
    """Return the figures of each offer, for so many users and a group of all of them."""
    figures = []
    for offer in OFFERS:
        found = run(_lived(offer, users))
        said = f"{found.writes:,} writes, {found.reads:,} reads, {found.seconds:,.0f} s"
        figures.append(Figure(f"{users:,} users and a group of all: {offer.name}", said))
    return figures


async def _lived(offer: Offer, users: int) -> Trips:
    service = {**config_spec()["service"], "budget": BUDGET, "capabilities": dict(offer.capabilities)}
    world = World(1, offer.settings, service=service)
    world.service.faults.add(*offer.faults)
    names = [f"user-{number}" for number in range(users)]
    for name in names:
        world.apply(Kind.USER, name, user(name))
    world.apply(Kind.GROUP, "all", group("all", *names))
    world.start()
    seconds = await _filled(world, users)
    log = world.service.log
    trips = Trips(seconds, log.reads, log.writes)
    await world.end()
    return trips


async def _filled(world: World, users: int) -> float:
    """Wait until all are there, and in the group, and say so; return when."""
    while world.now < PATIENCE:
        await asyncio.sleep(1.0)
        if _ready(world.manifests(Kind.GROUP)["all"]) and len(world.service.users) == users:
            return world.now
    raise AssertionError("the tenant is not filled")


def _ready(manifest: Mapping[str, Any]) -> bool:
    conditions = (manifest.get("status") or {}).get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
