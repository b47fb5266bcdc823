"""The end of an explanation, in words: what would be sent for one object, when, and why, or why nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.api.common import format_duration
from scim_operator.core.decision.announced import taking_over, waiting_part
from scim_operator.core.plan.parts import apart
from scim_operator.core.records.status import AWAY, Reason
from scim_operator.core.wording import counted, in_utc, rfc3339

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.explain.obstacles import Obstacle
    from scim_operator.core.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Outlook:
    """The inputs of a conclusion beside facts and plan."""

    now: datetime
    obstacles: tuple[Obstacle, ...] = ()
    meanwhile: Plan | None = None
    """What of the plan goes on while it waits for approval; None where it does not wait."""
    grace: timedelta | None = None
    """How long after a disable the deletion comes; None or 0 for never."""
    buried: datetime | None = None
    """When what is disabled already is due to be deleted."""


def conclusion(facts: Facts, plan: Plan, outlook: Outlook) -> str:
    """Return what would happen, and why, in one to a few sentences."""
    first = _held_adoption(plan, outlook)
    first = first or (_nothing(facts, plan) if plan.verb is None else _something(facts, plan, outlook))
    rest = (_before(facts, plan), _why(facts, plan), _unresolved(plan), _awaited(plan), _dates(facts, outlook.now))
    return " ".join(filter(None, (first, *rest, _deletion(facts, plan, outlook))))


def _held_adoption(plan: Plan, outlook: Outlook) -> str:
    if not plan.adopts or outlook.meanwhile is None:
        return ""
    once = [f"once {each.once}" for each in outlook.obstacles]
    what = taking_over(plan)
    return f"{what[:1].upper()}{what[1:]} would come{_listed(['after approval', *once])}; nothing is sent before."


def _nothing(facts: Facts, plan: Plan) -> str:
    taken = ", and the resource is taken over" if _adopts(facts, plan) else ""
    return f"Nothing would be sent{taken}: {plan.verdict.message}"


def _adopts(facts: Facts, plan: Plan) -> bool:
    return plan.owned and facts.match.document is not None and not facts.match.owned


def _something(facts: Facts, plan: Plan, outlook: Outlook) -> str:
    taken = ", which takes the resource over," if _adopts(facts, plan) else ""
    once = [f"once {each.once}" for each in outlook.obstacles]
    if outlook.meanwhile is None:
        return f"{plan.verb}{taken} would be sent{_listed(once)}."
    if outlook.meanwhile.verb is None:
        return f"{plan.verb}{taken} would be sent{_listed(['after approval', *once])}."
    waits = apart(plan)[-1] if outlook.meanwhile.tally.ends_access else plan
    return f"{plan.verb}{taken} would be sent{_listed(once)}, but {waiting_part(waits)} only after approval."


def _listed(conditions: list[str]) -> str:
    return " " + ", and ".join(conditions) if conditions else ""


def _before(facts: Facts, plan: Plan) -> str:
    """Return what came of the last attempt, where that has a bearing on the next."""
    entry = facts.entry
    if plan.verb is None or entry is None or entry.generation != facts.record.generation:
        return ""
    if entry.verdict.reason is Reason.REJECTED:
        return (
            "The service has refused it: it is tried again when the manifest, its mapping or what is in the way "
            "changes, and with --apply."
        )
    return "It has failed, and is tried again by itself." if entry.verdict.reason is Reason.RETRYING else ""


def _why(facts: Facts, plan: Plan) -> str:
    """Return why it is in scope or not, unless the plan has said so."""
    if plan.verb is not None:
        return facts.scope.message
    silent = facts.scope.in_scope or facts.scope.undecided or plan.verdict.reason is Reason.SUSPENDED
    return "" if silent or facts.scope.message in plan.verdict.message else facts.scope.message


def _unresolved(plan: Plan) -> str:
    return plan.verdict.message if plan.verb is not None and not plan.verdict.ready else ""


def _awaited(plan: Plan) -> str:
    return f"Still to be provisioned: {counted(len(plan.pending), 'member')}." if plan.verb and plan.pending else ""


def _dates(facts: Facts, now: datetime) -> str:
    """Return when the manifest's dates come, or came."""
    window = facts.record.window
    if window is None or facts.record.deleting or facts.record.suspended:
        return ""
    if window.begin is not None and window.is_early(now):
        return f"spec.notBefore is {in_utc(window.begin)}."
    return f"spec.notAfter was {in_utc(window.end)}." if window.end is not None and window.is_late(now) else ""


def _deletion(facts: Facts, plan: Plan, outlook: Outlook) -> str:
    """Return when a resource that is disabled or emptied as unwanted is to be deleted."""
    if facts.desired is not None or plan.verdict.reason not in AWAY or not outlook.grace:
        return ""
    if outlook.buried is not None:
        return f"It is to be deleted at {rfc3339(outlook.buried)}, unless it is wanted again before."
    if plan.verb is not None:
        return f"It is to be deleted {format_duration(outlook.grace)} after that, unless it is wanted again before."
    return ""
