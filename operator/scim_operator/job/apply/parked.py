"""Objects that failed for good, and are tried again only when something about them has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import exact_digest_of

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.blocked import Blocked
    from scim_operator.job.gather.knowledge import Knowledge


class Parked:
    """The parked objects of one session, each with its plan and with what was in its way at the service."""

    def __init__(self, knowledge: Knowledge, blocked: Blocked) -> None:
        self._knowledge = knowledge
        self._blocked = blocked
        self._parked: dict[ObjectKey, tuple[str, tuple[str, ...]]] = {}

    def park(self, record: SourceRecord) -> None:
        """Try it again only when the manifest, the config or what is in its way at the service has changed."""
        plan = self._knowledge.plan(record)
        holders = self._knowledge.holders(record, plan.id)
        self._parked[record.key] = (exact_digest_of(plan), holders)
        self._blocked.by((self._knowledge.entries.owner(record.key.kind, id) for id in holders), record.key)

    def holds(self, record: SourceRecord, plan: Plan) -> bool:
        """Return whether the plan failed for good, and nothing has changed since."""
        parked = self._parked.get(record.key)
        if parked is None or not plan.acts:
            return False
        return parked == (exact_digest_of(plan), self._knowledge.holders(record, plan.id))

    def release(self, key: ObjectKey) -> None:
        """Note that the object succeeded, changed or is gone."""
        self._parked.pop(key, None)

    def keys(self) -> list[ObjectKey]:
        """Return the objects that are parked."""
        return list(self._parked)
