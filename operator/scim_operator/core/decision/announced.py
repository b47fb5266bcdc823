"""Reports on a plan that is not carried out: the config only plans, or the plan waits for approval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord


def planned(plan: Plan, facts: Facts) -> Plan:
    """Return what a dry run says of a plan: nothing is sent, and nothing becomes ours by looking."""
    looked = replace(plan, owned=plan.owned and facts.match.owned)
    if plan.adopts:
        return looked.stopped(_dry(f"{_capital(taking_over(plan))} is planned"))
    if plan.verb is None:
        return looked
    parts = [f"{plan.verb} is planned{f', again ({_LOST})' if plan.recreates else ''}"]
    if plan.changes:
        parts.append("changes " + ", ".join(str(change.path) for change in plan.changes))
    if plan.member_adds or plan.member_removals:
        parts.append(f"{counted(len(plan.member_adds), 'member')} to add, {len(plan.member_removals)} to remove")
    applied = facts.entry.applied if facts.entry else ()
    return replace(looked.stopped(_dry("; ".join(parts))), applied=applied)


_LOST = "the service no longer has the resource on record"


def _dry(what: str) -> Verdict:
    return Verdict(Reason.PLANNED, f"{what}. Nothing is sent: spec.mode is Plan.")


def held(plan: Plan, record: SourceRecord | None = None) -> Plan:
    """Return what is said of a plan that waits for approval, as a whole or with its removals.

    `record`: the manifest, if there is one. Of one that is being deleted it is said how to put it back.
    """
    what = waiting_part(plan)
    reported = f"{_capital(what)} waits for approval: see status.plan of the ProvisioningConfig."
    if record is not None and record.deleting:
        reported = f"{reported} {IF_MISTAKEN}: {undelete_command(record.key.namespace, str(record.key))}"
    return plan.stopped(Verdict(Reason.HELD, reported))


IF_MISTAKEN = "If it was deleted by mistake, applying it again does not help; put it back"


def undelete_command(namespace: str, *what: str) -> str:
    """Return the command that puts a deleted manifest back, or what a directory has."""
    return " ".join(
        ("scim-operator undelete", *what, f"--namespace {namespace}", *(() if what else ("--filename DIR",)))
    )


def deleted_by_mistake(number: int, namespace: str) -> str:
    """Return what to do where so many of the held changes come of deleted manifests; "" where none does."""
    if not number:
        return ""
    return (
        f"Of {counted(number, 'object')} the manifest was deleted: if by mistake, applying it again does not help; put "
        f"back what Git has with {undelete_command(namespace)}"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def taking_over(plan: Plan) -> str:
    """Return which resource a plan takes over, how it was found, and what would change about it, in words."""
    return f"taking over the resource {plan.shown} (it matches by {plan.matched_by}; {_with_it(plan)})"


def _with_it(plan: Plan) -> str:
    """Return what a takeover does to the resource, in words."""
    if plan.removes:
        return "deleting it"
    disables = plan.verb is Verb.DISABLE
    parts = [str(change.path) for change in plan.changes if not (disables and change.path == ACTIVE)]
    parts += [f"{counted(len(plan.member_adds), 'member')} to add"] if plan.member_adds else []
    parts += [f"{counted(len(plan.member_removals), 'member')} to remove"] if plan.member_removals else []
    changing = f"changing {', '.join(parts) or 'nothing'}"
    if not disables:
        return changing
    return f"disabling it, {changing}" if parts else "disabling it"


def waiting_part(plan: Plan) -> str:
    """Return what of a held plan waits, in words."""
    if plan.adopts:
        return taking_over(plan)
    if plan.recreates:
        return f"creating it again ({_LOST})"
    if plan.verb is not Verb.UPDATE or not plan.tally:
        return str(plan.verb)
    parts = [f"the removal of {counted(len(plan.member_removals), 'member')}"] if plan.member_removals else []
    between = " to a value in between" if plan.steps_aside else ""
    renaming = ", ".join(str(change.path) for change in plan.renaming)
    parts += [f"the change of {renaming}{between}"] if renaming else []
    return " and ".join(parts)
