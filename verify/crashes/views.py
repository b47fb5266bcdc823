"""Views that lie: what a watch, a list or a whole API server shows is not what is, or no longer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from verify.crashes.people import lull
from verify.crashes.scenarios import approve, held
from verify.crashes.trouble import Trouble
from verify.fates import Fate, View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from verify.history import Exchange
    from verify.world import World

LAG = 20.0
"""Seconds that lists come from a cache that lags behind."""
AWAY = 40.0
"""The longest that the API server is away when it restarts, in seconds."""
BOTH = 240.0
"""Seconds that two operators work side by side."""


class Lie(StrEnum):
    """What else than one event goes wrong with what is seen of the cluster."""

    STALE = "stale relist"
    RESTART = "api restart"
    RESTORED = "etcd restored"
    RESTORED_UNDER = "etcd restored under a running operator"
    SECOND = "second operator"


@dataclass(frozen=True, slots=True)
class Sight:
    """A lie about event number `at`, or from effect number `at` on, from 1 on."""

    at: int
    lie: View | Lie

    def __str__(self) -> str:
        return f"{self.at}:{self.lie.value}"

    @classmethod
    def parse(cls, text: str) -> Sight:
        """Read what `str` wrote."""
        at, lie = text.split(":")
        return cls(int(at), Lie(lie) if lie in set(Lie) else View(lie))

    @property
    def of_event(self) -> bool:
        """Return whether `at` is the number of an event."""
        return isinstance(self.lie, View) or self.lie is Lie.STALE

    def trouble(self, world: World) -> Trouble:
        """Return what makes this trouble."""
        return _TROUBLES.get(self.lie, Misshown)(world, self)


class Misshown(Trouble):
    """One event is not shown as it is. In the end everything is listed anew, as happens when a watch has expired."""

    def __init__(self, world: World, sight: Sight) -> None:
        super().__init__(world)
        self._sight = sight

    def show(self) -> View | None:
        """See `Trouble.show`."""
        if self.events != self._sight.at:
            return None
        self.dealt = True
        if isinstance(self._sight.lie, View):
            self.world.weather.hides = True
            return self._sight.lie
        self.begin(self._lag())
        return View.EXPIRED

    async def _lag(self) -> None:
        self.world.weather.lists_as_of = self.began
        await self.world.pass_time(LAG)
        self.world.weather.lists_as_of = None

    async def finish(self) -> None:
        """See `Trouble.finish`."""
        await super().finish()
        await lull(self.world)
        self.world.note("the watches expire")
        self.world.server.compact()
        self.world.weather.hides = False


class _AtEffect(Trouble):
    """Begins at one effect."""

    def __init__(self, world: World, sight: Sight) -> None:
        super().__init__(world)
        self.sight = sight

    def strike(self, exchange: Exchange) -> Fate | None:
        """See `Trouble.strike`."""
        if self.effects == self.sight.at:
            self.dealt = True
            self.happen()
        return None

    def happen(self) -> None:
        """Let it begin."""
        raise NotImplementedError

    async def finish(self) -> None:
        """See `Trouble.finish`. The last effects come after the last words of the scenario."""
        await lull(self.world)
        await super().finish()


class Restart(_AtEffect):
    """The API server restarts: all watches end, and nothing is answered for a while."""

    def happen(self) -> None:
        """See `_AtEffect.happen`."""
        self.begin(self._restart())

    async def _restart(self) -> None:
        self.world.note("the API server restarts")
        self.world.server.reachable = False
        await self.world.pass_time(self.world.random.uniform(0.0, AWAY))
        self.world.server.reachable = True


class Second(_AtEffect):
    """A second operator, of a release without Leases, starts while the first works, and outlives it.

    What the first has made under an id of the identity provider carries no mark of ours: to the second it is another's
    (promise S1), and it asks before it takes it over. So a person approves that in the end, and nothing else.
    """

    def happen(self) -> None:
        """See `_AtEffect.happen`."""
        self.world.start()
        self.begin(self._outlive())

    async def _outlive(self) -> None:
        await self.world.pass_time(BOTH)
        await self.world.kill()

    async def finish(self) -> None:
        """See `Trouble.finish`."""
        await super().finish()
        await lull(self.world)
        if takes_over_unmarked(self.world):
            await approve(self.world)


class Restored(_AtEffect):
    """After the scenario, etcd is restored from a backup that was made at one effect.

    What was written since is lost. So whoever applies the manifests applies the last ones once more, and approves what
    is held: the service holds resources that the restored cluster knows nothing of, and says whose they are. A plan
    that was held before, and that no one approved, is left as it was.
    """

    def happen(self) -> None:
        """See `_AtEffect.happen`."""
        self._backup = self.world.server.dump()

    async def finish(self) -> None:
        """See `Trouble.finish`."""
        await super().finish()
        if not self.dealt:
            return
        world, left = self.world, held(self.world)
        last = {kind: world.manifests(kind) for kind in Kind}
        world.note("etcd is restored")
        world.server.restore(self._backup)
        if self.sight.lie is Lie.RESTORED:
            await world.kill()
            world.start()
        world.configure()
        world.secret(world.service.token)
        for kind in Kind:
            self._apply(kind, last[kind])
        await approve(world, but=left)
        for kind in Kind:  # those that the backup had as leaving are gone by now
            self._apply(kind, last[kind])
            for name in (name for name, one in last[kind].items() if "deletionTimestamp" in one["metadata"]):
                world.delete(kind, name)

    def _apply(self, kind: Kind, last: Mapping[str, Mapping[str, Any]]) -> None:
        for name in sorted(self.world.manifests(kind).keys() - last.keys()):
            self.world.delete(kind, name)
        for name, manifest in last.items():
            self.world.apply(kind, name, manifest["spec"])


def takes_over_unmarked(world: World) -> bool:
    """Return whether what is held is to be taken over and nothing else, all of it under an id of the provider's."""
    plan = (world.config.get("status") or {}).get("plan") or {}
    due = {name: number for name, number in plan.items() if type(number) is int and number}
    held = [one["object"] for one in plan.get("first", ()) if one["verb"] == "Adopt"]
    specs = {
        f"{kind.value.lower()}/{name}": one["spec"] for kind in Kind for name, one in world.manifests(kind).items()
    }
    unmarked = all("externalId" in specs[one] for one in held)
    return bool(plan.get("held")) and due == {"adoptions": len(held)} and unmarked


_TROUBLES: Mapping[View | Lie, Callable[[World, Sight], Trouble]] = {
    Lie.RESTART: Restart,
    Lie.SECOND: Second,
    Lie.RESTORED: Restored,
    Lie.RESTORED_UNDER: Restored,
}
