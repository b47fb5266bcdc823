"""Writes the statuses of objects, and remembers those that the API server did not take."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scim_operator.core.records.status import Reason
from scim_operator.errors import ScimOperatorError

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.base.retries import Retries
    from scim_operator.job.base.settings import Settings

logger = logging.getLogger(__name__)


class Statuses:
    """The statuses that one session writes. `unwritten` are the objects whose status does not say what it should."""

    def __init__(self, settings: Settings, writer: Writer, retries: Retries) -> None:
        self._config = settings.key
        self._outside = settings.spec.report_out_of_scope
        self._writer = writer
        self._retries = retries
        self.unwritten: set[ObjectKey] = set()

    def keeps_silent(self, record: SourceRecord, entry: ServiceEntry) -> bool:
        """Return whether an entry is not written: spec.reportOutOfScope is false, and nothing else was said so far."""
        if self._outside or not _is_outside(entry):
            return False
        return not any(body["config"] == self._config.name for body in record.status.get("services", ()))

    async def write(self, record: SourceRecord, entry: ServiceEntry, known: ServiceEntry | None) -> None:
        """Write an entry unless it is as `known`, and written; what the API server refuses is tried again later."""
        if entry == known and record.key not in self.unwritten:
            return
        if self.keeps_silent(record, entry):
            self.unwritten.discard(record.key)
            return
        self.unwritten.add(record.key)
        try:
            await self._writer.report(record, entry)
        except ScimOperatorError as error:
            # That the API server does not take it says nothing of the service.
            logger.warning("%s: the status of %s was not written: %s", self._config, record.key, error)
            self._retries.later(record.key, own=False)
        else:
            self.unwritten.discard(record.key)


def _is_outside(entry: ServiceEntry) -> bool:
    """Return whether an entry says no more than that the object is out of scope, and answers no one."""
    remembers = (entry.id, entry.handled, entry.creating, entry.claimed, entry.granted, entry.lost)
    return entry.verdict.reason is Reason.OUT_OF_SCOPE and not any(remembers)
