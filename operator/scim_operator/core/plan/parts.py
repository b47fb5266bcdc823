"""The parts of a plan, in the order in which they are sent, and the part that is judged before the rest.

| what is due                                         | in which order                                 |
|-----------------------------------------------------|------------------------------------------------|
| a user is disabled, and changed                     | disabled alone, then the rest                  |
| members leave a group that changes too              | one request; where that is refused, who leaves |
|                                                     | alone, then the rest                           |
| the same, and `minMembers` cannot do without them   | who joins alone, in any case, then the rest    |
| until others are in it (`Plan.fills`)               |                                                |
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.attributes.rights import revokes
from scim_operator.core.plan.verb import Verb

if TYPE_CHECKING:
    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.plan.plan import Plan


def parts(plan: Plan) -> tuple[Plan, ...]:
    """Return a plan as it is sent. A group changes in one request, and `apart` where the service refuses it."""
    if _fills_first(plan):
        return (_joining(plan), replace(plan, member_adds=()))
    return apart(plan) if plan.verb is Verb.DISABLE else (plan,)


def apart(plan: Plan) -> tuple[Plan, ...]:
    """Return a plan with what ends access first and alone, then the rest; it alone where it is not mixed.

    Where a group `fills`, who joins goes before who leaves.
    """
    if _fills_first(plan):
        leaving = replace(plan, changes=(), member_adds=())
        others = replace(plan, member_adds=(), member_removals=())
        return (_joining(plan), leaving, others) if plan.changes else (_joining(plan), leaving)
    if plan.verb is Verb.DISABLE:
        ending = tuple(change for change in plan.changes if _deactivates(change))
        rest = tuple(change for change in plan.changes if change not in ending)
    else:
        ending, rest = (), plan.changes
    if not (ending or plan.member_removals) or not (rest or plan.member_adds):
        return (plan,)
    return (
        replace(plan, changes=ending, member_adds=()),
        replace(plan, changes=rest, member_removals=(), verb=Verb.UPDATE),
    )


def step(plan: Plan) -> Plan:
    """Return the part that is judged and sent before the rest is: what ends access does not wait for a rename.

    An approval that is asked for whatever the limits allow is asked for once, for all of it.
    """
    if plan.adopts or plan.asks or not plan.renaming:
        return plan
    return replace(plan, changes=()) if _fills_first(plan) else apart(plan)[0]


def ending(plan: Plan) -> Plan | None:
    """Return the part that ends access, with what that cannot do without; None where nothing of it does."""
    if not plan.takes_access or (plan.adopts and not plan.ends_access):
        return None
    taking, joining = _taking(plan), plan.member_adds if _fills_first(plan) else ()
    if plan.adopts or (taking, joining) == (plan.changes, plan.member_adds):
        return plan
    return replace(plan, changes=taking, member_adds=joining)


def only_takes_access(plan: Plan) -> bool:
    """Return whether a plan takes access from a resource that stays, and does nothing else."""
    takes = bool(plan.changes or plan.member_removals) and not plan.member_adds
    return takes and _taking(plan) == plan.changes


def _taking(plan: Plan) -> tuple[AttributeChange, ...]:
    """Return the changes that take access."""
    return tuple(change for change in plan.changes if _deactivates(change) or revokes(change))


def _fills_first(plan: Plan) -> bool:
    return plan.fills and bool(plan.member_adds) and bool(plan.member_removals)


def _joining(plan: Plan) -> Plan:
    return replace(plan, changes=(), member_removals=())


def _deactivates(change: AttributeChange) -> bool:
    return change.path == ACTIVE and equal(ACTIVE, change.new, False)  # noqa: FBT003
