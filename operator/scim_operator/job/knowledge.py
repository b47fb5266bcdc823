"""Everything a job knows, and the facts it gathers from it for one decision.

The parts: the config's rules, the manifests of the namespace, the service as last listed, what we own there (the
manifests' status), and who claims what. No I/O happens here; what must be read is read by the reconciler first.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.config import ScopeMode
from scim_operator.core.claims import Claims
from scim_operator.core.decision import decide
from scim_operator.core.equality import canonical, equal, unassigned
from scim_operator.core.facts import Facts, Match
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.outside import DELETED, NO_LONGER, NOT_ASSIGNED, NOT_YET, SWITCHED_OFF
from scim_operator.core.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.removal import LEFT
from scim_operator.core.status import ServiceEntry, entry_from_json, service_mark
from scim_operator.job.activations import Activations
from scim_operator.job.chance import Chance
from scim_operator.job.index import RemoteIndex
from scim_operator.job.mapper import BY_GROUP, Mapper
from scim_operator.job.roster import member_fault, membership, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from scim_operator.core.assignment import Assigned
    from scim_operator.core.expressions import Activation
    from scim_operator.core.facts import Rules
    from scim_operator.core.mapping import DesiredAttributes
    from scim_operator.core.paths import AttributePath
    from scim_operator.core.plan import Plan
    from scim_operator.core.record import SourceRecord
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.scope import ScopeDecision
    from scim_operator.core.tombstones import Graveyard
    from scim_operator.job.directory import Namespace
    from scim_operator.job.settings import Settings


class Knowledge:
    """What one job knows. Entries and ownership are its own; the namespace is shared with the other jobs there.

    `ids_hold` False: ids in a manifest's status that does not say which service gave them are not believed.
    """

    def __init__(
        self,
        settings: Settings,
        namespace: Namespace,
        graveyard: Graveyard,
        now: Callable[[], datetime],
        *,
        ids_hold: bool = True,
        chance: Chance | None = None,
    ) -> None:
        self.config = settings.key.name
        self.graveyard = graveyard
        self.now = now
        self.settings = settings
        self.namespace = namespace
        self.index = {type: RemoteIndex(self._matching(type)) for type in ResourceType}
        self.claims = {kind: Claims() for kind in Kind}
        self.nested_groups = False
        self.terminating: frozenset[Kind] = frozenset()
        """The kinds whose manifests go because the namespace or the CRD is being deleted, as last asked."""
        self.service = service_mark(settings.spec.service.url)
        self._ids_hold = ids_hold
        self._activations = Activations(settings, namespace, now, chance or Chance(secrets.token_bytes(32)))
        self.mappers = {
            type: Mapper(rules, self._activations, self.present_id) for type, rules in settings.rules.items()
        }
        self._entries: dict[ObjectKey, tuple[str, ServiceEntry]] = {}
        self._owners: dict[str, ObjectKey] = {}
        self._parted: set[str] = set()
        self._presence: dict[ObjectKey, str] = {}
        self._assigned: Assigned | None = None
        self._filtered: dict[ObjectKey, tuple[str, int, ScopeDecision]] = {}

    def rules(self, kind: Kind) -> Rules:
        """The compiled rules for a kind."""
        return self.settings.rules[kind.resource_type]

    def mapper(self, record: SourceRecord) -> Mapper:
        """What maps a record."""
        return self.mappers[record.key.kind.resource_type]

    @property
    def reads_groups(self) -> bool:
        """Whether anything that is decided about a user depends on the groups that the user is in."""
        expressions = [rules.scoping.expression for rules in self.settings.rules.values()]
        return any(mapper.reads_groups for mapper in self.mappers.values()) or any(
            not each.reads.isdisjoint(BY_GROUP) for each in expressions if each is not None
        )

    def fresh_index(self, type: ResourceType) -> RemoteIndex:
        """An empty index for a new listing. What the present one takes in meanwhile is replayed by `renew`."""
        self.index[type].keep_journal()
        return RemoteIndex(self._matching(type))

    def renew(self, type: ResourceType, listed: RemoteIndex) -> None:
        """A listing is complete: it replaces what was known, but not what we wrote while it ran."""
        self.index[type].replay_journal(listed)
        self.index[type] = listed

    def entry(self, record: SourceRecord) -> ServiceEntry | None:
        """What we remember of the record, from its status when we meet it first."""
        known = self._entries.get(record.key)
        if known is not None and known[0] == record.uid:
            return known[1]
        if record.uid in self._parted:
            return None
        if known is not None:
            self.forget(record.key)
        bodies = record.status.get("services", ())
        body = next((body for body in bodies if body.get("config") == self.config), None)
        if body is None:
            return None
        entry = entry_from_json(body)
        if not self._believes(entry):
            entry = replace(entry, service="", id="", reformatted=(), members=())
        self.remember(record, entry)
        return entry

    def _believes(self, entry: ServiceEntry) -> bool:
        """Whether the entry's ids are this service's: at another one they may name somebody else (promise S1)."""
        return entry.service == self.service if entry.service else self._ids_hold

    def remember(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """Keep a new conclusion, and whom the resource belongs to."""
        before = self._entries.get(record.key)
        if before is not None and before[1].id != entry.id:
            self._owners.pop(before[1].id, None)
        self._entries[record.key] = (record.uid, entry)
        if entry.id:
            self._owners[entry.id] = record.key

    def forget_id(self, record: SourceRecord) -> None:
        """The service does not know the recorded id any more."""
        entry = self.entry(record)
        if entry is not None:
            self.remember(record, replace(entry, id=""))

    def forget(self, key: ObjectKey) -> AbstractSet[ObjectKey]:
        """Forget a manifest that is gone; the answer names those whose conflicts this may end."""
        known = self._entries.pop(key, None)
        if known is not None and self._owners.get(known[1].id) == key:
            del self._owners[known[1].id]
        self._filtered.pop(key, None)
        self._presence.pop(key, None)
        return self.claims[key.kind].drop(key)

    def owner(self, id: str) -> ObjectKey | None:
        """The manifest that owns the resource of that id, if one does."""
        return self._owners.get(id)

    def entries(self) -> Iterable[tuple[ObjectKey, ServiceEntry]]:
        """All that is remembered, by manifest."""
        return ((key, entry) for key, (_, entry) in tuple(self._entries.items()))

    def adopt_memory(self, other: Knowledge) -> None:
        """Take over what the job remembered under its former settings or connection."""
        self._entries, self._owners, self._parted = other._entries, other._owners, other._parted

    def part(self, record: SourceRecord) -> None:
        """This config is done with a manifest that is being deleted."""
        self.forget(record.key)
        self._parted.add(record.uid)

    def parted(self, record: SourceRecord) -> bool:
        """Whether this config has said already that it is done with a manifest that is being deleted."""
        return record.uid in self._parted

    def is_done_with(self, record: SourceRecord) -> bool:
        """Whether this config has nothing more to do with a manifest that is being deleted."""
        entry = self.entry(record)
        return record.uid in self._parted or entry is None or not entry.id

    def reassign(self) -> set[ObjectKey]:
        """Groups moved: resolve the assignments again. The answer names the manifests that entered or left."""
        before, self._assigned = self._assigned, None
        if before is None or self.settings.scope is ScopeMode.ALL:
            return set()
        after = self._resolved()

        def everybody(kind: Kind) -> list[str]:
            return [record.key.name for record in self.namespace.records(kind)]

        return {
            ObjectKey(kind, self.settings.namespace, name)
            for kind in Kind
            for name in (
                before.names(kind) ^ after.names(kind) if before.doubtful == after.doubtful else everybody(kind)
            )
        }

    def scope(self, record: SourceRecord) -> ScopeDecision:
        """Whether the record should be at the service, and if not, why."""
        if record.deleting:
            return DELETED
        if not self.rules(record.key.kind).enabled:
            return SWITCHED_OFF
        if self.settings.scope is ScopeMode.ASSIGNED and not self._is_assigned(record):
            return NOT_ASSIGNED
        dated = self._dated(record) if record.window is not None else None
        decision = dated or self._filter(record)
        return self._undecided(record, decision) if decision.undecided else decision

    def _is_assigned(self, record: SourceRecord) -> bool:
        """Whether an assignment names it. While it cannot be told who is in a group, nobody loses access for that."""
        assigned = self._resolved()
        if record.key.name in assigned.names(record.key.kind):
            return True
        entry = self.entry(record) if assigned.doubtful else None
        return entry is not None and bool(entry.id) and entry.verdict.reason not in LEFT

    def _dated(self, record: SourceRecord) -> ScopeDecision | None:
        """What the record's dates say, None where they leave it in scope."""
        assert record.window is not None  # noqa: S101 - asked of what has dates
        now = self.now()
        if record.window.is_late(now):
            return NO_LONGER
        return NOT_YET if record.window.is_early(now) and not self.rules(record.key.kind).create_disabled else None

    def activation(self, record: SourceRecord) -> Activation:
        """All that an expression may look at, for a record."""
        return self._activations.of(record, record.document, frozenset({"groups", "roles"}))

    def plan(self, record: SourceRecord) -> Plan:
        """Gather the facts about a record and decide."""
        return decide(self.facts(record), self.rules(record.key.kind))

    def facts(self, record: SourceRecord) -> Facts:
        """Everything known about a record that a decision may look at."""
        scope, entry, mapper = self.scope(record), self.entry(record), self.mapper(record)
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
            rivals=self.claims[record.key.kind].rivals(record.key),
            membership=membership(self, record) if scope.in_scope and record.key.kind is Kind.GROUP else None,
            group_ids=self.index[ResourceType.GROUP],
            our_ids=self._owners,
            overdue=match.document is not None and self.graveyard.is_due(match.document["id"], self.now()),
            terminating=self._is_terminating(record.key.kind),
            awaits=mapper.awaits(record) if scope.in_scope else "",
            fault=mapped.fault or member_fault(self.namespace, record),
        )

    def _is_terminating(self, kind: Kind) -> bool:
        """Whether the manifests of a kind go as a whole, or for a group those of its members."""
        return bool(self.terminating) if kind is Kind.GROUP else kind in self.terminating

    def claim(self, record: SourceRecord) -> AbstractSet[ObjectKey]:
        """Note which values the record claims; the answer names those whose conflicts this may begin or end."""
        claims = self.claims[record.key.kind]
        if not self.scope(record).in_scope:
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
        return sum(id not in self._owners and id not in self.graveyard for id in self.index[type].ids())

    def _matching(self, type: ResourceType) -> tuple[AttributePath, ...]:
        matching = self.settings.rules[type].matching
        return matching if EXTERNAL_ID in matching else (EXTERNAL_ID, *matching)

    def _resolved(self) -> Assigned:
        if self._assigned is None:
            self._assigned = self.settings.assignments.resolve(self.namespace.topology)
        return self._assigned

    def _filter(self, record: SourceRecord) -> ScopeDecision:
        cached = self._filtered.get(record.key)
        if cached is not None and cached[:2] == (record.uid, record.generation):
            return cached[2]
        scoping, document = self.rules(record.key.kind).scoping, record.document
        looks = scoping.expression
        activation = self._activations.of(record, document, looks.reads) if looks else None
        decision = scoping.decide(document, activation)
        self._filtered[record.key] = (record.uid, record.generation, decision)
        return decision

    def _undecided(self, record: SourceRecord, decision: ScopeDecision) -> ScopeDecision:
        """While it cannot be told, what is at the service stays, and nothing else comes."""
        entry, index = self.entry(record), self.index[record.key.kind.resource_type]
        there = index.get(entry.id) if entry is not None and entry.id else None
        return replace(decision, in_scope=there is not None and not equal(ACTIVE, False, ACTIVE.read(there)))  # noqa: FBT003

    def reconsider(self, keys: Iterable[ObjectKey]) -> None:
        """What expressions say of these may have changed, though their manifests have not."""
        for key in keys:
            self._filtered.pop(key, None)

    def reconsider_all(self) -> None:
        """Time has passed: forget what expressions that look at the clock have said."""
        for kind in Kind:
            expression = self.rules(kind).scoping.expression
            if expression is not None and expression.varies:
                self.reconsider([key for key in self._filtered if key.kind is kind])

    def _match(
        self, record: SourceRecord, mapped: DesiredAttributes, entry: ServiceEntry | None, *, wanted: bool
    ) -> Match:
        """By the recorded id, else by the matching attributes; what is to go is only found by what proves ownership."""
        index = self.index[record.key.kind.resource_type]
        if entry is not None and entry.id:
            document = index.get(entry.id)
            if document is not None and self._owners.get(entry.id) == record.key:
                return Match(document, by="id", owned=True)
        for path in self.rules(record.key.kind).matching if wanted else (EXTERNAL_ID,):
            value = mapped.get(path)
            ids = () if unassigned(value) else index.find(path, value)
            if len(ids) > 1:
                return Match(by=str(path), ambiguous=ids)
            if ids:
                return self._matched(record, index.get(ids[0]), str(path), mapped)
        return Match()

    def _matched(self, record: SourceRecord, document: Document | None, by: str, mapped: DesiredAttributes) -> Match:
        if document is None:
            return Match()
        owner = self._owners.get(document["id"])
        if owner is not None and owner != record.key:
            return Match(document, by=by, owner=owner)
        ours = equal(EXTERNAL_ID, mapped.get(EXTERNAL_ID), EXTERNAL_ID.read(document))
        return Match(document, by=by, owned=owner == record.key or ours)

    def present_id(self, key: ObjectKey) -> str:
        """The id under which a manifest is at the service and belongs there, or ""."""
        record = self.namespace.get(key.kind, key.name)
        if record is None or not self.scope(record).in_scope:
            return ""
        entry = self.entry(record)
        id = entry.id if entry else ""
        return id if id in self.index[key.kind.resource_type] else ""

    def known_id(self, key: ObjectKey) -> str:
        """The id that is remembered of a manifest, wherever that stands now, or ""."""
        entry = self._entries.get(key)
        return entry[1].id if entry is not None else ""
