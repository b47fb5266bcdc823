"""Who is to be in a group at the service, by id, and who is awaited there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.decision.removal import LEFT
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.membership import Membership
from scim_operator.core.plan.plan import Member

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.namespace import Namespace


def membership(knowledge: Knowledge, record: SourceRecord) -> Membership | None:
    """The members that a group is to have; None where its manifest does not manage them."""
    if record.members is None:
        return None
    topology, name = knowledge.namespace.topology, record.key.name
    users = topology.direct_users(name) if knowledge.nested_groups else topology.effective_users(name)
    keys = {ObjectKey(Kind.USER, record.key.namespace, user) for user in users}
    if knowledge.nested_groups:
        keys |= {ObjectKey(Kind.GROUP, record.key.namespace, child) for child in topology.children(name)}
    ids = {key: knowledge.present_id(key) for key in keys}
    missing = sorted(key for key, id in ids.items() if not id)
    return Membership(
        policy=record.membership_policy,
        wanted=_members(ids.items()),
        pending=tuple(str(key) for key in missing),
        coming=sum(_may_be_there(knowledge, key) for key in missing),
        placed=sum(bool(knowledge.awaiting_adoption(key)) for key in missing if _may_be_there(knowledge, key)),
        awaited=_members((key, _awaited_id(knowledge, key)) for key in missing),
        doubtful=not knowledge.nested_groups and topology.is_doubtful((name,)),
        in_ring=topology.is_in_ring(name),
        frozen=_frozen(knowledge, keys),
    )


def standing(knowledge: Knowledge, key: ObjectKey) -> str:
    """What groups go by: the id of a member that is at the service, and a mark where its scope cannot be told."""
    marks = ("?" if _is_undecided(knowledge, key) else "") + ("!" if _is_kept(knowledge, key) else "")
    return (knowledge.present_id(key) or _coming(knowledge, key)) + marks


def _coming(knowledge: Knowledge, key: ObjectKey) -> str:
    """The id of what is to be taken over, and whether it is wanted: groups keep it while it is, and no longer."""
    id = knowledge.awaiting_adoption(key)
    record = knowledge.namespace.get(key.kind, key.name) if id else None
    if record is None:
        return ""
    return f"{'~' if knowledge.scopes.of(record).in_scope else '-'}{id}"


def _members(found: Iterable[tuple[ObjectKey, str]]) -> frozenset[Member]:
    """Those of whom an id is known, as members."""
    return frozenset(Member(id, key.kind.resource_type, str(key)) for key, id in found if id)


def _frozen(knowledge: Knowledge, keys: AbstractSet[ObjectKey]) -> frozenset[Member]:
    """Who neither comes nor goes: the suspended, members whose scope cannot be told (ADR 0010), and the protected."""
    undecided = {key for key in keys if _is_undecided(knowledge, key)}
    kept = {key for key in knowledge.protecting.users if _is_kept(knowledge, key)}
    keys = {*knowledge.namespace.suspended, *undecided, *kept}
    return _members((key, knowledge.entries.known_id(key)) for key in keys)


def _is_kept(knowledge: Knowledge, key: ObjectKey) -> bool:
    """Whether a protected user is to leave and nobody has approved it yet: until then the groups keep the user too."""
    record = knowledge.namespace.get(key.kind, key.name) if key.kind is Kind.USER else None
    if record is None or not knowledge.protecting.of(record).protected or knowledge.scopes.of(record).in_scope:
        return False
    entry = knowledge.entries.of(record)
    return entry is not None and bool(entry.id) and entry.verdict.reason not in LEFT


def _is_undecided(knowledge: Knowledge, key: ObjectKey) -> bool:
    if knowledge.rules(key.kind).scoping.expression is None:
        return False
    record = knowledge.namespace.get(key.kind, key.name)
    return record is not None and knowledge.scopes.of(record).undecided


def member_fault(namespace: Namespace, record: SourceRecord) -> str:
    """Why it cannot be told who is in a group, as a sentence; "" where it can."""
    fault = namespace.topology.fault(record.key.name) if record.key.kind is Kind.GROUP else ""
    return f"An expression in spec.members fails: {fault}" if fault else ""


def _awaited_id(knowledge: Knowledge, key: ObjectKey) -> str:
    """The id under which a missing member may be at the service all the same, or ""."""
    if knowledge.namespace.get(key.kind, key.name) is None:
        return _early_id(knowledge, key)
    if not _may_be_there(knowledge, key):
        return ""
    return knowledge.entries.known_id(key) or knowledge.awaiting_adoption(key)


def _early_id(knowledge: Knowledge, key: ObjectKey) -> str:
    """The id of who is at the service before the manifest is in the cluster, as when it is built anew from Git.

    Whoever was deprovisioned is gone or inactive there, and is not meant.
    """
    index = knowledge.index[key.kind.resource_type]
    documents = (index.get(id) for id in index.find(EXTERNAL_ID, knowledge.rules(key.kind).owner.mark(key)))
    return next((each["id"] for each in documents if each and not equal(ACTIVE, False, ACTIVE.read(each))), "")  # noqa: FBT003


def _may_be_there(knowledge: Knowledge, key: ObjectKey) -> bool:
    record = knowledge.namespace.get(key.kind, key.name)
    return record is not None and knowledge.scopes.of(record).in_scope
