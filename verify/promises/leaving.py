"""The end of access in time: within minutes, whatever becomes of all else; in a quarantine for failures too (ADR 0012).

| what goes on                                                     | the end of access                              |
|------------------------------------------------------------------|------------------------------------------------|
| others are refused, lists are, or one of several ways to send it | within `WITHIN` seconds                        |
| an operator starts                                               | within `STARTING` seconds of that              |
| the service or the API server is away, requests go astray, or    | once that was over for `AFTER` seconds, not    |
| watches and lists show what is not                               | judged before                                  |
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from verify.fates import Fate
from verify.promises.ending import SAID
from verify.promises.promise import Promise, changes
from verify.promises.readiness import ready_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scim_operator.kube.client import Target
    from scim_operator.simulator.faults import Fault
    from verify.apiserver import Event
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State
    from verify.promises.violation import Violation

WITHIN = 120.0
"""Seconds in which access ends on a day like any other, on a slow service with little allowed at once too."""
STARTING = 300.0
"""Seconds after which an operator has asked again what one that was killed has left."""
AFTER = 3900.0
"""Seconds after which what has failed has been tried again: that is once an hour at least."""
FAILURES = frozenset({"TooManyFailures", "TooManyFailuresInAll"})
"""Reasons of a quarantine in which the end of access goes on."""
_ONE_WAY = frozenset({"GET", "POST", "PATCH"})
"""Methods without which there is another way to end access: by PUT, by an id on record."""

Access = tuple[str, str]
"""The id of a user, or of a group and of a member."""


class Leaving(Promise):
    """Judges access that an operator gave, some time after every change, until it has ended."""

    name = "end of access in time"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._given: set[Access] = set()
        self._troubled = self._began = float("-inf")
        self._operator = ""
        self._timer: asyncio.TimerHandle | None = None

    def changed(self, event: Event) -> None:
        """Come back to it when it should be done."""
        self._look()
        self._come_back()

    def sending(self, exchange: Exchange) -> None:
        """See how things are."""
        self._look(exchange)

    def done(self, exchange: Exchange) -> None:
        """Note who was given access, and whose has ended."""
        self._look(exchange)
        if not changes(exchange):
            return
        before, after = exchange.before or {}, exchange.after or {}
        if exchange.type == "Users":
            self._note((exchange.id, ""), gives=bool(after.get("active")), had=bool(before.get("active")))
        elif exchange.type == "Groups":
            had, has = set(before.get("members", ())), set(after.get("members", ()))
            for member in had ^ has:
                self._note((exchange.id, member), gives=member in has, had=member in had)

    def _note(self, access: Access, *, gives: bool, had: bool) -> None:
        if not gives:
            self._given.discard(access)
        elif not had:
            self._given.add(access)

    def _come_back(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WITHIN + 1.0, self._judge)

    def _look(self, exchange: Exchange | None = None) -> None:
        """Note since when one operator works, and when something last went astray."""
        world, now = self.world, self.world.now
        running = " ".join(process.life.name for process in world.processes)
        if running != self._operator:
            self._operator, self._began = running, now
        weather = world.weather
        astray = exchange is not None and (exchange.fate not in {None, Fate.FINE} or exchange.status == 401)
        astray = astray or bool(weather.service or weather.api or self._is_shown_wrongly())
        away = not (world.service.reachable and getattr(world.server, "reachable", True))
        if astray or away or not all(map(leaves_a_way, getattr(world.service, "faults", ()))):
            self._troubled = now

    def _is_shown_wrongly(self) -> bool:
        """Return whether watches or lists show what is not."""
        weather = self.world.weather
        lags = bool(weather.stale_lists) or weather.lists_as_of is not None
        return bool(weather.views) or weather.hides or lags

    def _judge(self) -> None:
        self._timer = None
        self.ground.catch_up()
        self._look()
        if not self._given or not self._applies():
            return
        states = self.ground.states(self.world.now, WITHIN)
        late = [*self._users(states[-1:]), *self._members(states[-1:])]
        if not late:
            return
        if self._is_calm() and len({one.generation for one in states}) == 1:
            for sentence in (*self._users(states), *self._members(states)):
                self.broken(f"{sentence} {WITHIN:.0f} s after that was to end")
        self._come_back()

    def _applies(self) -> bool:
        """Return whether the config sends what ends access, and holds nothing back."""
        status = self.world.config.get("status") or {}
        found = {one["type"]: one for one in status.get("conditions") or () if one["status"] == "True"}
        quarantine = found.get("Quarantined", {}).get("reason", "")
        return "ApprovalRequired" not in found and (not quarantine or quarantine in FAILURES)

    def _is_calm(self) -> bool:
        now = self.world.now
        one = len(self.world.processes) == 1 and now - self._began >= STARTING
        return one and now - self._troubled >= AFTER

    def _users(self, states: Sequence[State]) -> Iterator[str]:
        for id, user in self.world.service.users.items():
            owners = self.ground.on_record(("Users", id)) if (id, "") in self._given else set()
            if not owners or user.get("active") is not True or any(self._waits(states, owner) for owner in owners):
                continue
            if all(_denies(state, owners) for state in states):
                yield f"user {_names(owners)} is active"

    def _members(self, states: Sequence[State]) -> Iterator[str]:
        for group, member in sorted(self._given):
            if not member or member not in (self.world.service.shown(group) or {}).get("members", ()):
                continue
            users = self.ground.on_record(("Users", member))
            for owner in self.ground.on_record(("Groups", group)) if users else ():
                if any(self._waits(states, one) for one in (owner, *users)):
                    continue
                heirs = self.ground.heirs(("Users", member), users)
                if all(_has_no_place(state, owner, users | heirs) for state in states):
                    yield f"user {_names(users)} is in group {owner.name}"

    def _waits(self, states: Sequence[State], target: Target) -> bool:
        """Return whether something says that an object is left as it is, or that only the rest of it is known."""
        manifest = self.world.server.get(target) or {}
        reason = ready_of((manifest.get("status") or {}).get("conditions"))[1]
        specs = (one["spec"] for state in states if (one := state.objects.get(target)) is not None)
        return reason in SAID or any(spec.get("suspend") for spec in specs)


def _names(targets: set[Target]) -> str:
    return ", ".join(sorted(target.name for target in targets))


def _denies(state: State, owners: set[Target]) -> bool:
    """Return whether the manifests of a user, one of which is there, give no access, and a config acts by that."""
    there = any(owner in state.objects for owner in owners)
    ways = ("whenDeleted", "whenOutOfScope")
    kept = any("Retain" in {state.rules(owner).get(when) for when in ways} for owner in owners)
    return there and not kept and not state.silent and all(state.has_access(owner) is False for owner in owners)


def _has_no_place(state: State, group: Target, users: set[Target]) -> bool:
    """Return whether a group that is in scope is to be without a user."""
    wanted, spec = state.members(group), state.spec(group) or {}
    exclusive = spec.get("membershipPolicy", "Exclusive") == "Exclusive"
    if wanted is None or not exclusive or state.silent or state.config.get("protected"):
        return False
    return state.in_scope(group) is True and not wanted.may_have(users)


def leaves_a_way(fault: Fault) -> bool:
    """Return whether access can end at once all the same at a service with this fault."""
    if fault.name is FaultName.REFUSED_ATTRIBUTE:
        return fault.value not in {"active", "members"}
    if fault.name is FaultName.STATUS:
        refused = fault.value[:1] == "4" and fault.value[:3] not in {"401", "429"}
        return fault.method == "GET" or (fault.method in _ONE_WAY and refused)
    return fault.name in {FaultName.DUPLICATE_ALLOWED, FaultName.UNIQUE_ATTRIBUTE}
