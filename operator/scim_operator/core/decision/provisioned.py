"""The verdict about what is at the service once a plan is carried out: Ready only where nothing is left to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.wording import counted, some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.plan.membership import MemberChanges
    from scim_operator.core.plan.plan import Member


def provisioned(facts: Facts, members: MemberChanges) -> Verdict:
    """Return what holds once all that can be sent is sent; what cannot be sent yet is never Ready."""
    if facts.membership is None and facts.awaits is None:
        return _AS_MAPPED
    unseen = _UNSEEN if facts.membership is not None and facts.membership.recorded else ""
    named = (_named("still in it", members.kept), _named("not in it yet", members.withheld))
    parts = [part for part in (_missing(facts), *named, unseen) if part]
    ring = _RING if facts.membership is not None and facts.membership.in_ring else ""
    lacking = facts.membership.lacking if facts.membership is not None else facts.awaits and facts.awaits.belongs
    reason = Reason.INCOMPLETE if lacking or members.kept or members.withheld else Reason.PROVISIONED
    return Verdict(reason, f"{'; '.join([_MAPPED, *parts])}.{ring}")


_MAPPED = "The service holds it as mapped"
_AS_MAPPED = Verdict(Reason.PROVISIONED, f"{_MAPPED}.")
"""The verdict of nearly all, made once."""


def _missing(facts: Facts) -> str:
    """Return what is still to be provisioned before it can be referred to, in words."""
    if facts.awaits:
        return f"its manager {facts.awaits.key} is still to be provisioned"
    pending = facts.membership.pending if facts.membership else ()
    return f"still to be provisioned: {counted(len(pending), 'member')}{_held_back(facts)}" if pending else ""


def _named(where: str, members: Sequence[tuple[Member, str]]) -> str:
    """Return who is where he should not be, with the reasons, in words."""
    return f"{where}: {some(members, _MOST, _with_reason)}" if members else ""


def _with_reason(named: tuple[Member, str]) -> str:
    member, why = named
    return f"{member.name or 'one whom no manifest names'} ({why})"


_UNSEEN = "members that it does not show are taken to be as sent"
_MOST = 5
"""Members that a message names."""


def _held_back(facts: Facts) -> str:
    """Return how many of the pending members wait for nothing but an approval."""
    placed = facts.membership.placed if facts.membership is not None else 0
    return f", of which {placed} wait{'s' if placed == 1 else ''} to be taken over" if placed else ""


_RING = " It is nested in itself by way of its members: all groups of such a ring have the same members."
