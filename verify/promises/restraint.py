"""A service that refuses too many objects is left alone: until the next try only the end of access goes (ADR 0012)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from scim_operator.kube.resources import SECRETS
from verify.promises.ending import ends
from verify.promises.ground import LAG
from verify.promises.leaving import FAILURES
from verify.promises.promise import Promise
from verify.virtual import EPOCH

if TYPE_CHECKING:
    from verify.apiserver import Event
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.violation import Violation

    Moment = tuple[object, float]


class Restraint(Promise):
    """Judges what is sent between the status that says so and the next attempt that it names.

    A spec, a Secret or a request that is newer than that status ends the wait.
    """

    name = "quarantine"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._next: Moment = "", 0.0
        """The next attempt as the status has it, and when it came to be there."""
        self._asked: Moment = None, 0.0
        """What else ends the wait, and when it came to be so."""

    def changed(self, event: Event) -> None:
        """Note a new date, and what makes it void."""
        if event.target == self.ground.config:
            found = (event.manifest.get("status") or {}).get("quarantine") or {}
            self._next = _since(self._next, str(found.get("nextAttempt")), self.world.now)
            metadata = event.manifest["metadata"]
            self._asked = _since(self._asked, [metadata["generation"], metadata.get("annotations")], self.world.now)
        elif event.target.resource == SECRETS:
            self._asked = self._asked[0], self.world.now

    def sending(self, exchange: Exchange) -> None:
        """Judge one request."""
        if exchange.to_service and exchange.writes and self._lasts() and not self._is_end(exchange):
            self.broken("something else than the end of access is sent in a quarantine for failures", exchange)

    def _lasts(self) -> bool:
        """Return whether the service is to be left alone now."""
        found = (self.world.config.get("status") or {}).get("quarantine") or {}
        if found.get("reason") not in FAILURES or self._asked[1] > self._next[1] - LAG:
            return False
        upcoming = found.get("nextAttempt")
        left = (datetime.fromisoformat(upcoming) - EPOCH).total_seconds() - self.world.now if upcoming else 1.0
        return left > 0

    def _is_end(self, exchange: Exchange) -> bool:
        """Return whether a request does nothing but end access, by what it asks for; with PUT, by what it changes."""
        if exchange.method == "DELETE":
            return True
        if exchange.method == "POST":
            return False
        body, shown = exchange.body or {}, self.world.service.shown(exchange.id) or {}
        if exchange.type == "Users":
            return ends(exchange) and len(body.get("Operations") or [{}]) == 1
        if exchange.method == "PUT":
            named = {one["value"] for one in body.get("members") or ()}
            return named < set(shown.get("members", ()))
        return all(map(self._takes, body.get("Operations") or ()))

    def _takes(self, operation: dict[str, Any]) -> bool:
        """Return whether an operation takes members out; who joins may come first where a group needs so many."""
        of_members = str(operation.get("path") or "").startswith("members")
        joins = operation.get("op") == "add" and bool(self.world.spec.get("protected"))
        return of_members and (operation.get("op") in {"remove", "replace"} or joins)


def _since(before: Moment, value: object, now: float) -> Moment:
    """Return a value, and since when it has been so."""
    return before if before[0] == value else (value, now)
