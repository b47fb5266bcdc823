"""Whom one group selects: by name, by labels, and by expressions that may fail for a user."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scim_operator.core.expressions.meter import Meter
    from scim_operator.core.members.condition import Condition
    from scim_operator.core.records.record import SelectedUsers
    from scim_operator.core.resource import Document

UserName = str
GroupName = str


class User:
    """A user as groups look at it; `labels` is None when it is gone. The document is read once, for all groups."""

    __slots__ = ("_document_of", "_read", "labels", "name")

    def __init__(
        self, name: UserName, labels: Mapping[str, str] | None, document_of: Callable[[UserName], Document]
    ) -> None:
        self.name = name
        self.labels = labels
        self._document_of = document_of
        self._read: Document | None = None

    @property
    def document(self) -> Document:
        """The SCIM document."""
        if self._read is None:
            self._read = self._document_of(self.name)
        return self._read


class Faults:
    """Of whom it cannot be told whether they are selected, and why."""

    __slots__ = ("_heap", "_texts")

    def __init__(self) -> None:
        self._texts: dict[UserName, str] = {}
        self._heap: list[UserName] = []

    def put(self, user: UserName, text: str) -> None:
        """It cannot be told of the user, because of that."""
        if user not in self._texts:
            heapq.heappush(self._heap, user)
        self._texts[user] = text

    def drop(self, user: UserName) -> None:
        """It can be told of the user."""
        self._texts.pop(user, None)

    @property
    def first(self) -> str:
        """What is told: of the first by name, so that it stays the same as long as it can; "" without any."""
        while self._heap and self._heap[0] not in self._texts:
            heapq.heappop(self._heap)
        return f"of scimuser/{self._heap[0]}: {self._texts[self._heap[0]]}" if self._heap else ""


@dataclass(slots=True)
class Node:
    """One group: whom it names, how it selects, and whom that has selected."""

    named: frozenset[UserName] = frozenset()
    selectors: tuple[SelectedUsers, ...] = ()
    conditions: tuple[Condition, ...] = ()
    faults: Faults = field(default_factory=Faults)
    selected: set[UserName] = field(default_factory=set)
    children: frozenset[GroupName] = frozenset()

    @property
    def users(self) -> set[UserName]:
        """All users of the group itself; a new set."""
        return self.selected | self.named

    @property
    def fault(self) -> str:
        """Why it cannot be told who is selected, "" when it can."""
        broken = next((condition.fault for condition in self.conditions if condition.fault), "")
        return broken or self.faults.first

    def has(self, user: UserName) -> bool:
        """Whether the group itself names or selects the user."""
        return user in self.selected or user in self.named

    def judge(self, user: User, now: datetime, meter: Meter | None = None) -> None:
        """Select the user or not; where that cannot be told, it stays as it was. `meter` counts the cost."""
        self.faults.drop(user.name)
        try:
            selected = user.labels is not None and (self._selects(user.labels) or self._meets(user, now, meter))
        except InvalidSpec as error:
            self.faults.put(user.name, str(error))
        else:
            mark(self.selected, user.name, present=selected)

    def _selects(self, labels: Mapping[str, str]) -> bool:
        return any(selector.selects(labels) for selector in self.selectors)

    def _meets(self, user: User, now: datetime, meter: Meter | None) -> bool:
        return any(condition.holds(user.document, now, meter) for condition in self.conditions)


def mark(names: set[str], name: str, *, present: bool) -> None:
    """Have the name among the names, or not."""
    if present:
        names.add(name)
    else:
        names.discard(name)
