"""S4: no more destructive changes in a window than the limits allow, across restarts."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from verify.promises.approvals import Approvals
from verify.promises.effects import counted
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State
    from verify.promises.violation import Violation

Owned = tuple[int, int, int]
"""Users with access, groups, and memberships."""

CLASSES: dict[str, tuple[str, tuple[int, int, int], Callable[[Owned], int]]] = {
    "disables": ("disables", (10, 3, 500), lambda owned: owned[0]),
    "userDeletes": ("userDeletes", (5, 3, 100), lambda owned: owned[0]),
    "groupDeletes": ("groupDeletes", (5, 1, 20), lambda owned: owned[1]),
    "memberRemovals": ("memberRemovals", (25, 10, 2000), lambda owned: owned[2]),
    "user renames": ("renames", (10, 5, 500), lambda owned: owned[0]),
    "group renames": ("renames", (10, 5, 500), lambda owned: owned[1]),
}
"""By class: the field of spec.limits, its defaults (percent, min, max), and what its percentage is of."""
_UNITS = {"h": 3600, "m": 60, "s": 1}


class Limits(Promise):
    """Counts what took effect. The base of percentages is the most that was owned within the window, so it never
    alarms for what the operator may count; each of several operators at once has the limits to itself, as documented.
    """

    name = "S4"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._spent: list[tuple[float, Counter[str]]] = []
        self._owned: list[tuple[float, Owned]] = []
        self._operators: list[tuple[float, int]] = []
        self._approvals = Approvals(ground)

    def sending(self, exchange: Exchange) -> None:
        """Note how many operators there are."""
        if exchange.to_service and exchange.writes:
            self._operators.append((exchange.sent, len(self.world.processes)))

    def done(self, exchange: Exchange) -> None:
        """Count what a request did."""
        if not changes(exchange):
            return
        at = self.world.now
        if not self._owned:
            self._owned.append((0.0, (0, 0, 0)))
        self._owned.append((at, self._now_owned()))
        effects, states = +counted(exchange), self.ground.states(exchange.sent)
        if effects and not exchange.again and not self._approvals.release(exchange, effects, states):
            self._spent.append((at, effects))
            self._judge(exchange, effects, states)

    def _judge(self, exchange: Exchange, effects: Counter[str], states: list[State]) -> None:
        window = max(seconds((state.config.get("limits") or {}).get("window", "24h")) for state in states)
        begin = self.world.now - window
        spent = sum((each for at, each in self._spent if at > begin), Counter[str]())
        operators = max((count for at, count in self._operators if at > begin), default=1)
        for name in effects:
            allowed = max(1, operators) * max(self._allowed(name, state, begin) for state in states)
            if spent[name] > allowed:
                self.broken(f"{name}: {spent[name]} within {window:.0f} s, {allowed} allowed", exchange)

    def _allowed(self, name: str, state: State, begin: float) -> int:
        field, (percent, least, most), base_of = CLASSES[name]
        limit: Mapping[str, Any] = (state.config.get("limits") or {}).get(field) or {}
        since = max((at for at, _ in self._owned if at <= begin), default=0.0)
        base = max(base_of(owned) for at, owned in self._owned if at >= since)
        share = base * limit.get("percent", percent) // 100
        return int(max(limit.get("min", least), min(limit.get("max", most), share)))

    def _now_owned(self) -> Owned:
        service, owners = self.world.service, self.ground.owners
        users = sum(user.get("active") is not False for id, user in service.users.items() if owners.get(("Users", id)))
        groups = [group for id, group in service.groups.items() if owners.get(("Groups", id))]
        return users, len(groups), sum(len(group.get("members", ())) for group in groups)


def seconds(duration: str) -> float:
    """Return the seconds of a duration as Kubernetes writes it."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9.]+)([hms])", duration))
