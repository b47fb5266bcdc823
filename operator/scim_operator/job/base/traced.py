"""Writes to Kubernetes as spans of the work for which they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.observability.tracing.spans import KIND, current, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.base.ports import Writer

CONFIG_KIND = "ProvisioningConfig"


class Traced:
    """A Writer that shows in the trace of what its task works on. Events are posted later, and are no part of it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        """See `Writer.add_finalizer`."""
        with within(current().child("add finalizer", {KIND: record.key.kind.value})):
            return await self._writer.add_finalizer(record, creating)

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """See `Writer.remove_finalizer`."""
        with within(current().child("remove finalizer", {KIND: record.key.kind.value})):
            await self._writer.remove_finalizer(record)

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """See `Writer.report`."""
        with within(current().child("write status", {KIND: record.key.kind.value})):
            await self._writer.report(record, entry)

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """See `Writer.report_config`."""
        with within(current().child("write status", {KIND: CONFIG_KIND})):
            await self._writer.report_config(key, status)

    async def announce(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """See `Writer.announce`."""
        await self._writer.announce(about, warning=warning, reason=reason, message=message)
