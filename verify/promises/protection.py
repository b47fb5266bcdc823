"""Nothing is done to a protected object, and with Manual approval nothing at all, that no approval names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.kube.resources import USERS
from verify.promises.effects import disables, removed, renames
from verify.promises.ground import ENDPOINTS, key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.kube.client import Target
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State
    from verify.promises.violation import Violation


class Protection(Promise):
    """Judges by what stood in the config at each moment that an operator may have had in view."""

    name = "S4 protected"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._disabled: set[str] = set()
        """The ids of users whom an operator has tried to disable."""

    def sending(self, exchange: Exchange) -> None:
        """Note who is to be disabled: what the service does not do for it, a deletion may."""
        if exchange.to_service and exchange.type == "Users" and _says_inactive(exchange):
            self._disabled.add(exchange.id)

    def done(self, exchange: Exchange) -> None:
        """Judge what a request did."""
        if not changes(exchange) or exchange.again or exchange.type not in ENDPOINTS:
            return
        states = self.ground.states(exchange.sent)
        if all(_is_manual(state) for state in states) and not self._approved(states, exchange):
            self.broken(f"{exchange.type} {exchange.id} changes, and every change waits for approval", exchange)
        for owner in self.ground.owners[key_of(exchange)]:
            if all(_protects(state, owner, exchange) and not self._names(state, owner) for state in states):
                self.broken(f"the protected {owner.resource.kind} {owner.name} is touched without approval", exchange)
        if exchange.type == "Users" and exchange.after is None:
            self._leaves_enough(exchange, states)

    def _leaves_enough(self, exchange: Exchange, states: list[State]) -> None:
        """Judge by the groups that a user was in who is deleted: the end of access waits for none, and so disables."""
        if (exchange.before or {}).get("active") is not False and exchange.id in self._disabled:
            return  # the service does not disable
        for group in exchange.groups:
            members = (self.world.service.shown(group) or {}).get("members", ())
            for owner in self.ground.owners["Groups", group]:
                few = all(_least(state, owner) > len(members) and not self._names(state, owner) for state in states)
                if few and not any(_is_off(state, owner) for state in states):
                    self.broken(f"{owner.name} is left with {len(members)} members by a deletion", exchange)

    def _approved(self, states: list[State], exchange: Exchange) -> bool:
        owners = self.ground.possible_owners(exchange)
        return any(self.ground.approved(state, owner) for state in states for owner in owners)

    def _names(self, state: State, owner: Target) -> bool:
        named = f"{owner.resource.kind.lower()}/{owner.name}" in (state.config.get("approvedProtected") or ())
        return named and self.ground.approved(state, owner)


def _is_manual(state: State) -> bool:
    return (state.config.get("approval") or {}).get("policy") == "Manual"


def _protects(state: State, owner: Target, exchange: Exchange) -> bool:
    """Return whether a config protects, by name or by a least number of members, against what a request did."""
    if _entries(state, owner) and (exchange.after is None or disables(exchange) or renames(exchange)):
        return True
    return bool(removed(exchange)) and len((exchange.after or {}).get("members", ())) < _least(state, owner)


def _entries(state: State, owner: Target) -> list[Mapping[str, Any]]:
    """Return the entries of a config that protect a manifest by name."""
    protected: Mapping[str, Any] = state.config.get("protected") or {}
    kind, field = ("users", "userRef") if owner.resource == USERS else ("groups", "groupRef")
    return [one for one in protected.get(kind) or () if (one.get(field) or {}).get("name") == owner.name]


def _least(state: State, owner: Target) -> int:
    """Return with how many members a config leaves a group at least; 0 for a user."""
    if owner.resource == USERS:
        return 0
    least: list[int] = [one.get("minMembers", 1) for one in _entries(state, owner)]
    return max([*least, (state.config.get("protected") or {}).get("minMembers") or 0])


def _is_off(state: State, owner: Target) -> bool:
    """Return whether a group is none of a config's: groups are switched off, or it is suspended, or out of scope."""
    return (state.config.get("groups") or {}).get("enabled") is False


def _says_inactive(exchange: Exchange) -> bool:
    """Return whether a request is to disable a user."""
    said = str(exchange.body)
    return exchange.method in {"PATCH", "PUT"} and "'active'" in said and "False" in said
