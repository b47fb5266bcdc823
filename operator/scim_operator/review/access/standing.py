"""Whether a user, or a group, is to be at the service as the operator decides it, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.scope.reasons import NO_LONGER, NOT_YET
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.mapping import is_off

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Namespace


class State(StrEnum):
    """What Git says of access."""

    ACCESS = "Access"
    NONE = "NoAccess"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """What Git says of one object; `reason` and `message` say why, where it is no access."""

    state: State
    reason: str = ""
    message: str = ""

    @property
    def holds(self) -> bool:
        """Return whether it is access."""
        return self.state is State.ACCESS


ACCESS = Standing(State.ACCESS)
SUSPENDED = Standing(
    State.UNKNOWN,
    "Suspended",
    "spec.suspend is true: nothing is sent for it, and the service keeps what it had.",
)
INACTIVE = Standing(State.NONE, "Inactive", "active is false.")
NO_CONFIG = Standing(State.NONE, "NoConfig", "The ProvisioningConfig is not there yet.")


def missing(key: ObjectKey) -> Standing:
    """Return what is said of one that others name, and of which there is no manifest."""
    return Standing(State.NONE, "NoManifest", f"There is no manifest of {key.kind.value} {key.name}.")


def obscure(key: ObjectKey) -> Standing:
    """Return what is said of one whose manifest cannot be read."""
    return Standing(State.UNKNOWN, "InvalidSpec", f"The manifest of {key.kind.value} {key.name} has errors.")


class Judge:
    """Decides by one config over the manifests of its namespace. Without a config, everything is in scope."""

    def __init__(self, settings: Settings | None, namespace: Namespace, now: Callable[[], datetime]) -> None:
        self._namespace = namespace
        self._now = now
        self.knowledge = Knowledge.from_status(settings, namespace, {}, now) if settings is not None else None

    @property
    def varies(self) -> bool:
        """Return whether it may say otherwise of the same manifests at another time."""
        rules = self.knowledge.settings.rules.values() if self.knowledge is not None else ()
        scopes = any(each.scoping.expression is not None and each.scoping.expression.varies for each in rules)
        return scopes or any(m.expression is not None and m.expression.varies for each in rules for m in each.mappings)

    def of(self, key: ObjectKey) -> Standing:
        """Return what is said of a key."""
        record = self._namespace.get(key.kind, key.name)
        if record is None:
            return missing(key)
        if record.suspended:
            return SUSPENDED
        return self._without_config(record) if self.knowledge is None else self._by_config(self.knowledge, record)

    def _by_config(self, knowledge: Knowledge, record: SourceRecord) -> Standing:
        scope = knowledge.desired.scopes.of(record)
        if scope.undecided:
            return Standing(State.UNKNOWN, scope.reason, scope.message)
        if not scope.in_scope:
            return Standing(State.NONE, scope.reason, scope.message)
        mapped = knowledge.desired.mapper(record).map(record, record.document, creating=False)
        if mapped.ends or self._is_early(record):
            return INACTIVE if mapped.ends else _not_yet()
        return Standing(State.UNKNOWN, "InvalidSpec", mapped.fault) if mapped.fault else ACCESS

    def _is_early(self, record: SourceRecord) -> bool:
        return record.window is not None and record.window.is_early(self._now())

    def _without_config(self, record: SourceRecord) -> Standing:
        if record.window is not None and record.window.is_late(self._now()):
            return Standing(State.NONE, NO_LONGER.reason, NO_LONGER.message)
        if self._is_early(record):
            return _not_yet()
        return INACTIVE if record.key.kind is Kind.USER and is_off(record.document.get("active")) else ACCESS


def _not_yet() -> Standing:
    return Standing(State.NONE, NOT_YET.reason, NOT_YET.message)
