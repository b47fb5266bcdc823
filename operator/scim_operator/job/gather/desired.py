"""What the manifests ask for: who belongs at the service, and with which attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.job.gather.activations import Activations
from scim_operator.job.gather.concealment import Concealment
from scim_operator.job.gather.mapping import BY_GROUP, Mapper
from scim_operator.job.gather.presence import Presence
from scim_operator.job.gather.protection import Protecting
from scim_operator.job.gather.scopes import Scopes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scim_operator.core.expressions import Activation
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.chance import Chance
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.remote_indexes import RemoteIndexes
    from scim_operator.job.gather.service_entries import Entries


LOOKS = 2
"""Looks that a sweep takes at an object: at what it claims, and at what is asked for of it."""


class Desired:
    """The rules of one config, applied to the manifests of its namespace."""

    def __init__(
        self,
        settings: Settings,
        namespace: Namespace,
        entries: Entries,
        index: RemoteIndexes,
        now: Callable[[], datetime],
        chance: Chance,
    ) -> None:
        self._activations = Activations(settings, namespace, now, chance)
        self.scopes = Scopes(settings, namespace, self._activations, entries, index, now)
        self.protecting = Protecting(settings, self._activations, now)
        self.presence = Presence(settings, namespace, self.scopes, entries, index, self.protecting)
        self.mappers = {
            type: Mapper(rules, self._activations, self.presence.id) for type, rules in settings.rules.items()
        }
        self.concealment = Concealment(settings, self.mappers)

    def mapper(self, record: SourceRecord) -> Mapper:
        """Return what maps a record."""
        return self.mappers[record.key.kind.resource_type]

    def activation(self, record: SourceRecord) -> Activation:
        """Return all that an expression may look at, for a record."""
        return self._activations.of(record, record.document, BY_GROUP)

    @property
    def reads_groups(self) -> bool:
        """Return whether anything that is decided about a user depends on the groups that the user is in."""
        return self.scopes.reads_groups or any(mapper.reads_groups for mapper in self.mappers.values())

    def begin_sweep(self) -> None:
        """Ask again what looks at the clock, as time has passed; what was too expensive may try again."""
        self._activations.meter.renew()
        self.scopes.reconsider_all()

    def pass_over(self, objects: int) -> None:
        """Count objects that need no look, so that the others do not find less left for their expressions."""
        self._activations.meter.look(LOOKS * objects)

    def forget(self, key: ObjectKey) -> None:
        """Forget a manifest that is gone."""
        self.scopes.forget(key)
        self.presence.forget(key)
