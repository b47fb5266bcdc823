"""The members of a group while a request changes them: steps of the size of the change, for any size of group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Members = dict[str, int]
"""The ids of a group's members, each with the number of copies that are stored (1, but for a fault)."""


@dataclass(slots=True)
class MemberDraft:
    """Changes on top of `base`, which stays as it is: a refused request leaves nothing behind."""

    base: Mapping[str, int]
    added: Members = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    cleared: bool = False

    def __contains__(self, member: str) -> bool:
        return member in self.added or self._kept(member)

    def __iter__(self) -> Iterator[str]:
        yield from (member for member in self.base if self._kept(member))
        yield from self.added

    def __len__(self) -> int:
        gone = self.base if self.cleared else self.removed.union(member for member in self.added if member in self.base)
        return len(self.base) - len(gone) + len(self.added)

    def add(self, members: Iterable[str], *, copies: bool = False) -> None:
        """Adds members; one that is there stays once (RFC 7644 section 3.5.2.1), unless `copies`."""
        for member in members:
            if member not in self:
                self.added[member] = 1
            elif copies:
                self._copy(member)

    def remove(self, members: Iterable[str]) -> None:
        """Removes members; one that is not there is passed over."""
        for member in members:
            self.added.pop(member, None)
            if not self.cleared and member in self.base:
                self.removed.add(member)

    def clear(self) -> None:
        """Removes all members."""
        self.added.clear()
        self.removed.clear()
        self.cleared = True

    def replace(self, members: Iterable[str]) -> None:
        """Makes these the members, keeping what is kept in its place."""
        wanted = dict.fromkeys(members, 1)
        if self.cleared:
            self.added = wanted
            return
        self.removed = {member for member in self.base if member not in wanted}
        self.added = {member: 1 for member in wanted if member not in self.base}

    @property
    def gained(self) -> list[str]:
        """Returns the members that `base` does not have."""
        return [member for member in self.added if member not in self.base]

    @property
    def lost(self) -> list[str]:
        """Returns the members of `base` that are no longer there."""
        if self.cleared:
            return [member for member in self.base if member not in self.added]
        return [member for member in self.removed if member not in self.added]

    @property
    def changed(self) -> bool:
        """Returns whether the set of members, or a number of copies, differs from `base`."""
        return any(self.base.get(member) != copies for member, copies in self.added.items()) or bool(self.lost)

    def commit(self, target: Members) -> None:
        """Writes the changes into `target`, which is `base` or a copy of it."""
        for member in self.lost:
            del target[member]
        target.update(self.added)

    def _kept(self, member: str) -> bool:
        return not self.cleared and member in self.base and member not in self.removed and member not in self.added

    def _copy(self, member: str) -> None:
        self.added[member] = self.added.get(member, self.base.get(member, 0)) + 1
