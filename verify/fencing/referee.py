"""Judges every write of several operators by the Leases as the API server has them, without the operator's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.kube.resources import LEASES
from verify.apiserver import Kind

if TYPE_CHECKING:
    from verify.apiserver import Event
    from verify.history import Exchange
    from verify.world import World

LASTS = 15.0
"""Seconds that a Lease lasts after a renewal has reached the API server."""
_ROLE = "scim-operator.io/lease"
_OURS = frozenset({"scimusers", "scimgroups", "provisioningconfigs"})


class Referee:
    """Watches one world with one service.

    A write is wrong where its sender is not the holder; where the holder has not renewed for as long as a Lease lasts;
    and, at the service, where it arrives after another operator has begun to write.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.faults: list[str] = []
        self.holders: set[str] = set()
        self.writes = 0
        self._holder, self._renewed = "", float("-inf")
        self._last = ""
        self._deleted = float("-inf")
        world.server.changed.append(self._changed)
        world.history.sending.append(self._sent)
        world.history.done.append(self._arrived)

    def _changed(self, event: Event) -> None:
        if event.target.resource is LEASES and event.kind is Kind.DELETED:
            self._deleted = self._world.now
        if event.target.resource is not LEASES or event.manifest["metadata"]["labels"].get(_ROLE) != "service":
            return
        spec = event.manifest["spec"]
        former = (event.before or {}).get("spec", {}).get("renewTime")
        if spec.get("renewTime") != former or spec.get("holderIdentity", "") != self._holder:
            self._renewed = self._world.now
        self._holder = spec.get("holderIdentity") or ""
        self.holders |= {self._holder} - {""}

    def _sent(self, exchange: Exchange) -> None:
        if not exchange.writes or not (exchange.to_service or exchange.type in _OURS):
            return
        if not exchange.to_service and self._world.now - self._deleted < LASTS:
            return  # its holder notices with the next renewal; what it writes until then names the version
        self.writes += 1
        if exchange.sender != self._holder:
            self._fault(exchange, f"sent, and {self._holder or 'no one'} holds the Lease")
        elif self._world.now - self._renewed > LASTS:
            self._fault(exchange, f"sent {self._world.now - self._renewed:.1f} s after the last renewal")
        if exchange.to_service:
            self._last = exchange.sender

    def _arrived(self, exchange: Exchange) -> None:
        if exchange.writes and exchange.to_service and exchange.sender != self._last:
            self._fault(exchange, f"arrived after {self._last} had begun to write")

    def _fault(self, exchange: Exchange, what: str) -> None:
        self.faults.append(f"{self._world.now:10.3f} {exchange}: {what}")
