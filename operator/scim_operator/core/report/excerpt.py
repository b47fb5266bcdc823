"""The beginning of a plan, as `status.plan.first` shows it: names, and no values.

Protected objects come first, then what takes most away.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from scim_operator.core.plan.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan

MOST = 20
"""Objects shown, and attributes of each: a status is to be read by people, and has its limit of size."""
_TAKES = 2
"""The gravity of an update that limits count: it removes members, renames or adopts."""


def excerpt(plans: Iterable[Plan]) -> tuple[Plan, ...]:
    """Return the plans to show, in their order."""
    return tuple(nsmallest(MOST, (plan for plan in plans if plan.acts), key=_rank))


def with_plan(shown: tuple[Plan, ...], plan: Plan) -> tuple[Plan, ...]:
    """Return the plans to show once another one is known; the order in which plans come does not matter."""
    if not plan.acts or (len(shown) == MOST and _rank(plan) > _rank(shown[-1])):
        return shown
    return excerpt((*shown, plan))


def _rank(plan: Plan) -> tuple[bool, int, ObjectKey]:
    gravity = (plan.verb or Verb.UPDATE).meaning.gravity
    return not plan.protected, (min(gravity, _TAKES) if plan.tally else gravity), plan.key


def excerpt_to_json(shown: Iterable[Plan]) -> list[dict[str, Any]]:
    """`status.plan.first`."""
    return [
        {
            "object": str(plan.key),
            "verb": "Adopt" if plan.adopts and not plan.removes else str(plan.verb),
            "attributes": [str(change.path) for change in plan.changes[:MOST]],
            "memberAdds": len(plan.member_adds) + plan.coming,
            "memberRemovals": plan.tally.member_removals,
            **({"protected": True} if plan.protected else {}),
            **({"id": plan.shown, "matchedBy": plan.matched_by} if plan.adopts else {}),
        }
        for plan in shown
    ]
