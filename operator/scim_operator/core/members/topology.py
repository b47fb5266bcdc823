"""Group membership, kept up to date one manifest at a time.

A name may be referred to before its manifest exists, so nothing here asks whether it does. Cycles of nested groups are
harmless: what a group reaches is a set, and each group of a cycle reaches the same users.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.expressions.meter import Meter
from scim_operator.core.members.condition import condition
from scim_operator.core.members.selection import (
    CROWDED,
    MOST,
    GroupName,
    Memo,
    Node,
    Room,
    Selectors,
    User,
    UserName,
    mark,
)
from scim_operator.core.records.record import GroupMember, MatchingUsers, MemberRef, SelectedUsers, UserMember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scim_operator.core.members.condition import Condition
    from scim_operator.core.resource import Document


STEPS_FOR_A_USER = 200
"""Steps that one group's expression may take for one user, on average over all groups: some 30 microseconds."""


TURN = 16
"""Users that are judged before other work gets a turn."""


@dataclass(slots=True)
class _Prepared:
    """A group that is judged user by user before it counts; `refs` are its members, None where they stay the same."""

    node: Node
    refs: tuple[MemberRef, ...] | None = None
    complete: bool = False


def _nothing(_user: str) -> Document:
    return {}


def _never() -> datetime:
    return datetime.min.replace(tzinfo=UTC)


class Topology:
    """Groups of one namespace. Every change returns the groups whose effective members may have changed.

    `document_of` gives the SCIM document of a user that was put, and `now` the time, for members by expression.
    """

    def __init__(
        self,
        document_of: Callable[[UserName], Document] = _nothing,
        now: Callable[[], datetime] = _never,
        most: int = MOST,
    ) -> None:
        self._document_of = document_of
        self._now = now
        self.meter = Meter(STEPS_FOR_A_USER, "the groups of one namespace")
        """The cost of the expressions of all groups."""
        self._prepared: dict[GroupName, _Prepared] = {}
        self._matching: set[GroupName] = set()
        self._labels: dict[UserName, Mapping[str, str]] = {}
        self._nodes: dict[GroupName, Node] = {}
        self._selecting: set[GroupName] = set()
        self._groups_of: dict[UserName, set[GroupName]] = {}
        self._parents: dict[GroupName, set[GroupName]] = {}
        self._room = Room(most)
        self.remembered = Memo(most)
        """The users of groups, nested ones counted, as far as there is room."""

    def put_user(self, name: UserName, labels: Mapping[str, str], *, edited: bool = True) -> set[GroupName]:
        """Set a user's labels; `edited` False means that its document is the same."""
        if self._labels.get(name) == labels and not (edited and (self._matching or self._prepared)):
            return set()
        self._labels[name] = labels
        return self._reselect(name)

    def drop_user(self, name: UserName) -> set[GroupName]:
        """Forget a user; groups that name it keep the name."""
        self._labels.pop(name, None)
        return self._reselect(name)

    def prepare(self, name: GroupName, members: Iterable[MemberRef] | None) -> Iterator[None]:
        """Judge all users for a group that is put next, some per step: others get turns and see the old group."""
        refs, conditions = tuple(members or ()), []
        for ref in refs:
            if isinstance(ref, MatchingUsers):
                conditions.append(condition(ref.expression))
                yield
        yield from self._judging(name, _Prepared(_node(refs, conditions), refs))

    def put_group(self, name: GroupName, members: Iterable[MemberRef] | None) -> set[GroupName]:
        """Set a group's members; None is a group whose members are not managed."""
        refs = tuple(members or ())
        prepared = self._prepared.pop(name, None)
        if prepared is not None and prepared.complete and prepared.refs == refs:
            return self._put(name, prepared.node)
        node = _node(refs, [condition(ref.expression) for ref in refs if isinstance(ref, MatchingUsers)])
        if node.selects:
            now = self._now()
            for user in self._labels:
                node.judge(self._user(user), now, self.meter)
        return self._put(name, node)

    def drop_group(self, name: GroupName) -> set[GroupName]:
        """Forget a group; groups that name it keep the name."""
        touched = self.put_group(name, ())
        del self._nodes[name]
        return touched

    def refresh(self) -> Iterator[set[GroupName]]:
        """Evaluate the expressions that read the clock again, for some users per step."""
        for name in tuple(self._matching):
            if name in self._matching and any(each.varies for each in self._nodes[name].conditions):
                yield from self._judge_again(name)

    def fault(self, group: GroupName) -> str:
        """Return why it is unknown whom the group's expressions select, "" when it is known."""
        return self._nodes[group].fault if group in self._matching else ""

    def is_doubtful(self, groups: Iterable[GroupName]) -> bool:
        """Return whether some members of the groups, nested ones included, are unknown."""
        return bool(self._matching) and any(map(self.fault, self.descendants(groups)))

    def is_in_ring(self, group: GroupName) -> bool:
        """Return whether the group is nested in itself by way of others."""
        children = self.children(group)
        return bool(children) and group in self.descendants(children)

    def groups(self) -> tuple[GroupName, ...]:
        """All groups whose manifests are known."""
        return tuple(self._nodes)

    def direct_users(self, group: GroupName) -> set[UserName]:
        """Return the users whom the group itself names or selects."""
        node = self._nodes.get(group)
        return node.users if node else set()

    def children(self, group: GroupName) -> frozenset[GroupName]:
        """Return the groups that the group itself names."""
        node = self._nodes.get(group)
        return node.children if node else frozenset()

    def effective_users(self, group: GroupName) -> frozenset[UserName]:
        """All users in the group, those of nested groups included."""
        users = self.remembered.get(group)
        if users is None:
            reached = self.descendants({group})
            users = frozenset().union(*(self.direct_users(name) for name in reached))
            # Groups that nest in a ring have the same users: one set for all of them, found once.
            in_ring = not self.parents(group).isdisjoint(reached)
            self.remembered.put(reached & self.ancestors({group}) if in_ring else [group], users)
        return users

    def descendants(self, groups: Iterable[GroupName]) -> set[GroupName]:
        """Return the groups and all that are nested in them."""
        return _closure(groups, self.children)

    def ancestors(self, groups: Iterable[GroupName]) -> set[GroupName]:
        """Return the groups and all that they are nested in."""
        return _closure(groups, lambda name: self._parents.get(name, ()))

    def groups_of(self, user: UserName) -> set[GroupName]:
        """Return the groups that have the user as a member, directly or through a nested group."""
        return self.ancestors(self._groups_of.get(user, ()))

    def labels(self, user: UserName) -> Mapping[str, str] | None:
        """Return the user's labels, None where there is no such manifest."""
        return self._labels.get(user)

    def parents(self, group: GroupName) -> frozenset[GroupName]:
        """Return the groups that name the group as a member."""
        return frozenset(self._parents.get(group, ()))

    def selected(self, selectors: Iterable[SelectedUsers]) -> set[UserName]:
        """Return the users whom any of the selectors selects."""
        chosen = Selectors(selectors)
        return {name for name, labels in self._labels.items() if chosen.select(labels)} if chosen else set()

    def _put(self, name: GroupName, node: Node) -> set[GroupName]:
        old = self._nodes.get(name, Node())
        if not self._room.takes(len(old.users), len(node.users)):
            self._room.takes(len(old.users), 0)
            node = Node(children=node.children, trouble=CROWDED)
        self._nodes[name] = node
        self._relink(name, old, node)
        same = (old.users, old.children, old.fault) == (node.users, node.children, node.fault)
        return set() if same else self._changed([name])

    def _relink(self, name: GroupName, old: Node, new: Node) -> None:
        _move(self._groups_of, name, old.users, new.users)
        _move(self._parents, name, old.children, new.children)
        mark(self._selecting, name, present=new.selects)
        mark(self._matching, name, present=bool(new.conditions or new.trouble))

    def _reselect(self, name: UserName) -> set[GroupName]:
        """Judge one user for all groups that select, at a cost that does not depend on how large they are."""
        user, now = self._user(name), self._now() if self._matching or self._prepared else _never()
        for prepared in self._prepared.values():
            prepared.node.judge(user, now, self.meter)
        return self._changed([group for group in self._selecting if self._judge_one(group, user, now)])

    def _judge_one(self, group: GroupName, user: User, now: datetime) -> bool:
        """Return whether that changed who is in the group, or why that is unknown."""
        node = self._nodes[group]
        before, fault = node.has(user.name), node.fault
        node.judge(user, now, self.meter)
        after = node.has(user.name)
        if not self._room.takes(before, after):
            node.selected.discard(user.name)
            node.trouble, after = CROWDED, before
            self._matching.add(group)
        if before != after:
            _link(self._groups_of, user.name, group, present=after)
        return (before, fault) != (after, node.fault)

    def _judging(self, name: GroupName, prepared: _Prepared) -> Iterator[None]:
        """Judge all users for a node that does not count yet; `_reselect` judges users edited meanwhile."""
        if not prepared.node.selects:
            return
        self._prepared[name] = prepared
        now = self._now()
        try:
            for number, user in enumerate(tuple(self._labels)):
                prepared.node.judge(self._user(user), now, self.meter)
                if number % TURN == TURN - 1:
                    yield
            prepared.complete = True
        finally:
            if not prepared.complete and self._prepared.get(name) is prepared:
                del self._prepared[name]

    def _judge_again(self, group: GroupName) -> Iterator[set[GroupName]]:
        prepared = _Prepared(self._nodes[group].again())
        for _ in self._judging(group, prepared):
            yield set()
        if self._prepared.get(group) is prepared:  # the group has not been put meanwhile
            del self._prepared[group]
            yield self._put(group, prepared.node)

    def _user(self, name: UserName) -> User:
        return User(name, self._labels.get(name), self._document_of)

    def _changed(self, groups: Iterable[GroupName]) -> set[GroupName]:
        touched = self.ancestors(groups)
        self.remembered.drop(touched)
        return touched


def _node(refs: Iterable[MemberRef], conditions: Iterable[Condition]) -> Node:
    """Return the node of a group, with its names and selectors, before any user is judged."""
    refs = tuple(refs)
    return Node(
        named=frozenset(ref.name for ref in refs if isinstance(ref, UserMember)),
        selectors=Selectors(ref for ref in refs if isinstance(ref, SelectedUsers)),
        conditions=tuple(conditions),
        children=frozenset(ref.name for ref in refs if isinstance(ref, GroupMember)),
    )


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
    for key in before ^ after:
        _link(index, key, name, present=key in after)


def _link(index: dict[str, set[str]], key: str, name: str, *, present: bool) -> None:
    if present:
        index.setdefault(key, set()).add(name)
        return
    index[key].discard(name)
    if not index[key]:
        del index[key]
