"""The variables for a config's expressions, for one record; only what one of them reads is gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.frame import Activation
from scim_operator.core.expressions.meter import Meter
from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from datetime import datetime

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.chance import Chance
    from scim_operator.job.gather.namespace import Namespace


STEPS_FOR_A_LOOK = 4_000
"""Steps that all expressions together may take for one look at an object, on average: some 0.6 ms."""


class Activations:
    """Makes the activation of a record. `now` gives the time; `namespace` knows who is in which group."""

    def __init__(self, settings: Settings, namespace: Namespace, now: Callable[[], datetime], chance: Chance) -> None:
        self._namespace = namespace
        self._assignments = settings.assignments
        self._now = now
        self._chance = chance
        self.meter = Meter(STEPS_FOR_A_LOOK, "one config and sweep")
        """The cost of all expressions of the config; each sweep starts at zero."""
        self._config = {"name": settings.key.name, "namespace": settings.key.namespace}

    def of(self, record: SourceRecord, document: Document, reads: Container[str]) -> Activation:
        """Return the variables for one record, whose SCIM document is `document`, as far as `reads` names them."""
        self.meter.look()
        user = record.key.kind is Kind.USER
        return Activation(
            user=document if user else None,
            group=None if user else document,
            groups=self._groups(record.key.name) if user and "groups" in reads else (),
            roles=self._roles(record) if user and "roles" in reads else (),
            config=self._config,
            now=self._now(),
            random=self._chance.of(record.uid),
            meter=self.meter,
        )

    def _groups(self, user: str) -> tuple[str, ...]:
        return tuple(sorted(self._namespace.topology.groups_of(user)))

    def _roles(self, record: SourceRecord) -> tuple[str, ...]:
        groups = self._namespace.topology.groups_of(record.key.name)
        return self._assignments.roles(record.key.name, record.labels, groups)
