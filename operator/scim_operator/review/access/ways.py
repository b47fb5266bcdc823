"""The ways by which groups come to users at one instant: direct, nested, by labels, by expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.members.condition import condition
from scim_operator.core.members.selection import Means
from scim_operator.core.records.record import MatchingUsers, SelectedUsers
from scim_operator.errors import InvalidSpec
from scim_operator.review.access.answer import Path
from scim_operator.review.access.memberships import Way

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.job.gather.namespace import Namespace


class Ways:
    """The memberships of a namespace as they are at one instant."""

    def __init__(self, namespace: Namespace, at: datetime) -> None:
        self._namespace = namespace
        self._topology = namespace.topology
        self._at = at

    def members(self, group: str) -> list[str]:
        """Return the users of a group, those of nested groups included, sorted."""
        return sorted(self._topology.effective_users(group))

    def groups_of(self, user: str) -> list[str]:
        """Return the groups that have a user and are there, sorted."""
        found = self._topology.groups_of(user)
        return sorted(name for name in found if self._namespace.get(Kind.GROUP, name) is not None)

    def fault(self, group: str) -> str:
        """Return why it is not known who else is in a group, "" where it is known."""
        return next(filter(None, map(self._topology.fault, sorted(self.reached(group)))), "")

    def reached(self, group: str) -> set[str]:
        """Return a group and all that are nested in it."""
        return self._topology.nesting.descendants((group,))

    def paths(self, group: str, user: str) -> list[Path]:
        """Return the ways by which a group comes to one user, the shortest first."""
        found = [
            Path(self.chain(group, each), means, self.detail(Way(each, means), user))
            for each in self.reached(group)
            for means in self._topology.means(each, user)
        ]
        return sorted(found, key=lambda path: (len(path.groups), path.groups, path.means.value))

    def of_group(self, group: str) -> dict[str, list[Way]]:
        """Return the ways in which a group comes to each of its users."""
        found: dict[str, list[Way]] = {}
        for each in sorted(self.reached(group)):
            for user in self._topology.direct_users(each):
                found.setdefault(user, []).extend(Way(each, means) for means in self._topology.means(each, user))
        return found

    def chain(self, group: str, to: str) -> tuple[str, ...]:
        """Return the groups from one to another that is nested in it: the fewest, the first of these by name."""
        waiting: list[tuple[str, ...]] = [(group,)]
        seen = {group}
        while waiting:
            path = waiting.pop(0)
            if path[-1] == to:
                return path
            for child in sorted(self._topology.nesting.children(path[-1]) - seen):
                seen.add(child)
                waiting.append((*path, child))
        return (group, to)

    def detail(self, way: Way, user: str) -> str:
        """Return the labels or the expressions by which a group selects a user."""
        record, labels = self._namespace.get(Kind.GROUP, way.group), self._topology.users.labels(user)
        if record is None or labels is None or way.means is Means.NAMED:
            return ""
        refs = [each for each in record.members or () if each.window is None or each.window.holds(self._at)]
        if way.means is Means.SELECTED:
            chosen = (each for each in refs if isinstance(each, SelectedUsers) and each.selects(labels))
            return "; ".join(", ".join(map("=".join, each.labels)) for each in chosen)
        return "; ".join(
            each.expression for each in refs if isinstance(each, MatchingUsers) and self._holds(each, user)
        )

    def _holds(self, ref: MatchingUsers, user: str) -> bool:
        try:
            return condition(ref.expression).holds(self._topology.users[user].looks(self._at))
        except InvalidSpec:
            return False
