"""Decides whether each manifest belongs at the service: by assignments, dates, filters and expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.config import ScopeMode
from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.scope.reasons import DELETED, NO_LONGER, NOT_ASSIGNED, NOT_YET, SWITCHED_OFF
from scim_operator.core.scope.scope import EVERYTHING, ScopeDecision
from scim_operator.job.gather.mapping import BY_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.keys import ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.scope.assignment import Assigned
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.activations import Activations
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.remote_index import RemoteIndex
    from scim_operator.job.gather.service_entries import Entries


class Scopes:
    """Decides about scope for one config. `index` is what the service has, and `entries` what we remember."""

    def __init__(
        self,
        settings: Settings,
        namespace: Namespace,
        activations: Activations,
        entries: Entries,
        index: Mapping[ResourceType, RemoteIndex],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._by_kind = {kind: settings.rules[kind.resource_type] for kind in Kind}
        self._open = {kind: rules.scoping.is_open for kind, rules in self._by_kind.items()}
        self._namespace = namespace
        self._activations = activations
        self._entries = entries
        self._index = index
        self._now = now
        self._assigned: Assigned | None = None
        self._filtered: dict[ObjectKey, tuple[str, int, ScopeDecision]] = {}

    @property
    def reads_groups(self) -> bool:
        """Return whether an expression about scope looks at the groups that a user is in."""
        expressions = [rules.scoping.expression for rules in self._settings.rules.values()]
        return any(not each.reads.isdisjoint(BY_GROUP) for each in expressions if each is not None)

    def forget(self, key: ObjectKey) -> None:
        """Forget a manifest that is gone."""
        self._filtered.pop(key, None)

    def _rules(self, kind: Kind) -> Rules:
        return self._by_kind[kind]

    def reassign(self, moved: ObjectKey) -> set[ObjectKey]:
        """A manifest moved: follow with the assignments. The answer names the others that entered or left with it."""
        before, topology = self._assigned, self._namespace.topology
        if before is None or self._settings.scope is ScopeMode.ALL:
            return set()
        if moved.kind is Kind.USER and self._settings.assignments.follow(before, moved.name, topology):
            return set()
        after = self._assigned = self._settings.assignments.resolve(topology)

        def everybody(kind: Kind) -> list[str]:
            return [record.key.name for record in self._namespace.records(kind)]

        return {
            ObjectKey(kind, self._settings.namespace, name)
            for kind in Kind
            for name in (
                before.names(kind) ^ after.names(kind) if before.doubtful == after.doubtful else everybody(kind)
            )
        }

    def of(self, record: SourceRecord) -> ScopeDecision:
        """Return whether the record should be at the service, and if not, why."""
        is_off = not record.deleting and not self._rules(record.key.kind).enabled
        return SWITCHED_OFF if is_off else self.by_rules(record)

    def belongs(self, record: SourceRecord) -> bool:
        """Return whether groups and reports are to have it: what is left alone, its kind being off, as before."""
        if self._rules(record.key.kind).enabled:
            return self.by_rules(record).in_scope
        entry = self._entries.of(record)
        there = entry is not None and bool(entry.id) and not has_left(entry)
        return there and self.by_rules(record).in_scope

    def by_rules(self, record: SourceRecord) -> ScopeDecision:
        """Return the same whether or not its kind is switched off."""
        if record.deleting:
            return DELETED
        if record.invalid:
            unknown = ScopeDecision(in_scope=False, reason="Undecided", message=record.invalid, undecided=True)
            return self._undecided(record, unknown)
        if self._settings.scope is ScopeMode.ASSIGNED and not self._is_assigned(record):
            return self._unassigned(record)
        dated = self._dated(record) if record.window is not None else None
        decision = dated or self._filter(record)
        return self._undecided(record, decision) if decision.undecided else decision

    @property
    def may_be_undecided(self) -> bool:
        """Return whether `by_rules` may leave anyone undecided: only what is invalid, or an expression, does."""
        failing = any(rules.scoping.expression is not None for rules in self._by_kind.values())
        return failing or bool(self._namespace.invalid)

    def _is_assigned(self, record: SourceRecord) -> bool:
        """Return whether an assignment names it. While a group's members are unknown, no one loses access for that."""
        assigned = self._resolved()
        if record.key.name in assigned.names(record.key.kind):
            return True
        entry = self._entries.of(record) if assigned.doubtful else None
        return entry is not None and bool(entry.id) and not has_left(entry)

    def _unassigned(self, record: SourceRecord) -> ScopeDecision:
        """Return that nothing assigns it, unless a group that may have it has errors, and it is not known who is in."""
        found = [key for key in self._namespace.invalid if self._may_assign(key, record.key)]
        if not found:
            return NOT_ASSIGNED
        why = f"It may be assigned by way of {min(found)}, whose manifest is invalid."
        return self._undecided(record, ScopeDecision(in_scope=False, reason="Undecided", message=why, undecided=True))

    def _may_assign(self, invalid: ObjectKey, key: ObjectKey) -> bool:
        """Return whether an assignment names an invalid manifest, which has `key` as a member, or is it."""
        record = self._namespace.get(invalid.kind, invalid.name)
        if record is None or invalid.name not in self._resolved().names(invalid.kind):
            return False
        return invalid.kind is Kind.GROUP or (key.kind is Kind.USER and key.name in record.perhaps)

    def _dated(self, record: SourceRecord) -> ScopeDecision | None:
        """Return what the record's dates say, None where they leave it in scope."""
        assert record.window is not None  # noqa: S101 - asked of what has dates
        now = self._now()
        if record.window.is_late(now):
            return NO_LONGER
        return NOT_YET if record.window.is_early(now) and not self._rules(record.key.kind).create_disabled else None

    def _resolved(self) -> Assigned:
        if self._assigned is None:
            self._assigned = self._settings.assignments.resolve(self._namespace.topology)
        return self._assigned

    def _filter(self, record: SourceRecord) -> ScopeDecision:
        if self._open[record.key.kind]:
            return EVERYTHING
        scoping = self._rules(record.key.kind).scoping
        cached = self._filtered.get(record.key)
        if cached is not None and cached[:2] == (record.uid, record.generation):
            return cached[2]
        document, looks = record.document, scoping.expression
        activation = self._activations.of(record, document, looks.reads) if looks else None
        decision = scoping.decide(document, activation)
        self._filtered[record.key] = (record.uid, record.generation, decision)
        return decision

    def _undecided(self, record: SourceRecord, decision: ScopeDecision) -> ScopeDecision:
        """While it cannot be known, what is at the service stays, and nothing else comes."""
        entry, index = self._entries.of(record), self._index[record.key.kind.resource_type]
        there = index.get(entry.id) if entry is not None and entry.id else None
        return replace(decision, in_scope=there is not None and not equal(ACTIVE, False, ACTIVE.read(there)))  # noqa: FBT003

    def reconsider(self, keys: Iterable[ObjectKey]) -> None:
        """Forget what expressions said of these, whose manifests have not changed."""
        for key in keys:
            self._filtered.pop(key, None)

    def reconsider_all(self) -> None:
        """Time has passed: forget what expressions that look at the clock have said."""
        for kind in Kind:
            expression = self._rules(kind).scoping.expression
            if expression is not None and expression.varies:
                self.reconsider([key for key in self._filtered if key.kind is kind])
