"""S5: a config that is suspended, or in mode Plan, sends no request that changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.promises.promise import Promise

if TYPE_CHECKING:
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.violation import Violation


class Silence(Promise):
    """Judges by what an operator itself wrote that it knows: `observedGeneration` of the config."""

    name = "S5"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._knows: dict[str, int] = {}

    def sending(self, exchange: Exchange) -> None:
        """Note what an operator knows, and judge what it sends."""
        if not exchange.to_service:
            self._learn(exchange)
        elif exchange.writes and (known := self._known(exchange.sender)) and all(known):
            self.broken(
                "a request that changes something is sent while the config is suspended or plans only", exchange
            )

    def _learn(self, exchange: Exchange) -> None:
        if exchange.type == "provisioningconfigs" and exchange.path.endswith("/status"):
            seen = ((exchange.body or {}).get("status") or {}).get("observedGeneration", 0)
            self._knows[exchange.sender] = max(seen, self._knows.get(exchange.sender, 0))

    def _known(self, sender: str) -> list[bool]:
        """Return whether each spec is silent that an operator may have in view: the one that it observed, and newer."""
        observed = self._knows.get(sender, self._oldest())
        versions = self.ground.versions(self.ground.config)
        specs = [one["spec"] for one in versions if one["metadata"]["generation"] >= observed]
        return [bool(spec.get("suspend")) or spec.get("mode") == "Plan" for spec in specs]

    def _oldest(self) -> int:
        """Return the generation that an operator may have in view which has written nothing yet."""
        return min((state.generation for state in self.ground.states(self.world.now)), default=0)
