"""The end of access first: sent before anything else of an object; at rest no one has access who should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.kube.resources import GROUPS, USERS
from verify.promises.effects import disables
from verify.promises.ground import Key, key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from scim_operator.kube.client import Target
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State
    from verify.promises.violation import Violation

SAID = frozenset({"Held", "Suspended", "ActionOff", "InvalidSpec", "Conflict", "Ambiguous", "OwnedByOther", "Planned"})
"""Reasons that say that someone keeps what should go, and wait for a person."""
ERRORS = 400
"""The first status that is no success."""


class Ending(Promise):
    """Judges the order while things move, and who has access once nothing moves."""

    name = "end of access"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._tried: dict[Key, float] = {}
        """When a request was last sent that ends someone's access."""
        self._ended: set[Key] = set()
        """Whose access was ended by an operator; whoever has it again was given it by hand, or by a manifest."""
        self._unseen: set[Key] = set()
        """Those of them whom no operator has seen since with access: none can know that it is to end again."""

    def sending(self, exchange: Exchange) -> None:
        """Judge the order: what changes a user whose access is to end comes after the end."""
        if not exchange.to_service or exchange.method not in {"PATCH", "PUT", "DELETE"} or exchange.type != "Users":
            return
        key = key_of(exchange)
        if ends(exchange):
            self._tried[key] = exchange.sent
        elif self._due(key, exchange):
            self.broken(f"{key[1]} is changed in another way before the access ends that is to end", exchange)

    def done(self, exchange: Exchange) -> None:
        """Note whose access ended, or began."""
        if changes(exchange) and exchange.type == "Users":
            if disables(exchange) or exchange.after is None:
                self._ended.add(key_of(exchange))
                self._unseen.add(key_of(exchange))
            elif (exchange.after or {}).get("active") is True and not (exchange.before or {}).get("active"):
                self._ended.discard(key_of(exchange))
                self._unseen.discard(key_of(exchange))

    def ended(self, exchange: Exchange) -> None:
        """Note whom an answer shows with access again."""
        if exchange.to_service and exchange.type == "Users" and exchange.answered and exchange.status < ERRORS:
            shown = [key_of(exchange)] if exchange.id else [("Users", id) for id in self.world.service.users]
            self._unseen.difference_update(key for key in shown if self._is_active(key))

    def rest(self) -> None:
        """Judge who has access."""
        state = self.ground.state()
        if state.silent or not _works(self.world.config):
            return
        for id, user in self.world.service.users.items():
            owners = self.ground.owners.get(("Users", id))
            if owners and user.get("active") is True and ("Users", id) not in self._ended:
                self._user(state, id, owners)
        for id in self.world.service.groups:
            members = (self.world.service.shown(id) or {})["members"]
            for owner in self.ground.owners.get(("Groups", id), ()):
                self._group(state, owner, members)

    def _due(self, key: Key, exchange: Exchange) -> bool:
        """Return whether the access was to end all the while, the user still has it, and nothing was tried."""
        owners, states = self.ground.owners[key], self.ground.states(exchange.sent)
        if not owners or any(not self._denies(state, owners) for state in states) or self._held(owners):
            return False
        return self._is_active(key) and key not in self._unseen and self._tried.get(key, -1.0) < states[0].at

    def _is_active(self, key: Key) -> bool:
        return (self.world.service.shown(key[1]) or {}).get("active") is True

    def _denies(self, state: State, owners: set[Target]) -> bool:
        """Return whether a config that sends would end it by what the manifests say themselves."""
        specs = [spec for owner in owners if (spec := state.spec(owner)) is not None]
        inactive = bool(specs) and all(spec.get("active") is False and not spec.get("suspend") for spec in specs)
        return inactive and not state.silent and all(state.in_scope(owner) is True for owner in owners)

    def _held(self, owners: set[Target]) -> bool:
        return not _works(self.world.config) or any(self._reason(owner) in SAID for owner in owners)

    def _user(self, state: State, id: str, owners: set[Target]) -> None:
        there = [owner for owner in owners if owner in state.objects]
        if not there or any(state.has_access(owner) is not False for owner in owners):
            return
        retained = all(state.rules(owner).get("whenOutOfScope") == "Retain" for owner in there)
        out = all(state.in_scope(owner) is False for owner in there)
        if not (out and retained) and not any(self._reason(owner) in SAID for owner in there):
            self.broken(f"{id} is active at rest, and no manifest gives {', '.join(_names(there))} access")

    def _group(self, state: State, owner: Target, members: list[str]) -> None:
        wanted, spec = state.members(owner), state.spec(owner) or {}
        exclusive = spec.get("membershipPolicy", "Exclusive") == "Exclusive"
        if wanted is None or not exclusive or state.in_scope(owner) is not True or self._reason(owner) in SAID:
            return
        for member in members:
            users = self.ground.owners.get(("Users", member), set())
            heirs = self.ground.heirs(("Users", member), users)
            if users and not wanted.may_have(users | heirs) and not any(self._keeps(state, user) for user in users):
                self.broken(f"{', '.join(_names(users))} is in group {owner.name} at rest, and no manifest says so")

    def _keeps(self, state: State, user: Target) -> bool:
        """Return whether something says that a user is left as it is."""
        spec = (state.objects.get(user) or {}).get("spec") or {}
        return bool(spec.get("suspend")) or self._reason(user) in SAID or bool(state.config.get("protected"))

    def _reason(self, target: Target) -> str:
        manifest = self.world.server.get(target) or {}
        conditions = (manifest.get("status") or {}).get("conditions") or ()
        return next((one["reason"] for one in conditions if one["type"] == "Ready"), "")


def ends(exchange: Exchange) -> bool:
    """Return whether a request asks for the end of a user's access."""
    if exchange.method == "DELETE":
        return True
    body = exchange.body or {}
    operations = body.get("Operations") or [{"value": body}]
    return any(_denies(one) for one in operations)


def _denies(operation: dict[str, Any]) -> bool:
    value = operation.get("value")
    said = value.get("active") if isinstance(value, dict) else value if operation.get("path") == "active" else None
    return said is False or str(said).casefold() == "false"


def _works(config: dict[str, Any]) -> bool:
    """Return whether the config says that it is connected, and holds nothing back."""
    found = {one["type"]: one["status"] for one in (config.get("status") or {}).get("conditions") or ()}
    return found.get("Connected") == "True" and not {"ApprovalRequired", "Quarantined"} & found.keys()


def _names(targets: set[Target] | list[Target]) -> list[str]:
    kinds = {USERS: "user", GROUPS: "group"}
    return sorted(f"{kinds[each.resource]} {each.name}" for each in targets)
