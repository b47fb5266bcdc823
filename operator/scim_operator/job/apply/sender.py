"""Sends a plan part by part, so that the end of access shares its fate with nothing.

| what is due                            | what is sent                                                      |
|----------------------------------------|-------------------------------------------------------------------|
| a user is disabled, and changed        | `active: false` first and alone, then the rest                    |
| members leave a group that changes too | all at once; where that is refused, the removals, then the rest   |
| the group cannot do without them yet   | who joins first and alone, then the removals and the rest         |
| a deletion, which the service refuses  | the user is disabled, the group emptied; later, it is tried again |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.decision.removal import instead_of_deletion
from scim_operator.core.keys import Kind
from scim_operator.core.plan.parts import apart, parts
from scim_operator.core.plan.verb import Verb
from scim_operator.errors import (
    DeletionRefused,
    DependencyNotReady,
    Rejected,
    ScimOperatorError,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongService,
)
from scim_operator.job.apply.ending import of_an_end
from scim_operator.job.apply.outcome import PLAN_AGAIN, PlanAgain

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.events import ObjectEvents
    from scim_operator.job.apply.outcome import Outcome
    from scim_operator.job.apply.tools import Tools


class Sender:
    """The sender of one session. `_mixed` are objects of which the service refused a removal together with more."""

    def __init__(self, tools: Tools, events: ObjectEvents) -> None:
        self._tools = tools
        self._events = events
        self._mixed: set[ObjectKey] = set()

    def settled(self, key: ObjectKey) -> None:
        """Note that all was sent."""
        self._mixed.discard(key)

    async def send(self, record: SourceRecord, due: Plan, desired: DesiredAttributes) -> Outcome:
        """Send a plan's parts in their order. Errors are those of `errors.py`; PLAN_AGAIN is no error."""
        *before, last = apart(due) if record.key in self._mixed else parts(due)
        for part in before:
            if isinstance(await self._sent(record, part), PlanAgain):
                return PLAN_AGAIN
            self._tools.provisioning_log.taken(part)
        try:
            return await self._carry_out(record, last, desired)
        except ScimOperatorError as error:
            if last.verb is Verb.DELETE:
                return await self._undeleted(record, last, error)
            if len(apart(last)) == 1:
                raise self._tools.executor.youth.excuse(last, error) from error
            self._mixed.add(record.key)
            if isinstance(error, Unreachable | Throttled):
                raise
            return PLAN_AGAIN

    async def _sent(self, record: SourceRecord, part: Plan) -> Outcome:
        try:
            return await self._carry_out(record, part, {})
        except ScimOperatorError as error:
            raise self._tools.executor.youth.excuse(part, error) from error

    async def _carry_out(self, record: SourceRecord, part: Plan, desired: DesiredAttributes) -> Outcome:
        try:
            return await self._tools.executor.carry_out(record, part, desired)
        except (Rejected, DependencyNotReady) as error:
            said = of_an_end(error, part)
            if said is error:
                raise
            raise said from error

    async def _undeleted(self, record: SourceRecord, plan: Plan, refusal: ScimOperatorError) -> PlanAgain:
        """End the access of what is not deleted in the other way; raises what is to be reported of it."""
        if not await self._is_refused(plan, refusal):
            raise refusal
        document = self._tools.knowledge.index[plan.key.kind.resource_type].get(plan.id)
        instead = instead_of_deletion(plan, document or {"id": plan.id})
        said = (refusal.alone if isinstance(refusal, Unauthorized | WrongService) else "") or str(refusal)
        ended = "disabled" if plan.key.kind is Kind.USER else "emptied"
        try:
            if instead is not None:
                if isinstance(await self._tools.executor.carry_out(record, instead, {}), PlanAgain):
                    return PLAN_AGAIN
                self._tools.provisioning_log.taken(instead)
        except ScimOperatorError as second:
            if isinstance(refusal, Throttled | Unavailable | Unreachable):
                raise refusal from second  # the service as a whole is not at its best
            happened = f"{second.happened}." if isinstance(second, Rejected) and second.happened else str(second)
            raise DeletionRefused(f"{said} It could not be {ended} instead: {happened}") from refusal
        raise DeletionRefused(f"{said} It is {ended} instead, and the deletion is tried again.") from refusal

    async def _is_refused(self, plan: Plan, error: ScimOperatorError) -> bool:
        """Return whether an error is the service's answer to this deletion, and not one to all requests."""
        if isinstance(error, DependencyNotReady):
            return await self._events.still_connected()
        return self._tools.executor.is_refused(plan, error)
