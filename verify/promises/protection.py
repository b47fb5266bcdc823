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
    from verify.promises.state import State


class Protection(Promise):
    """Judges by what stood in the config at each moment that an operator may have had in view."""

    name = "S4 protected"

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
    protected: Mapping[str, Any] = state.config.get("protected") or {}
    kind, field = ("users", "userRef") if owner.resource == USERS else ("groups", "groupRef")
    entries = [one for one in protected.get(kind) or () if (one.get(field) or {}).get("name") == owner.name]
    if entries and (exchange.after is None or disables(exchange) or renames(exchange)):
        return True
    floors = [one.get("minMembers", 1) for one in entries] if kind == "groups" else []
    least = max([*floors, protected.get("minMembers") or 0])
    return bool(removed(exchange)) and len((exchange.after or {}).get("members", ())) < least
