"""The decision for one object: facts are gathered first, then judged by an ordered chain that ends in a plan.

| desired | observed                        | owned | plan                                                        |
|---------|---------------------------------|-------|-------------------------------------------------------------|
| yes     | none                            | -     | Create (never for `active: false`)                          |
| yes     | equal on managed attributes     | yes   | nothing, no request                                         |
| yes     | differs                         | yes   | Update (PATCH; PUT where PATCH is not supported)            |
| yes     | present                         | no    | adopt (Update) by approval or policy, else NotOwned         |
| yes     | present with another's mark     | no    | OwnedByOther, never touched                                 |
| yes     | several                         | -     | Ambiguous, never touched                                    |
| none    | present                         | yes   | Disable, Delete or Retain                                   |
| none    | none, or not owned              | -     | nothing                                                     |

`core.decision.removal` handles what is not desired.
Before all of it: where several manifests claim one resource, its owner goes on alone, or all wait (`contention.py`);
and where an expression fails for an object, nothing is sent for that object but what ends access: `active: false`, and
the removal of members who are known to leave.
After all of it: while the namespace or the CRD is being deleted, nothing is taken away; and in a quarantine because
the service does not take most of what is sent, nothing else is done, and before a session has listed the service
little else (`restraint.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import Action, Adoption
from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.decision.adoption import strictest
from scim_operator.core.decision.contention import contested, obstacle
from scim_operator.core.decision.external_ids import unstated
from scim_operator.core.decision.provisioned import provisioned
from scim_operator.core.decision.references import to_clear
from scim_operator.core.decision.removal import has_left, kept, nothing, removal, switched_off
from scim_operator.core.decision.required import emptied, lost, missing, required_message
from scim_operator.core.decision.restraint import restrained
from scim_operator.core.decision.stored import is_reformatted, left_unlike, stuck, uncleared
from scim_operator.core.decision.swaps import homeward, in_turn, verified
from scim_operator.core.decision.transfer import transfer
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.mapping.mapping import left_over, to_document
from scim_operator.core.plan.membership import UNAPPROVED, MemberChanges, member_changes, observed_members
from scim_operator.core.plan.parts import apart
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Member
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document

_CORE_SCHEMA = {ResourceType.USER: CORE_USER, ResourceType.GROUP: CORE_GROUP}


def decide(facts: Facts, rules: Rules) -> Plan:
    """Decide what to do. The plan keeps to the config's actions; limits, modes and approval come later."""
    plan = _decided(facts, rules)
    plan = verified(facts, plan) if facts.exchanges.astray else plan
    return restrained(facts, rules, plan) if rules.restrained or facts.match.unseen or facts.unlisted else plan


def _decided(facts: Facts, rules: Rules) -> Plan:
    if facts.record.suspended or not rules.enabled:
        return _suspended(facts) if rules.enabled else switched_off(facts, rules)
    if facts.scope.undecided:
        return _guarded(facts, _within_actions(_spared(facts, _undecided(facts, rules)), rules))
    if rules.transfer_to:
        return _guarded(facts, _within_actions(transfer(facts, rules), rules))
    if others := obstacle(facts):
        return nothing(facts, Reason.CONFLICT, others)
    if facts.match.ambiguous:
        several = ", ".join(facts.match.ambiguous)
        return nothing(
            facts,
            Reason.AMBIGUOUS,
            f"Several resources at the service match by {facts.match.by}: {several}. Leave one, or set externalId.",
        )
    plan = _present(facts, rules, facts.desired) if facts.desired is not None else _absent(facts, rules)
    judged = _guarded(facts, _within_actions(_spared(facts, plan), rules))
    says = bool(judged.changes or judged.document)
    return replace(judged, sensitive=sensitive) if says and (sensitive := rules.sensitive) else judged


def _guarded(facts: Facts, plan: Plan) -> Plan:
    """Return the plan, which asks for an approval by name where it touches a protected object."""
    document = facts.match.document
    members = len(observed_members(document, ())) if document and plan.acts and facts.guarded.floor else 0
    return facts.guarded.guard(plan, members)


def _undecided(facts: Facts, rules: Rules) -> Plan:
    """Return what is sent whatever the scope would be: what is handed over, or was left as it is, is not touched."""
    reason = facts.entry.verdict.reason if facts.entry is not None and has_left(facts.entry) else None
    if reason in (Reason.RETAINED, Reason.UNDECIDED):
        return nothing(facts, Reason.UNDECIDED, _UNTOUCHED.format(facts.scope.message.rstrip(".")))
    if rules.transfer_to:
        return nothing(facts, Reason.INVALID_SPEC, _UNTOUCHED.format(facts.scope.message.rstrip(".")))
    return _faulty(facts, rules, facts.scope.message)


_UNTOUCHED = "{}. Until that is fixed, it stays at the service as it is."


def _faulty(facts: Facts, rules: Rules, fault: str) -> Plan:
    """Return a plan that only ends access, because an expression fails for the object: that proves nothing else."""
    plan = nothing(facts, Reason.INVALID_SPEC, _UNTOUCHED.format(fault.rstrip(".")))
    document = facts.match.document
    if facts.record.invalid and facts.ends and facts.is_foreign and document is not None and not facts.match.other:
        off = changes({ACTIVE: False}, document, clear=())
        ending = replace(kept(facts, plan.verdict.reason, plan.verdict.message), verb=Verb.DISABLE, changes=off)
        return _adopt(facts, rules, ending) if off else plan
    if document is None or not facts.match.owned:
        return plan
    if facts.ends:
        off = changes({ACTIVE: False}, document, clear=())
        return replace(plan, verb=Verb.DISABLE if off else None, changes=off)
    gone = _members(facts, document).removals
    left = tuple(id for id in plan.remembered if id not in {member.id for member in gone})
    return replace(plan, verb=Verb.UPDATE if gone else None, member_removals=gone, remembered=left)


def _suspended(facts: Facts) -> Plan:
    """Return the plan that leaves a suspended manifest's resource alone; deleting the manifest gives it away."""
    if facts.record.deleting:
        return nothing(facts, Reason.RETAINED, "Deleted while spec.suspend was true: the resource is left as it is.")
    plan = nothing(facts, Reason.SUSPENDED, "spec.suspend is true: nothing is sent for it.")
    entry = facts.entry
    if entry is None or plan.id:
        return replace(plan, remembered=entry.members if entry else ())
    return replace(plan, id=entry.id, owned=bool(entry.id), applied=entry.applied, remembered=entry.members)


def _spared(facts: Facts, plan: Plan) -> Plan:
    """Keep a deleted namespace or an uninstall from emptying a tenant; what a manifest asks for is still done."""
    if not facts.terminating or not plan.tally.ends_access:
        return plan
    if facts.desired is None:
        return kept(facts, Reason.RETAINED, f"{_TERMINATING}; the resource at the service is left as it is.")
    if plan.verb is not Verb.UPDATE:
        return plan
    return replace(plan.without_removals, verdict=_kept_in(plan))


def _kept_in(plan: Plan) -> Verdict:
    """Return what holds where no member is removed because manifests go: what is not removed is not Ready."""
    if plan.verdict.reason not in (Reason.PROVISIONED, Reason.INCOMPLETE):
        return plan.verdict
    stays = counted(len(plan.member_removals), "member")
    why = f"Still in it: {stays}, while {_TERMINATING[0].lower()}{_TERMINATING[1:]}."
    return Verdict(Reason.INCOMPLETE, f"{plan.verdict.message} {why}")


_TERMINATING = "The namespace or the CustomResourceDefinition is being deleted"


def _present(facts: Facts, rules: Rules, desired: DesiredAttributes) -> Plan:
    match = facts.match
    if facts.fault:
        return _faulty(facts, rules, facts.fault)
    if match.document is None:
        return _create(facts, rules, desired)
    if match.owned:
        return in_turn(facts, _update(facts, rules, desired, match.document))
    if match.other:
        return nothing(facts, Reason.OWNED_BY_OTHER, _OTHERS.format(match=match))
    if message := unstated(facts.record.key, rules, desired):
        return nothing(facts, Reason.INVALID_SPEC, message)
    return _adopt(facts, rules, _update(facts, rules, desired, match.document))


def _absent(facts: Facts, rules: Rules) -> Plan:
    plan = removal(facts, rules)
    return homeward(facts, plan) if facts.exchanges.astray else plan


_OTHERS = "The resource that matches by {match.by} carries the mark of {match.other}: it is never touched from here."


def _adopt(facts: Facts, rules: Rules, plan: Plan) -> Plan:
    """Return the update of a resource not ours yet, as the stricter of config's and manifest's policy allows."""
    by, policy = facts.match.by, strictest(rules.adoption, facts.record.adoption)
    if policy is Adoption.NEVER:
        return nothing(
            facts,
            Reason.NOT_OWNED,
            f"A resource that matches by {by} is at the service already, and is not ours. "
            f"Set adoption: Approve to take it over by approval, or change {by}.",
        )
    if facts.contention.unknown:
        return nothing(facts, Reason.CONFLICT, facts.contention.unknown)
    # A takeover is judged even where nothing differs: from then on its removal is ours.
    return replace(plan, adopts=True, asks=policy is Adoption.APPROVE, matched_by=by, shown=facts.match.shown)


def _create(facts: Facts, rules: Rules, desired: DesiredAttributes) -> Plan:
    if rules.type is ResourceType.USER and desired.get(ACTIVE) is False and not rules.create_disabled:
        return nothing(
            facts, Reason.NOT_CREATED, "active is false and the service has no such user: nothing to disable."
        )
    if message := unstated(facts.record.key, rules, desired):
        return nothing(facts, Reason.INVALID_SPEC, message)
    document = to_document(desired, (_CORE_SCHEMA[rules.type],))
    if message := required_message(missing(document, rules.required)):
        return nothing(facts, Reason.INVALID_SPEC, message)
    members = _members(facts, {})
    return Plan(
        key=facts.record.key,
        verdict=provisioned(facts, members),
        verb=Verb.CREATE,
        document=document,
        member_adds=members.adds,
        owned=True,
        applied=tuple(map(str, desired)),
        pending=_pending(facts),
        coming=facts.membership.coming if facts.membership else 0,
        remembered=members.remembered,
        moving=rules.moving,
        recreates=_was_lost(facts.entry),
    )


def _was_lost(entry: ServiceEntry | None) -> bool:
    """Return whether a resource of the object is on record that its service, asked by the id, no longer has."""
    return entry is not None and entry.lost is not None


def _update(facts: Facts, rules: Rules, desired: DesiredAttributes, observed: Document) -> Plan:
    unnamed = unstated(facts.record.key, rules, desired)
    if unnamed:  # it already exists under some id, and everything else goes on, above all the end of access
        desired = {**desired, EXTERNAL_ID: EXTERNAL_ID.read(observed)}
    found = _differences(facts, rules, desired, observed)
    differing = _fixable(facts, rules, found)
    needed = (*lost(differing, observed, rules.required), *emptied(desired, rules.required))
    needed = tuple(dict.fromkeys(needed))
    if needed:  # they stay as they are, and everything else goes on
        differing = tuple(change for change in differing if not any(map(change.path.overlaps, needed)))
    members = _members(facts, observed)
    return Plan(
        key=facts.record.key,
        verdict=_invalid(unnamed or required_message(needed))
        or stuck(facts, rules, desired, found)
        or contested(facts)
        or provisioned(facts, members),
        verb=_update_verb(differing, members),
        id=observed["id"],
        changes=differing,
        member_adds=members.adds,
        member_removals=members.removals,
        owned=True,
        applied=tuple(dict.fromkeys(map(str, (*desired, *needed, *uncleared(facts, found))))),
        pending=_pending(facts),
        coming=facts.membership.coming if facts.membership else 0,
        remembered=members.remembered,
        unlike=left_unlike(facts, found),
    )


def _differences(
    facts: Facts, rules: Rules, desired: DesiredAttributes, observed: Document
) -> tuple[AttributeChange, ...]:
    applied = facts.entry.applied if facts.entry else ()
    clear = to_clear(facts, rules.mappings, observed, left_over(applied, desired, rules.mappings))
    return changes(desired, observed, clear=clear)


def _fixable(facts: Facts, rules: Rules, found: Iterable[AttributeChange]) -> tuple[AttributeChange, ...]:
    """Return what an update may send, and what comes of it."""
    kept = (*rules.immutable, *facts.contention.contested)
    return tuple(change for change in found if change.path not in kept and not is_reformatted(facts, change))


def _invalid(message: str) -> Verdict | None:
    return Verdict(Reason.INVALID_SPEC, message) if message else None


def _update_verb(differing: tuple[AttributeChange, ...], members: MemberChanges) -> Verb | None:
    if any(change.path == ACTIVE and equal(ACTIVE, change.new, False) for change in differing):  # noqa: FBT003
        return Verb.DISABLE
    return Verb.UPDATE if differing or members.adds or members.removals else None


def _within_actions(plan: Plan, rules: Rules) -> Plan:
    """Return what of the plan the config's actions list. A user is disabled without being changed otherwise."""
    needed = plan.verb.meaning.action if plan.verb else None
    if plan.verdict.reason is Reason.EMPTIED and plan.verb is not None:
        needed = Action.DELETE
    if needed is None or (needed in rules.actions and Action.UPDATE in rules.actions):
        return plan
    ending, *rest = apart(plan) if plan.verb is Verb.DISABLE else (plan,)
    if needed in rules.actions:
        return replace(ending, verdict=_off(rest[0], Action.UPDATE)) if rest else plan
    return plan.stopped(_off(plan, needed))


def _off(plan: Plan, needed: Action) -> Verdict:
    field_ = "users" if plan.key.kind is Kind.USER else "groups"
    return Verdict(Reason.ACTION_OFF, f"{plan.verb} is due, but spec.{field_}.actions does not list {needed}.")


def _members(facts: Facts, observed: Document) -> MemberChanges:
    if facts.membership is None:
        return MemberChanges()
    added = facts.entry.members if facts.entry else ()
    present = observed_members(observed, facts.group_ids, facts.membership.wanted)
    return member_changes(facts.membership, present, added=added, known=facts.known)


def _pending(facts: Facts) -> tuple[str, ...]:
    return facts.membership.pending if facts.membership else ()


def kept_back(facts: Facts) -> tuple[tuple[Member, str], ...]:
    """Return who should leave a group and stays, each with the reason, unless that is but an approval."""
    document = facts.match.document
    kept = _members(facts, document).kept if document is not None and facts.desired is not None else ()
    return tuple((member, why) for member, why in kept if why != UNAPPROVED)
