"""Manifests that are gone and are about to be made anew: until then they count as there (ADR 0037)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.records.undelete import HOLDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.dates import Agenda
    from scim_operator.core.records.record import SourceRecord


class Away:
    """Those of one namespace, and until when they are awaited."""

    def __init__(self, agenda: Agenda, now: Callable[[], datetime]) -> None:
        self._agenda = agenda
        self._now = now
        self._until: dict[ObjectKey, datetime] = {}

    def begin(self, record: SourceRecord) -> None:
        """Note that a manifest has gone; one that is away already keeps its time."""
        self._until.setdefault(record.key, self._now() + HOLDS)
        self.schedule(record)

    def end(self, key: ObjectKey) -> None:
        """Note that it is back, or is not awaited any more."""
        self._until.pop(key, None)

    def is_over(self, key: ObjectKey) -> bool:
        """Return whether it has been away for too long."""
        return key in self._until and self._until[key] <= self._now()

    def schedule(self, record: SourceRecord) -> None:
        """Have one that is away looked at when it is over, if none of its dates comes before."""
        if (until := self._until.get(record.key)) is not None:
            turn = record.next_turn(self._now())
            self._agenda.put(record.key, until if turn is None else min(turn, until))
