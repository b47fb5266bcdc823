"""Managers and their reports, by the names of manifests; a manager need not have a manifest yet."""

from __future__ import annotations


class Reports:
    """Reports of each manager in one namespace."""

    def __init__(self) -> None:
        self._managers: dict[str, str] = {}
        self._reports: dict[str, set[str]] = {}

    def put(self, user: str, manager: str) -> None:
        """Set a user's manager; "" for none. What cannot be a name raises, and then the user has none."""
        before = self._managers.get(user, "")
        if before == manager:
            return
        if before:
            del self._managers[user]
            self._leave(before, user)
        if manager:
            self._reports.setdefault(manager, set()).add(user)
            self._managers[user] = manager

    def _leave(self, manager: str, user: str) -> None:
        reports = self._reports[manager]
        reports.discard(user)
        if not reports:
            del self._reports[manager]

    def __len__(self) -> int:
        """Return how many users have reports."""
        return len(self._reports)

    def of(self, manager: str) -> frozenset[str]:
        """Return the users whose manager that is."""
        return frozenset(self._reports.get(manager, ()))
