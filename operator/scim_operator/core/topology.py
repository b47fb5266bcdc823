"""Who is in which group, kept up to date one manifest at a time.

A name may be referred to before its manifest exists, so nothing here asks whether it does. Cycles of nested groups are
harmless: what a group reaches is a set, and each group of a cycle reaches the same users.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.core.record import GroupMember, MemberRef, SelectedUsers, UserMember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

UserName = str
GroupName = str


@dataclass(slots=True)
class _Node:
    named: frozenset[UserName] = frozenset()
    selectors: tuple[SelectedUsers, ...] = ()
    selected: set[UserName] = field(default_factory=set)
    children: frozenset[GroupName] = frozenset()

    @property
    def users(self) -> set[UserName]:
        return self.selected | self.named

    def selects(self, labels: Mapping[str, str]) -> bool:
        return any(selector.selects(labels) for selector in self.selectors)


class Topology:
    """The groups of one namespace. Every change answers the groups whose effective members may have changed."""

    def __init__(self) -> None:
        self._labels: dict[UserName, Mapping[str, str]] = {}
        self._nodes: dict[GroupName, _Node] = {}
        self._selecting: set[GroupName] = set()
        self._groups_of: dict[UserName, set[GroupName]] = {}
        self._parents: dict[GroupName, set[GroupName]] = {}
        self._effective: dict[GroupName, frozenset[UserName]] = {}

    def put_user(self, name: UserName, labels: Mapping[str, str]) -> set[GroupName]:
        """Set a user's labels."""
        if self._labels.get(name) == labels:
            return set()
        self._labels[name] = labels
        return self._reselect(name, labels)

    def drop_user(self, name: UserName) -> set[GroupName]:
        """Forget a user; groups that name it keep the name."""
        self._labels.pop(name, None)
        return self._reselect(name, None)

    def put_group(self, name: GroupName, members: Iterable[MemberRef] | None) -> set[GroupName]:
        """Set a group's members; None is a group whose members are not managed."""
        node = self._node(members or ())
        old = self._nodes.get(name, _Node())
        self._nodes[name] = node
        self._relink(name, old, node)
        return self._changed(name) if (old.users, old.children) != (node.users, node.children) else set()

    def drop_group(self, name: GroupName) -> set[GroupName]:
        """Forget a group; groups that name it keep the name."""
        touched = self.put_group(name, ())
        del self._nodes[name]
        return touched

    def direct_users(self, group: GroupName) -> set[UserName]:
        """The users whom the group itself names or selects."""
        node = self._nodes.get(group)
        return node.users if node else set()

    def children(self, group: GroupName) -> frozenset[GroupName]:
        """The groups that the group itself names."""
        node = self._nodes.get(group)
        return node.children if node else frozenset()

    def effective_users(self, group: GroupName) -> frozenset[UserName]:
        """All users in the group, those of nested groups included."""
        if group not in self._effective:
            reached = self.descendants({group})
            self._effective[group] = frozenset().union(*(self.direct_users(name) for name in reached))
        return self._effective[group]

    def descendants(self, groups: Iterable[GroupName]) -> set[GroupName]:
        """The groups and all that are nested in them."""
        return _closure(groups, self.children)

    def ancestors(self, groups: Iterable[GroupName]) -> set[GroupName]:
        """The groups and all that they are nested in."""
        return _closure(groups, lambda name: self._parents.get(name, ()))

    def groups_of(self, user: UserName) -> set[GroupName]:
        """The groups that have the user as a member, directly or through a nested group."""
        return self.ancestors(self._groups_of.get(user, ()))

    def parents(self, group: GroupName) -> frozenset[GroupName]:
        """The groups that name the group as a member."""
        return frozenset(self._parents.get(group, ()))

    def selected(self, selectors: Iterable[SelectedUsers]) -> set[UserName]:
        """The users whom any of the selectors selects."""
        chosen = tuple(selectors)
        return (
            {name for name, labels in self._labels.items() if any(s.selects(labels) for s in chosen)}
            if chosen
            else set()
        )

    def _node(self, members: Iterable[MemberRef]) -> _Node:
        refs = tuple(members)
        selectors = tuple(ref for ref in refs if isinstance(ref, SelectedUsers))
        return _Node(
            named=frozenset(ref.name for ref in refs if isinstance(ref, UserMember)),
            selectors=selectors,
            selected=self.selected(selectors),
            children=frozenset(ref.name for ref in refs if isinstance(ref, GroupMember)),
        )

    def _relink(self, name: GroupName, old: _Node, new: _Node) -> None:
        _move(self._groups_of, name, old.users, new.users)
        _move(self._parents, name, old.children, new.children)
        if new.selectors:
            self._selecting.add(name)
        else:
            self._selecting.discard(name)

    def _reselect(self, user: UserName, labels: Mapping[str, str] | None) -> set[GroupName]:
        touched: set[GroupName] = set()
        for group in self._selecting:
            node = self._nodes[group]
            before = node.users
            if labels is not None and node.selects(labels):
                node.selected.add(user)
            else:
                node.selected.discard(user)
            _move(self._groups_of, group, before, node.users)
            if before != node.users:
                touched |= self._changed(group)
        return touched

    def _changed(self, group: GroupName) -> set[GroupName]:
        touched = self.ancestors({group})
        for name in touched:
            self._effective.pop(name, None)
        return touched


def _closure(start: Iterable[str], step: Callable[[str], Iterable[str]]) -> set[str]:
    seen, waiting = set(), list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(step(name))
    return seen


def _move(index: dict[str, set[str]], name: str, old: Iterable[str], new: Iterable[str]) -> None:
    before, after = set(old), set(new)
    for key in before - after:
        index[key].discard(name)
        if not index[key]:
            del index[key]
    for key in after - before:
        index.setdefault(key, set()).add(name)
