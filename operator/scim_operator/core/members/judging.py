"""The judging of users for groups that select: at once, or some per turn while the group does not count yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.expressions.meter import Meter
from scim_operator.core.members.condition import condition
from scim_operator.core.members.selection import NO_ONE, GroupName, Node, Selectors, User, names_of
from scim_operator.core.records.record import GroupMember, MatchingUsers, MemberRef, SelectedUsers, UserMember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from scim_operator.core.members.condition import Condition
    from scim_operator.core.members.users import Users

STEPS_FOR_A_USER = 200
"""Steps that one group's expression may take for one user, on average over all groups: some 30 microseconds."""


TURN = 16
"""Judgements of a user for a group before other work gets a turn."""


@dataclass(slots=True)
class _Prepared:
    """A group that is judged user by user before it counts; `refs` are its members, None where they stay the same."""

    node: Node
    refs: tuple[MemberRef, ...] | None = None
    complete: bool = False


class Judging:
    """Judges the users of one namespace for its groups. `now` gives the time, for expressions that read it."""

    def __init__(self, users: Users, now: Callable[[], datetime]) -> None:
        self._users = users
        self._now = now
        self._prepared: dict[GroupName, _Prepared] = {}
        self.meter = Meter(STEPS_FOR_A_USER, "the groups of one namespace")
        """The cost of the expressions of all groups."""

    @property
    def under_way(self) -> bool:
        """Return whether a group is being judged that does not count yet."""
        return bool(self._prepared)

    def prepare(self, name: GroupName, members: Iterable[MemberRef] | None) -> Iterator[None]:
        """Judge all users for a group that is put next, some per step: others get turns and see the old group."""
        return self.prepare_all({name: members})

    def prepare_all(self, groups: Mapping[GroupName, Iterable[MemberRef] | None]) -> Iterator[None]:
        """Do the same for groups that are put one after the other; each user is read once for all of them."""
        prepared = {}
        for name, members in groups.items():
            refs, conditions = tuple(members or ()), []
            known = self._prepared.get(name)
            if known is not None and known.complete and known.refs == refs:
                continue
            for ref in refs:
                if isinstance(ref, MatchingUsers):
                    conditions.append(condition(ref.expression))
                    yield
            prepared[name] = _Prepared(_node(refs, conditions), refs)
        yield from self._judge_all(prepared)

    def node(self, name: GroupName, members: Iterable[MemberRef] | None) -> Node:
        """Return the node of a group that is put: the prepared one if it has these members, or one judged now."""
        refs = tuple(members or ())
        prepared = self._prepared.pop(name, None)
        if prepared is not None and prepared.complete and prepared.refs == refs:
            return prepared.node
        node = _node(refs, [condition(ref.expression) for ref in refs if isinstance(ref, MatchingUsers)])
        if node.selects:
            now = self._now()
            for user in self._users:
                node.judge(self._users[user], now, self.meter)
        return node

    def again(self, name: GroupName, node: Node) -> Iterator[Node | None]:
        """Judge all users once more: None after each step, the new node at last unless the group was put meanwhile."""
        prepared = _Prepared(node.again())
        for _ in self._judge_all({name: prepared}):
            yield None
        if self._prepared.get(name) is prepared:
            del self._prepared[name]
            yield prepared.node

    def abandon(self, groups: Iterable[GroupName]) -> None:
        """Forget what is prepared of groups that are not put after all."""
        for name in groups:
            self._prepared.pop(name, None)

    def edited(self, user: User, now: datetime) -> None:
        """Judge a user who is edited while groups are prepared."""
        for prepared in self._prepared.values():
            prepared.node.judge(user, now, self.meter)

    def _judge_all(self, groups: Mapping[GroupName, _Prepared]) -> Iterator[None]:
        """Judge all users for nodes that do not count yet; `edited` judges users edited meanwhile."""
        prepared = {name: each for name, each in groups.items() if each.node.selects}
        self._prepared |= prepared
        now, number = self._now(), 0
        try:
            for name in tuple(self._users) if prepared else ():
                user = self._users[name]  # read between two turns, for an edit may come in each
                for each in prepared.values():
                    each.node.judge(user, now, self.meter)
                number += len(prepared)
                if number >= TURN:
                    number = 0
                    yield
            for each in prepared.values():
                each.complete = True
        finally:
            for name, each in prepared.items():
                if not each.complete and self._prepared.get(name) is each:
                    del self._prepared[name]


def _node(refs: Iterable[MemberRef], conditions: Iterable[Condition]) -> Node:
    """Return the node of a group, with its names and selectors, before any user is judged."""
    refs = tuple(refs)
    return Node(
        named=names_of(ref.name for ref in refs if isinstance(ref, UserMember)),
        selectors=Selectors(ref for ref in refs if isinstance(ref, SelectedUsers)),
        conditions=tuple(conditions),
        children=frozenset(ref.name for ref in refs if isinstance(ref, GroupMember)) or NO_ONE,
    )
