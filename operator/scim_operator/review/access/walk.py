"""Walks through the moments of a history, and remembers since when who has access by which way.

It goes by what the operator goes by: its records, its groups, its decisions about scope, and its agenda of dates. Each
moment costs what it changed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.job.gather.namespace import Namespace
from scim_operator.review.access.memberships import Memberships
from scim_operator.review.access.runs import Point
from scim_operator.review.access.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.namespace import Change
    from scim_operator.review.access.memberships import Wanted, Way
    from scim_operator.review.access.moments import Fault, Moment
    from scim_operator.review.access.runs import Run

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Walk:
    """Since when who has access. `take` each moment in turn; then ask."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._now = BEGINNING
        self.namespace = Namespace(self._time)
        self.memberships = Memberships(self.namespace, wanted)
        self.standings = Standings(self.namespace, wanted, self._time)
        self.changed: dict[ObjectKey, int] = {}
        """The commit that last changed what a manifest means."""
        self.gone: dict[ObjectKey, int] = {}
        """The commit that removed it, for what is not there any more."""
        self.moments: list[Moment] = []
        self._due: set[ObjectKey] = set()
        self._number = 0
        self.namespace.listen(self._hear)

    def _time(self) -> datetime:
        return self._now

    def take(self, moment: Moment) -> None:
        """Let the dates come that are due by then, and take in what the moment changed."""
        self.advance(moment.at)
        faults = self.moments[-1].obscure if self.moments else frozenset()
        self.moments.append(moment)
        here = len(self.moments) - 1
        for key in moment.gone:
            self.gone[key] = here
            self.namespace.drop(key, _uid(key))
        self._emerge(moment, here)
        for record in moment.put:
            self._put(record, here)
        self.standings.configure(moment.config)
        self._settle(Point(self._next(), here), again=faults != moment.obscure)

    def advance(self, until: datetime) -> None:
        """Let time pass: what has dates takes effect at its instants."""
        while self.moments and (turn := self.namespace.next_turn) is not None and turn <= until:
            self._now = max(self._now, turn)
            self._due.clear()
            for _ in self.namespace.advancing():
                pass
            cause = max((self.changed.get(key, 0) for key in self._due), default=None)
            self._settle(Point(self._next(), len(self.moments) - 1, self._now, cause))
        self._now = max(self._now, until)

    def finish(self, at: datetime) -> None:
        """Let time pass until the moment that is asked about."""
        self.advance(at)
        if self.moments:
            self._settle(Point(self._next(), len(self.moments) - 1, self._now))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _emerge(self, moment: Moment, here: int) -> None:
        """Note that those who emerge may have had access before, where that could not be read."""
        before = Point(self._next(), max(here - 1, 0))
        for key in moment.emerged:
            if key.namespace != self._wanted.namespace or self.namespace.get(key.kind, key.name) is not None:
                continue
            self.standings.emerge(key, before)
            if key.kind is Kind.GROUP:
                self.memberships.emerge(key.name, before)

    def _put(self, record: SourceRecord, here: int) -> None:
        if record.key.namespace != self._wanted.namespace:
            return
        before = self.namespace.get(record.key.kind, record.key.name)
        if before is None or meaning(before) != meaning(record):
            self.changed[record.key] = here
        self.gone.pop(record.key, None)
        self.namespace.put(record)

    def _hear(self, change: Change) -> None:
        if change.due:
            self._due.add(change.key)
        self.memberships.hear(change)
        self.standings.hear(change)

    def _settle(self, at: Point, *, again: bool = False) -> None:
        """Note what has come of a moment. `again`: what could not be known before may be known now."""
        for _ in self.namespace.reconsider():
            pass
        self.standings.settle(at, self.moments[-1], again=again)
        self.memberships.settle(at, self.moments[-1], again=again)

    def since(self, group: str, user: str, way: Way | None = None) -> Run | None:
        """Return since when a user has access to a group, by any way or by this one; None for unknown."""
        held = self.memberships.held(group, user, way)
        one, other = self.standings.of(Kind.USER, user), self.standings.of(Kind.GROUP, group)
        return held.together(one, other) if held is not None and one is not None and other is not None else None

    def faults(self, begin: int, end: int | None) -> Iterable[tuple[int, Fault]]:
        """Yield what could not be read from one moment until another, each once, with the moment that it began with."""
        seen: set[Fault] = set()
        for number in range(begin, len(self.moments) if end is None else end):
            for fault in self.moments[number].faults:
                if fault not in seen:
                    seen.add(fault)
                    yield number, fault


def meaning(record: SourceRecord) -> tuple[object, ...]:
    """Return what a manifest asks for, whatever it looks like, and wherever it stands."""
    return (
        record.packed_document,
        dict(record.labels),
        record.members,
        record.membership_policy,
        record.window,
        record.suspended,
        record.manager,
        record.adoption,
    )


def _uid(key: ObjectKey) -> str:
    return f"{key.kind.value}/{key.namespace}/{key.name}"
