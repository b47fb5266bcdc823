"""Managers and their reports, by the names of manifests; a manager need not have a manifest yet."""

from __future__ import annotations

from scim_operator.core.filing import Filing


class Reports:
    """Reports of each manager in one namespace."""

    def __init__(self) -> None:
        self._managers: dict[str, str] = {}
        self._reports: Filing[str, str] = Filing()

    def put(self, user: str, manager: str) -> None:
        """Set a user's manager; "" for none. What cannot be a name raises, and then the user has none."""
        before = self._managers.get(user, "")
        if before == manager:
            return
        if before:
            del self._managers[user]
            self._reports.discard(before, user)
        if manager:
            self._reports.add(manager, user)
            self._managers[user] = manager

    def __len__(self) -> int:
        """Return how many users have reports."""
        return len(self._reports)

    def of(self, manager: str) -> frozenset[str]:
        """Return the users whose manager that is."""
        return frozenset(self._reports.of(manager))
