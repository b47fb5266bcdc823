"""Everything a job knows, and the facts it gathers from it for one decision.

The parts: the config's rules, the manifests of the namespace, the service as last listed, what we own there (the
manifests' status), and who claims what. No I/O happens here; what must be read is read by the reconciler first.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.claims import Claims
from scim_operator.core.contention import NONE, Contention
from scim_operator.core.decision import decide
from scim_operator.core.equality import canonical, equal, unassigned
from scim_operator.core.facts import Facts, Match
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.status import ServiceEntry, service_mark, service_marks
from scim_operator.job.activations import Activations
from scim_operator.job.chance import Chance
from scim_operator.job.discretion import sensitive_values, shown_id
from scim_operator.job.entries import Entries
from scim_operator.job.index import RemoteIndex
from scim_operator.job.mapper import Mapper
from scim_operator.job.peers import Peers
from scim_operator.job.roster import member_fault, membership, standing
from scim_operator.job.scopes import Scopes

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from scim_operator.core.expressions import Activation
    from scim_operator.core.facts import Rules
    from scim_operator.core.mapping import DesiredAttributes
    from scim_operator.core.paths import AttributePath
    from scim_operator.core.plan import Plan
    from scim_operator.core.record import SourceRecord
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.tombstones import Graveyard
    from scim_operator.job.directory import Namespace
    from scim_operator.job.settings import Settings


class Knowledge:
    """What one job knows. Entries and ownership are its own; the namespace is shared with the other jobs there.

    `ids_hold` False: ids in a manifest's status that does not say which service gave them are not believed.
    """

    def __init__(  # noqa: PLR0913 - each is a part of what a job knows
        self,
        settings: Settings,
        namespace: Namespace,
        graveyard: Graveyard,
        now: Callable[[], datetime],
        *,
        ids_hold: bool = True,
        chance: Chance | None = None,
        peers: Peers | None = None,
    ) -> None:
        self.config = settings.key.name
        self.graveyard = graveyard
        self.now = now
        self.settings = settings
        self.namespace = namespace
        self.index = {type: RemoteIndex(self._matching(type)) for type in ResourceType}
        self.peers = peers or Peers()
        self.claims = {kind: Claims(partial(self.peers.staked, kind)) for kind in Kind}
        self.nested_groups = False
        self.terminating: frozenset[Kind] = frozenset()
        """The kinds whose manifests go because the namespace or the CRD is being deleted, as last asked."""
        self.service = service_mark(settings.spec.service.url)
        marks = service_marks(settings.spec.service.url)
        self.entries = Entries(self.config, marks, ids_hold=ids_hold, let_go=self.peers.let_go)
        self._activations = Activations(settings, namespace, now, chance or Chance(secrets.token_bytes(32)))
        self.scopes = Scopes(settings, namespace, self._activations, self.entries, self.index, now)
        self.mappers = {
            type: Mapper(rules, self._activations, self.present_id) for type, rules in settings.rules.items()
        }
        self._presence: dict[ObjectKey, str] = {}
        self.veil = settings.veil
        self.covers = frozenset(type for type, rules in settings.rules.items() if rules.sensitive)
        """The types of which something is sensitive."""

    def rules(self, kind: Kind) -> Rules:
        """The compiled rules for a kind."""
        return self.settings.rules[kind.resource_type]

    def mapper(self, record: SourceRecord) -> Mapper:
        """What maps a record."""
        return self.mappers[record.key.kind.resource_type]

    @property
    def reads_groups(self) -> bool:
        """Whether anything that is decided about a user depends on the groups that the user is in."""
        return self.scopes.reads_groups or any(mapper.reads_groups for mapper in self.mappers.values())

    def fresh_index(self, type: ResourceType) -> RemoteIndex:
        """An empty index for a new listing. What the present one takes in meanwhile is replayed by `renew`."""
        self.index[type].keep_journal()
        return RemoteIndex(self._matching(type))

    def renew(self, type: ResourceType, listed: RemoteIndex) -> None:
        """A listing is complete: it replaces what was known, but not what we wrote while it ran."""
        self.index[type].replay_journal(listed)
        self.index[type] = listed

    def begin_sweep(self) -> None:
        """Time has passed: what looks at the clock is asked again, and what was too dear may try again."""
        self._activations.meter.renew()
        self.scopes.reconsider_all()

    def forget(self, key: ObjectKey) -> AbstractSet[ObjectKey]:
        """Forget a manifest that is gone; the answer names those whose conflicts this may end."""
        self.entries.forget(key)
        self.scopes.forget(key)
        self._presence.pop(key, None)
        return self.claims[key.kind].drop(key)

    def part(self, record: SourceRecord) -> None:
        """This config is done with a manifest that is being deleted."""
        self.forget(record.key)
        self.entries.part(record.uid)

    def activation(self, record: SourceRecord) -> Activation:
        """All that an expression may look at, for a record."""
        return self._activations.of(record, record.document, frozenset({"groups", "roles"}))

    def plan(self, record: SourceRecord) -> Plan:
        """Gather the facts about a record and decide."""
        return decide(self.facts(record), self.rules(record.key.kind))

    def facts(self, record: SourceRecord) -> Facts:
        """Everything known about a record that a decision may look at; raises what went wrong when it was taken in."""
        if record.key in self.namespace.faults:
            raise self.namespace.faults[record.key]
        scope, entry, mapper = self.scopes.of(record), self.entries.of(record), self.mapper(record)
        document = record.document
        mapped = mapper.map(record, document, creating=False)
        match = self._match(record, mapped.attributes, entry, wanted=scope.in_scope)
        if match.document is None and mapper.asks_more_at_creation:
            mapped = mapper.map(record, document, creating=True)
        if record.window is not None and record.window.is_early(self.now()):
            mapped = replace(mapped, attributes={**mapped.attributes, ACTIVE: False})
        return Facts(
            record=record,
            entry=entry,
            scope=scope,
            desired=mapper.fit(mapped, match.document, entry) if scope.in_scope else None,
            match=match,
            contention=self._contention(record, mapped.attributes, match),
            membership=membership(self, record) if scope.in_scope and record.key.kind is Kind.GROUP else None,
            group_ids=self.index[ResourceType.GROUP],
            our_ids=self.entries.owned_ids,
            overdue=match.document is not None and self.graveyard.is_due(match.document["id"], self.now()),
            terminating=self._is_terminating(record.key.kind),
            awaits=mapper.awaits(record) if scope.in_scope else "",
            fault=mapped.fault or member_fault(self.namespace, record),
        )

    def _is_terminating(self, kind: Kind) -> bool:
        """Whether the manifests of a kind go as a whole, or for a group those of its members."""
        return bool(self.terminating) if kind is Kind.GROUP else kind in self.terminating

    def cover(self, record: SourceRecord) -> None:
        """Note what of the record must never be shown."""
        if record.key.kind.resource_type in self.covers:
            mapped = self.mapper(record).map(record, record.document, creating=True).attributes
            self.veil.cover(sensitive_values(self.rules(record.key.kind), record, mapped))

    def shown_id(self, id: str) -> str:
        """The id of a resource, as people may see it."""
        return shown_id(self.veil, id)

    def claim(self, record: SourceRecord) -> AbstractSet[ObjectKey]:
        """Note which values the record claims; the answer names those whose conflicts this may begin or end."""
        self.cover(record)
        claims = self.claims[record.key.kind]
        if not self.scopes.of(record).in_scope:
            return claims.drop(record.key)
        return claims.stake(
            record.key, ((path, canonical(path, value)) for path, value in self.matching_values(record))
        )

    def matching_values(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """The record's values of the matching attributes, by precedence; those without a value are left out."""
        return self.mapper(record).matching_values(record)

    def holders(self, record: SourceRecord, id: str) -> tuple[str, ...]:
        """The ids, other than `id`, of what has the record's matching values at the service."""
        index = self.index[record.key.kind.resource_type]
        found = {each for path, value in self.matching_values(record) for each in index.find(path, value)}
        return tuple(sorted(found - {id}))

    def has_moved(self, key: ObjectKey) -> bool:
        """Whether the object came, left or changed its id as a member of groups since this was asked before."""
        before, now = self._presence.get(key, ""), standing(self, key)
        self._presence[key] = now
        return before != now

    def touched_by(self, user: str) -> set[ObjectKey]:
        """Who refers to this user at the service, and so changes when the user comes or goes: groups, and reports."""
        namespace = self.settings.namespace
        groups = {ObjectKey(Kind.GROUP, namespace, name) for name in self.namespace.topology.groups_of(user)}
        return groups | {ObjectKey(Kind.USER, namespace, name) for name in self.namespace.reports.of(user)}

    def parents(self, group: str) -> set[ObjectKey]:
        """The groups that have this group as a member at the service."""
        if not self.nested_groups:
            return set()
        return {ObjectKey(Kind.GROUP, self.settings.namespace, name) for name in self.namespace.topology.parents(group)}

    def holding(self, id: str) -> list[str]:
        """The ids of the groups at the service that list this id as a member."""
        needle = f'"{id}"'.encode()
        groups = self.index[ResourceType.GROUP]
        return [group for group in groups.ids() if groups.mentions(group, needle)]

    def unmanaged(self, type: ResourceType) -> int:
        """How many resources of a type no manifest owns, or has left to be deleted later."""
        return sum(id not in self.entries.owned_ids and id not in self.graveyard for id in self.index[type].ids())

    def _matching(self, type: ResourceType) -> tuple[AttributePath, ...]:
        matching = self.settings.rules[type].matching
        return matching if EXTERNAL_ID in matching else (EXTERNAL_ID, *matching)

    def _match(
        self, record: SourceRecord, mapped: DesiredAttributes, entry: ServiceEntry | None, *, wanted: bool
    ) -> Match:
        """By the recorded id, else by the matching attributes; what is to go is only found by what proves ownership."""
        index = self.index[record.key.kind.resource_type]
        if entry is not None and entry.id:
            document = index.get(entry.id)
            if document is not None and self.entries.owns(record.key, entry.id):
                owner = self.owner(record.key, entry.id)
                return Match(document, by="id", owned=owner is None, owner=owner)
        for path in self.rules(record.key.kind).matching if wanted else (EXTERNAL_ID,):
            value = mapped.get(path)
            ids = () if unassigned(value) else index.find(path, value)
            if len(ids) > 1:
                return Match(by=str(path), ambiguous=tuple(map(self.shown_id, ids)))
            if ids:
                return self._matched(record, index.get(ids[0]), str(path), mapped)
        return Match()

    def _matched(self, record: SourceRecord, document: Document | None, by: str, mapped: DesiredAttributes) -> Match:
        if document is None:
            return Match()
        owner = self.owner(record.key, document["id"])
        if owner is not None:
            return Match(document, by=by, owner=owner)
        recorded = self.entries.owns(record.key, document["id"])
        return Match(document, by=by, owned=recorded or self._is_proven(record.key, document, mapped))

    def owner(self, key: ObjectKey, id: str) -> ObjectKey | None:
        """The other manifest, of this namespace or another, that owns the resource of that id."""
        owner = self.entries.owner(id)
        if owner is not None and owner != key:
            return owner
        return self.peers.owner(key, id, ours=self.entries.holder(id) == key)

    def _is_proven(self, key: ObjectKey, document: Document, mapped: DesiredAttributes) -> bool:
        """Whether the externalId proves that a resource is ours. One that others give as theirs too proves nothing."""
        value = mapped.get(EXTERNAL_ID)
        return equal(EXTERNAL_ID, value, EXTERNAL_ID.read(document)) and not self._sharing(key, EXTERNAL_ID, value)

    def _contention(self, record: SourceRecord, mapped: DesiredAttributes, match: Match) -> Contention:
        """Who else claims what the record claims, and what that keeps its owner from changing."""
        key, claims = record.key, self.claims[record.key.kind]
        found = {rival: bool(self.entries.known_id(rival)) for rival in claims.rivals(key)}
        found |= self.peers.claimants(key.kind, claims.values(key))
        foreign = match.document is not None and not match.owned and match.owner is None
        unknown = self.peers.unknown if foreign else ""
        if not found:
            return Contention(unknown=unknown) if unknown else NONE
        owners = tuple(sorted(rival for rival, owns in found.items() if owns))
        contested = self._contested(record, mapped, match.document, owners) if match.owned and match.document else ()
        return Contention(tuple(sorted(found)), owners, contested, unknown)

    def _contested(
        self, record: SourceRecord, mapped: DesiredAttributes, document: Document, owners: tuple[ObjectKey, ...]
    ) -> tuple[AttributePath, ...]:
        """What the resource would be changed to and another owner claims."""
        return tuple(
            path
            for path in self.rules(record.key.kind).matching
            if not self._sharing(record.key, path, mapped.get(path)).isdisjoint(owners)
            and not equal(path, mapped.get(path), path.read(document))
        )

    def _sharing(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> AbstractSet[ObjectKey]:
        """The other manifests that claim a value of a matching attribute."""
        if unassigned(value):
            return set()
        claimed = (path, canonical(path, value))
        return {*self.claims[key.kind].sharing(claimed), *self.peers.claimants(key.kind, (claimed,))} - {key}

    def present_id(self, key: ObjectKey) -> str:
        """The id under which a manifest is at the service and belongs there, or ""."""
        record = self.namespace.get(key.kind, key.name)
        if record is None or not self.scopes.of(record).in_scope:
            return ""
        entry = self.entries.of(record)
        id = entry.id if entry else ""
        return id if id in self.index[key.kind.resource_type] else ""
