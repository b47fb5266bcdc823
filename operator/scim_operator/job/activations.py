"""What the expressions of a config are given to look at, for one record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.frame import Activation
from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.directory import Namespace


class Activations:
    """Makes the activation of a record. `now` gives the time; `namespace` knows who is in which group."""

    def __init__(self, key: ConfigKey, namespace: Namespace, now: Callable[[], datetime]) -> None:
        self._namespace = namespace
        self._now = now
        self._config = {"name": key.name, "namespace": key.namespace}

    def of(self, record: SourceRecord, document: Document) -> Activation:
        """The values of the variables for one record, whose SCIM document is `document`."""
        if record.key.kind is Kind.GROUP:
            return Activation(group=document, config=self._config, now=self._now())
        groups = tuple(sorted(self._namespace.topology.groups_of(record.key.name)))
        return Activation(user=document, groups=groups, config=self._config, now=self._now())
