"""The budget that expressions share, in steps and not in seconds: fast and slow machines decide alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Hashable

BASE = 2_000_000
"""Steps that all evaluations may take together, whatever they are for: some 0.3 s."""


class Meter:
    """Counts for one config, or for the groups of one namespace. Above the limit, it parks the costliest expression.

    Args: each, the further steps for every object that is looked at; whose, what the expressions belong to, in words.
    """

    def __init__(self, each: int, whose: str, base: int = BASE) -> None:
        self._base = base
        self._each = each
        self._whose = whose
        self._looks = 0
        self._spent: dict[Hashable, int] = {}
        self._total = 0
        self._parked: dict[Hashable, str] = {}

    @property
    def total(self) -> int:
        """Steps that all expressions have taken which are not parked."""
        return self._total

    def renew(self) -> None:
        """Restart the count; parked expressions may run again."""
        self._looks = self._total = 0
        self._spent.clear()
        self._parked.clear()

    def look(self, objects: int = 1) -> None:
        """Count one more object, or so many."""
        self._looks += objects

    def check(self, account: Hashable) -> None:
        """Raises InvalidSpec where the account is parked: an expression, or a group with all of its expressions."""
        if self._parked and account in self._parked:
            raise InvalidSpec(self._parked[account])

    def spend(self, account: Hashable, steps: int) -> None:
        """Count what an evaluation took, and park the most expensive account when the total is too high.

        Several expressions may share one: what is split into a thousand must not cost less than the whole.
        """
        self._spent[account] = self._spent.get(account, 0) + steps
        self._total += steps
        if self._total > self._base + self._each * self._looks:
            self._park()

    def _park(self) -> None:
        dearest = max(self._spent, key=lambda each: self._spent[each])
        self._total -= self._spent.pop(dearest)
        # Without numbers, which would change in each sweep and so be written to each status.
        self._parked[dearest] = (
            f"The expression costs too much: all expressions of {self._whose} together take more steps than they may, "
            "and this one takes the most. Nest fewer comprehensions, or give them shorter lists"
        )
