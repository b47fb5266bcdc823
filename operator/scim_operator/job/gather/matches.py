"""Which resource at the service is a manifest's: the one on record if it is still that, else what matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.decision.facts import Match
from scim_operator.core.ownership.owner import still_has
from scim_operator.core.records.marks import is_handed_over, stand_in
from scim_operator.core.records.status import regained
from scim_operator.job.base.discretion import shown_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.ownership.proofs import Notary
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.peers import Peers
    from scim_operator.job.gather.remote_index import RemoteIndex
    from scim_operator.job.gather.service_entries import Entries

    Identity = Iterable[tuple[AttributePath, JsonValue]]


def identifying(rules: Rules) -> tuple[AttributePath, ...]:
    """Return the attributes that a resource is known by: `externalId`, and what it is matched by."""
    return rules.matching if EXTERNAL_ID in rules.matching else (EXTERNAL_ID, *rules.matching)


class Matches:
    """Finds the resources of one config's manifests in what the service was listed with."""

    def __init__(
        self,
        settings: Settings,
        entries: Entries,
        index: Mapping[ResourceType, RemoteIndex],
        notary: Notary,
        peers: Peers,
    ) -> None:
        self._settings = settings
        self._entries = entries
        self._index = index
        self._notary = notary
        self.peers = peers

    def entry(self, record: SourceRecord) -> ServiceEntry | None:
        """Return what is remembered of a record; if the service has again what it had lost, that as it was.

        Of what has no id on record here any more: what another operator has on record.
        """
        entry = self._entries.of(record)
        entry = self._settled(record, entry) if entry is not None and not entry.id else entry
        id = self._notary.lost_id(entry) if entry is not None else ""
        if entry is None or not id:
            return entry
        there = id in self._index[record.key.kind.resource_type] and self.owner(record.key, id) is None
        return self._entries.remember(record, regained(entry)) if there else entry

    def _settled(self, record: SourceRecord, entry: ServiceEntry) -> ServiceEntry:
        """Return what another operator has on record of a manifest that has no resource on record here, if anything.

        So it is after a restart as well. Before anyone counts as gone, that one is asked for by its id (630259). What
        another manifest has by now is that one's for good.
        """
        other = self._entries.elsewhere.pop(record.key, None)
        if other is None or self.owner(record.key, other.id) is not None:
            return entry
        return self._entries.remember(record, other)

    def of(
        self,
        record: SourceRecord,
        mapped: DesiredAttributes,
        entry: ServiceEntry | None,
        *,
        wanted: bool,
        former: Identity = (),
    ) -> Match:
        """By the recorded id, else by our mark and the matching attributes; what is to go, by its externalId alone.

        `former` is what the manifest identified when an earlier revision was applied, which then counts as claimed. Of
        who is to go it counts alone: what the manifest says now may be another's.
        """
        index = self._index[record.key.kind.resource_type]
        document = index.get(entry.id) if entry and self._entries.owns(record.key, entry.id) else None
        if entry is not None and document is not None:
            return self._recorded(record.key, document, mapped, entry)
        asked = mapped if wanted or record.earlier is None else {}
        for path, value in (*self._sought(record.key, asked, wanted=wanted), *former):
            ids = () if unassigned(value) else self._having(record.key, path, value)
            if len(ids) > 1:
                return Match(by=str(path), ambiguous=tuple(map(self._shown, ids)), candidates=frozenset(ids))
            if ids:
                return self._found(record.key, index.get(ids[0]), str(path), entry, recalled=bool(former))
        return Match()

    def named(self, key: ObjectKey, mapped: DesiredAttributes) -> DesiredAttributes:
        """Return what is mapped, with another externalId where the mark stays at what another manifest has by now.

        A service that never changes an externalId keeps it there, and most take no externalId twice.
        """
        mark = self._rules(key).owner.mark(key)
        if mapped.get(EXTERNAL_ID) != mark or not (kept := self._lost_to_others(key, EXTERNAL_ID, mark)):
            return mapped
        return {**mapped, EXTERNAL_ID: stand_in(mark, min(kept))}

    def _having(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> tuple[str, ...]:
        """Return the ids of what has a value; the manifest's mark counts only where no other manifest took over."""
        ids = self._index[key.kind.resource_type].find(path, value)
        if not ids or path != EXTERNAL_ID or value not in self._rules(key).owner.marks(key):
            return ids
        lost = self._lost_to_others(key, path, value)
        return tuple(id for id in ids if id not in lost)

    def _lost_to_others(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> tuple[str, ...]:
        ids = self._index[key.kind.resource_type].find(path, value)
        return tuple(id for id in ids if not self._entries.owns(key, id) and self.owner(key, id) is not None)

    def owner(self, key: ObjectKey, id: str) -> ObjectKey | None:
        """Return the other manifest, of this namespace or another, that owns the resource of that id."""
        owner = self._entries.holder(key.kind, id)
        if owner is not None and owner != key:
            return owner
        return self.peers.owner(key, id, ours=owner is not None)

    def _recorded(self, key: ObjectKey, document: Document, mapped: DesiredAttributes, entry: ServiceEntry) -> Match:
        owner, other = self.owner(key, entry.id), self._rules(key).owner.other(document)
        owned = owner is None and not other and self._is_as_applied(key, document, mapped, entry)
        shown = "" if owned else self._shown(entry.id)
        candidates = frozenset({entry.id}) if owner is None else frozenset()
        return Match(document, "id", owned=owned, owner=owner, other=other, shown=shown, candidates=candidates)

    def _sought(
        self, key: ObjectKey, mapped: DesiredAttributes, *, wanted: bool
    ) -> Iterator[tuple[AttributePath, JsonValue]]:
        """Yield what a record's resource is found by, by precedence."""
        rules = self._rules(key)
        mark, *former = rules.owner.marks(key)
        yield EXTERNAL_ID, mark
        for path in rules.matching if wanted else (EXTERNAL_ID,):
            yield path, mapped.get(path)
        yield from ((EXTERNAL_ID, each) for each in former)

    def _is_as_applied(
        self, key: ObjectKey, document: Document, mapped: DesiredAttributes, entry: ServiceEntry
    ) -> bool:
        """Return whether the resource of a recorded id still has an identity that we applied, or that is wanted now.

        What was handed over has none: taking it needs an approval, for its former owner too.
        """
        rules = self._rules(key)
        return not is_handed_over(EXTERNAL_ID.read(document)) and (
            rules.owner.confirms(document, key)
            or still_has(document, mapped, identifying(rules))
            or self._notary.recognises(key.kind, entry.identity, document)
            or self._notary.recognises_aside(key, entry.identity, document)
        )

    def _found(
        self, key: ObjectKey, document: Document | None, by: str, entry: ServiceEntry | None, *, recalled: bool
    ) -> Match:
        if document is None:
            return Match()
        owner, rules = self.owner(key, document["id"]), self._rules(key)
        if owner is not None:
            return Match(document, by=by, owner=owner)
        other = rules.owner.other(document)
        created = entry is not None and self._notary.is_exactly(key.kind, entry.creating, document)
        owned = not other and (rules.owner.carries(document, key) or created)
        claimed = recalled or (entry is not None and entry.claimed == document["id"])
        shown, candidates = self._shown(document["id"]), frozenset({document["id"]})
        return Match(document, by, owned=owned, other=other, shown=shown, claimed=claimed, candidates=candidates)

    def _rules(self, key: ObjectKey) -> Rules:
        return self._settings.rules[key.kind.resource_type]

    def _shown(self, id: str) -> str:
        return shown_id(self._settings.veil, id)
