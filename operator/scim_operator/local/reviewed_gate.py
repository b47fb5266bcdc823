"""A gate that lets through what a reviewed plan says, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import lasting
from scim_operator.core.plan.verb import Verb
from scim_operator.job.gate.gate import Admission, Gate
from scim_operator.job.gate.waiting import Cause

if TYPE_CHECKING:
    from scim_operator.core.approval.ledger import Ledger
    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gate.gate import GateEvents
    from scim_operator.review.plan_review import Review
    from scim_operator.scim.clock import Clock


class ReviewedGate(Gate):
    """Limits and approval were judged when the plan was made; here a plan passes when the review covers it.

    `moved` are the objects for which something else is due now than was reviewed; nothing of it is sent.
    """

    def __init__(self, settings: Settings, events: GateEvents, clock: Clock, ledger: Ledger, *, review: Review) -> None:
        super().__init__(settings, events, clock, ledger)
        self._reviewed = {step.key: step.plan for step in review.steps}
        self._released = {step.key: step.released for step in review.steps}
        self.moved: set[ObjectKey] = set()

    def admit(self, plan: Plan, cause: Cause = Cause.WHOLE) -> Admission:
        """Let through what is reviewed and released; hold the rest."""
        self.moved.discard(plan.key)
        if not self.holds(plan):
            return Admission.GO
        reviewed = self._reviewed.get(plan.key)
        if reviewed is None or not covers(reviewed, plan):
            self.moved.add(plan.key)
        return Admission.HELD

    def passes(self, plan: Plan) -> bool:
        """Return whether the plan is reviewed and released."""
        return not self.holds(plan)

    def holds(self, plan: Plan) -> bool:
        """Return whether the plan is not, or not yet, allowed."""
        return plan.acts and not self._allows(plan)

    def meanwhile(self, plan: Plan) -> Plan:
        """Return the released part of a held plan: the part that takes nothing away, or nothing."""
        rest = plan.meanwhile
        return rest if rest.verb is not None and self._allows(rest) else plan.stopped(plan.verdict)

    def _allows(self, plan: Plan) -> bool:
        released = self._released.get(plan.key)
        return released is not None and covers(released, plan)


def covers(reviewed: Plan, plan: Plan) -> bool:
    """Return whether `reviewed` covers all of `plan`: a plan is carried out in parts, as members become known."""
    if plan.adopts and not reviewed.adopts:
        return False
    if plan.verb is not None and reviewed.verb is None:
        return False
    if plan.ends_access and plan.verb is not reviewed.verb:
        return False
    if plan.verb is Verb.CREATE and (reviewed.verb is not Verb.CREATE or lasting(plan) != lasting(reviewed)):
        return False
    adds = {member.name for member in reviewed.member_adds} | set(reviewed.pending)
    return (
        all(_is_reviewed(change, reviewed) for change in (plan.toward if plan.steps_aside else plan.changes))
        and {member.name for member in plan.member_adds} <= adds
        and {member.id for member in plan.member_removals} <= {member.id for member in reviewed.member_removals}
    )


def _is_reviewed(change: AttributeChange, reviewed: Plan) -> bool:
    if reviewed.document is not None:
        return bool(change.path.read(reviewed.document) == change.new)
    return any(each.path == change.path and each.new == change.new for each in reviewed.changes)
