"""Who came to a group or left it, for configs whose expressions ask in which groups a user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.topology import GroupName, Topology, UserName


class Regrouping:
    """Remembers the users of each group, nested ones counted, as last looked at."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._seen: dict[GroupName, frozenset[UserName]] = {}

    def begin(self) -> None:
        """Take the groups as they are now."""
        self.moved(self._topology.groups())

    def moved(self, groups: Iterable[GroupName]) -> set[UserName]:
        """The users who have come to one of these groups, or left it, since they were looked at before."""
        found: set[UserName] = set()
        for name in groups:
            before, now = self._seen.pop(name, frozenset()), self._topology.effective_users(name)
            found |= before ^ now
            if now:
                self._seen[name] = now
        return found
