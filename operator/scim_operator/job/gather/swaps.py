"""Finds who waits for whose unique values, of those whom the service has refused what they want."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.attributes.uniqueness import may_be_unique
from scim_operator.core.decision.claims import Astray, Blocked, Exchanges, claim_of
from scim_operator.core.decision.swaps import ring_from
from scim_operator.job.base.discretion import shown_id
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
    from scim_operator.core.resource import Document, JsonValue
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
        self.between = identities.between
        self._refused: dict[ObjectKey, tuple[AttributeChange, ...]] = {}

    def refused(self, record: SourceRecord, plan: Plan) -> None:
        """Note that the service says of what a plan sets that it is taken, by one of the values that may be unique."""
        self._refused[record.key] = sent = (*plan.changes, *plan.toward)
        alone = len(sent) == 1 and not plan.member_adds and not plan.member_removals
        for change in sent:
            if isinstance(change.new, str) and isinstance(change.old, str) and (alone or may_be_unique(change.path)):
                self._index.learn(record.key.kind.resource_type, change.path)

    def forget(self, key: ObjectKey) -> None:
        """Forget what was refused: the object came to rest in another way, or is gone."""
        self._refused.pop(key, None)

    def facts(
        self, record: SourceRecord, desired: DesiredAttributes, mapped: DesiredAttributes, match: Match
    ) -> Exchanges:
        """Return a record's part in exchanges: `desired` is what it is to have, `mapped` what it would in scope."""
        blocked = self._of(record, desired, match)
        return Exchanges(blocked, self._astray(record, mapped, match), self.between)

    def _astray(self, record: SourceRecord, wanted: DesiredAttributes, match: Match) -> tuple[Astray, ...]:
        """Return which attributes of a record's resource have a value in between, and which own values are free."""
        if match.document is None:
            return ()
        found = self.between.found(match.document, record.key, self._watched(record.key.kind))
        return tuple(
            Astray(path, path.read(match.document), self._home(record.key, path, (wanted.get(path), origin)))
            for path, origin in found.items()
        )

    def _watched(self, kind: Kind) -> Iterable[AttributePath]:
        """Return what may have a value in between: what a resource is known by goes first."""
        type = kind.resource_type
        mapped = (each.target for each in self._settings.rules[type].mappings if may_be_unique(each.target))
        return dict.fromkeys((*identifying(self._settings.rules[type]), *self._index.learned(type), *mapped))

    def _home(self, key: ObjectKey, path: AttributePath, values: Iterable[JsonValue]) -> str:
        self._index.learn(key.kind.resource_type, path)
        return next((value for value in values if isinstance(value, str) and self._is_free(key, path, value)), "")

    def _is_free(self, key: ObjectKey, path: AttributePath, value: str) -> bool:
        """Return whether no one has a value, and no other manifest is to have it."""
        if not value or self._others(key, path, value):
            return False
        claims = self._identities.claims[key.kind].sharing(claim_of(path, value))
        records = (self._namespace.get(each.kind, each.name) for each in claims if each != key)
        return not any(equal(path, value, self._wanted(each, path)) for each in records if each is not None)

    def _of(self, record: SourceRecord, desired: DesiredAttributes, match: Match) -> tuple[Blocked, ...]:
        """Return which of a record's values others are to give up first, and with whom they go round in a circle."""
        if match.document is None or not match.owned or not desired:
            return ()
        return tuple(self._blocked(record, desired, match.document))

    def _blocked(self, record: SourceRecord, desired: DesiredAttributes, document: Document) -> Iterator[Blocked]:
        for path in self._watched(record.key.kind):
            wanted = desired.get(path)
            aside = self.between.origin(path.read(document), record.key, path) is not None
            if not (aside or self._was_refused(record.key, path, wanted)):
                continue
            holder, ids = self._holder(record.key, path, wanted), self._others(record.key, path, wanted)
            if holder is not None:
                ring = () if self._is_stuck(record.key) else ring_from(record.key, partial(self._next, path))
                yield Blocked(path, holder, ring, ids)
            elif aside and ids:
                owner = self._entries.owner(record.key.kind, min(ids)) or self._identities.owner(record.key, min(ids))
                yield Blocked(path, owner, ids=ids, keeps=self._why_kept(owner, path, min(ids)))

    def _next(self, path: AttributePath, key: ObjectKey) -> ObjectKey | None:
        """Return who has what an object was refused, and is to have another value."""
        record = self._namespace.get(key.kind, key.name)
        wanted = self._wanted(record, path) if record is not None else None
        moves = self._was_refused(key, path, wanted) and not self._is_stuck(key)
        return self._holder(key, path, wanted) if moves else None

    def _was_refused(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> bool:
        return any(each.path == path and each.new == value for each in self._refused.get(key, ()))

    def _is_stuck(self, key: ObjectKey) -> bool:
        """Return whether one who keeps it has a value that an object was refused: then no one steps aside for it."""
        refused = ((each.path, each.new) for each in self._refused.get(key, ()))
        return any(self._others(key, *each) and self._holder(key, *each) is None for each in refused)

    def _others(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> frozenset[str]:
        """Return what has a value, but for what belongs to the object itself."""
        return frozenset(id for _, id in self.having(key.kind, ((path, value),))) - {self._entries.known_id(key)}

    def _holder(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> ObjectKey | None:
        """Return the other manifest whose own resource alone has a value, and is to have another one."""
        having = self._others(key, path, value)
        holder = self._entries.holder(key.kind, next(iter(having))) if len(having) == 1 else None
        record = self._namespace.get(key.kind, holder.name) if holder is not None else None
        wanted = self._wanted(record, path) if record is not None else None
        return None if unassigned(wanted) or equal(path, wanted, value) else holder

    def having(self, kind: Kind, values: Iterable[tuple[AttributePath, JsonValue]]) -> set[tuple[str, str]]:
        """Return which attribute of what has one of these values, as far as resources are known by that attribute."""
        known = {*identifying(self._settings.rules[kind.resource_type]), *self._index.learned(kind.resource_type)}
        index = self._index[kind.resource_type]
        listed = ((path, value) for path, value in values if path in known and not unassigned(value))
        return {(str(path), id) for path, value in listed for id in index.find(path, value)}

    def _why_kept(self, owner: ObjectKey | None, path: AttributePath, id: str) -> str:
        """Return who has a value and is not to have another one, why, and what to do, in words."""
        if owner is None:
            shown = shown_id(self._settings.veil, id)
            return f"the resource {shown}, of no manifest, has the one that is wanted: rename or delete it there."
        why, remedy = self._hindrance(owner)
        said = f"{owner} has the one that is wanted and keeps it, because {why}"
        return f"{said}: {remedy}, or give one of the two another {path}."

    def _hindrance(self, owner: ObjectKey) -> tuple[str, str]:
        record = self._namespace.get(owner.kind, owner.name) if owner.namespace == self._settings.namespace else None
        if record is None:
            return "another namespace provisions it", "give it another there"
        if record.suspended:
            return "spec.suspend is true", "resume it"
        if record.key in self._namespace.faults:
            return "its manifest is not valid", "correct that"
        if record.deleting or not self._desired.scopes.of(record).in_scope:
            return "it is provisioned no longer", "rename or delete its resource at the service"
        return "its manifest does not give it another", "give it another there"

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
