"""What identifies the resource of a manifest, which one at the service that is, and who else claims it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.decision.claims import claim_of
from scim_operator.job.gather.contentions import Contentions
from scim_operator.job.gather.matches import Matches, identifying

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.claims import Claims, Contention
    from scim_operator.core.decision.facts import Match, Rules
    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.ownership.proofs import Notary
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import JsonValue
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.desired import Desired
    from scim_operator.job.gather.mapping import Mapped
    from scim_operator.job.gather.peers import Peers
    from scim_operator.job.gather.remote_indexes import RemoteIndexes
    from scim_operator.job.gather.service_entries import Entries


class Identities:
    """The identities of one config's manifests. `peers`: what is seen of the other jobs."""

    def __init__(
        self,
        settings: Settings,
        desired: Desired,
        entries: Entries,
        index: RemoteIndexes,
        notary: Notary,
        peers: Peers,
    ) -> None:
        self._settings = settings
        self._desired = desired
        self._entries = entries
        self._index = index
        self.between = notary.between
        """Makes the values in between of the manifests' resources, and knows them again."""
        self._contentions = Contentions(settings, entries, self.between, peers)
        self._matches = Matches(settings, entries, index, notary, peers)

    @property
    def claims(self) -> Mapping[Kind, Claims]:
        """Return what the manifests claim."""
        return self._contentions.claims

    @property
    def peers(self) -> Peers:
        """Return what is seen of the other jobs."""
        return self._matches.peers

    def meet(self, peers: Peers) -> None:
        """Note that the others are known now."""
        self._matches.peers = self._contentions.peers = peers

    def of(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """Return all that identifies the record's resource: its externalId, and what it is matched by."""
        mapped = self._desired.mapper(record).map(record, record.document, creating=True).attributes
        values = [(path, mapped.get(path)) for path in identifying(self._rules(record))]
        return [(path, value) for path, value in values if not unassigned(value)]

    def named(self, record: SourceRecord, mapped: Mapped) -> Mapped:
        """Return what is mapped, with another externalId where the mark stays at what another manifest has by now."""
        named = self._matches.named(record.key, mapped.attributes)
        return mapped if named is mapped.attributes else replace(mapped, attributes=named)

    def entry(self, record: SourceRecord) -> ServiceEntry | None:
        """Return what is remembered of a record; if the service has again what it had lost, that as it was."""
        return self._matches.entry(record)

    def match(self, record: SourceRecord, mapped: DesiredAttributes) -> Match:
        """Return the resource of a record at the service, for which `mapped` is asked."""
        wanted, entry = self._desired.scopes.of(record).in_scope, self.entry(record)
        if record.invalid:  # what little is known of it identifies no one whom a whole manifest claims
            wanted = not self._contentions.are_claimed(record.key, mapped.items())
            mapped = mapped if wanted else {}
        return self._matches.of(record, mapped, entry, wanted=wanted, former=self._former(record))

    def _former(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """Return what the manifest identified in an earlier revision; nothing where another manifest claims it now."""
        former = self.of(record.earlier) if record.earlier is not None else []
        return [] if self._contentions.are_claimed(record.key, former) else former

    def sought(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """Return what a record's resource may be found by: the matching values, and its mark from before the owner."""
        former = self._rules(record).owner.marks(record.key)[1:]
        values = dict(self._desired.mapper(record).matching_values(record))
        return [*self._matches.named(record.key, values).items(), *((EXTERNAL_ID, mark) for mark in former)]

    def owner(self, key: ObjectKey, id: str) -> ObjectKey | None:
        """Return the other manifest, of this namespace or another, that owns the resource of that id."""
        return self._matches.owner(key, id)

    def take(self, key: ObjectKey, id: str) -> bool:
        """Keep a resource for a manifest until it comes to rest; False where it is another's, or kept for another."""
        return self.owner(key, id) is None and self.peers.reserve(key, id)

    def holders(self, record: SourceRecord, id: str) -> tuple[str, ...]:
        """Return the ids, other than `id`, of what has the record's matching values at the service."""
        index, values = self._index[record.key.kind.resource_type], self._desired.mapper(record).matching_values(record)
        found = {each for path, value in values for each in index.find(path, value)}
        return tuple(sorted(found - {id}))

    def claim(self, record: SourceRecord) -> AbstractSet[ObjectKey]:
        """Note which values the record claims; the answer names those whose conflicts this may begin or end."""
        self._desired.concealment.cover(record)
        claims = self.claims[record.key.kind]
        if not self._desired.scopes.of(record).in_scope:
            return claims.drop(record.key)
        values = self._desired.mapper(record).matching_values(record)
        return claims.stake(record.key, (claim_of(path, value) for path, value in values))

    def contention(self, record: SourceRecord, mapped: DesiredAttributes, match: Match) -> Contention:
        """Return who else claims what the manifest claims, and what that keeps its owner from changing."""
        return self._contentions.of(record.key, mapped, match)

    def _rules(self, record: SourceRecord) -> Rules:
        return self._settings.rules[record.key.kind.resource_type]
