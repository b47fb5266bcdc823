"""Finds who else claims what one record claims, from manifests that are read one at a time and not kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.decision.claims import claim_of
from scim_operator.core.records.packing import STATUSES
from scim_operator.core.records.status import Reason
from scim_operator.job.gather.activations import Activations
from scim_operator.job.gather.chance import Chance
from scim_operator.job.gather.mapping import Mapper

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Hashable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.knowledge import Knowledge

RECORDED = "id"
"""The thing in common with a manifest that has the resource on record."""


def must_ask(facts: Facts, *, alone: bool) -> bool:
    """Return whether other manifests could change what the last outcome says: reading them is the expensive part.

    What was brought to rest by its recorded id, and without a conflict, is no one else's; `alone`: nor has it moved
    since to values that others may claim.
    """
    if facts.record.suspended:
        return False
    if facts.match.by != "id":
        return facts.desired is not None or facts.match.document is not None
    conflict = facts.entry is not None and facts.entry.verdict.reason is Reason.CONFLICT
    return facts.desired is not None and (conflict or not alone)


class Rivals:
    """Compares others with one record, by the resources found for it and by the values of the matching attributes."""

    def __init__(self, knowledge: Knowledge, record: SourceRecord) -> None:
        rules = knowledge.rules(record.key.kind)
        # Of the thirty mappings two say what a record is matched by, and this runs a hundred thousand times.
        matching = replace(rules, mappings=tuple(each for each in rules.mappings if each.target in rules.matching))
        activations = Activations(knowledge.settings, knowledge.namespace, knowledge.now, Chance(b""))
        self._mapper = Mapper(matching, activations, knowledge.desired.presence.id)
        self._matching = rules.matching
        self._knowledge = knowledge
        self._record = record
        self._values = self._claimed(record)
        index = knowledge.index[record.key.kind.resource_type]
        entry = knowledge.entries.of(record)
        own = {entry.id} if entry is not None and entry.id in index else set()
        self._ids = own.union(
            *(index.find(path, value) for path, value in knowledge.desired.mapper(record).matching_values(record))
        )

    async def among(self, others: AsyncIterable[SourceRecord]) -> dict[ObjectKey, tuple[str, ...]]:
        """Note with the knowledge, and answer, who competes, each with what it has in common with the record."""
        self._knowledge.identities.claim(self._record)
        found = self._other_namespaces()
        async for other in others:
            if other.key != self._record.key and (shared := self._shared(other)):
                self._knowledge.namespace.put(other)
                self._knowledge.desired.scopes.reassign(other.key)
                self._knowledge.entries.of(other)
                self._knowledge.identities.claim(other)
                if RECORDED in shared or other.key in self._knowledge.claims[other.key.kind].rivals(self._record.key):
                    found[other.key] = shared
        return found

    def _other_namespaces(self) -> dict[ObjectKey, tuple[str, ...]]:
        """Return who competes in other namespaces."""
        key, peers = self._record.key, self._knowledge.identities.peers
        owners = {peers.owner(key, id, ours=False) for id in self._ids} - {None}
        found: dict[ObjectKey, tuple[str, ...]] = {owner: (RECORDED,) for owner in owners if owner is not None}
        for path, value in self._values.items():
            for rival in peers.claimants(key.kind, (value,)):
                found[rival] = (*found.get(rival, ()), str(path))
        return found

    def _shared(self, other: SourceRecord) -> tuple[str, ...]:
        """Return what the other has in common with the record: `RECORDED`, or paths of matching attributes."""
        return (*([RECORDED] if self._has_on_record(other) else []), *self._in_common(other))

    def _has_on_record(self, other: SourceRecord) -> bool:
        # Most statuses do not have the id anywhere, and parsing them all would take the longest of all this.
        status = STATUSES.unpack(other.packed_status)
        if not any(id.encode() in status for id in self._ids):
            return False
        entry = self._knowledge.entries.of(other)
        return entry is not None and entry.id in self._ids

    def _in_common(self, other: SourceRecord) -> list[str]:
        values = self._claimed(other)
        return [str(path) for path in self._values if path in values and values[path] == self._values[path]]

    def _claimed(self, record: SourceRecord) -> dict[AttributePath, Hashable]:
        mapped = self._mapper.map(record, record.document, creating=True).attributes
        values = ((path, mapped.get(path)) for path in self._matching)
        return {path: claim_of(path, value) for path, value in values if not unassigned(value)}
