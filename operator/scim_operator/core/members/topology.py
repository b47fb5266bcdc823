"""Group membership, kept up to date one manifest at a time.

A name may be referred to before its manifest exists, so nothing here asks whether it does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.filing import Filing
from scim_operator.core.members.judging import Judging
from scim_operator.core.members.nesting import Nesting
from scim_operator.core.members.selection import CROWDED, MOST, SMALL, GroupName, Memo, Node, Room, User, UserName, mark
from scim_operator.core.members.users import Users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scim_operator.core.members.selection import Means
    from scim_operator.core.records.record import MemberRef
    from scim_operator.core.resource import Document


def _nothing(_user: str) -> Document:
    return {}


def _never() -> datetime:
    return datetime.min.replace(tzinfo=UTC)


class Topology:
    """Groups of one namespace. Every change returns the groups whose effective members may have changed.

    `users`, `nesting` and `judging` are its parts. Args: document_of gives the SCIM document of a user that was put,
    and now the time, for members by expression; most, the memberships that there is room for.
    """

    def __init__(
        self,
        document_of: Callable[[UserName], Document] = _nothing,
        now: Callable[[], datetime] = _never,
        most: int = MOST,
    ) -> None:
        self.users = Users(document_of)
        self.nesting = Nesting()
        self.judging = Judging(self.users, now)
        self._now = now
        self._matching: set[GroupName] = set()
        self._nodes: dict[GroupName, Node] = {}
        self._selecting: set[GroupName] = set()
        self._groups_of: Filing[UserName, GroupName] = Filing()
        self._room = Room(most)
        self.remembered = Memo(most)
        """The users of groups that are large or nest others, as far as there is room; the others are read at once."""

    def put_user(self, name: UserName, labels: Mapping[str, str], *, edited: bool = True) -> set[GroupName]:
        """Set a user's labels; `edited` False means that its document is the same."""
        if self.users.labels(name) == labels and not (edited and self._looks_at_documents):
            return set()
        self.users.put(name, labels)
        return self._reselect(name)

    def drop_user(self, name: UserName) -> set[GroupName]:
        """Forget a user; groups that name it keep the name."""
        self.users.drop(name)
        return self._reselect(name)

    def put_group(self, name: GroupName, members: Iterable[MemberRef] | None) -> set[GroupName]:
        """Set a group's members; None is a group whose members are not managed."""
        return self._put(name, self.judging.node(name, members))

    def drop_group(self, name: GroupName) -> set[GroupName]:
        """Forget a group; groups that name it keep the name."""
        touched = self.put_group(name, ())
        del self._nodes[name]
        return touched

    def refresh(self) -> Iterator[set[GroupName]]:
        """Evaluate the expressions that read the clock again, for some users per step."""
        for name in tuple(self._matching):
            if name in self._matching and any(each.varies for each in self._nodes[name].conditions):
                for node in self.judging.again(name, self._nodes[name]):
                    yield set() if node is None else self._put(name, node)

    def fault(self, group: GroupName) -> str:
        """Return why it is unknown whom the group's expressions select, "" when it is known."""
        return self._nodes[group].fault if group in self._matching else ""

    def selects(self, groups: Iterable[GroupName]) -> bool:
        """Return whether one of the groups asks of each user whether it is a member."""
        return not self._selecting.isdisjoint(groups)

    def is_doubtful(self, groups: Iterable[GroupName]) -> bool:
        """Return whether some members of the groups, nested ones included, are unknown."""
        return bool(self._matching) and any(map(self.fault, self.nesting.descendants(groups)))

    def doubtful(self) -> set[GroupName]:
        """Return the groups of which some members, nested ones included, are unknown."""
        faulty = [name for name in self._matching if self._nodes[name].fault]
        return self.nesting.ancestors(faulty) if faulty else set()

    def groups(self) -> tuple[GroupName, ...]:
        """All groups whose manifests are known."""
        return tuple(self._nodes)

    def direct_users(self, group: GroupName) -> set[UserName]:
        """Return the users whom the group itself names or selects."""
        node = self._nodes.get(group)
        return node.users if node else set()

    def means(self, group: GroupName, user: UserName) -> tuple[Means, ...]:
        """Return the ways in which the group itself has a user, () where it has not."""
        node = self._nodes.get(group)
        return node.means(user, self.users.labels(user)) if node else ()

    def effective_users(self, group: GroupName) -> frozenset[UserName]:
        """All users in the group, those of nested groups included."""
        users = self.remembered.get(group)
        if users is None:
            reached = self.nesting.descendants({group})
            users = frozenset().union(*(self.direct_users(name) for name in reached))
            if len(reached) > 1 or len(users) > SMALL:
                self._remember(group, reached, users)
        return users

    def groups_of(self, user: UserName) -> set[GroupName]:
        """Return the groups that have the user as a member, directly or through a nested group."""
        return self.nesting.ancestors(self._groups_of.of(user))

    def _remember(self, group: GroupName, reached: set[GroupName], users: frozenset[UserName]) -> None:
        # Groups that nest in a ring have the same users: one set for all of them, found once.
        in_ring = not self.nesting.parents(group).isdisjoint(reached)
        self.remembered.put(reached & self.nesting.ancestors({group}) if in_ring else [group], users)

    @property
    def _looks_at_documents(self) -> bool:
        return bool(self._matching) or self.judging.under_way

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
        self._groups_of.move(name, old.users, new.users)
        self.nesting.put(name, new.children)
        mark(self._selecting, name, present=new.selects)
        mark(self._matching, name, present=bool(new.conditions or new.trouble))

    def _reselect(self, name: UserName) -> set[GroupName]:
        """Judge one user for all groups that select, at a cost that does not depend on how large they are."""
        user, now = self.users[name], self._now() if self._looks_at_documents else _never()
        self.judging.edited(user, now)
        return self._changed([group for group in self._selecting if self._judge_one(group, user, now)])

    def _judge_one(self, group: GroupName, user: User, now: datetime) -> bool:
        """Return whether that changed who is in the group, or why that is unknown."""
        node = self._nodes[group]
        answer = node.ask(user, now, self.judging.meter)
        if node.says(user.name, answer):
            return False
        before, fault = node.has(user.name), node.fault
        node.take(user.name, answer)
        after = node.has(user.name)
        if before != after and not self._room.takes(before, after):
            node.selected.discard(user.name)
            node.trouble, after = CROWDED, before
            self._matching.add(group)
        if before != after:
            self._groups_of.mark(user.name, group, present=after)
        return (before, fault) != (after, node.fault)

    def _changed(self, groups: Iterable[GroupName]) -> set[GroupName]:
        touched = self.nesting.ancestors(groups)
        self.remembered.drop(touched)
        return touched
