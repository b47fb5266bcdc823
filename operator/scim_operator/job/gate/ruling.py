"""All that is due, judged, with what is worked out of many plans at once: nothing here looks at what moves meanwhile.

With a hundred thousand plans it takes seconds, in which renewals and probes must go on: the gate has a thread do it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.effects import effects_of
from scim_operator.core.approval.judge import NO_HOLD, judge, was_approved
from scim_operator.core.plan.plan import NOTHING, PlanCounts, count
from scim_operator.job.gate.held import Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.approval.judge import Hold, Judgement
    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan, Tally

Plans = dict["ObjectKey", "Plan"]
Step = tuple["ObjectKey", bool]
"""An object, and whether its plan steps aside for the renames of others."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What is judged by, as it was in one moment. `released` are the changes that were approved and are to come."""

    ledger: Ledger
    spec: ProvisioningConfigSpec
    base: Base
    now: datetime
    released: frozenset[str]

    def of(self, due: Mapping[ObjectKey, Plan]) -> Plans:
        """Return the plans that are to be judged: what was released goes on when it is looked at again."""
        if not self.released:
            return dict(due)
        return {key: plan for key, plan in due.items() if not was_approved(plan, self.released, self.spec)}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What goes on, and what is held.

    `digests` names what goes on, `tally` is to be booked of it before, and `effects` are the single changes of what
    was approved, which `hold` names then.
    """

    going: Plans = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    digests: Mapping[Step, str] = field(default_factory=dict)
    tally: Tally = NOTHING
    effects: Mapping[ObjectKey, frozenset[str]] = field(default_factory=dict)
    counts: PlanCounts = field(default_factory=PlanCounts)
    hold: Hold = NO_HOLD

    @property
    def stepping_aside(self) -> Iterator[tuple[Step, str]]:
        """Yield what fits and steps aside for the renames of others."""
        return ((step, named) for step, named in self.digests.items() if step[1] and step[0] not in self.effects)


def rule(due: Mapping[ObjectKey, Plan], basis: Basis) -> Ruling:
    """Judge all that is due as one."""
    plans = basis.of(due)
    judgement = judge(plans.values(), basis.ledger, basis.spec, basis.base, basis.now)
    waiting = {plan.key for plan in judgement.waiting}
    going = {key: plan for key, plan in plans.items() if key not in waiting}
    return Ruling(
        going,
        Held({key: plans[key] for key in waiting}, judgement.hold),
        digests_of(going.values()),
        judgement.tally,
        _effects(judgement, basis.spec),
        count(judgement.approved),
        judgement.hold,
    )


def rule_apart(due: Mapping[ObjectKey, Plan], basis: Basis, found: Tally, held: Mapping[ObjectKey, Plan]) -> Ruling:
    """Judge what is apart of a whole that is still collected, beside all that was `found` of that; no digest moves.

    What is `held` for the same objects is among what was found, and is judged in its new form. In a config's first
    sweep, whoever leaves has the share of what it owns by now; all else has none.
    """
    plans, ledger = basis.of(due), replace(basis.ledger, first=False)
    beside = found - sum((held[key].tally for key in plans if key in held), NOTHING)
    judgement = judge(plans.values(), ledger, basis.spec, basis.base, basis.now, beside=beside)
    going = {plan.key: plan for plan in judgement.fitting}
    return Ruling(going, digests=digests_of(going.values()), tally=judgement.tally)


def digests_of(plans: Iterable[Plan]) -> dict[Step, str]:
    """Return what each plan is known by once it was let through."""
    return {(plan.key, plan.steps_aside): digest_of((plan,)) for plan in plans}


def _effects(judgement: Judgement, spec: ProvisioningConfigSpec) -> dict[ObjectKey, frozenset[str]]:
    everything = spec.approves_everything
    return {plan.key: effects_of(plan, everything=everything) for plan in judgement.approved}
