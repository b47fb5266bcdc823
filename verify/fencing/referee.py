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
UNDER_WAY = 57.0
"""Seconds that a request may be under way: 60, and five in a hundred less on a clock that goes fast."""
_ROLE = "scim-operator.io/lease"
_OURS = frozenset({"scimusers", "scimgroups", "provisioningconfigs"})


class Referee:
    """Watches one world with one service.

    A write is wrong where its sender is not the holder, or has not renewed for as long as a Lease lasts. Someone may
    delete the Lease: its holder cannot know at once, so it has the service until the Lease would have ended, and until
    then no other may write. At the service a write is wrong too where a request of another may still be under way, and
    where it arrives after another has begun to write.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.faults: list[str] = []
        self.holders: set[str] = set()
        self.writes = 0
        self.copies = 0
        """Copies of answered requests that the network kept: what one undoes is drift, which a sweep finds."""
        self._terms: dict[str, float] = {}
        """Who may write, in the order in which they began, and until when each is certainly done."""
        self._holder = ""
        """Whom the Lease names that there is now."""
        self._renewal = ""
        self._last = ""
        self._without_answer: list[Exchange] = []
        world.server.changed.append(self._changed)
        world.history.sending.append(self._sent)
        world.history.done.append(self._arrived)
        world.history.ended.append(self._ended)

    def _changed(self, event: Event) -> None:
        if event.target.resource is not LEASES or event.manifest["metadata"]["labels"].get(_ROLE) != "service":
            return
        spec = event.manifest["spec"]
        holder, renewal = spec.get("holderIdentity") or "", f"{spec.get('holderIdentity')} {spec.get('renewTime')}"
        if event.kind is Kind.DELETED:
            self._holder = ""
            return
        if renewal == self._renewal:
            return
        self._renewal = renewal
        # A Lease is handed on by whom it names. That says nothing of those whose Leases someone deleted.
        gone = {self._holder, holder}
        self._terms = {name: end for name, end in self._terms.items() if name not in gone and end > self._world.now}
        self._holder = holder
        if holder:
            self._terms[holder] = self._world.now + LASTS
            self.holders.add(holder)

    def _sent(self, exchange: Exchange) -> None:
        if not exchange.writes or not (exchange.to_service or exchange.type in _OURS):
            return
        self.writes += 1
        self._judge(exchange)
        if exchange.to_service:
            self._last = exchange.sender
            self._without_answer.append(exchange)

    def _judge(self, exchange: Exchange) -> None:
        now = self._world.now
        holder = next((name for name, until in self._terms.items() if until >= now), "")
        if exchange.sender not in self._terms:
            self._fault(exchange, f"sent, and {holder or 'no one'} holds the Lease")
        elif exchange.sender != holder:
            since = f"sent {now - self._terms[exchange.sender] + LASTS:.1f} s after the last renewal"
            self._fault(exchange, f"sent while {holder} may write" if holder else since)
        if exchange.to_service:
            for other in self._without_answer:
                if other.sender != exchange.sender and now - other.sent < UNDER_WAY:
                    self._fault(exchange, f"sent, and {other} may be under way")

    def _arrived(self, exchange: Exchange) -> None:
        if not exchange.writes or not exchange.to_service:
            return
        if exchange.again and exchange.answered:
            self.copies += 1  # no client can know of it, nor wait for it
        elif exchange.sender != self._last:
            self._fault(exchange, f"arrived after {self._last} had begun to write")

    def _ended(self, exchange: Exchange) -> None:
        if exchange.answered:
            self._without_answer = [other for other in self._without_answer if other is not exchange]

    def _fault(self, exchange: Exchange, what: str) -> None:
        self.faults.append(f"{self._world.now:10.3f} {exchange}: {what}")
