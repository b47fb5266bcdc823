"""Keeps what is sensitive out of what a session writes to Kubernetes, also where the service made an id of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.attributes.paths import Absent
from scim_operator.core.wording import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import JsonValue
    from scim_operator.core.secrecy.veil import Veil
    from scim_operator.job.base.ports import Writer


def sensitive_values(rules: Rules, record: SourceRecord, mapped: DesiredAttributes) -> Iterator[str]:
    """Every text and number of a record that a mapping calls sensitive, as it is in the manifest and as it is sent."""
    document = record.document
    for mapping in rules.mappings:
        if mapping.sensitive:
            yield from _texts(mapping.source.read(document) if mapping.source else None)
            yield from _texts(mapping.target.read(document))
            yield from _texts([mapping.constant, mapping.default, mapped.get(mapping.target)])


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    else:
        assert value is None or isinstance(value, bool | Absent)  # noqa: S101 - JSON has no more


class Discreet:
    """A Writer that shows nothing of what the veil covers. An id that has something of it is not recorded."""

    def __init__(self, writer: Writer, veil: Veil) -> None:
        self._writer = writer
        self._veil = veil

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        """See `Writer.add_finalizer`."""
        return await self._writer.add_finalizer(record, creating)

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """See `Writer.remove_finalizer`."""
        await self._writer.remove_finalizer(record)

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """See `Writer.report`; a resource whose id cannot be recorded is matched again after a restart."""
        await self._writer.report(record, shown_entry(self._veil, entry))

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """See `Writer.report_config`."""
        await self._writer.report_config(key, status)

    async def announce(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """See `Writer.announce`."""
        await self._writer.announce(about, warning=warning, reason=reason, message=self._veil.conceal(message))


def shown_entry(veil: Veil, entry: ServiceEntry) -> ServiceEntry:
    """Return an entry as a manifest's status has it: without what the veil covers, and without such ids."""
    message, members = veil.conceal(entry.verdict.message), tuple(id for id in entry.members if not veil.hides(id))
    id = "" if veil.hides(entry.id) else entry.id
    lost = entry.lost
    if lost is not None and any(map(veil.hides, (lost.id, *lost.members))):
        lost = None
    if (message, id, members, lost) == (entry.verdict.message, entry.id, entry.members, entry.lost):
        return entry
    return replace(entry, verdict=replace(entry.verdict, message=message), id=id, members=members, lost=lost)


def shown_value(veil: Veil, value: JsonValue) -> JsonValue:
    """Return a value of the service as people may see it: any attribute of it may hold what is sensitive."""
    if isinstance(value, str):
        return veil.conceal_value(value)
    if isinstance(value, dict):
        return {name: shown_value(veil, part) for name, part in value.items()}
    return [shown_value(veil, part) for part in value] if isinstance(value, list) else value


def shown_id(veil: Veil, id: str) -> str:
    """Return the id, as people may see it."""
    return REDACTED if veil.hides(id) else id
