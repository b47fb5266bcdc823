"""What each check has: the ground truth, and where it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.promises.violation import Violation

if TYPE_CHECKING:
    from verify.apiserver import Event
    from verify.history import Exchange
    from verify.promises.ground import Ground


class Promise:
    """One promise. A check overrides what it has to see; `name` stands in what it reports."""

    name = ""
    everything = False
    """Whether it sees what configs of other namespaces do at the service, too."""
    down: frozenset[str] = frozenset()
    """The plural names of the kinds whose part of the service is away at rest: of these nothing is expected."""

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        self.ground = ground
        self.world = ground.world
        self._violations = violations

    def sending(self, exchange: Exchange) -> None:
        """See a request as it is sent."""

    def done(self, exchange: Exchange) -> None:
        """See a request that has taken effect, or was refused."""

    def ended(self, exchange: Exchange) -> None:
        """See that the sender of a request waits no longer."""

    def changed(self, event: Event) -> None:
        """See a change at the API server."""

    def rest(self) -> None:
        """See the world at rest, without faults."""

    def broken(self, sentence: str, exchange: Exchange | None = None) -> None:
        """Report a violation; the same sentence is reported once."""
        known = any(one.promise == self.name and one.sentence == sentence for one in self._violations)
        if not known:
            self._violations.append(Violation(self.name, self.world.now, sentence, exchange))


def changes(exchange: Exchange) -> bool:
    """Return whether an operator's request changed something at the service."""
    return exchange.to_service and exchange.writes and exchange.changed
