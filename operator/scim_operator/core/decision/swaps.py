"""Unique values that go round in a circle: each is wanted by one object and held by the next (ADR 0026).

Where the service refuses each of them, one steps aside: it takes a value of its own making, the others move, and it
takes what it wants.

| the value that is wanted                            | then                                                       |
|-----------------------------------------------------|------------------------------------------------------------|
| is held by no one, or by someone who keeps it       | it is sent, and what the service answers is reported       |
| is held by one of ours who is to have another value | it is sent; where it is refused, that one's move wakes it  |
| and that closes a circle, each of which was refused | the first by name steps aside                              |
| and the object has stepped aside                    | it waits until that one has moved; all else is sent        |
| is held by someone who keeps it, and the object has | it waits, and says who has the value and what to do; all   |
| stepped aside                                       | else is sent                                               |

What ends access is sent before, and no one steps aside while it waits. Only one attribute steps aside at a time, so
that a resource is never without an identity that is on record. Whom the config leaves alone from now on is not left
with a value in between: it gets the value that is wanted or, where that is not free, the one that it had.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.claims import Astray, Blocked
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan


def ring_from(key: ObjectKey, follow: Callable[[ObjectKey], ObjectKey | None]) -> tuple[ObjectKey, ...]:
    """Return the circle that leads from an object back to it, the object first; () where there is none.

    `follow` returns who holds what an object wants, None where that is no one who moves.
    """
    found: dict[ObjectKey, None] = {}
    each: ObjectKey | None = key
    while each is not None and each not in found:
        found[each] = None
        each = follow(each)
    return tuple(found) if each == key and len(found) > 1 else ()


def in_turn(facts: Facts, plan: Plan) -> Plan:
    """Return an update as far as it can be made now: without what waits for another, or the step aside alone."""
    blocked = {each.path: each for each in facts.exchanges.blocked}
    barred = {change.path: change for change in plan.changes if change.path in blocked}
    aside = {each.path for each in facts.exchanges.astray}
    waiting = tuple(change for change in barred.values() if change.path in aside)
    # What resources are known by goes first: the service may never have refused the others by themselves.
    first = (barred[each.path] for each in facts.exchanges.blocked if each.path in barred and _is_first(plan.key, each))
    step = next((change for change in first if isinstance(change.old, str) and change not in waiting), None)
    if step is None or facts.exchanges.between is None or plan.tally.ends_access:
        return _waiting(plan, waiting, blocked) if waiting else plan
    value = facts.exchanges.between.of(str(step.old), plan.key, step.path)
    return _step(plan, replace(step, new=value), (step, *waiting), blocked)


def _is_first(key: ObjectKey, blocked: Blocked) -> bool:
    return key == min(blocked.ring, default=None)


def _waiting(plan: Plan, waiting: tuple[AttributeChange, ...], blocked: Mapping[AttributePath, Blocked]) -> Plan:
    rest = tuple(change for change in plan.changes if change not in waiting)
    moves = rest or plan.member_adds or plan.member_removals
    verb = plan.verb if plan.verb is not Verb.UPDATE or moves else None
    return replace(plan, verb=verb, changes=rest, toward=waiting, verdict=_in_between(plan, waiting, blocked))


def _step(
    plan: Plan,
    aside: AttributeChange,
    toward: tuple[AttributeChange, ...],
    blocked: Mapping[AttributePath, Blocked],
) -> Plan:
    later = {member.id for member in plan.member_adds}
    return replace(
        plan,
        verb=Verb.UPDATE,
        changes=(aside,),
        member_adds=(),
        toward=toward,
        remembered=tuple(id for id in plan.remembered if id not in later),
        verdict=_in_between(plan, toward, blocked),
    )


def _in_between(plan: Plan, waiting: Iterable[AttributeChange], blocked: Mapping[AttributePath, Blocked]) -> Verdict:
    """Return what holds until the others have moved; what needs a person says that."""
    if plan.verdict.reason not in (Reason.PROVISIONED, Reason.INCOMPLETE):
        return plan.verdict
    for change in waiting:
        if keeps := blocked[change.path].keeps:
            return Verdict(Reason.CONFLICT, f"{change.path} has a value in between, and {keeps} All else is as mapped.")
    paths = ", ".join(str(change.path) for change in waiting)
    names = ", ".join(dict.fromkeys(str(blocked[change.path].holder) for change in waiting))
    return Verdict(
        Reason.INCOMPLETE,
        f"{paths} has a value in between, until {names} has given up the one that is wanted; all else is as mapped.",
    )


def in_the_end(plan: Plan) -> Plan:
    """Return the plan with what waits for others' turn, as a review shows it: all that is to be done."""
    if not plan.toward or plan.steps_aside:
        return plan
    return replace(plan, verb=plan.verb or Verb.UPDATE, changes=(*plan.changes, *plan.toward), toward=())


def homeward(facts: Facts, plan: Plan) -> Plan:
    """Return the plan of what is left alone from now on: no one is left with a value in between who can do without."""
    if not facts.match.owned or facts.terminating or plan.removes:
        return plan
    moves = tuple(AttributeChange(each.path, each.value, each.home) for each in facts.exchanges.astray if each.home)
    return replace(plan, verb=plan.verb or Verb.UPDATE, changes=(*plan.changes, *moves)) if moves else plan


def verified(facts: Facts, plan: Plan) -> Plan:
    """Return the plan, which is not Ready while the resource keeps a value in between.

    A manifest that is being deleted is not kept for that: there would be no one left to give it another.
    """
    left = _left(facts, plan)
    if not left or not plan.verdict.ready or plan.removes or facts.record.deleting:
        return plan
    paths = ", ".join(str(each.path) for each in left)
    why = "" if any(each.home for each in left) else f": {NOT_FREE}. Free one of them, or change it at the service"
    said = f"{plan.verdict.message} {paths} still has a value in between{why}."
    return replace(plan, verdict=Verdict(Reason.INCOMPLETE, said.strip()))


NOT_FREE = "neither the value that it is to have nor the one that it had is free"


def _left(facts: Facts, plan: Plan) -> list[Astray]:
    changed = {change.path for change in plan.changes}
    return [each for each in facts.exchanges.astray if each.path not in changed]


def about(blocked: Iterable[Blocked]) -> str:
    """Return whom a refused value waits for, in words to follow the refusal; "" where it waits for no one."""
    waits = "; ".join(f"{each.path} is at {each.holder}, who is to have another" for each in blocked if not each.keeps)
    return f" {waits}: it is tried again then." if waits else ""


def refused(plan: Plan, ring: tuple[ObjectKey, ...]) -> str:
    """Return what it means that the service refuses the value in between, and what to do, in words."""
    path, others = plan.toward[0].path, ", ".join(map(str, ring[1:]))
    return (
        f"It exchanges {path} with {others}, and the service takes no other value in between. Give one of them another "
        f"{path}, wait until it is Provisioned, and then give it the one that it is to have."
    )
