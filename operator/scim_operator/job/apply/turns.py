"""Lets an object step aside for others only where they can move at once, and wakes them when it is their turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal
from scim_operator.core.decision.swaps import about, refused
from scim_operator.errors import Rejected, ScimOperatorError
from scim_operator.job.apply.outcome import Done

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.outcome import Outcome
    from scim_operator.job.apply.parked import Parked
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that says that a value is taken: what to add to its words, and whether the object steps aside next."""

    words: str = ""
    steps_aside: bool = False


NO_REFUSAL = Refusal()


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one session's objects."""

    knowledge: Knowledge
    gate: Gate
    parked: Parked

    def may_begin(self, facts: Facts, plan: Plan) -> bool:
        """Return whether all others of a circle have their renames let through; those that do not are tried again.

        Their refusal may be old: by now a rename may have to wait for an approval, and with it everyone in the circle.
        """
        ring = _ring(facts, plan)
        again = [key for key in ring[1:] if not self._moves(key, plan)]
        self._again(again)
        if not again:
            self.gate.accounts.begin(ring)
        return not again

    def _again(self, keys: Iterable[ObjectKey]) -> None:
        """Have others of a circle try again, whatever they were refused for: what was taken is not by now."""
        keys = tuple(keys)
        for key in keys:
            self.parked.retry(key)
        self.knowledge.waits.look_again(keys)

    def _moves(self, key: ObjectKey, aside: Plan) -> bool:
        record = self.knowledge.namespace.get(key.kind, key.name)
        plan = self.knowledge.plan(record) if record is not None else None
        path = aside.toward[0].path
        return plan is not None and any(each.path == path for each in plan.changes) and self.gate.passes(plan)

    def failed(self, record: SourceRecord, error: ScimOperatorError) -> Refusal:
        """Note that a value is taken, and have those looked at who go round in a circle with this object."""
        knowledge = self.knowledge
        if not isinstance(error, Rejected) or error.between or not _says_taken(error):
            return NO_REFUSAL
        knowledge.swaps.refused(record, knowledge.plan(record))
        blocked = knowledge.facts(record).exchanges.blocked
        knowledge.waits.look_again({key for each in blocked for key in each.ring})
        return Refusal(about(blocked), knowledge.plan(record).steps_aside)

    async def begin(self, facts: Facts, plan: Plan, sending: Awaitable[Outcome]) -> Outcome:
        """Have an object step aside, and those looked at who waited for it, whatever becomes of its other values.

        Errors: as those of sending, and Rejected where the value is not taken.
        """
        try:
            outcome = await sending
            self._check(plan, outcome)
        except Rejected as error:
            said = f"{error} {refused(plan, _ring(facts, plan))}"
            refusal = Rejected(said, status=error.status, scim_type=error.scim_type, in_scim=error.in_scim)
            refusal.between = True
            raise refusal from error
        self._again(_ring(facts, plan)[1:])
        return outcome

    def _check(self, plan: Plan, outcome: Outcome) -> None:
        shown = self.knowledge.index[plan.key.kind.resource_type].get(plan.id) or {}
        is_taken = all(equal(change.path, change.new, change.path.read(shown)) for change in plan.changes)
        if isinstance(outcome, Done) and not is_taken:
            raise Rejected("The service answered success to another value, and does not have it.", status=200)


def _ring(facts: Facts, plan: Plan) -> tuple[ObjectKey, ...]:
    return next((each.ring for each in facts.exchanges.blocked if each.path == plan.toward[0].path), ())


def _says_taken(error: Rejected) -> bool:
    """Return whether a refusal says that a value is taken (RFC 7644 section 3.12)."""
    return error.status == 409 or error.scim_type.lower() == "uniqueness"
