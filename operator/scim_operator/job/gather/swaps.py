"""Finds who waits for whose unique values, of those whom the service has refused what they want."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.decision.claims import Blocked
from scim_operator.core.decision.swaps import is_aside, ring_from
from scim_operator.job.gather.matches import identifying

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Match
    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import JsonValue
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.desired import Desired
    from scim_operator.job.gather.identities import Identities
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.remote_indexes import RemoteIndexes
    from scim_operator.job.gather.service_entries import Entries


class Swaps:
    """The unique values that one config's objects wait for. Only what the service has refused is known to be unique."""

    def __init__(
        self,
        settings: Settings,
        namespace: Namespace,
        desired: Desired,
        entries: Entries,
        index: RemoteIndexes,
        identities: Identities,
    ) -> None:
        self._settings = settings
        self._namespace = namespace
        self._desired = desired
        self._entries = entries
        self._index = index
        self._identities = identities
        self._refused: dict[ObjectKey, tuple[AttributeChange, ...]] = {}

    def refused(self, record: SourceRecord, plan: Plan) -> None:
        """Note that the service says of what a plan sets that it is taken."""
        self._refused[record.key] = (*plan.changes, *plan.toward)

    def forget(self, key: ObjectKey) -> None:
        """Note that an object came to rest in another way, or is gone."""
        self._refused.pop(key, None)

    def of(self, record: SourceRecord, desired: DesiredAttributes, match: Match) -> tuple[Blocked, ...]:
        """Return which of a record's values others are to give up first, and with whom they go round in a circle."""
        if match.document is None or not match.owned:
            return ()
        return tuple(self._blocked(record, desired, match.document["id"], match.document))

    def _blocked(
        self, record: SourceRecord, desired: DesiredAttributes, id: str, document: dict[str, JsonValue]
    ) -> Iterator[Blocked]:
        for path in identifying(self._settings.rules[record.key.kind.resource_type]):
            wanted = desired.get(path)
            if not (self._was_refused(record.key, path, wanted) or is_aside(path.read(document), record.key, id, path)):
                continue
            holder = self._holder(record.key, path, wanted)
            if holder is not None:
                yield Blocked(path, holder, ring_from(record.key, partial(self._next, path)))

    def _next(self, path: AttributePath, key: ObjectKey) -> ObjectKey | None:
        """Return who has what an object was refused, and is to have another value."""
        record = self._namespace.get(key.kind, key.name)
        wanted = self._wanted(record, path) if record is not None else None
        return self._holder(key, path, wanted) if self._was_refused(key, path, wanted) else None

    def _was_refused(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> bool:
        return any(each.path == path and each.new == value for each in self._refused.get(key, ()))

    def _holder(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> ObjectKey | None:
        """Return the other manifest whose own resource alone has a value, and is to have another one."""
        having = {id for _, id in self.having(key.kind, ((path, value),))} - {self._entries.known_id(key)}
        holder = self._entries.holder(key.kind, next(iter(having))) if len(having) == 1 else None
        record = self._namespace.get(key.kind, holder.name) if holder is not None else None
        wanted = self._wanted(record, path) if record is not None else None
        return None if unassigned(wanted) or equal(path, wanted, value) else holder

    def having(self, kind: Kind, values: Iterable[tuple[AttributePath, JsonValue]]) -> set[tuple[str, str]]:
        """Return which attribute of what has one of these values, as far as resources are known by that attribute."""
        known = identifying(self._settings.rules[kind.resource_type])
        index = self._index[kind.resource_type]
        listed = ((path, value) for path, value in values if path in known and not unassigned(value))
        return {(str(path), id) for path, value in listed for id in index.find(path, value)}

    def _wanted(self, record: SourceRecord, path: AttributePath) -> JsonValue:
        """Return what an attribute of an object's own resource is to be; None where nothing is sent for it."""
        rules = self._settings.rules[record.key.kind.resource_type]
        still = record.suspended or record.deleting or record.key in self._namespace.faults
        if still or rules.transfer_to or path in rules.immutable or not self._desired.scopes.of(record).in_scope:
            return None
        mapper = self._desired.mapper(record)
        mapped = mapper.map(record, record.document, creating=False)
        match = self._identities.match(record, mapped.attributes)
        if not match.owned or match.document is None:
            return None
        return mapper.fit(mapped, match.document, self._entries.of(record)).get(path)
