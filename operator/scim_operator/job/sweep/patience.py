"""When a listing that is answered, and proves nothing, is read again: the more requests it takes, the later.

A service that does not answer costs a request or two each time that it is asked; one whose list leads on without end,
or is too large to be read, costs hundreds. So what waiting has not helped keeps within a share of its own, in sweeps as
well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import ResourceType
from scim_operator.errors import IncompleteListing
from scim_operator.job.base.retries import DECAYED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from scim_operator.job.gather.overview import Overview
    from scim_operator.scim.clock import Clock

TRIES = 3
"""Listings in a row that may prove nothing before the next one waits."""
SECONDS = 20.0
"""Seconds that it waits for each request that the last one took, `DECAYED` at most: 180 requests an hour."""


class Patience:
    """The appointments of the types of one session. `overview` has what became of their last listings."""

    def __init__(self, clock: Clock, overview: Overview) -> None:
        self._clock = clock
        self._overview = overview
        self._failures: dict[ResourceType, int] = {}
        self._due: dict[ResourceType, float] = {}

    @property
    def waits(self) -> bool:
        """Return whether a type has proved nothing so often that it waits for its time."""
        return bool(self._due)

    def due(self, types: Collection[ResourceType]) -> tuple[ResourceType, ...]:
        """Return which of these may be listed now, users before groups."""
        return tuple(type for type in ResourceType if type in types and not self.left(type))

    def left(self, type: ResourceType) -> float:
        """Return the seconds for which a type is not to be listed."""
        return max(0.0, self._due.get(type, 0.0) - self._clock.monotonic())

    def listed(self, types: Iterable[ResourceType], requests: int) -> None:
        """Note that these were listed, in so many requests, with what came of it."""
        for type in types:
            if not isinstance(self._overview.trouble(type), IncompleteListing):
                self._failures.pop(type, None)
                self._due.pop(type, None)
                continue
            self._failures[type] = self._failures.get(type, 0) + 1
            if self._failures[type] >= TRIES:
                self._due[type] = self._clock.monotonic() + min(DECAYED, SECONDS * requests)

    def end(self) -> None:
        """Have all listed again now, because someone asks for it."""
        self._due.clear()
