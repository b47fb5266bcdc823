"""The place of each record of a namespace: among groups and managers, on the agenda, and whether it is suspended."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.members.topology import Topology
from scim_operator.core.records.dates import Agenda
from scim_operator.core.records.managers import Reports
from scim_operator.core.unexpected import unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from scim_operator.core.records.record import MemberRef, SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.errors import ScimOperatorError


class Placement:
    """The places of all records. `faults` says why records could not be placed; the planner of these reports it."""

    def __init__(self, document: Callable[[str], Document], now: Callable[[], datetime], memberships: int) -> None:
        self.topology = Topology(document, now, memberships)
        self.reports = Reports()
        self.agenda = Agenda()
        self.suspended: set[ObjectKey] = set()
        self.invalid: set[ObjectKey] = set()
        self.deleting: set[ObjectKey] = set()
        self.faults: dict[ObjectKey, ScimOperatorError] = {}
        self._now = now

    @property
    def is_due(self) -> bool:
        """Return whether a date has come that is still to take effect."""
        return self.agenda.next is not None and self.agenda.next <= self._now()

    def preparing(self, *records: SourceRecord) -> Iterator[None]:
        """Do the long part of placing groups; an error happens again when one is placed, and is reported then."""
        groups = {each.key.name: self._current(each) for each in records if each.key.kind is Kind.GROUP}
        if groups:
            with contextlib.suppress(Exception):
                yield from self.topology.judging.prepare_all(groups)

    def abandon(self, records: Iterable[SourceRecord]) -> None:
        """Forget what was prepared of these and not put."""
        self.topology.judging.abandon(each.key.name for each in records if each.key.kind is Kind.GROUP)

    def put(self, record: SourceRecord, before: SourceRecord | None = None) -> frozenset[str]:
        """Place a record, `before` being the old one, None to place it in any case; the groups that this touches.

        What had an error is placed as a whole the next time: a part of it may have been placed before the error, and
        would pass alone, as when our own write to its status comes back.
        """
        edited = before is None or is_edit(record, before) or record.key in self.faults
        try:
            self._file(record)
            touched = frozenset(self._place(record, edited=edited))
        except Exception as error:  # noqa: BLE001
            self.faults[record.key] = unexpected(error)
            return frozenset()
        self.faults.pop(record.key, None)
        return touched

    def drop(self, key: ObjectKey) -> frozenset[str]:
        """Forget a record; the groups that this touches."""
        self.agenda.put(key, None)
        self.suspended.discard(key)
        self.invalid.discard(key)
        self.deleting.discard(key)
        self.faults.pop(key, None)
        if key.kind is Kind.GROUP:
            return frozenset(self.topology.drop_group(key.name))
        self.reports.put(key.name, "")
        return frozenset(self.topology.drop_user(key.name))

    def _file(self, record: SourceRecord) -> None:
        self.agenda.put(record.key, record.next_turn(self._now()))
        states = ((self.suspended, record.suspended), (self.invalid, record.invalid), (self.deleting, record.deleting))
        for having, has in states:
            (having.add if has else having.discard)(record.key)

    def _place(self, record: SourceRecord, *, edited: bool) -> set[str]:
        if record.invalid and record.key.kind is Kind.USER:
            return set()  # nothing selects by what is not known
        if record.key.kind is Kind.USER:
            self.reports.put(record.key.name, record.manager)
            return self.topology.put_user(record.key.name, record.labels, edited=edited)
        return self.topology.put_group(record.key.name, self._current(record)) if edited else set()

    def _current(self, record: SourceRecord) -> list[MemberRef]:
        """Return the members that count now."""
        now = self._now()
        return [member for member in record.members or () if member.window is None or member.window.holds(now)]


def is_edit(record: SourceRecord, before: SourceRecord) -> bool:
    """Return whether a record is more than a newer version of the same manifest's status or metadata."""
    return (before.uid, before.generation) != (record.uid, record.generation)
