"""S1: what is not owned is never changed or deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from verify.promises.documents import document_of, flat, mark_of, path_of, same
from verify.promises.ground import ENDPOINTS, Key, key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from scim_operator.kube.client import Target
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State
    from verify.promises.violation import Violation

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_MARK = re.compile(rf"{_LABEL}/(?:{_LABEL}/)?{_LABEL}(?:\.{_LABEL})*")
_STRICTEST = ("Never", "Approve", "IfUnowned")
_MATCHING = {"Users": ("externalId", "userName"), "Groups": ("externalId", "displayName")}


class Ownership(Promise):
    """Owned is what a request of an operator created, and what was matched while the policy allowed to take it."""

    name = "S1"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self.owned: set[Key] = set()
        self.adopted: list[float] = []
        """When resources were taken over without an approval."""

    def done(self, exchange: Exchange) -> None:
        """Note what becomes owned, and judge what is changed."""
        if not exchange.to_service:
            self._recorded(exchange)
        elif changes(exchange) and exchange.type in ENDPOINTS:
            key = key_of(exchange)
            if exchange.before is None:
                self.owned.add(key)
            elif key not in self.owned and not self._takes(key, exchange.before, exchange.sent):
                self.broken(f"{key[0]} {key[1]} is neither created by the operator nor adopted", exchange)
            if self._is_released(exchange):
                self.owned.discard(key)

    def _is_released(self, exchange: Exchange) -> bool:
        """Return whether a resource has the mark of one whom it is handed over to."""
        others = {state.config.get("transferTo") for state in self.ground.states(exchange.sent)} - {None}
        return str((exchange.after or {}).get("externalId")).partition("/")[0] in others

    def _recorded(self, exchange: Exchange) -> None:
        """Note an adoption that needed no request."""
        for target, entry in self.ground.entries(exchange):
            key = next((type for type, resource in ENDPOINTS.items() if resource == target.resource), "")
            shown = self.world.service.shown(entry.get("id", ""))
            if shown and (key, shown["id"]) not in self.owned:
                self._takes((key, shown["id"]), shown, exchange.sent)

    def _takes(self, key: Key, document: dict[str, Any], at: float) -> bool:
        """Return whether a resource may be taken over, and note that it is."""
        for state in self.ground.states(at):
            for target in state.objects:
                if target.resource == ENDPOINTS[key[0]] and (how := self._may(state, target, document)):
                    self.owned.add(key)
                    self.adopted += [at] if how == "IfUnowned" else []
                    return True
        return False

    def _may(self, state: State, target: Target, document: dict[str, Any]) -> str:
        """Return by what a manifest may have a resource, "" where it may not."""
        external_id = document.get("externalId")
        if external_id == mark_of(target, state.owner):
            return "mark"
        if isinstance(external_id, str) and _MARK.fullmatch(external_id) and "/" in external_id:
            return ""
        policy = self._policy(state, target)
        if not self._matches(state, target, document) or policy == "Never":
            return ""
        return policy if policy == "IfUnowned" or self.ground.approved(state, target) else ""

    def _policy(self, state: State, target: Target) -> str:
        said = (state.rules(target).get("adoption"), state.objects[target]["spec"].get("adoption"))
        return min((one for one in said if one), key=_STRICTEST.index, default="Approve")

    def _matches(self, state: State, target: Target, document: dict[str, Any]) -> bool:
        endpoint = next(type for type, resource in ENDPOINTS.items() if resource == target.resource)
        wanted, has = flat(document_of(target, state.objects[target], state.owner)), flat(document)
        paths = map(path_of, state.rules(target).get("matching") or _MATCHING[endpoint])
        return any(path in wanted and same(wanted[path], has.get(path)) for path in paths)
