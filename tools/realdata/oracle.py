"""The meaning of a change at the service, derived from the data alone, without any of the operator's code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.realdata.dataset import Access


@dataclass(frozen=True, order=True)
class Write:
    """One request that changes something: a method, `Users` or `Groups`, and the target by the data's own name."""

    method: str
    endpoint: str
    name: str

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.name}"


class Oracle:
    """Follows the state and remembers everyone who was ever there: anyone who returns is enabled, not created."""

    def __init__(self, base: Access, *, nested: bool) -> None:
        self.known = base.people
        self.nested = nested

    def writes(self, before: Access, after: Access) -> Counter[Write]:
        """Return the writes that lead from one state to the next, each exactly once."""
        came, went = after.people - before.people, before.people - after.people
        users = [Write("PATCH" if who in self.known else "POST", "Users", who) for who in came]
        users += [Write("PATCH", "Users", who) for who in went]  # active: false, whenDeleted is Disable
        self.known |= came
        groups = [Write("POST", "Groups", name) for name in after.teams.keys() - before.teams.keys()]
        groups += [Write("DELETE", "Groups", name) for name in before.teams.keys() - after.teams.keys()]
        groups += [
            Write("PATCH", "Groups", name)
            for name in before.teams.keys() & after.teams.keys()
            if self._held(before, name) != self._held(after, name)
        ]
        return Counter(users + groups)

    def members(self, access: Access, team: str) -> frozenset[str]:
        """Return the names that the group lists: its own people and teams if groups nest, else everyone below it."""
        own = access.teams[team].members
        if self.nested:
            return own | access.children(team)
        return own.union(*(self.members(access, child) for child in access.children(team)))

    def _held(self, access: Access, team: str) -> tuple[frozenset[str], str]:
        return self.members(access, team), access.teams[team].description
