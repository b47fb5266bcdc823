"""Everything a job knows, and the facts it gathers from it for one decision.

The parts: the config's rules, the manifests of the namespace, the service as last listed, what we own there (the
manifests' status), and who claims what. No I/O happens here; what must be read is read by the reconciler first.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import canonical, equal, unassigned
from scim_operator.core.attributes.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.decision.claims import NONE, Claims, Contention
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.facts import Facts, Match
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.ownership.owner import still_has
from scim_operator.core.ownership.proofs import Notary
from scim_operator.core.records.status import service_mark, service_marks
from scim_operator.core.seal import Seal
from scim_operator.job.base.discretion import sensitive_values, shown_id
from scim_operator.job.gather.activations import Activations
from scim_operator.job.gather.chance import Chance
from scim_operator.job.gather.mapping import Mapper
from scim_operator.job.gather.members import member_fault, membership, standing
from scim_operator.job.gather.peers import Peers
from scim_operator.job.gather.protection import Protecting
from scim_operator.job.gather.remote_index import RemoteIndex
from scim_operator.job.gather.scopes import Scopes
from scim_operator.job.gather.service_entries import Entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.expressions import Activation
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.records.tombstones import Graveyard
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Namespace


def identifying(rules: Rules) -> tuple[AttributePath, ...]:
    """The attributes that a resource is known by: `externalId`, and what it is matched by."""
    return rules.matching if EXTERNAL_ID in rules.matching else (EXTERNAL_ID, *rules.matching)


def notary_of(settings: Settings, seal: Seal, *, checks: bool = True, ids_hold: bool = True) -> Notary:
    """What proves and checks the memory of one config."""
    known_by = {type.kind: identifying(rules) for type, rules in settings.rules.items()}
    url = settings.spec.service.url
    return Notary(seal, settings.key, service_mark(url), service_marks(url), known_by, checks, ids_hold)


def trusting(settings: Settings, *, ids_hold: bool = True) -> Notary:
    """What takes a config's memory as it stands, for commands that send nothing on the strength of it."""
    return notary_of(settings, Seal(secrets.token_bytes(32)), checks=False, ids_hold=ids_hold)


class Knowledge:
    """What one job knows. Entries and ownership are its own; the namespace is shared with the other jobs there.

    `notary` says what of a status to believe; without one, for what sends nothing on the strength of it, all of it.
    """

    def __init__(  # noqa: PLR0913 - each is a part of what a job knows
        self,
        settings: Settings,
        namespace: Namespace,
        graveyard: Graveyard,
        now: Callable[[], datetime],
        *,
        notary: Notary | None = None,
        chance: Chance | None = None,
        peers: Peers | None = None,
    ) -> None:
        self.config = settings.key.name
        self.graveyard = graveyard
        self.now = now
        self.settings = settings
        self.namespace = namespace
        self.index = {type: self._new_index(type) for type in ResourceType}
        self.peers = peers or Peers()
        self.claims = {kind: Claims(partial(self.peers.staked, kind)) for kind in Kind}
        self.nested_groups = False
        self.terminating: frozenset[Kind] = frozenset()
        """The kinds whose manifests go because the namespace or the CRD is being deleted, as last asked."""
        self.notary = notary or trusting(settings)
        self.service = self.notary.service
        self.entries = Entries(self.notary, self.peers.let_go)
        self._activations = Activations(settings, namespace, now, chance or Chance(secrets.token_bytes(32)))
        self.scopes = Scopes(settings, namespace, self._activations, self.entries, self.index, now)
        self.protecting = Protecting(settings, self._activations, now)
        self.mappers = {
            type: Mapper(rules, self._activations, self.present_id) for type, rules in settings.rules.items()
        }
        self._presence: dict[ObjectKey, str] = {}
        self.veil = settings.veil
        self.covers = frozenset(type for type, rules in settings.rules.items() if rules.sensitive)
        """The types of which something is sensitive."""
        self._matches: dict[ObjectKey, str] = {}
        """The ids of what matches a manifest and is not taken over yet."""

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
        return self._new_index(type)

    def _new_index(self, type: ResourceType) -> RemoteIndex:
        owner = self.settings.rules[type].owner
        return RemoteIndex(identifying(self.settings.rules[type]), lambda document: bool(owner.other(document)))

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
        self._matches.pop(key, None)
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
        self._note_match(record.key, match)
        if match.document is None and mapper.asks_more_at_creation:
            mapped = mapper.map(record, document, creating=True)
        if record.window is not None and record.window.is_early(self.now()):
            mapped = replace(mapped, attributes={**mapped.attributes, ACTIVE: False})
        return Facts(
            record=record,
            seal=self.seal,
            entry=entry,
            scope=scope,
            desired=mapper.fit(mapped, match.document, entry) if scope.in_scope else None,
            match=match,
            contention=self._contention(record, mapped.attributes, match),
            membership=membership(self, record) if scope.in_scope and record.key.kind is Kind.GROUP else None,
            group_ids=self.index[ResourceType.GROUP] if self.nested_groups else frozenset(),
            our_ids=self.entries.owned_ids,
            overdue=match.document is not None
            and self.graveyard.is_due(record.key.kind, match.document["id"], self.now()),
            terminating=self._is_terminating(record.key.kind),
            awaits=mapper.awaits(record) if scope.in_scope else "",
            fault=mapped.fault or member_fault(self.namespace, record),
            guarded=self.protecting.of(record),
        )

    def _note_match(self, key: ObjectKey, match: Match) -> None:
        if match.document is None or match.owned or match.other or match.owner is not None:
            self._matches.pop(key, None)
        else:
            self._matches[key] = match.document["id"]

    def awaiting_adoption(self, key: ObjectKey) -> str:
        """The id of what is to be taken over for a manifest, as last looked at; "" where nothing is."""
        return self._matches.get(key, "")

    @property
    def seal(self) -> Seal | None:
        """The key of the digests in statuses; None where statuses are read that another process's key made."""
        return self.notary.seal if self.notary.checks else None

    def _is_terminating(self, kind: Kind) -> bool:
        """Whether the manifests of a kind go as a whole, or for a group those of its members."""
        return bool(self.terminating) if kind is Kind.GROUP else kind in self.terminating

    def cover(self, record: SourceRecord) -> None:
        """Note what of the record must never be shown."""
        if record.key.kind.resource_type in self.covers:
            rules, mapped = self.rules(record.key.kind), {}
            if any(each.sensitive and each.expression for each in rules.mappings):  # what it gives stands nowhere else
                mapped = self.mapper(record).map(record, record.document, creating=True).attributes
            self.veil.cover(sensitive_values(rules, record, mapped))

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

    def sought_values(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """What a record's resource may be found by: the matching values, and its mark from before the owner."""
        former = self.rules(record.key.kind).owner.marks(record.key)[1:]
        return [*self.matching_values(record), *((EXTERNAL_ID, mark) for mark in former)]

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
        owned, grave = self.entries.owned_ids[type.kind], self.graveyard
        return sum(id not in owned and not grave.has(type.kind, id) for id in self.index[type].ids())

    def foreign(self, type: ResourceType) -> int:
        """How many resources of a type carry somebody else's mark."""
        return self.index[type].foreign

    def _match(
        self, record: SourceRecord, mapped: DesiredAttributes, entry: ServiceEntry | None, *, wanted: bool
    ) -> Match:
        """By the recorded id, else by our mark and the matching attributes; what is to go, by its externalId alone."""
        index = self.index[record.key.kind.resource_type]
        document = index.get(entry.id) if entry and self.entries.owns(record.key, entry.id) else None
        if entry is not None and document is not None:
            owner, other = self.owner(record.key, entry.id), self.rules(record.key.kind).owner.other(document)
            owned = owner is None and not other and self._is_as_applied(record.key, document, mapped, entry)
            shown = "" if owned else self.shown_id(entry.id)
            return Match(document, "id", owned=owned, owner=owner, other=other, shown=shown)
        for path, value in self._sought(record.key, mapped, wanted=wanted):
            ids = () if unassigned(value) else index.find(path, value)
            if len(ids) > 1:
                return Match(by=str(path), ambiguous=tuple(map(self.shown_id, ids)))
            if ids:
                return self._matched(record.key, index.get(ids[0]), str(path), entry)
        return Match()

    def _sought(
        self, key: ObjectKey, mapped: DesiredAttributes, *, wanted: bool
    ) -> Iterator[tuple[AttributePath, JsonValue]]:
        """What a record's resource is found by, by precedence."""
        rules = self.rules(key.kind)
        mark, *former = rules.owner.marks(key)
        yield EXTERNAL_ID, mark
        for path in rules.matching if wanted else (EXTERNAL_ID,):
            yield path, mapped.get(path)
        yield from ((EXTERNAL_ID, each) for each in former)

    def _is_as_applied(
        self, key: ObjectKey, document: Document, mapped: DesiredAttributes, entry: ServiceEntry
    ) -> bool:
        """Whether the resource of a recorded id is still known by what we applied, or by what is wanted of it now."""
        rules = self.rules(key.kind)
        return (
            rules.owner.confirms(document, key)
            or still_has(document, mapped, identifying(rules))
            or self.notary.recognises(key.kind, entry.identity, document)
        )

    def _matched(self, key: ObjectKey, document: Document | None, by: str, entry: ServiceEntry | None) -> Match:
        if document is None:
            return Match()
        owner, rules = self.owner(key, document["id"]), self.rules(key.kind)
        if owner is not None:
            return Match(document, by=by, owner=owner)
        other = rules.owner.other(document)
        created = entry is not None and self.notary.is_exactly(key.kind, entry.creating, document)
        owned = not other and (rules.owner.carries(document, key) or created)
        claimed = entry is not None and entry.claimed == document["id"]
        return Match(document, by=by, owned=owned, other=other, shown=self.shown_id(document["id"]), claimed=claimed)

    def owner(self, key: ObjectKey, id: str) -> ObjectKey | None:
        """The other manifest, of this namespace or another, that owns the resource of that id."""
        owner = self.entries.holder(key.kind, id)
        if owner is not None and owner != key:
            return owner
        return self.peers.owner(key, id, ours=owner is not None)

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
