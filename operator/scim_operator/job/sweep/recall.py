"""Reads by their recorded ids what a sweep has not seen, so that its plan is judged as a whole against the limits.

Where a type could not be listed, that is whom the sweep is to end access for; the rest is left to the workers, who read
one object at a time. Where it was, it is what the list lacks and a plan would create: only a read by id proves that it
is gone (promise S10), and how much of that there is decides whether it is created again unasked.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from scim_operator.api.config import Mode
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind
from scim_operator.errors import ScimOperatorError, TransientError
from scim_operator.job.base.waiting import in_turn
from scim_operator.job.gather.missing import is_unproven, missing
from scim_operator.job.sweep.awake import follow_one

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.executor import Executor
    from scim_operator.job.apply.inquiry import Inquiry
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.scim.clock import Clock

T = TypeVar("T")
AT_ONCE = 16
"""Resources that are asked for at once; the budget decides how many requests are under way."""


class Recall:
    """The recorded resources of one config that no listing has shown."""

    def __init__(self, knowledge: Knowledge, executor: Executor, inquiry: Inquiry, clock: Clock) -> None:
        self._knowledge = knowledge
        self._executor = executor
        self._inquiry = inquiry
        self._clock = clock

    async def read(self) -> None:
        """Read what is not listed, and then what the lists of the others lack."""
        self._inquiry.begin_sweep()
        self._settle()
        await _all(self._executor.refresh, list(self._due()))
        lacking = [each async for each in in_turn(missing(self._knowledge), self._clock) if each is not None]
        await _all(self._inquiry.ask, lacking)
        async for record, _ in in_turn(lacking, self._clock):
            self._knowledge.entries.rest.end(self._knowledge.identities.claim(record))
            follow_one(self._knowledge, record.key)

    def _settle(self) -> None:
        """Have what is listed, and on record here, stand against what another operator has put on record."""
        entries = self._knowledge.entries
        for key in tuple(entries.elsewhere):
            index = self._knowledge.index[key.kind.resource_type]
            if index.listed and entries.known_id(key) in index:
                del entries.elsewhere[key]

    def lacks(self, facts: Facts, plan: Plan) -> bool:
        """Return whether the object has a recorded resource that no one has read yet: nothing can be planned for it."""
        entry, index = facts.entry, self._knowledge.index[facts.record.key.kind.resource_type]
        if not self._knowledge.rules(facts.record.key.kind).enabled:
            return False
        there = entry is not None and entry.id and not has_left(entry)
        unlisted = there and not index.listed and facts.match.document is None
        return bool(unlisted) or is_unproven(facts, plan)

    def _due(self) -> Iterator[tuple[ResourceType, str]]:
        """Yield those whose access is to end, and all groups, whose members it may concern; in mode Plan everything."""
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


async def _all(read: Callable[[T, str], Awaitable[None]], due: Sequence[tuple[T, str]]) -> None:
    """Read all of it, some at once; where none of so many is answered, the rest is left to the workers."""
    left, silent = iter(due), 0

    async def some() -> None:
        nonlocal silent
        for what, id in left:
            if silent >= AT_ONCE:
                return
            try:
                await read(what, id)
            except ScimOperatorError as error:  # the worker that looks at the object reports it
                silent = silent + 1 if isinstance(error, TransientError) else 0
            else:
                silent = 0

    await asyncio.gather(*(some() for _ in range(min(AT_ONCE, len(due)))))


def _may_be_disabled(record: SourceRecord) -> bool:
    return ACTIVE.read(record.document) is False or record.window is not None
