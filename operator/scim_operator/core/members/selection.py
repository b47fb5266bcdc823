"""The users that one group selects: by name, by labels, and by expressions that may fail for a user."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from scim_operator.core.expressions.frame import Activation, Frame
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from scim_operator.core.expressions.meter import Meter
    from scim_operator.core.members.condition import Condition
    from scim_operator.core.records.record import SelectedUsers
    from scim_operator.core.resource import Document

UserName = str
GroupName = str


class Means(StrEnum):
    """The ways in which a group itself has a user, by the fields of `spec.members`."""

    NAMED = "userRef"
    SELECTED = "userSelector"
    MATCHING = "expression"


class User:
    """A user as groups look at it; `labels` is None when it is gone. The document is read once, for all groups."""

    __slots__ = ("_document_of", "_looks", "labels", "name")

    def __init__(
        self, name: UserName, labels: Mapping[str, str] | None, document_of: Callable[[UserName], Document]
    ) -> None:
        self.name = name
        self.labels = labels
        self._document_of = document_of
        self._looks: Frame | None = None

    def looks(self, now: datetime) -> Frame:
        """Return what expressions look at, made once; `now` is the same for all of them."""
        if self._looks is None:
            self._looks = Frame(Activation(user=self._document_of(self.name), now=now))
        return self._looks


class Faults:
    """The users for whom it is unknown whether they are selected, and why."""

    __slots__ = ("_heap", "texts")

    def __init__(self) -> None:
        self.texts: dict[UserName, str] = {}
        """Why it is unknown, by user."""
        self._heap: list[UserName] = []

    def put(self, user: UserName, text: str) -> None:
        """Record that it is unknown for the user, and why."""
        if user not in self.texts:
            heapq.heappush(self._heap, user)
        self.texts[user] = text

    def drop(self, user: UserName) -> None:
        """Record that it is known for the user."""
        self.texts.pop(user, None)

    @property
    def first(self) -> str:
        """Return the message: of the first by name, so that it changes as rarely as possible; "" without any."""
        while self._heap and self._heap[0] not in self.texts:
            heapq.heappop(self._heap)
        return f"of scimuser/{self._heap[0]}: {self.texts[self._heap[0]]}" if self._heap else ""


FEW = 8
"""Selectors that are asked one by one, which is quicker for a few."""


class Selectors:
    """Several selectors as one. The cost of a query depends on a user's labels, not on the number of selectors.

    Each is filed under that of its labels which the fewest of the others name.
    """

    __slots__ = ("_all", "_filed")

    def __init__(self, selectors: Iterable[SelectedUsers] = ()) -> None:
        self._all = tuple(selectors)
        self._filed: dict[tuple[str, str], list[SelectedUsers]] = defaultdict(list)
        if len(self._all) > FEW:
            named = Counter(label for each in self._all for label in each.labels)
            for each in self._all:
                self._filed[min(each.labels, key=named.__getitem__)].append(each)

    def __bool__(self) -> bool:
        return bool(self._all)

    def select(self, labels: Mapping[str, str]) -> bool:
        """Return whether one of them selects an object with these labels."""
        if not self._filed:
            return any(each.selects(labels) for each in self._all)
        return any(each.selects(labels) for label in labels.items() for each in self._filed.get(label, ()))


MOST = 10_000_000
"""Memberships that the groups of a namespace may have together, unless memory allows fewer."""
HELD, LEAST = 128, 250_000
"""Bytes per membership, and the number that is always allowed."""
CROWDED = (
    "The groups of the namespace have more members together than the operator has memory for: select fewer users, or "
    "give it more memory"
)


def room_in(memory: int | None) -> int:
    """Return how many memberships fit into a quarter of so many bytes of memory; None for unlimited memory."""
    return MOST if memory is None else max(LEAST, min(MOST, memory // 4 // HELD))


class Room:
    """Counts the memberships of a namespace's groups: one label in a manifest can make ten thousand."""

    __slots__ = ("_held", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    def takes(self, old: int, new: int) -> bool:
        """Return whether there is room for so many in place of the old ones; they count then."""
        if new > old and self._held - old + new > self._most:
            return False
        self._held += new - old
        return True


class Memo:
    """Remembers the users of groups, as long as they are few enough together."""

    __slots__ = ("_most", "_sets", "_size")

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._sets: dict[GroupName, frozenset[UserName]] = {}

    def __len__(self) -> int:
        return len(self._sets)

    def get(self, group: GroupName) -> frozenset[UserName] | None:
        """Return what is remembered of the group."""
        return self._sets.get(group)

    def put(self, groups: Iterable[GroupName], users: frozenset[UserName]) -> None:
        """Remember one set for all of these; forget all others where there is too much."""
        self._size += len(users)
        if self._size > self._most:
            self._sets.clear()
            self._size = len(users)
        self._sets |= dict.fromkeys(groups, users)

    def drop(self, groups: Iterable[GroupName]) -> None:
        """Forget these."""
        for group in groups:
            self._sets.pop(group, None)


SMALL = 64
"""Users of a group that are walked through as quickly as found: a set of so many takes six times the memory."""
NO_ONE: frozenset[str] = frozenset()


def names_of(names: Iterable[str]) -> Collection[str]:
    """Return each of the names once: as a set only where there are many."""
    once = dict.fromkeys(names)
    return tuple(once) if len(once) <= SMALL else frozenset(once)


@dataclass(slots=True)
class Node:
    """One group: the users it names, how it selects, and the users selected."""

    named: Collection[UserName] = ()
    selectors: Selectors = field(default_factory=Selectors)
    conditions: tuple[Condition, ...] = ()
    faults: Faults = field(default_factory=Faults)
    selected: set[UserName] = field(default_factory=set)
    children: frozenset[GroupName] = frozenset()
    trouble: str = ""
    """The reason why its members are unknown altogether."""
    _asked: str = field(init=False, default="")
    """The account that the conditions of the group share for their cost."""
    _broken: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self._asked = "\n".join(each.text for each in self.conditions)
        self._broken = next((condition.fault for condition in self.conditions if condition.fault), "")

    @property
    def users(self) -> set[UserName]:
        """All users of the group itself; a new set."""
        return self.selected.union(self.named)

    def means(self, user: UserName, labels: Mapping[str, str] | None) -> tuple[Means, ...]:
        """Return the ways in which the group itself has a user: of labels and expressions, labels go first."""
        named = (Means.NAMED,) if user in self.named else ()
        if user not in self.selected:
            return named
        labelled = not self.conditions or (bool(self.selectors) and self.selectors.select(labels or {}))
        return (*named, Means.SELECTED if labelled else Means.MATCHING)

    @property
    def selects(self) -> bool:
        """Return whether it is to be asked of each user."""
        return bool(self.selectors or self.conditions)

    def again(self) -> Node:
        """Return a node that selects in the same way, to be asked once more while this one still counts."""
        return replace(self, trouble="", faults=Faults(), selected=set(self.selected))

    @property
    def fault(self) -> str:
        """Return why it is unknown who is selected, "" when it is known."""
        return self.trouble or self._broken or self.faults.first

    def has(self, user: UserName) -> bool:
        """Return whether the group itself names or selects the user."""
        return user in self.selected or user in self.named

    def judge(self, user: User, now: datetime, meter: Meter | None = None) -> None:
        """Select the user or not; where that is unknown, it stays as it was. `meter` counts the cost."""
        self.take(user.name, self.ask(user, now, meter))

    def ask(self, user: User, now: datetime, meter: Meter | None = None) -> bool | str:
        """Return whether the user is selected, or why that is unknown. A hundred rules ask a hundred thousand users."""
        if user.labels is None:
            return False
        if self.selectors and self.selectors.select(user.labels):
            return True
        if not self.conditions:
            return False
        if meter is not None:
            meter.look()
        looks, account = user.looks(now), self._asked
        try:
            for condition in self.conditions:
                if condition.holds(looks, meter, account):
                    return True
        except InvalidSpec as error:
            return str(error)
        return False

    def says(self, user: UserName, answer: bool | str) -> bool:  # noqa: FBT001 - the answer itself
        """Return whether an answer of `ask` changes nothing."""
        return answer is (user in self.selected) and user not in self.faults.texts

    def take(self, user: UserName, answer: bool | str) -> None:  # noqa: FBT001
        """Take in an answer of `ask`."""
        if isinstance(answer, str):
            self.faults.put(user, answer)
        elif not self.says(user, answer):
            self.faults.drop(user)
            mark(self.selected, user, present=answer)


Name = TypeVar("Name")


def mark(names: set[Name], name: Name, *, present: bool) -> None:
    """Add the name to the names, or remove it."""
    if present:
        names.add(name)
    else:
        names.discard(name)
