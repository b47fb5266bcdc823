"""Unique values that go round in a circle: each is wanted by one object and held by the next (ADR 0026).

Where the service refuses each of them, one steps aside: it takes a value of its own making, the others move, and it
takes what it wants.

| the value that is wanted                            | then                                                       |
|-----------------------------------------------------|------------------------------------------------------------|
| is held by no one, or by someone who keeps it       | it is sent, and what the service answers is reported       |
| is held by one of ours who is to have another value | it is sent; where it is refused, that one's move wakes it  |
| and that closes a circle, each of which was refused | the first by name steps aside                              |
| and the object has stepped aside                    | it waits until that one has moved; all else is sent        |

What ends access is sent before, and no one steps aside while it waits. Only one attribute steps aside at a time, so
that a resource is never without an identity that is on record.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.claims import Blocked
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import JsonValue

_ASIDE = re.compile(r"-([0-9a-f]{10})(?:@[^@]*)?\Z")


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


def aside_of(value: str, key: ObjectKey, id: str, path: AttributePath) -> str:
    """Return the value that an object has in between: its own, with a suffix before the domain, if it has one."""
    local, at, domain = value.rpartition("@") if "@" in value else (value, "", "")
    return f"{local}-{_suffix(key, id, path)}{at}{domain}"


def is_aside(value: JsonValue, key: ObjectKey, id: str, path: AttributePath) -> bool:
    """Return whether a value is one that this object has in between."""
    found = _ASIDE.search(value) if isinstance(value, str) else None
    return found is not None and found[1] == _suffix(key, id, path)


def _suffix(key: ObjectKey, id: str, path: AttributePath) -> str:
    """Return what only this attribute of this resource has, so that a value in between is known after a crash."""
    return hashlib.sha256("\0".join(("aside", *key, id, str(path).lower())).encode()).hexdigest()[:10]


def in_turn(facts: Facts, plan: Plan) -> Plan:
    """Return an update as far as it can be made now: without what waits for another, or the step aside alone."""
    blocked = {each.path: each for each in facts.blocked}
    barred = [change for change in plan.changes if change.path in blocked]
    waiting = tuple(change for change in barred if is_aside(change.old, plan.key, plan.id, change.path))
    first = (each for each in barred if each not in waiting and plan.key == min(blocked[each.path].ring, default=None))
    step = next((change for change in first if isinstance(change.old, str)), None)
    if step is None or plan.tally.ends_access:
        return _waiting(plan, waiting, blocked) if waiting else plan
    return _step(plan, step, waiting, blocked)


def _waiting(plan: Plan, waiting: tuple[AttributeChange, ...], blocked: Mapping[AttributePath, Blocked]) -> Plan:
    rest = tuple(change for change in plan.changes if change not in waiting)
    moves = rest or plan.member_adds or plan.member_removals
    verb = plan.verb if plan.verb is not Verb.UPDATE or moves else None
    return replace(plan, verb=verb, changes=rest, toward=waiting, verdict=_in_between(plan, waiting, blocked))


def _step(
    plan: Plan,
    step: AttributeChange,
    waiting: tuple[AttributeChange, ...],
    blocked: Mapping[AttributePath, Blocked],
) -> Plan:
    aside = replace(step, new=aside_of(str(step.old), plan.key, plan.id, step.path))
    later = {member.id for member in plan.member_adds}
    return replace(
        plan,
        verb=Verb.UPDATE,
        changes=(aside,),
        member_adds=(),
        toward=(step, *waiting),
        remembered=tuple(id for id in plan.remembered if id not in later),
        verdict=_in_between(plan, (step, *waiting), blocked),
    )


def _in_between(plan: Plan, waiting: Iterable[AttributeChange], blocked: Mapping[AttributePath, Blocked]) -> Verdict:
    """Return what holds until the others have moved; what needs a person says that."""
    if plan.verdict.reason not in (Reason.PROVISIONED, Reason.INCOMPLETE):
        return plan.verdict
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


def about(blocked: Iterable[Blocked]) -> str:
    """Return whom a refused value waits for, in words to follow the refusal; "" where it waits for no one."""
    waits = "; ".join(f"{each.path} is at {each.holder}, who is to have another" for each in blocked)
    return f" {waits}: it is tried again then." if waits else ""


def refused(plan: Plan, ring: tuple[ObjectKey, ...]) -> str:
    """Return what it means that the service refuses the value in between, and what to do, in words."""
    path, others = plan.toward[0].path, ", ".join(map(str, ring[1:]))
    return (
        f"It exchanges {path} with {others}, and the service takes no other value in between. Give one of them another "
        f"{path}, wait until it is Provisioned, and then give it the one that it is to have."
    )
