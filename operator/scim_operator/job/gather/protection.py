"""The protected objects. One that was protected within the window still is: taking a label off enables no removal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.decision.protection import UNGUARDED, Guarded, Protection
from scim_operator.core.keys import Kind, ObjectKey, ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scim_operator.core.expressions import Activation
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.scope.expression import ScopeExpression
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.activations import Activations


class Protecting:
    """The protected objects of one config. By labels and conditions they are known while this process runs."""

    def __init__(self, settings: Settings, activations: Activations, now: Callable[[], datetime]) -> None:
        self._protection: Mapping[ResourceType, Protection] = settings.protection
        self._namespace = settings.namespace
        self._enabled = settings.rules[ResourceType.GROUP].enabled
        self._window = settings.spec.limits.window
        self._activations = activations
        self._now = now
        self._known: dict[ObjectKey, tuple[SourceRecord, Guarded]] = {}
        self._last: dict[ObjectKey, tuple[datetime, Guarded]] = {}

    def chooses(self, kind: Kind) -> bool:
        """Return whether labels or conditions protect objects of a kind."""
        return bool(self._protection[kind.resource_type].chosen)

    @property
    def sets_floors(self) -> bool:
        """Return whether any group is not to be left with fewer than some members."""
        return self._enabled and self._protection[ResourceType.GROUP].sets_floors

    def of(self, record: SourceRecord) -> Guarded:
        """Return how far a manifest is protected."""
        protection = self._protection[record.key.kind.resource_type]
        if not protection.chosen:
            return protection.by_name(record.key.name)
        known = self._known.get(record.key)
        if known is None or known[0] is not record:
            known = self._known[record.key] = (record, self._look(record, protection))
        if known[1].protected:
            self._last[record.key] = (self._now(), known[1])
            return known[1]
        return self._recently(record.key) or known[1]

    def of_gone(self, key: ObjectKey) -> Guarded:
        """Return how far an object without a manifest is protected: by its name, or as last known."""
        return self._recently(key) or self._protection[key.kind.resource_type].by_name(key.name)

    @property
    def users(self) -> set[ObjectKey]:
        """Return the users that are protected by name, or were seen to be."""
        named = self._protection[ResourceType.USER].names
        seen = {key for key in self._last if key.kind is Kind.USER}
        return seen | {ObjectKey(Kind.USER, self._namespace, name) for name in named}

    def inherit(self, former: Protecting) -> None:
        """Take over what the job knew under its former settings or connection."""
        self._last = former._last

    def _look(self, record: SourceRecord, protection: Protection) -> Guarded:
        document = record.document

        def activation(expression: ScopeExpression) -> Activation:
            return self._activations.of(record, document, expression.reads)

        return protection.of(record.key.name, record.labels, activation)

    def _recently(self, key: ObjectKey) -> Guarded | None:
        seen, guarded = self._last.get(key, (None, UNGUARDED))
        return guarded if seen is not None and self._now() - seen < self._window else None
