"""Scope `Assigned`: the users and groups that `spec.assignments` names, with the groups' members, nested ones too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.members.selection import mark
from scim_operator.core.records.record import SelectedUsers

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from scim_operator.api.common import LabelSelector
    from scim_operator.api.config import Assignment
    from scim_operator.core.members.topology import Topology


@dataclass(slots=True)
class Assigned:
    """Names in scope, by kind."""

    users: set[str] = field(default_factory=set)
    groups: frozenset[str] = frozenset()
    doubtful: bool = False
    """Whether a group's expression fails, so that someone who belongs here may be missing."""

    def names(self, kind: Kind) -> AbstractSet[str]:
        """Return the names of one kind."""
        return self.users if kind is Kind.USER else self.groups


@dataclass(frozen=True, slots=True)
class Granting:
    """An assignment with roles: whom it reaches, by exactly one of the three, and which roles they get."""

    roles: tuple[str, ...]
    user: str = ""
    group: str = ""
    selector: SelectedUsers | None = None

    def reaches(self, user: str, labels: Mapping[str, str], groups: Container[str]) -> bool:
        """Return whether a user with these labels, in these groups, nested ones counted, is assigned by it."""
        if self.selector is not None:
            return self.selector.selects(labels)
        return self.user == user if self.user else self.group in groups


def _granting(assignment: Assignment) -> Granting:
    return Granting(
        assignment.roles,
        user=assignment.user_ref.name if assignment.user_ref else "",
        group=assignment.group_ref.name if assignment.group_ref else "",
        selector=_selected(assignment.user_selector) if assignment.user_selector else None,
    )


def _selected(selector: LabelSelector) -> SelectedUsers:
    return SelectedUsers(tuple(sorted(selector.match_labels.items())))


@dataclass(frozen=True, slots=True)
class Assignments:
    """`spec.assignments`, compiled."""

    users: frozenset[str]
    groups: frozenset[str]
    selectors: tuple[SelectedUsers, ...]
    granting: tuple[Granting, ...] = ()

    @classmethod
    def of(cls, assignments: Iterable[Assignment]) -> Assignments:
        """Compile the list as the config has it."""
        listed = tuple(assignments)
        return cls(
            users=frozenset(a.user_ref.name for a in listed if a.user_ref),
            groups=frozenset(a.group_ref.name for a in listed if a.group_ref),
            selectors=tuple(_selected(a.user_selector) for a in listed if a.user_selector),
            granting=tuple(_granting(a) for a in listed if a.roles),
        )

    def roles(self, user: str, labels: Mapping[str, str], groups: Container[str]) -> tuple[str, ...]:
        """Return the names of the roles that a user is assigned, each once, in the order of the assignments."""
        granted = (role for each in self.granting if each.reaches(user, labels, groups) for role in each.roles)
        return tuple(dict.fromkeys(granted))

    def naming(self, kind: Kind, name: str, labels: Mapping[str, str], topology: Topology) -> tuple[str, ...]:
        """Return the assignments that bring one object into scope, each as a few words."""
        user = kind is Kind.USER
        named = [f"userRef {name}"] if user and name in self.users else []
        reached = topology.effective_users if user else lambda group: topology.nesting.descendants((group,))
        named += [f"groupRef {group}" for group in sorted(self.groups) if name in reached(group)]
        chosen = [each for each in self.selectors if user and each.selects(labels)]
        return (*named, *(f"userSelector {', '.join('='.join(pair) for pair in each.labels)}" for each in chosen))

    def follow(self, assigned: Assigned, user: str, topology: Topology) -> bool:
        """Bring `assigned` up to date after one user moved, at a cost that does not depend on how many there are.

        False where that takes `resolve`: whether anyone may be missing has changed, which concerns every object.
        """
        mark(assigned.users, user, present=self._reaches(user, topology))
        return assigned.doubtful == topology.is_doubtful(self.groups)

    def _reaches(self, user: str, topology: Topology) -> bool:
        labels = topology.users.labels(user)
        return (
            user in self.users
            or (labels is not None and any(selector.selects(labels) for selector in self.selectors))
            or not self.groups.isdisjoint(topology.groups_of(user))
        )

    def resolve(self, topology: Topology) -> Assigned:
        """Return who is in scope, by the groups as they are now."""
        return Assigned(
            users=set(self.users).union(
                topology.users.selected(self.selectors), *(topology.effective_users(group) for group in self.groups)
            ),
            groups=frozenset(topology.nesting.descendants(self.groups)),
            doubtful=topology.is_doubtful(self.groups),
        )
