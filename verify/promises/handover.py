"""While a config hands over, it writes new owners and marks, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.promises.documents import differing, flat, path_of
from verify.promises.ground import ENDPOINTS
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from verify.history import Exchange


class Handover(Promise):
    """Judges what changes while `transferTo` stood at each moment that an operator may have had in view."""

    name = "hand over"

    def done(self, exchange: Exchange) -> None:
        """Judge what a request changed."""
        if not changes(exchange) or exchange.type not in ENDPOINTS:
            return
        configs = [state.config for state in self.ground.states(exchange.sent)]
        if not all(config.get("transferTo") for config in configs):
            return
        marks = {"externalId", *(path_of(config.get("ownerAttribute", "")) for config in configs)}
        before, after = exchange.before or {}, exchange.after or {}
        more = set(differing(flat(before), flat(after))) - marks
        if not before or not after or more or before.get("members") != after.get("members"):
            self.broken(
                f"{exchange.type} {exchange.id} changes by more than its owner while it is handed over", exchange
            )
