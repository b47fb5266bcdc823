"""What the manifests and the config ask for at one moment: who is in scope, who has access, who is a member."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, GROUPS, USERS
from verify.promises.documents import document_of, flat, path_of
from verify.virtual import EPOCH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from verify.apiserver import Manifest

Known = bool | None
"""None: these checks do not know, for what decides it is beyond them (an expression, an operator of a filter)."""


@dataclass(slots=True)
class Members:
    """The users that a group is to have, and those of whom these checks do not know."""

    sure: set[Target] = field(default_factory=set)
    maybe: set[Target] = field(default_factory=set)
    open: bool = False
    """Whether anyone else may be a member too."""

    def may_have(self, targets: set[Target]) -> bool:
        """Return whether a resource of one of these manifests may be a member."""
        return self.open or bool(targets & (self.sure | self.maybe))

    def must_have(self, targets: set[Target]) -> bool:
        """Return whether a resource of these manifests has to stay a member."""
        return bool(targets & self.sure)


class State:
    """All objects of one namespace at a moment."""

    def __init__(
        self, at: float, objects: Mapping[Target, Manifest], config: Target, left: Collection[Target] = ()
    ) -> None:
        self.at = at
        self.now = EPOCH + timedelta(seconds=at)
        self.objects = objects
        self._config, self.left = config, left
        """Manifests that went while suspended: no one knows of their resources."""
        self.config: dict[str, Any] = (objects.get(config) or {}).get("spec") or {}
        self.generation: int = ((objects.get(config) or {}).get("metadata") or {}).get("generation", 0)
        self._scope: dict[Target, Known] = {}

    def but(self, target: Target, manifest: Manifest) -> State:
        """Return the same with another version of one object, as one who sees one kind sooner than another."""
        return State(self.at, {**self.objects, target: manifest}, self._config, self.left)

    def with_users_of(self, other: State) -> State:
        """Return the same with the users of another moment: each kind has a watch, and a lag, of its own."""
        rest = {target: one for target, one in self.objects.items() if target.resource != USERS}
        users = {target: one for target, one in other.objects.items() if target.resource == USERS}
        return State(self.at, {**rest, **users}, self._config, self.left)

    @property
    def silent(self) -> bool:
        """Return whether the config sends nothing that changes anything."""
        return not self.config or bool(self.config.get("suspend")) or self.config.get("mode") == "Plan"

    @property
    def owner(self) -> str:
        """Return the owner of the config, "" where it has none."""
        return str(self.config.get("owner", ""))

    def rules(self, target: Target) -> dict[str, Any]:
        """Return what the config says of the kind of an object."""
        found: dict[str, Any] = self.config.get("users" if target.resource == USERS else "groups") or {}
        return found

    def spec(self, target: Target) -> dict[str, Any] | None:
        """Return what a manifest asks for, None where there is none or it is being deleted."""
        manifest = self.objects.get(target)
        if manifest is None or "deletionTimestamp" in manifest["metadata"]:
            return None
        spec: dict[str, Any] = manifest["spec"]
        return spec

    def of(self, resource: object) -> Iterator[Target]:
        """Yield the manifests of a kind that are not being deleted."""
        return (target for target in self.objects if target.resource == resource and self.spec(target) is not None)

    def in_scope(self, target: Target) -> Known:
        """Return whether the config has a manifest in scope."""
        if target not in self._scope:
            self._scope[target] = self._judge_scope(target)
        return self._scope[target]

    def has_access(self, target: Target) -> Known:
        """Return whether a user is to have access."""
        spec = self.spec(target)
        if spec is None or spec.get("active") is False:
            return False
        return self.in_scope(target)

    def members(self, target: Target) -> Members | None:
        """Return the members that a group is to have, None where they are not managed."""
        spec = self.spec(target)
        if spec is None or spec.get("members") is None:
            return None
        found = self._flat(target, {target})
        for user in tuple(found.sure):
            scope = self.in_scope(user)
            if scope is not True or self.spec(user) is None:
                found.sure.discard(user)
                if scope is None or (user in self.left and user not in self.objects):
                    found.maybe.add(user)
        return found

    def _judge_scope(self, target: Target) -> Known:
        spec, rules = self.spec(target), self.rules(target)
        if spec is None or not self.config or rules.get("enabled") is False or not self._counts(spec):
            return False
        if rules.get("expression"):
            return None
        return _all((self._assigned(target), self._filtered(target, rules.get("filters") or ())))

    def _counts(self, entry: Mapping[str, Any]) -> bool:
        """Return whether now is within the dates of a user, or of an entry of members."""
        begin, end = entry.get("notBefore"), entry.get("notAfter")
        begun = begin is None or datetime.fromisoformat(begin) <= self.now
        return begun and (end is None or self.now < datetime.fromisoformat(end))

    def _filtered(self, target: Target, filters: Any) -> Known:  # noqa: ANN401 - JSON
        return _any([_all(self._clause(target, one) for one in each["clauses"]) for each in filters] or [True])

    def _clause(self, target: Target, clause: Mapping[str, Any]) -> Known:
        if clause["operator"] != "EQUALS" or clause.get("quantifier") or clause.get("whenNull"):
            return None
        value = flat(document_of(target, self.objects[target])).get(path_of(clause["attribute"]))
        return value is not None and value == clause.get("value")

    def _assigned(self, target: Target) -> Known:
        if self.config.get("scope") == "All":
            return True
        return _any([self._assigns(one, target) for one in self.config.get("assignments") or ()])

    def _assigns(self, assignment: Mapping[str, Any], target: Target) -> Known:
        if "groupRef" not in assignment:
            return target in self._entry(assignment, target, set()).sure
        group = Target(GROUPS, target.namespace, assignment["groupRef"]["name"])
        if target == group:
            return True
        found = self._flat(group, seen := {group})
        if target.resource == GROUPS:
            return None if target in seen else False
        return True if target in found.sure else None if found.may_have({target}) else False

    def _flat(self, group: Target, seen: set[Target]) -> Members:
        """Return whom a group names, through nested groups, whether or not they are in scope."""
        found = Members()
        spec = self.spec(group)
        for entry in (spec or {}).get("members") or ():
            if self._counts(entry):
                more = self._entry(entry, group, seen)
                found = Members(found.sure | more.sure, found.maybe | more.maybe, found.open or more.open)
        if spec is None and group in self.objects:
            found.open = True  # a nested group that is being deleted
        return found

    def _entry(self, entry: Mapping[str, Any], near: Target, seen: set[Target]) -> Members:
        if "userRef" in entry:
            return Members({Target(USERS, near.namespace, entry["userRef"]["name"])})
        if "groupRef" in entry:
            nested = Target(GROUPS, near.namespace, entry["groupRef"]["name"])
            if nested in seen:
                return Members()
            seen.add(nested)
            return self._flat(nested, seen)
        if "userSelector" in entry and set(entry["userSelector"]) <= {"matchLabels"}:
            wanted = (entry["userSelector"].get("matchLabels") or {}).items()
            labels = {user: self.objects[user]["metadata"].get("labels") or {} for user in self.of(USERS)}
            return Members({user for user, has in labels.items() if wanted <= has.items()})
        return Members(open=True)


def config_target(namespace: str, name: str) -> Target:
    """Return the target of a config."""
    return Target(CONFIGS, namespace, name)


def _all(parts: Any) -> Known:  # noqa: ANN401 - an iterable of Known
    found = list(parts)
    return False if False in found else None if None in found else True


def _any(parts: list[Known]) -> Known:
    return True if True in parts else None if None in parts else False
