"""The course of plans that are due together: what goes on now, and what waits. The one rule of operator and commands.

What ends access is judged, and sent, before the rest of the same object (`core.plan.parts.step`). The rest is judged
after it, together with all that waits by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.core.approval.judge import NO_HOLD, Hold, judge, meanwhile
from scim_operator.core.plan.parts import apart, step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.approval.judge import Judgement
    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan


def first_step(plan: Plan, spec: ProvisioningConfigSpec) -> Plan:
    """Return what of a plan is judged and sent first; where everything is approved, that is all of it."""
    return plan if spec.approves_everything else step(plan)


def rest_of(plan: Plan, spec: ProvisioningConfigSpec) -> Plan | None:
    """Return what of a plan follows its first step, None where nothing does."""
    return None if first_step(plan, spec) is plan else apart(plan)[-1]


@dataclass(frozen=True, slots=True)
class Course:
    """The plans of which something waits, by object: that part of each. `hold` releases all of it."""

    waiting: Mapping[ObjectKey, Plan]
    hold: Hold = NO_HOLD


def course(
    plans: Iterable[Plan],
    ledger: Ledger,
    spec: ProvisioningConfigSpec,
    owned: Base,
    now: datetime,
    *,
    is_given: Callable[[Hold], bool] = lambda _hold: False,
) -> Course:
    """Foresee what becomes of plans that are due at once. `is_given` says whether a hold is approved already."""
    plans = tuple(plans)
    first = judge((first_step(plan, spec) for plan in plans), ledger, spec, owned, now)
    waiting = _waiting(first, is_given)
    rests = [rest for plan in plans if plan.key not in waiting and (rest := rest_of(plan, spec)) is not None]
    if not rests:
        return Course(waiting, first.hold if waiting else NO_HOLD)
    spent = ledger.book(first.tally, now, spec.limits.window)
    then = judge((*waiting.values(), *rests), spent, spec, owned.after(first.tally), now)
    waiting = _waiting(then, is_given)
    return Course(waiting, then.hold if waiting else NO_HOLD)


def _waiting(judgement: Judgement, is_given: Callable[[Hold], bool]) -> dict[ObjectKey, Plan]:
    if not judgement.waiting or is_given(judgement.hold):
        return {}
    return {plan.key: plan for plan in judgement.waiting}


def goes_on(plan: Plan, waiting: Plan | None, spec: ProvisioningConfigSpec) -> Plan:
    """Return what of a plan goes on while a part of it waits."""
    if waiting is None:
        return plan
    rest = rest_of(plan, spec)
    if rest is None or waiting.tally.ends_access:
        return meanwhile(plan, spec)
    return replace(plan, changes=tuple(each for each in plan.changes if each not in plan.renaming))
