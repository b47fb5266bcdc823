"""Users who joined or left a group, for configs whose expressions ask in which groups a user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.members.selection import mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.members.selection import GroupName, UserName
    from scim_operator.core.members.topology import Topology


class GroupChanges:
    """Remembers the users of each group, nested ones counted, as last looked at."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._seen: dict[GroupName, set[UserName]] = {}

    def begin(self) -> None:
        """Take the groups as they are now."""
        for name in self._topology.groups():
            self._look(name)

    def moved(self, groups: Iterable[GroupName], by: ObjectKey) -> set[UserName]:
        """Return the users who have come to one of these groups, or left it, since a manifest moved and touched them.

        A user moves no one else, however large the groups are.
        """
        if by.kind is Kind.GROUP:
            return {user for name in groups for user in self._look(name)}
        now, touched = self._topology.groups_of(by.name), tuple(groups)
        for name in touched:
            mark(self._seen.setdefault(name, set()), by.name, present=name in now)
        return {by.name} if touched else set()

    def _look(self, name: GroupName) -> set[UserName]:
        """Return who has come or left since the group was looked at before."""
        before, now = self._seen.pop(name, set()), set(self._topology.effective_users(name))
        if now:
            self._seen[name] = now
        return before ^ now
