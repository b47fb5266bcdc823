"""Eventually stable reconciliation: at rest the service holds what the manifests say, and nothing more is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.history import Exchange
from verify.promises.mapped import unlike
from verify.promises.promise import Promise
from verify.promises.readiness import ready_of
from verify.world import INTERVAL

if TYPE_CHECKING:
    from scim_operator.kube.client import Target
    from verify.promises.state import State

ON_ITS_WAY = frozenset({"", "Pending", "Retrying"})


class Convergence(Promise):
    """Judges the world at rest. What says that it needs a person is not judged: it is reported, not silent."""

    name = "convergence"

    def rest(self) -> None:
        """Judge what is held, and that no sweep writes."""
        state = self.ground.state()
        if state.silent:
            return
        for target in self.ground.targets():
            if target.resource.plural not in self.down and state.in_scope(target) is True:
                self._object(state, target)
        self._stable()

    def _object(self, state: State, target: Target) -> None:
        manifest = self.world.server.get(target) or {}
        status, reason = ready_of((manifest.get("status") or {}).get("conditions"))
        named = f"{target.resource.kind} {target.name}"
        if reason in ON_ITS_WAY and not manifest["spec"].get("suspend"):
            self.broken(f"{named} is in scope, and at rest still says {reason or 'nothing'}")
        if (status, reason) == ("True", "Provisioned") and (lacking := unlike(self.ground, state, target)):
            self.broken(f"{named} says Provisioned at rest, and the service does not hold {', '.join(lacking)}")

    def _stable(self) -> None:
        since = self.world.now - 2 * INTERVAL
        exchanges = (one for one in self.world.history.entries if isinstance(one, Exchange))
        late = [one for one in exchanges if one.sent > since and one.weighs]
        if late:
            self.broken("something is written within the last two sweeps, although the world rests", late[-1])
