"""The fate of a resource that is not wanted (any more): left alone, disabled or emptied, deleted, or deleted later.

Leaving scope and deletion of the manifest both mean "desired: none"; they differ in which removal rule applies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import Action, Adoption, MembershipPolicy, Removal
from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.adoption import strictest
from scim_operator.core.keys import Kind
from scim_operator.core.plan.membership import answered_for, observed_members
from scim_operator.core.plan.plan import Plan, in_order
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import AWAY, Reason, Verdict
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Member
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document


def removal(facts: Facts, rules: Rules) -> Plan:
    """Return the plan for what should not be at the service."""
    document = facts.match.document
    if document is not None and facts.match.owned:
        return _removal(facts, rules, document)
    return (
        _unproven(facts, rules)
        or _left_before(facts, rules)
        or nothing(facts, Reason.OUT_OF_SCOPE, facts.scope.message)
    )


def ends_itself(record: SourceRecord, now: datetime) -> bool:
    """Return whether a manifest says by itself that access ends: no config says so for it."""
    if record.deleting:
        return True
    is_over = record.window is not None and record.window.is_late(now)
    return record.key.kind is Kind.USER and (is_over or ACTIVE.read(record.document) is False)


def _unproven(facts: Facts, rules: Rules) -> Plan | None:
    """Return the removal, by approval, of what a status without proof says is ours, as after a lost key.

    Without it, anyone who leaves before their resource is ours again would keep their access, unasked. The same for
    whom an earlier revision had, the only memory without a cluster: there the policy says whether to ask.
    """
    match = facts.match
    policy = strictest(rules.adoption, facts.record.adoption)
    if match.document is None or not match.claimed or match.other or match.owner or policy is Adoption.NEVER:
        return None
    if facts.terminating:
        return None
    if facts.contention.unknown:
        return nothing(facts, Reason.CONFLICT, facts.contention.unknown)
    plan = _removal(facts, rules, match.document)
    asks = facts.record.earlier is None or policy is Adoption.APPROVE
    return replace(plan, adopts=True, asks=asks, matched_by=match.by, shown=match.shown) if plan.verb else None


def rule_for(record: SourceRecord, rules: Rules) -> Removal:
    """Return which rule holds for a manifest that leaves."""
    return rules.when_deleted if record.deleting else rules.when_out_of_scope


def _removal(facts: Facts, rules: Rules, document: Document) -> Plan:
    if facts.record.deleting and not facts.record.finalized:
        # Our finalizer was removed, by us or by a person, to say that nothing more is to be done (promise S3).
        return kept(facts, Reason.RETAINED, "The manifest goes without our finalizer; the resource is left as it is.")
    rule = rule_for(facts.record, rules)
    if rule is Removal.RETAIN or Action.DELETE not in rules.actions:
        return kept(facts, Reason.RETAINED, _AS_IT_IS)
    if rule is Removal.DELETE:
        waits = facts.guarded.keepers and not facts.terminating and not _is_deleted_softly(facts, document)
        return _disable_first(facts, document) if waits else _delete(facts, document)
    overdue = facts.overdue and bool(rules.delete_after) and not facts.guarded.keepers
    if rule is Removal.EMPTY:
        return _empty(facts, document, overdue=overdue)
    return _delete(facts, document) if overdue else _disable(facts, document)


def _delete(facts: Facts, document: Document) -> Plan:
    if _is_deleted_softly(facts, document):
        return kept(facts, SOFT_DELETED.reason, SOFT_DELETED.message)
    return Plan(
        key=facts.record.key,
        verdict=Verdict(Reason.OUT_OF_SCOPE, f"Deleted at the service. {facts.scope.message}".strip()),
        verb=Verb.DELETE,
        id=document["id"],
        members=len(observed_members(document, ())),
    )


SOFT_DELETED = Verdict(Reason.OUT_OF_SCOPE, "Deleted at the service, which keeps it as an inactive resource.")


def instead_of_deletion(plan: Plan, document: Document) -> Plan | None:
    """Return what ends the access to a resource that the service does not delete; None where nothing is left to end.

    It takes no more away than the deletion, which the limits have counted.
    """
    if plan.key.kind is Kind.GROUP:
        members = in_order(observed_members(document, ()))
        return replace(plan, verb=Verb.UPDATE, members=0, member_removals=members) if members else None
    differing = changes({ACTIVE: False}, document, clear=())
    return replace(plan, verb=Verb.DISABLE, changes=differing) if differing else None


def _is_deleted_softly(facts: Facts, document: Document) -> bool:
    entry = facts.entry
    known = entry is not None and entry.verdict == SOFT_DELETED and entry.id == document["id"]
    return known and not changes({ACTIVE: False}, document)


def deleted_softly(plan: Plan) -> Plan:
    """Return what holds after a deletion that left the resource there: it is remembered and not repeated."""
    return replace(plan.stopped(SOFT_DELETED), owned=True)


LEFT = AWAY | {Reason.RETAINED, Reason.UNDECIDED, Reason.OUT_OF_SCOPE}


def has_left(entry: ServiceEntry) -> bool:
    """Return whether an object has left the scope. What only is left alone, its kind being switched off, has not."""
    return entry.verdict.reason in LEFT and entry.verdict not in _LEFT_ALONE.values()


def _left_before(facts: Facts, rules: Rules) -> Plan | None:
    """Return the plan for what left the scope earlier, unchanged: services hide disabled users from lists.

    What only was left alone while its kind was switched off has not left: it is asked for by its id.
    """
    entry = facts.entry
    if facts.match.document is not None or entry is None or not entry.id or not has_left(entry):
        return None
    verdict = Verdict(Reason.RETAINED, _AS_IT_IS) if entry.verdict.reason is Reason.UNDECIDED else entry.verdict
    return Plan(facts.record.key, verdict, id=entry.id, owned=True, applied=entry.applied)


_AS_IT_IS = "No longer provisioned; the resource at the service is left as it is."


def switched_off(facts: Facts, rules: Rules) -> Plan:
    """Return the plan for a kind of object that the config switches off: no request is sent, be it to end access.

    What is on record stays so, without a look at the service.
    """
    entry, key = facts.entry, facts.record.key
    if entry is None or not (entry.id or entry.claimed):
        return Plan(key, Verdict(Reason.OUT_OF_SCOPE, facts.scope.message))
    verdict = entry.verdict if entry.verdict.reason in LEFT - {Reason.UNDECIDED} else _LEFT_ALONE[rules.type.kind]
    return Plan(key, verdict, id=entry.id, owned=bool(entry.id), applied=entry.applied, remembered=entry.members)


_OFF = "spec.{}.enabled is false: no request is sent, and what is at the service stays as it is."
_LEFT_ALONE = {
    Kind.USER: Verdict(Reason.RETAINED, _OFF.format("users")),
    Kind.GROUP: Verdict(Reason.RETAINED, _OFF.format("groups")),
}
"""What is said of what is on record while its kind is switched off."""


def deletes_overdue(rules: Rules) -> bool:
    """Return whether the config still deletes those who have stayed away; if not, they stay disabled."""
    if not rules.enabled:
        return False
    still = rules.when_deleted is not Removal.RETAIN and Action.DELETE in rules.actions
    return still and bool(rules.delete_after) and not rules.transfer_to


def gives_access(kind: Kind, document: Document) -> bool:
    """Return whether a resource, as the service shows it, gives access: to a user who is active, or to members."""
    return bool(changes({ACTIVE: False}, document) if kind is Kind.USER else observed_members(document, ()))


def overdue_deletion(key: ObjectKey, document: Document) -> Plan | None:
    """Return the deletion of a resource whose manifest is gone; None when it gives access again, so that it stays.

    Someone has enabled the user again, or has added members to the group.
    """
    if gives_access(key.kind, document):
        return None
    return Plan(key, Verdict(Reason.OUT_OF_SCOPE, "Deleted at the service."), Verb.DELETE, id=document["id"])


def _disable(facts: Facts, document: Document) -> Plan:
    plan = kept(facts, Reason.DISABLED, f"Disabled at the service. {facts.scope.message}".strip())
    differing = changes({ACTIVE: False}, document, clear=())
    if not differing:
        return plan
    return Plan(
        key=plan.key,
        verdict=plan.verdict,
        verb=Verb.DISABLE,
        id=plan.id,
        changes=differing,
        owned=True,
        applied=plan.applied,
    )


def _disable_first(facts: Facts, document: Document) -> Plan:
    """Return the plan for a user who is to be deleted, and whom a group with `minMembers` cannot do without.

    Access ends at once, whatever the group needs. The deletion, which would take the user out of it unasked, waits
    until the group has let go of the user: by its own plan, which asks for an approval where that is due.
    """
    groups = ", ".join(str(each.key) for each in facts.guarded.keepers)
    said = f"Disabled at the service. It is deleted once {groups} can do without it: see minMembers of the config."
    return replace(_disable(facts, document), verdict=Verdict(Reason.NEEDED, said))


def _empty(facts: Facts, document: Document, *, overdue: bool) -> Plan:
    """Remove the members that a group's manifest put in; once overdue, delete the group unless others are in it."""
    present = observed_members(document, facts.group_ids)
    gone = in_order(member for member in present if _answers_for(facts, member))
    others = counted(len(present) - len(gone), "member")
    stay = f" Not put in by it, and still there: {others}. It is not deleted while they are in it."
    said = f"Emptied at the service. {facts.scope.message}".strip() + (stay if len(gone) < len(present) else "")
    plan = kept(facts, Reason.EMPTIED, said)
    if gone:
        return replace(plan, verb=Verb.UPDATE, member_removals=gone)
    if overdue and not present:
        return _delete(facts, document)
    return plan


def _answers_for(facts: Facts, member: Member) -> bool:
    """Return whether the manifest decides about this member of its group: all, those that it added, or none."""
    record = facts.record
    if record.members is None or record.membership_policy is MembershipPolicy.OBSERVE:
        return False
    added = facts.entry.members if facts.entry else ()
    return record.membership_policy is MembershipPolicy.EXCLUSIVE or bool(answered_for(added, (member.id,)))


def nothing(facts: Facts, reason: Reason, message: str) -> Plan:
    """Return the plan that does nothing, and says why; what is ours stays ours."""
    return kept(facts, reason, message) if facts.match.owned else Plan(facts.record.key, Verdict(reason, message))


def kept(facts: Facts, reason: Reason, message: str) -> Plan:
    """Return the plan that leaves the resource as it is and ours."""
    id = facts.match.document["id"] if facts.match.document else ""
    applied, members = (facts.entry.applied, facts.entry.members) if facts.entry else ((), ())
    verdict = Verdict(reason, message)
    return Plan(facts.record.key, verdict, id=id, owned=True, applied=applied, remembered=members)
