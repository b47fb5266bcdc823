"""S9: attributes that are not mapped, and members that others added to additive groups, do not change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.kube.resources import GROUPS
from verify.promises.documents import WITH_MANAGERS, differing, document_of, flat, path_of, paths_of, profile_of
from verify.promises.effects import removed
from verify.promises.ground import ENDPOINTS, key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from scim_operator.kube.client import Target
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State
    from verify.promises.violation import Violation

MANAGER = f"{ENTERPRISE_USER}:manager"
ALWAYS = frozenset({"active", "externalId"})
_OFF = "spec.groups.enabled is false"
"""What an operator says of a group while groups are switched off."""


class Unmanaged(Promise):
    """Managed is what is mapped and what a manifest of the resource ever set."""

    name = "S9"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._added: defaultdict[str, set[str]] = defaultdict(set)
        """The members that operators' requests added, or asked for while they were there already, by group."""
        self._looked: dict[Target, tuple[str, int]] = {}
        """The uid and generation of a group that an operator noted last while the config had groups switched on."""

    def done(self, exchange: Exchange) -> None:
        """Judge what a request changed."""
        self._look(exchange)
        if exchange.to_service and exchange.writes and exchange.type == "Groups" and exchange.status < 300:
            self._added[exchange.id] |= _asked_for(exchange)
        if not changes(exchange) or exchange.type not in ENDPOINTS or exchange.after is None:
            return
        if owners := self.ground.owners[key_of(exchange)]:
            self._attributes(exchange, self.ground.possible_owners(exchange))
        if exchange.type == "Groups":
            self._members(exchange, owners)

    def _attributes(self, exchange: Exchange, owners: set[Target]) -> None:
        before, after = flat(exchange.before or {}), flat(exchange.after or {})
        managed = {path for owner in owners for path in self._managed(owner)}
        for path in differing(before, after):
            goes = path.endswith((".primary", ".display")) and path not in after
            if path not in managed and not goes and not any(path.startswith(each) for each in self._mapped(exchange)):
                self.broken(f"{path} of {exchange.type} {exchange.id} changes, which no manifest ever set", exchange)

    def _managed(self, owner: Target) -> set[str]:
        found = {path for each in self.ground.versions(owner) for path in flat(document_of(owner, each))}
        mapped = {path for profile in self._profiles() for path in paths_of(owner, profile)}
        return (found & mapped) | ALWAYS

    def _profiles(self) -> set[str]:
        return {profile_of(one["spec"]) for one in self.ground.versions(self.ground.config)}

    def _mapped(self, exchange: Exchange) -> set[str]:
        """Return what the mappings of the config map beyond that, and where it writes the owner."""
        found = {path_of(MANAGER)} if self._profiles() & WITH_MANAGERS else set()
        for manifest in self.ground.versions(self.ground.config):
            spec = manifest["spec"]
            found |= {path_of(spec["ownerAttribute"])} if spec.get("ownerAttribute") else set()
            rules = spec.get("users" if exchange.type == "Users" else "groups") or {}
            found |= {path_of(one["target"]) for one in rules.get("mappings") or ()}
        return found

    def _members(self, exchange: Exchange, owners: set[Target]) -> None:
        after, before = (set((each or {}).get("members", ())) for each in (exchange.after, exchange.before))
        lost = set(removed(exchange)) - self._added[exchange.id]
        states = [state for state in self.ground.states(exchange.sent) if any(one in state.objects for one in owners)]
        kept = states and all(_keeps(state, owners) for state in states)
        if lost and kept and not any(map(self._turns, owners)):
            self.broken(f"an additive group loses {len(lost)} whom the operator never added", exchange)
        if after != before and states and all(_ignores(state, owners) for state in states):
            self.broken("the members of a group change whose membership is not managed", exchange)
        self._added[exchange.id] |= after - before

    def _look(self, exchange: Exchange) -> None:
        """Note which version of a group an operator has seen to: with groups switched off it does nothing with any.

        Whom a group is about to be given is on record before the request, beside what was said while groups were off.
        """
        if exchange.to_service or exchange.type != GROUPS.plural or exchange.status != 200 or exchange.after is None:
            return
        uid = exchange.after["metadata"]["uid"]
        for target, entry in self.ground.entries(exchange):
            off = any(str(one.get("message", "")).startswith(_OFF) for one in entry["conditions"])
            states = self.ground.states(exchange.sent)
            if not off and any(state.rules(target).get("enabled") is not False for state in states):
                before = self._was_exclusive(target, self._looked.get(target))
                self._looked[target] = uid, max(one["observedGeneration"] for one in entry["conditions"])
                if before and not self._was_exclusive(target, self._looked[target]):
                    self._turned(target)

    def _turned(self, target: Target) -> None:
        """Note who was in a group as it was seen to turn additive: all of them were its own, whoever had put them in.

        Nothing may be sent by then, as with `mode: Plan`, so that they leave later (campaign 500004).
        """
        for id in self.world.service.groups:
            if target in self.ground.owners.get(("Groups", id), ()):
                self._added[id] |= set((self.world.service.shown(id) or {}).get("members", ()))

    def _turns(self, owner: Target) -> bool:
        """Return whether the change that makes a group additive is still to be made: that one removes others' too."""
        now = self.world.server.get(owner) or {"metadata": {}}
        made = now["metadata"].get("uid"), (now.get("status") or {}).get("observedGeneration", 0)
        return any(self._was_exclusive(owner, seen) for seen in (made, self._looked.get(owner)))

    def _was_exclusive(self, owner: Target, seen: tuple[str | None, int] | None) -> bool:
        """Return whether a group was exclusive in a version, by uid and generation."""
        versions = self.ground.versions(owner)
        found = [one for one in versions if seen == (one["metadata"]["uid"], one["metadata"]["generation"])]
        return any(one["spec"].get("membershipPolicy", "Exclusive") == "Exclusive" for one in found[-1:])


def _asked_for(exchange: Exchange) -> set[str]:
    """Return the members that a request asks for: one whom another put there a moment ago is now both's."""
    body = exchange.body or {}
    values = [one.get("value") for one in body.get("Operations", ()) if str(one.get("op")).lower() != "remove"]
    lists = [value.get("members", ()) if isinstance(value, dict) else value for value in (body, *values)]
    found = (one for each in lists if isinstance(each, list) for one in each if isinstance(one, dict))
    return {one["value"] for one in found if "value" in one}


def _keeps(state: State, owners: set[Target]) -> bool:
    specs = [state.objects[owner]["spec"] for owner in owners if owner in state.objects]
    return bool(specs) and all(spec.get("membershipPolicy") in {"Additive", "Observe"} for spec in specs)


def _ignores(state: State, owners: set[Target]) -> bool:
    specs = [state.objects[owner]["spec"] for owner in owners if owner in state.objects]
    return bool(specs) and all(
        spec.get("membershipPolicy") == "Observe" or spec.get("members") is None for spec in specs
    )
