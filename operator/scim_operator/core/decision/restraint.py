"""The plan in a quarantine in which the service answers: what ends access goes on, and all else waits for the retry.

The same for a resource that the service does not show, and while the service is still to be listed.

| due                                         | sent                                   | said          |
|---------------------------------------------|----------------------------------------|---------------|
| a deletion, a disable, members who leave    | the same                               | as always     |
| one of these, and more of the same object   | what ends access; who joins only where | `Quarantined` |
|                                             | `minMembers` cannot do without         |               |
| anything else                               | nothing                                | `Quarantined` |
| the same, which was refused before          | nothing                                | the refusal   |
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.connection.quarantine import FAILING
from scim_operator.core.plan.membership import EVERYONE
from scim_operator.core.plan.parts import ending
from scim_operator.core.records.status import Reason, Verdict

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.plan.plan import Plan

_WAITS = Verdict(
    Reason.QUARANTINED,
    "Not sent: the service does not take most of what is sent, so that all but the end of access waits. See the "
    "condition Quarantined of the ProvisioningConfig.",
)
_UNSEEN = Verdict(
    Reason.RETRYING,
    "The service shows neither lists nor this resource. All but the end of access waits until it does.",
)
_UNLISTED = Verdict(
    Reason.PENDING, "All but the end of access waits until the service has been listed, as it is whenever work begins."
)


def restrained(facts: Facts, plan: Plan) -> Plan:
    """Return what of a plan is sent in such a quarantine, or unseen, and what is said of it."""
    if not plan.acts or plan.removes:
        return plan
    part = ending(plan)
    if part is plan:
        return plan
    if part is None:
        return _kept(facts, plan.stopped(_waits(facts)), plan)
    return _kept(facts, replace(part, verdict=_waiting(facts)), plan)


def _waits(facts: Facts) -> Verdict:
    """Return what is said of a plan of which nothing is sent: why it was refused, as long as it is the same."""
    entry, seen = facts.entry, not facts.match.unseen
    same = entry is not None and entry.generation == facts.record.generation and entry.verdict.reason in FAILING
    return entry.verdict if entry is not None and same and seen else _waiting(facts)


def _waiting(facts: Facts) -> Verdict:
    """Return what is said of what waits."""
    if facts.match.unseen:
        return _UNSEEN
    return _UNLISTED if facts.unlisted else _WAITS


def _kept(facts: Facts, part: Plan, plan: Plan) -> Plan:
    """Return a part of a plan, which leaves on record what the rest would have changed."""
    entry, sent = facts.entry, {change.path for change in part.changes}
    applied = dict.fromkeys((*(entry.applied if entry else ()), *map(str, sent)))
    gone = {member.id for member in part.member_removals}
    joined = () if EVERYONE in plan.remembered else tuple(member.id for member in part.member_adds)
    members = tuple(id for id in (*(entry.members if entry else ()), *joined) if id not in gone)
    return replace(
        part,
        owned=part.owned and (facts.match.owned or part.adopts),
        applied=tuple(applied),
        remembered=tuple(dict.fromkeys(members)),
        postponed=tuple(change.path for change in plan.changes if change.path not in sent),
        coming=0,
        toward=(),
        unlike=None,
    )
