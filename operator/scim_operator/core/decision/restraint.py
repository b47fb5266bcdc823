"""The plan in a quarantine in which the service answers: what ends access goes on, and all else waits for the retry.

The same for a resource that the service does not show, and while the service is still to be listed. Then what is ours
by its id on record is also given what needs no listing: who joins a group, and values by which no one is known.

| due                                         | sent                                   | said          |
|---------------------------------------------|----------------------------------------|---------------|
| a deletion, a disable, members who leave    | the same                               | as always     |
| one of these, and more of the same object   | what ends access; who joins only where | `Quarantined` |
|                                             | `minMembers` cannot do without         |               |
| anything else                               | nothing                                | `Quarantined` |
| the same, before the service is listed      | who joins, and what names no one       | `Pending`     |
| the same, which was refused before          | nothing                                | the refusal   |
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import ACTIVE, CLEARED, MANAGER
from scim_operator.core.attributes.renaming import is_name
from scim_operator.core.connection.quarantine import FAILING
from scim_operator.core.decision.references import refers
from scim_operator.core.plan.parts import ending
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.keys import Kind
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
_UNLISTED = Verdict(Reason.PENDING, "The rest waits until the service has been listed, as it is whenever work begins.")


def restrained(facts: Facts, rules: Rules, plan: Plan) -> Plan:
    """Return what of a plan is sent in such a quarantine, unseen or unlisted, and what is said of it."""
    if not plan.acts or plan.removes:
        return plan
    part = ending(plan)
    if part is None and facts.unlisted and not (rules.restrained or facts.match.unseen):
        part = _unlisted(facts, rules, plan)
    if part is plan:
        return plan
    if part is None:
        return _kept(facts, plan.stopped(_waits(facts)), plan)
    return _kept(facts, replace(part, verdict=_waiting(facts)), plan)


def _unlisted(facts: Facts, rules: Rules, plan: Plan) -> Plan | None:
    """Return what of an update needs no listing; None for nothing.

    Whose a name is, and who has to step aside for whom, only a listing shows.
    """
    ours = facts.match.owned and facts.match.by == "id"
    asks = plan.adopts or plan.asks or plan.protected or plan.toward
    if plan.verb is not Verb.UPDATE or not ours or asks:
        return None
    special = (each.target for each in rules.mappings if each.selects or refers(each))
    named = (ACTIVE, MANAGER, *rules.matching, *special)
    changes = tuple(each for each in plan.changes if _is_plain(each, plan.key.kind, named))
    if changes == plan.changes:
        return plan
    return replace(plan, changes=changes) if changes or plan.member_adds else None


def _is_plain(change: AttributeChange, kind: Kind, named: Iterable[AttributePath]) -> bool:
    """Return whether a change gives an attribute a value by which no one is known: a first name may be another's."""
    return change.new is not CLEARED and not is_name(kind, change.path) and not any(map(change.path.overlaps, named))


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
    joined = tuple(member.id for member in part.member_adds)
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
