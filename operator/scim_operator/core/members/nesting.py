"""Which groups are nested in which.

Rings are harmless: what a group reaches is a set, and each group of a ring reaches the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.filing import Filing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.members.selection import GroupName

_NONE: frozenset[str] = frozenset()


class Nesting:
    """The groups that each group names as members, whether their manifests exist or not."""

    def __init__(self) -> None:
        self._children: dict[GroupName, frozenset[GroupName]] = {}
        self._parents: Filing[GroupName, GroupName] = Filing()

    def put(self, group: GroupName, children: frozenset[GroupName]) -> None:
        """Set the groups that a group names."""
        self._parents.move(group, self.children(group), children)
        if children:
            self._children[group] = children
        else:
            self._children.pop(group, None)

    def children(self, group: GroupName) -> frozenset[GroupName]:
        """Return the groups that the group itself names."""
        return self._children.get(group, _NONE)

    def parents(self, group: GroupName) -> frozenset[GroupName]:
        """Return the groups that name the group as a member."""
        return frozenset(self._parents.of(group))

    def descendants(self, groups: Iterable[GroupName]) -> set[GroupName]:
        """Return the groups and all that are nested in them."""
        return _closure(groups, self.children)

    def ancestors(self, groups: Iterable[GroupName]) -> set[GroupName]:
        """Return the groups and all that they are nested in."""
        return _closure(groups, self._parents.of)

    def is_in_ring(self, group: GroupName) -> bool:
        """Return whether the group is nested in itself by way of others."""
        children = self.children(group)
        return bool(children) and group in self.descendants(children)


def _closure(start: Iterable[str], step: Callable[[str], Iterable[str]]) -> set[str]:
    seen, waiting = set(), list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(step(name))
    return seen
