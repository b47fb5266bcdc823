"""What to do for one object: facts are gathered first, then judged by an ordered chain that ends in a plan.

| desired | observed                        | owned | plan                                                        |
|---------|---------------------------------|-------|-------------------------------------------------------------|
| yes     | none                            | -     | Create (never for `active: false`)                          |
| yes     | equal on managed attributes     | yes   | nothing, no request                                         |
| yes     | differs                         | yes   | Update (PATCH; PUT where PATCH is not supported)            |
| yes     | present                         | no    | adopt (Update) where the policy allows, else NotOwned       |
| yes     | several                         | -     | Ambiguous, never touched                                    |
| none    | present                         | yes   | Disable, Delete or Retain                                   |
| none    | none, or not owned              | -     | nothing                                                     |

Leaving scope and deletion of the manifest both mean "desired: none"; they differ in which removal rule applies.
Before all of it: two manifests that claim one resource are both in Conflict, and nothing is sent for either.
After all of it: while the namespace or the CRD is being deleted, nothing is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scim_operator.api.config import Action, Adoption, Removal
from scim_operator.core.diff import AttributeChange, changes
from scim_operator.core.equality import digest, equal
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.mapping import left_over, missing_required, to_document
from scim_operator.core.membership import MemberChanges, Membership, member_changes, observed_members
from scim_operator.core.paths import AttributePath, parse
from scim_operator.core.plan import Plan, Verb
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.core.status import Reason, ServiceEntry, Verdict
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping import DesiredAttributes, Mappings
    from scim_operator.core.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.core.scope import ScopeDecision, Scoping

ACTIVE = parse("active")
_CORE_SCHEMA = {ResourceType.USER: CORE_USER, ResourceType.GROUP: CORE_GROUP}


@dataclass(frozen=True, slots=True)
class Rules:
    """A config's rules for one resource type, compiled. `immutable` are attributes that the service never changes."""

    type: ResourceType
    enabled: bool
    mappings: Mappings
    scoping: Scoping
    matching: tuple[AttributePath, ...]
    actions: frozenset[Action]
    adoption: Adoption
    when_out_of_scope: Removal
    when_deleted: Removal
    delete_after: timedelta = timedelta()
    required: tuple[AttributePath, ...] = ()
    immutable: frozenset[AttributePath] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """What was found at the service for a record: one resource, several (`ambiguous`), or none.

    `by` is the attribute that matched ("id" for the recorded id); `owned` whether the resource is ours already;
    `owner` is another manifest that owns it.
    """

    document: Document | None = None
    by: str = ""
    owned: bool = False
    ambiguous: tuple[str, ...] = ()
    owner: ObjectKey | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision may look at. `desired` is None when the record should not be at the service.

    `overdue` says that the resource was disabled so long ago that it is to be deleted; `terminating` that the namespace
    or the CRD is being deleted, so that manifests go of which nobody has decided anything.
    """

    record: SourceRecord
    entry: ServiceEntry | None
    scope: ScopeDecision
    desired: DesiredAttributes | None
    match: Match
    rivals: tuple[ObjectKey, ...] = ()
    membership: Membership | None = None
    group_ids: Container[str] = field(default=frozenset())
    our_ids: Container[str] = field(default=frozenset())
    overdue: bool = False
    terminating: bool = False


def decide(facts: Facts, rules: Rules) -> Plan:
    """Judge. The plan keeps to the config's actions; limits, modes and approval come after."""
    if facts.rivals and facts.desired is not None:
        return _nothing(facts, Reason.CONFLICT, _conflict_message(facts.rivals, facts.record.key.kind))
    if facts.match.ambiguous:
        several = ", ".join(facts.match.ambiguous)
        return _nothing(
            facts,
            Reason.AMBIGUOUS,
            f"Several resources at the service match by {facts.match.by}: {several}. Leave one, or set externalId.",
        )
    plan = _present(facts, rules, facts.desired) if facts.desired is not None else _absent(facts, rules)
    return _within_actions(_spared(facts, plan), rules)


def _spared(facts: Facts, plan: Plan) -> Plan:
    """Leaving a namespace, and uninstalling, empties no tenant; what a manifest itself asks for still goes."""
    if not facts.terminating or not plan.tally:
        return plan
    if facts.desired is None:
        return _kept(facts, Reason.RETAINED, f"{_TERMINATING}; the resource at the service is left as it is.")
    if plan.verb is not Verb.UPDATE:
        return plan
    kept = Verdict(Reason.RETAINED, f"{_TERMINATING}; no members are removed at the service.")
    return replace(plan.without_removals, verdict=kept)


_TERMINATING = "The namespace or the CustomResourceDefinition is being deleted"


def _present(facts: Facts, rules: Rules, desired: DesiredAttributes) -> Plan:
    match = facts.match
    if match.document is None:
        return _create(facts, rules, desired)
    if match.owned:
        return _update(facts, rules, desired, match.document)
    if match.owner is not None:
        return _nothing(facts, Reason.CONFLICT, _conflict_message((match.owner,), facts.record.key.kind))
    if rules.adoption is Adoption.NEVER:
        return _nothing(
            facts,
            Reason.NOT_OWNED,
            f"A resource that matches by {match.by} is at the service already. "
            f"Set adoption: IfUnowned to take it over, or change {match.by}.",
        )
    return _update(facts, rules, desired, match.document)


def _create(facts: Facts, rules: Rules, desired: DesiredAttributes) -> Plan:
    if rules.type is ResourceType.USER and desired.get(ACTIVE) is False:
        return _nothing(
            facts, Reason.NOT_CREATED, "active is false and the service has no such user: nothing to disable."
        )
    document = to_document(desired, (_CORE_SCHEMA[rules.type],))
    if missing := missing_required(document, rules.required):
        listed = ", ".join(missing)
        return _nothing(
            facts, Reason.INVALID_SPEC, f"The service requires {listed}: set them, or map a source to them."
        )
    members = _members(facts, {})
    return Plan(
        key=facts.record.key,
        verdict=_provisioned(facts),
        verb=Verb.CREATE,
        document=document,
        member_adds=members.adds,
        owned=True,
        applied=_paths(desired),
        pending=_pending(facts),
        coming=facts.membership.coming if facts.membership else 0,
        remembered=members.remembered,
    )


def _update(facts: Facts, rules: Rules, desired: DesiredAttributes, observed: Document) -> Plan:
    differing = _differences(facts, rules, desired, observed)
    members = _members(facts, observed)
    return Plan(
        key=facts.record.key,
        verdict=_stuck(facts, rules, desired, observed) or _provisioned(facts),
        verb=_update_verb(differing, members),
        id=observed["id"],
        changes=differing,
        member_adds=members.adds,
        member_removals=members.removals,
        owned=True,
        applied=_paths(desired),
        pending=_pending(facts),
        coming=facts.membership.coming if facts.membership else 0,
        remembered=members.remembered,
    )


def _differences(
    facts: Facts, rules: Rules, desired: DesiredAttributes, observed: Document
) -> tuple[AttributeChange, ...]:
    applied = facts.entry.applied if facts.entry else ()
    clear = left_over(applied, desired, rules.mappings)
    found = changes(desired, observed, clear=clear)
    known = {(r.path, r.sent, r.got) for r in facts.entry.reformatted} if facts.entry else set()
    return tuple(change for change in found if change.path not in rules.immutable and fingerprint(change) not in known)


def _stuck(facts: Facts, rules: Rules, desired: DesiredAttributes, observed: Document) -> Verdict | None:
    """What the manifest asks for and the service will never change. Our own default externalId gives way to another."""
    ours = facts.record.key.external_id
    wanted = {path: value for path, value in desired.items() if path in rules.immutable and value != ours}
    paths = ", ".join(str(change.path) for change in changes(wanted, observed))
    if not paths:
        return None
    return Verdict(
        Reason.IMMUTABLE,
        f"The service keeps {paths} as first set, and has another value. Put the old value back, "
        "or delete the resource at the service to have it created anew.",
    )


def fingerprint(change: AttributeChange) -> tuple[str, str, str]:
    """How a value that the service stores in another form is remembered: path, digests of what was sent and kept."""
    return (str(change.path), digest(change.path, change.new), digest(change.path, change.old))


def _update_verb(differing: tuple[AttributeChange, ...], members: MemberChanges) -> Verb | None:
    if any(change.path == ACTIVE and equal(ACTIVE, change.new, False) for change in differing):  # noqa: FBT003
        return Verb.DISABLE
    return Verb.UPDATE if differing or members.adds or members.removals else None


def _absent(facts: Facts, rules: Rules) -> Plan:
    document = facts.match.document
    if document is None or not facts.match.owned:
        return _left_before(facts) or _nothing(facts, Reason.OUT_OF_SCOPE, facts.scope.message)
    if facts.record.deleting and not facts.record.finalized:
        # Whoever took our finalizer off, we or a person, said that nothing more is to be done (promise S3).
        return _kept(facts, Reason.RETAINED, "The manifest goes without our finalizer; the resource is left as it is.")
    removal = rules.when_deleted if facts.record.deleting else rules.when_out_of_scope
    if removal is Removal.RETAIN or Action.DELETE not in rules.actions:
        return _kept(facts, Reason.RETAINED, "No longer provisioned; the resource at the service is left as it is.")
    if removal is Removal.DELETE or facts.overdue:
        return _delete(facts, document)
    return _disable(facts, document)


def _delete(facts: Facts, document: Document) -> Plan:
    if _is_deleted_softly(facts, document):
        return _kept(facts, SOFT_DELETED.reason, SOFT_DELETED.message)
    return Plan(
        key=facts.record.key,
        verdict=Verdict(Reason.OUT_OF_SCOPE, f"Deleted at the service. {facts.scope.message}".strip()),
        verb=Verb.DELETE,
        id=document["id"],
    )


SOFT_DELETED = Verdict(Reason.OUT_OF_SCOPE, "Deleted at the service, which keeps it as an inactive resource.")


def _is_deleted_softly(facts: Facts, document: Document) -> bool:
    entry = facts.entry
    known = entry is not None and entry.verdict == SOFT_DELETED and entry.id == document["id"]
    return known and not changes({ACTIVE: False}, document)


def deleted_softly(plan: Plan) -> Plan:
    """What holds after a deletion that left the resource at the service: it is remembered, so as not to be repeated."""
    return replace(plan.stopped(SOFT_DELETED), owned=True)


LEFT = (Reason.DISABLED, Reason.RETAINED, Reason.OUT_OF_SCOPE)


def _left_before(facts: Facts) -> Plan | None:
    """What left the scope earlier stays as it is: services hide disabled users from lists, which is no news."""
    entry = facts.entry
    if facts.match.document is not None or entry is None or not entry.id or entry.verdict.reason not in LEFT:
        return None
    return Plan(facts.record.key, entry.verdict, id=entry.id, owned=True, applied=entry.applied)


def overdue_deletion(key: ObjectKey, document: Document) -> Plan | None:
    """The deletion of a resource whose manifest is gone; None when somebody has enabled it again, so that it stays."""
    if changes({ACTIVE: False}, document):
        return None
    return Plan(key, Verdict(Reason.OUT_OF_SCOPE, "Deleted at the service."), Verb.DELETE, id=document["id"])


def _disable(facts: Facts, document: Document) -> Plan:
    plan = _kept(facts, Reason.DISABLED, f"Disabled at the service. {facts.scope.message}".strip())
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


def _within_actions(plan: Plan, rules: Rules) -> Plan:
    needed = _ACTION_OF.get(plan.verb) if plan.verb else None
    if needed is None or needed in rules.actions:
        return plan
    field_ = "users" if plan.key.kind is Kind.USER else "groups"
    return plan.stopped(
        Verdict(Reason.ACTION_OFF, f"{plan.verb} is due, but spec.{field_}.actions does not list {needed}.")
    )


_ACTION_OF: Mapping[Verb, Action] = {
    Verb.CREATE: Action.CREATE,
    Verb.UPDATE: Action.UPDATE,
    Verb.DISABLE: Action.DELETE,
    Verb.DELETE: Action.DELETE,
}


def _members(facts: Facts, observed: Document) -> MemberChanges:
    if facts.membership is None:
        return MemberChanges()
    added = frozenset(facts.entry.members) if facts.entry else frozenset()
    present = observed_members(observed, facts.group_ids)
    return member_changes(facts.membership, present, added=added, ours=facts.our_ids)


def _pending(facts: Facts) -> tuple[str, ...]:
    return facts.membership.pending if facts.membership else ()


def _paths(desired: DesiredAttributes) -> tuple[str, ...]:
    return tuple(str(path) for path in desired)


def _provisioned(facts: Facts) -> Verdict:
    pending = _pending(facts)
    if not pending:
        return Verdict(Reason.PROVISIONED, "The service holds it as mapped.")
    missing = counted(len(pending), "member")
    return Verdict(Reason.PROVISIONED, f"The service holds it as mapped; still to be provisioned: {missing}.")


def _conflict_message(rivals: tuple[ObjectKey, ...], kind: Kind) -> str:
    others = ", ".join(str(key) for key in rivals[:3]) + (" and others" if len(rivals) > 3 else "")
    what = "userName or externalId" if kind is Kind.USER else "displayName or externalId"
    claim = "claims" if len(rivals) == 1 else "claim"
    return f"{others} {claim} the same {what}: nothing is sent for any of them until they differ."


def _nothing(facts: Facts, reason: Reason, message: str) -> Plan:
    return _kept(facts, reason, message) if facts.match.owned else Plan(facts.record.key, Verdict(reason, message))


def _kept(facts: Facts, reason: Reason, message: str) -> Plan:
    id = facts.match.document["id"] if facts.match.document else ""
    applied = facts.entry.applied if facts.entry else ()
    return Plan(facts.record.key, Verdict(reason, message), id=id, owned=True, applied=applied)
