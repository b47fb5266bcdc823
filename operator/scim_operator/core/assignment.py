"""Scope `Assigned`: the users and groups that `spec.assignments` names, with the groups' members, nested ones too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.record import SelectedUsers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.api.config import Assignment
    from scim_operator.core.topology import Topology


@dataclass(frozen=True, slots=True)
class Assigned:
    """The names in scope, by kind."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    doubtful: bool = False
    """Whether a group's expression fails, so that somebody may be missing here who belongs here."""

    def names(self, kind: Kind) -> frozenset[str]:
        """The names of one kind."""
        return self.users if kind is Kind.USER else self.groups


@dataclass(frozen=True, slots=True)
class Assignments:
    """`spec.assignments`, compiled."""

    users: frozenset[str]
    groups: frozenset[str]
    selectors: tuple[SelectedUsers, ...]

    @classmethod
    def of(cls, assignments: Iterable[Assignment]) -> Assignments:
        """Compile the list as the config has it."""
        listed = tuple(assignments)
        return cls(
            users=frozenset(a.user_ref.name for a in listed if a.user_ref),
            groups=frozenset(a.group_ref.name for a in listed if a.group_ref),
            selectors=tuple(
                SelectedUsers(tuple(sorted(a.user_selector.match_labels.items()))) for a in listed if a.user_selector
            ),
        )

    def resolve(self, topology: Topology) -> Assigned:
        """Who that is, as the groups stand now."""
        return Assigned(
            users=self.users.union(
                topology.selected(self.selectors), *(topology.effective_users(group) for group in self.groups)
            ),
            groups=frozenset(topology.descendants(self.groups)),
            doubtful=topology.is_doubtful(self.groups),
        )
