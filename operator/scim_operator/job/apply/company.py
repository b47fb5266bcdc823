"""Groups that wait a moment for company: one apply comes as many events, and should cost a group one request."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.job.apply.lane import Lane

QUIET = 0.1
"""Seconds without a change after which a touched group is worked on."""


@dataclass(frozen=True, slots=True)
class _Touched:
    lane: Lane
    first: float
    last: float


class Company:
    """The groups that were touched, those touched longest ago first.

    A group is ripe once nothing has changed for `QUIET`, neither the group nor anything else, or `patience` seconds
    after it was first touched. Only time up to `heard` counts as quiet: a process that had no turn on a busy machine
    has changes still to read, however late it is.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._touched: OrderedDict[ObjectKey, _Touched] = OrderedDict()
        self._stirred = float("-inf")
        self._heard = float("-inf")

    def __len__(self) -> int:
        return len(self._touched)

    def __contains__(self, key: object) -> bool:
        return key in self._touched

    def stir(self, now: float) -> None:
        """Note that something has changed, so that more may be coming."""
        self._stirred = now

    def touch(self, key: ObjectKey, lane: Lane, now: float) -> None:
        """Note that a group may have to change."""
        before = self._touched.pop(key, _Touched(lane, now, now))
        self._touched[key] = _Touched(min(lane, before.lane), before.first, now)
        self._stirred = now

    def hear(self, now: float) -> None:
        """Note that all that came until now has been read."""
        self._heard = now

    def ripe(self) -> tuple[ObjectKey, Lane] | None:
        """Remove and return the first group that is ripe, None when none is."""
        if not self._touched or self.due > self._heard:
            return None
        key, touched = self._touched.popitem(last=False)
        return key, touched.lane

    @property
    def due(self) -> float:
        """Return when the next group is ripe; there must be one."""
        touched = next(iter(self._touched.values()))
        return min(touched.first + self._patience, max(touched.last, self._stirred) + QUIET)

    def clear(self) -> None:
        """Forget all."""
        self._touched.clear()
