"""All checks over one world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.promises.budget import Budget
from verify.promises.convergence import Convergence
from verify.promises.documents import namespace_of
from verify.promises.ending import Ending
from verify.promises.finalizer import Finalizer
from verify.promises.ground import Ground
from verify.promises.handover import Handover
from verify.promises.leaving import Leaving
from verify.promises.limits import Limits
from verify.promises.once import Once
from verify.promises.ownership import Ownership
from verify.promises.protection import Protection
from verify.promises.readiness import Readiness
from verify.promises.reasons import Reasons
from verify.promises.restraint import Restraint
from verify.promises.secrecy import Secrecy
from verify.promises.silence import Silence
from verify.promises.unmanaged import Unmanaged

if TYPE_CHECKING:
    from collections.abc import Collection

    from verify.apiserver import Event
    from verify.history import Exchange
    from verify.promises.promise import Promise
    from verify.promises.violation import Violation
    from verify.world import World

ALL: tuple[type[Promise], ...] = (
    Ownership,
    Once,
    Finalizer,
    Limits,
    Protection,
    Handover,
    Silence,
    Readiness,
    Secrecy,
    Budget,
    Unmanaged,
    Reasons,
    Ending,
    Leaving,
    Restraint,
    Convergence,
)


class Checker:
    """Watches a world from now on. Make it before the first operator starts."""

    def __init__(self, world: World) -> None:
        self.violations: list[Violation] = []
        self._ground = Ground(world)
        self._marks = Marks(world)
        self._promises = [promise(self._ground, self.violations) for promise in ALL]
        world.history.sending.append(self._sending)
        world.history.done.append(self._done)
        world.history.ended.append(self._ended)
        world.server.changed.insert(0, self._changed)

    def check_rest(self, down: Collection[str] = ()) -> list[Violation]:
        """Check what must hold at rest: `World.rest` has returned, and nothing goes wrong any more.

        `down` are the plural names of the kinds whose part of the service is away all the same.
        """
        self._ground.catch_up()
        for promise in self._promises:
            promise.down = frozenset(down)
            promise.rest()
        return self.violations

    def _sending(self, exchange: Exchange) -> None:
        self._ground.catch_up()
        foreign = self._marks.are_foreign(exchange)
        for promise in self._promises:
            if promise.everything or not foreign:
                promise.sending(exchange)

    def _done(self, exchange: Exchange) -> None:
        self._ground.catch_up()
        if not (foreign := self._marks.are_foreign(exchange)):
            self._ground.did(exchange)
        for promise in self._promises:
            if promise.everything or not foreign:
                promise.done(exchange)

    def _ended(self, exchange: Exchange) -> None:
        for promise in self._promises:
            promise.ended(exchange)

    def _changed(self, event: Event) -> None:
        if event.target.namespace not in self._ground.world.neighbours:
            self._ground.heard(event)
            for promise in self._promises:
                promise.changed(event)


class Marks:
    """Of whom what is at the service is, by the mark that it has, or had before someone deleted it by hand."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last: dict[str, str] = {}

    def are_foreign(self, exchange: Exchange) -> bool:
        """Return whether an exchange is about a neighbour's objects, or what has, or had, their marks there."""
        if not self._world.neighbours:
            return False
        if not exchange.to_service:
            return exchange.path.split("/")[1:2] in [[name] for name in self._world.neighbours]
        return namespace_of(self._mark(exchange)) in self._world.neighbours

    def _mark(self, exchange: Exchange) -> str:
        there = exchange.before or self._world.service.shown(exchange.id) or exchange.after
        if there is None and exchange.id in self._last:
            return self._last[exchange.id]
        body = exchange.body if isinstance(exchange.body, dict) else {}
        mark = str((there or body).get("externalId") or "")
        if there is not None and exchange.id:
            self._last[exchange.id] = mark
        return mark
