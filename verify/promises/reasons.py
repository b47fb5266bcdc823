"""S10: no one loses access without a reason in the manifests, whatever a listing or a watch showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.promises.effects import disables, removed
from verify.promises.ground import Key, key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from scim_operator.kube.client import Target
    from verify.history import Exchange
    from verify.promises.state import State


class Reasons(Promise):
    """Each disable, delete and removal must have been asked for at a moment that the operator may have had in view."""

    name = "S10"

    def done(self, exchange: Exchange) -> None:
        """Judge a request that takes access."""
        if not changes(exchange) or exchange.again:
            return
        states = self.ground.states(exchange.sent)
        owners = self.ground.holders(key_of(exchange))
        ends = exchange.after is None or disables(exchange)
        if ends and owners and not any(self._may_end(state, owners, exchange) for state in states):
            self.broken(f"{exchange.type} {exchange.id} loses access although it was in scope all the time", exchange)
        for member in removed(exchange) if owners and exchange.after is not None else ():
            if self.world.service.shown(member) is None:
                continue  # who is gone has no access to lose; some services keep the id
            if not any(self._may_leave(state, owners, ("Users", member)) for state in self.ground.views(exchange.sent)):
                self.broken(f"{member} leaves group {exchange.id} although a member all the time", exchange)

    def _may_end(self, state: State, owners: set[Target], exchange: Exchange) -> bool:
        """Return whether none of the manifests wanted the resource to stay."""
        if exchange.type == "Groups" or exchange.after is None:
            return not any(state.in_scope(owner) is True for owner in owners)
        return not any(state.has_access(owner) is True for owner in owners)

    def _may_leave(self, state: State, groups: set[Target], member: Key) -> bool:
        """Return whether a manifest of the group did not have the member."""
        users = self.ground.holders(member)
        there = [group for group in groups if state.in_scope(group) is True]
        wanted = [found for group in there if (found := state.members(group)) is not None]
        return not wanted or not any(found.must_have(users) for found in wanted)
