"""Reads by their recorded ids what a sweep could not list, so that access ends without an overview.

Whom the sweep is to end access for is read first, and judged as a whole against the limits; the rest is left to the
workers, who read one object at a time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind
from scim_operator.errors import ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.executor import Executor
    from scim_operator.job.gather.knowledge import Knowledge

AT_ONCE = 16
"""Resources that are asked for at once; the budget decides how many requests are under way."""


class Recall:
    """The recorded resources of one config that no listing has shown."""

    def __init__(self, knowledge: Knowledge, executor: Executor) -> None:
        self._knowledge = knowledge
        self._executor = executor

    async def read(self) -> None:
        """Read those whose access is to end, and all groups, whose members it may concern; in mode Plan everything."""
        due = list(self._due())
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(type: ResourceType, id: str) -> None:
            async with turn:
                try:
                    await self._executor.refresh(type, id)
                except ScimOperatorError:
                    return  # the worker that looks at the object reports it

        await asyncio.gather(*(one(type, id) for type, id in due))

    def lacks(self, facts: Facts) -> bool:
        """Return whether the object has a recorded resource that no one has read yet: nothing can be planned for it."""
        entry, index = facts.entry, self._knowledge.index[facts.record.key.kind.resource_type]
        if not self._knowledge.rules(facts.record.key.kind).enabled:
            return False
        there = entry is not None and entry.id and not has_left(entry)
        return bool(there and not index.listed and facts.match.document is None)

    def _due(self) -> Iterator[tuple[ResourceType, str]]:
        if all(index.listed for index in self._knowledge.index.values()):
            return
        for key, entry in self._knowledge.entries.all():
            index = self._knowledge.index[key.kind.resource_type]
            if entry.id and not index.listed and entry.id not in index and self._is_due(key, entry):
                yield key.kind.resource_type, entry.id

    def _is_due(self, key: ObjectKey, entry: ServiceEntry) -> bool:
        record = self._knowledge.namespace.get(key.kind, key.name)
        if record is None or not self._knowledge.rules(key.kind).enabled:
            return False
        leaves = record.deleting or not self._knowledge.desired.scopes.of(record).in_scope
        if leaves and not record.deleting:
            return not has_left(entry)
        planning = self._knowledge.settings.spec.mode is Mode.PLAN
        return leaves or planning or key.kind is Kind.GROUP or _may_be_disabled(record)


def _may_be_disabled(record: SourceRecord) -> bool:
    return ACTIVE.read(record.document) is False or record.window is not None
