"""The report of a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.core.plan.plan import PlanCounts

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from scim_operator.core.plan.plan import Plan


@dataclass(slots=True)
class SweepResult:
    """The result of a sweep: the counts of its plan, in mode Plan the first of it, and how much others had changed."""

    counts: PlanCounts = field(default_factory=PlanCounts)
    first: tuple[Plan, ...] = ()
    drift: int = 0


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """Return a sweep as `status.lastSweep` shows it."""

    started_at: datetime
    duration: timedelta
    reads: int
    writes: int
    drift: int

    def is_news(self, shown: int) -> bool:
        """Return whether the sweep is worth a write, where `shown` is the drift that the status has already.

        Drift that costs no write is found again and again: a list lacks what a read of its own shows.
        """
        return bool(self.writes) or self.drift not in (0, shown)
