"""The users of one namespace, as its groups look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.members.selection import Selectors, User, UserName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scim_operator.core.records.record import SelectedUsers
    from scim_operator.core.resource import Document


class Users:
    """Users by name, with their labels. `document_of` gives the SCIM document of one."""

    def __init__(self, document_of: Callable[[UserName], Document]) -> None:
        self._document_of = document_of
        self._labels: dict[UserName, Mapping[str, str]] = {}

    def __iter__(self) -> Iterator[UserName]:
        """Iterate over the names."""
        return iter(self._labels)

    def __getitem__(self, name: UserName) -> User:
        """Return a user, also one that is gone, whose labels are None."""
        return User(name, self._labels.get(name), self._document_of)

    def put(self, name: UserName, labels: Mapping[str, str]) -> None:
        """Set a user's labels."""
        self._labels[name] = labels

    def drop(self, name: UserName) -> None:
        """Forget a user."""
        self._labels.pop(name, None)

    def labels(self, name: UserName) -> Mapping[str, str] | None:
        """Return the user's labels, None where there is no such manifest."""
        return self._labels.get(name)

    def selected(self, selectors: Iterable[SelectedUsers]) -> set[UserName]:
        """Return the users whom any of the selectors selects."""
        chosen = Selectors(selectors)
        return {name for name, labels in self._labels.items() if chosen.select(labels)} if chosen else set()
