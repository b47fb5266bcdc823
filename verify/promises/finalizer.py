"""S3: nothing is disabled or deleted without a manifest that has our finalizer, a tombstone, or an approved plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.promises.effects import disables
from verify.promises.ground import key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from verify.history import Exchange

FINALIZER = "scim-operator.io/deprovision"


class Finalizer(Promise):
    """Judges each disable and each delete."""

    name = "S3"

    def done(self, exchange: Exchange) -> None:
        """Judge one."""
        if changes(exchange) and not exchange.again and (exchange.after is None or disables(exchange)):
            key = key_of(exchange)
            if not self._held(exchange) and not self._listed(exchange):
                self.broken(
                    f"{key[0]} {key[1]} ends without a manifest that has the finalizer, or a tombstone", exchange
                )

    def _held(self, exchange: Exchange) -> bool:
        """Return whether a manifest of the resource had the finalizer, or a plan was approved."""
        owners = self.ground.possible_owners(exchange)
        for state in self.ground.states(exchange.sent):
            objects = (state.objects[one] for one in owners if one in state.objects)
            if any(FINALIZER in (one["metadata"].get("finalizers") or ()) for one in objects):
                return True
            if any(self.ground.approved(state, owner) for owner in owners):
                return True
        return False

    def _listed(self, exchange: Exchange) -> bool:
        listed = self.ground.tombstones.get(exchange.id, float("-inf"))
        return listed >= exchange.sent - self.ground.lag or self._standing(exchange.id)

    def _standing(self, id: str) -> bool:
        """Return whether the status of the config lists it now."""
        listed = (self.world.config.get("status") or {}).get("tombstones") or ()
        return any(one["id"] == id for one in listed)
