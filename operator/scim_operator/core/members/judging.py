"""The judging of users for groups that select: at once, or some per turn while the group does not count yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.expressions.meter import Meter
from scim_operator.core.members.condition import condition
from scim_operator.core.members.selection import GroupName, Node, Selectors, User
from scim_operator.core.records.record import GroupMember, MatchingUsers, MemberRef, SelectedUsers, UserMember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from scim_operator.core.members.condition import Condition
    from scim_operator.core.members.users import Users

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
        refs, conditions = tuple(members or ()), []
        for ref in refs:
            if isinstance(ref, MatchingUsers):
                conditions.append(condition(ref.expression))
                yield
        yield from self._judge_all(name, _Prepared(_node(refs, conditions), refs))

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
        for _ in self._judge_all(name, prepared):
            yield None
        if self._prepared.get(name) is prepared:
            del self._prepared[name]
            yield prepared.node

    def edited(self, user: User, now: datetime) -> None:
        """Judge a user who is edited while groups are prepared."""
        for prepared in self._prepared.values():
            prepared.node.judge(user, now, self.meter)

    def _judge_all(self, name: GroupName, prepared: _Prepared) -> Iterator[None]:
        """Judge all users for a node that does not count yet; `edited` judges users edited meanwhile."""
        if not prepared.node.selects:
            return
        self._prepared[name] = prepared
        now = self._now()
        try:
            for number, user in enumerate(tuple(self._users)):
                prepared.node.judge(self._users[user], now, self.meter)
                if number % TURN == TURN - 1:
                    yield
            prepared.complete = True
        finally:
            if not prepared.complete and self._prepared.get(name) is prepared:
                del self._prepared[name]


def _node(refs: Iterable[MemberRef], conditions: Iterable[Condition]) -> Node:
    """Return the node of a group, with its names and selectors, before any user is judged."""
    refs = tuple(refs)
    return Node(
        named=frozenset(ref.name for ref in refs if isinstance(ref, UserMember)),
        selectors=Selectors(ref for ref in refs if isinstance(ref, SelectedUsers)),
        conditions=tuple(conditions),
        children=frozenset(ref.name for ref in refs if isinstance(ref, GroupMember)),
    )
