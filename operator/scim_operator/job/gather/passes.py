"""The passes with which manifests may be made anew whose deletion is not meant (ADR 0037)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.records import undelete
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry


class Passes:
    """The passes of one config's manifests. Without a clock no pass holds."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.max.replace(tzinfo=UTC)) -> None:
        self._now = now
        self._unsaid: set[ObjectKey] = set()

    def lets(self, record: SourceRecord, entry: ServiceEntry) -> bool:
        """Return whether what an entry says may be believed of a manifest, as far as its pass goes."""
        granted = entry.granted
        return not granted or undelete.is_own(granted, record.uid) or undelete.holds(granted, self._now())

    def inherits(self, record: SourceRecord, entry: ServiceEntry) -> bool:
        """Return whether a manifest goes on with the entry of another of its name, and note that this is to be said."""
        passes = not undelete.is_own(entry.granted, record.uid) and undelete.holds(entry.granted, self._now())
        if passes:
            self._unsaid.add(record.key)
        return passes

    def granting(self, record: SourceRecord, entry: ServiceEntry, known: ServiceEntry | None) -> ServiceEntry:
        """Return the entry with the pass of a manifest whose deletion is not meant, and without one of any other."""
        asked, granted = record.undeleting, ""
        if asked:
            given = (entry.granted, known.granted if known is not None else "")
            granted = next((each for each in given if undelete.is_answer(each, asked)), "")
            granted = granted or f"{asked} {rfc3339(self._now())}"
        return entry if entry.granted == granted else replace(entry, granted=granted)

    def is_unsaid(self, record: SourceRecord, known: ServiceEntry | None) -> bool:
        """Return whether the manifest's status lacks its pass, or what is remembered because it was made anew."""
        answered = known is None or not record.undeleting or undelete.is_answer(known.granted, record.undeleting)
        return record.key in self._unsaid or not answered

    def said(self, key: ObjectKey) -> None:
        """Note that the status of a manifest is to be written in any case."""
        self._unsaid.discard(key)
