"""A world of many users whose operator has much to do, and who leaves meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import REQUESTS
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from verify.history import Exchange
from verify.manifests import user
from verify.process import Machine
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE, World

if TYPE_CHECKING:
    from scim_operator.simulator.messages import Reply
    from scim_operator.simulator.messages import Request as Incoming

MANY = 400
TURN = 0.25
"""Each fifty objects take so many seconds: a sweep claims for two, and plans for two."""
SAID = frozenset({"digest", "held", "reason", "protected"})


def name(number: int) -> str:
    return f"user{number:03}"


class Busy(World):
    """A world of many users, all provisioned, whose operator's machine has much to do.

    With a `turn` the operator works under Leases, and without one alone.
    """

    page = 0.0
    """Seconds that each page of a list takes."""
    reads = 0.0
    """Seconds that a read by id takes."""

    def __init__(self, many: int = MANY, turn: float = TURN, **spec: Any) -> None:
        super().__init__(7, **{"interval": "1h", **spec})
        self.many = many
        self.weather.slowness = 0.0005
        if turn:
            self.machines = lambda: Machine("operator-1", turn=turn)
        self.pages = 0
        """How many pages of lists were asked for."""
        self._answer = self.service.answer
        self.service.answer = self._slowly  # type: ignore[method-assign]
        for number in range(many):
            self.apply(Kind.USER, name(number), user(name(number), title="Clerk"))

    async def _slowly(self, exchange: Exchange, request: Incoming) -> Reply:
        if exchange.method == "GET" and int(exchange.query.get("count", 0)) > 1:
            self.pages += 1
            await asyncio.sleep(self.page)
        elif exchange.method == "GET" and exchange.id:
            await asyncio.sleep(self.reads)
        return await self._answer(exchange, request)

    async def begin(self) -> None:
        """Provision everyone."""
        self.start()
        while len(self.service.users) < self.many or not (self.config.get("status") or {}).get("lastSweep"):
            await self.pass_time(1)
        await self.pass_time(60)

    def id_of(self, number: int) -> str:
        """The id at the service of the user of a number."""
        return next(id for id, one in self.service.users.items() if one["userName"].startswith(name(number)))

    def sweep(self) -> None:
        """Ask for a sweep now."""
        asked = {"metadata": {"annotations": {REQUESTS[0]: str(self.now)}}}
        self.server.patch(Target(CONFIGS, NAMESPACE, CONFIG), asked)

    @property
    def left(self) -> dict[str, float]:
        """When the request that disabled or deleted each user was sent, by name."""
        found: dict[str, float] = {}
        for each in self.history.entries:
            if isinstance(each, Exchange) and each.to_service and each.method in ("PATCH", "PUT", "DELETE"):
                before, after = each.before or {}, each.after or {}
                if before.get("active") and not after.get("active"):
                    found.setdefault(before["userName"].split("@")[0], each.sent)
        return found

    def shown(self) -> dict[str, set[str]]:
        """What the config's status showed beside each digest."""
        contents: dict[str, set[str]] = defaultdict(set)
        for each in self.history.entries:
            if isinstance(each, Exchange) and each.path.endswith(f"{CONFIG}/status"):
                plan = ((each.body or {}).get("status") or {}).get("plan") or {}
                if plan.get("held"):
                    rest = {key: value for key, value in plan.items() if key not in SAID}
                    contents[plan["digest"]].add(json.dumps(rest, sort_keys=True))
        return contents

    @property
    def plan(self) -> dict[str, Any]:
        """What the config's status shows of a plan."""
        return dict((self.config.get("status") or {}).get("plan") or {})

    @property
    def held(self) -> bool:
        """Whether the config's status shows a plan that waits."""
        return bool(self.plan.get("held"))


Story = Callable[["Busy"], Coroutine[Any, Any, None]]


def lived(story: Story, many: int = MANY, turn: float = TURN, **spec: Any) -> None:
    """Have a world of users begin, and live through a story."""

    async def told() -> None:
        world = Busy(many, turn, **spec)
        await world.begin()
        await story(world)
        await world.end()

    run(told())


def disable(world: World, number: int) -> None:
    world.apply(Kind.USER, name(number), user(name(number), title="Clerk", active=False))


def delete(world: World, number: int) -> None:
    world.delete(Kind.USER, name(number))
