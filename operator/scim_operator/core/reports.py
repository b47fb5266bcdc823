"""Who reports to whom, by the names of manifests; a manager need not have a manifest yet."""

from __future__ import annotations


class Reports:
    """The reports of each manager in one namespace."""

    def __init__(self) -> None:
        self._managers: dict[str, str] = {}
        self._reports: dict[str, set[str]] = {}

    def put(self, user: str, manager: str) -> None:
        """Set a user's manager; "" for none."""
        before = self._managers.get(user, "")
        if before == manager:
            return
        if before:
            self._reports[before].discard(user)
        if manager:
            self._managers[user] = manager
            self._reports.setdefault(manager, set()).add(user)
        else:
            del self._managers[user]

    def of(self, manager: str) -> frozenset[str]:
        """The users whose manager that is."""
        return frozenset(self._reports.get(manager, ()))
