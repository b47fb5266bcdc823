"""Who would keep an access that an earlier revision gave, although no manifest gives it any more.

The last look after a plan is made: what it ends, holds for approval or retains by rule is accounted for, and who is
left is named. Nothing is concluded here, and nothing sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.enums import Action, MembershipPolicy, Removal
from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.membership import EVERYONE, observed_members
from scim_operator.core.plan.update import member_ids
from scim_operator.core.records.status import Reason
from scim_operator.core.wording import some
from scim_operator.review.plan_review import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.namespace import Namespace


def everyone_left(
    knowledge: Knowledge,
    before: Namespace | None,
    unseen: Iterable[Problem],
    reported: set[ObjectKey],
    aside: Container[ObjectKey] = (),
) -> Iterator[Problem]:
    """Yield all of these, besides what is reported already. `unseen` was found before anything was planned, and of
    whom a manifest is set `aside`, none is known to have left.
    """
    unseen = [problem for problem in unseen if problem.key not in reported]
    known = reported | {problem.key for problem in unseen}
    yield from unseen
    yield from left_behind(knowledge, known)
    if before is not None:
        yield from (problem for problem in still_in(knowledge, before, aside) if problem.key not in known)


def left_behind(knowledge: Knowledge, reported: Collection[ObjectKey]) -> Iterator[Problem]:
    """Yield those who are left. `knowledge` has what the service holds once the plan is done, `reported` is known."""
    for record in knowledge.namespace.all_records():
        if record.earlier is None or record.key in reported or _retained(knowledge, record):
            continue
        for document in _before(knowledge, record.earlier):
            if _gives_access(record.key.kind, document) and not _has_owner(knowledge, record.key, document["id"]):
                yield Problem(record.key, Reason.NOT_OWNED.value, _left(knowledge, record, document))
                break


def left_unseen(knowledge: Knowledge, before: Namespace) -> Iterator[Problem]:
    """Yield the groups that people left since the earlier revision, where it is on no record who is in them.

    The service never shows it.
    """
    now = knowledge.namespace
    for record in now.records(Kind.GROUP) if knowledge.index.hides_members else ():
        if record.key in now.faults:
            continue
        entry, name = knowledge.facts(record).entry, record.key.name
        gone = before.topology.effective_users(name) - now.topology.effective_users(name)
        known = [id for id in entry.members if id != EVERYONE] if entry is not None else []
        if record.earlier is not None and gone and not known and not _retained(knowledge, record):
            yield Problem(record.key, Reason.INCOMPLETE.value, _unseen(sorted(gone)))


def still_in(knowledge: Knowledge, before: Namespace, aside: Container[ObjectKey] = ()) -> Iterator[Problem]:
    """Yield the groups that people left since the earlier revision, and are in all the same once the plan is done.

    As in an additive group: of its members only those on record are ours to take out.
    """
    now = knowledge.namespace
    for record in now.records(Kind.GROUP):
        if record.earlier is None or record.members is None or record.earlier.members is None:
            continue
        name, inside = record.key.name, _inside(knowledge, record)
        gone = before.topology.effective_users(name) - now.topology.effective_users(name) if inside else ()
        keys = (ObjectKey(Kind.USER, record.key.namespace, each) for each in sorted(gone))
        found = [key.name for key in keys if key not in aside and knowledge.entries.known_id(key) in inside]
        if found and not _retained(knowledge, record) and record.membership_policy is not MembershipPolicy.OBSERVE:
            yield Problem(record.key, Reason.INCOMPLETE.value, _still(found))


def _inside(knowledge: Knowledge, record: SourceRecord) -> frozenset[str]:
    document = knowledge.index[record.key.kind.resource_type].get(knowledge.entries.known_id(record.key))
    return member_ids(document) if document is not None else frozenset()


def _still(names: list[str]) -> str:
    return (
        f"Still in it, though the earlier revision had them and this one has not: {_named(names)}. It is not on record "
        "here that they were added by it: remove them at the service, or give the --state of the run that added them."
    )


def _unseen(names: list[str]) -> str:
    return (
        f"The service does not show who is in it, and that is not on record here. {_named(names)} may still be in it: "
        "remove them at the service, or give the --state of the run that put them in."
    )


def _named(names: list[str]) -> str:
    return some(names, _MOST, lambda name: f"scimuser/{name}")


_MOST = 5
"""Members that a message names."""


def _retained(knowledge: Knowledge, record: SourceRecord) -> bool:
    rules = knowledge.rules(record.key.kind)
    rule = rules.when_deleted if record.deleting else rules.when_out_of_scope
    goes = record.deleting or not knowledge.desired.scopes.of(record).in_scope
    return (
        record.suspended
        or not rules.enabled
        or (goes and (rule is Removal.RETAIN or Action.DELETE not in rules.actions))
    )


def _before(knowledge: Knowledge, earlier: SourceRecord) -> Iterator[Document]:
    """Yield what the service has of the earlier manifest, by all that identifies it."""
    index = knowledge.index[earlier.key.kind.resource_type]
    ids = {id for path, value in knowledge.identities.of(earlier) for id in index.find(path, value)}
    yield from (document for id in sorted(ids) if (document := index.get(id)) is not None)


def _gives_access(kind: Kind, document: Document) -> bool:
    return bool(changes({ACTIVE: False}, document) if kind is Kind.USER else observed_members(document, ()))


def _has_owner(knowledge: Knowledge, key: ObjectKey, id: str) -> bool:
    """Return whether a manifest that is wanted answers for the resource, or another namespace's does."""
    holder = knowledge.entries.holder(key.kind, id) or knowledge.identities.peers.owner(key, id, ours=False)
    return holder is not None


def _left(knowledge: Knowledge, record: SourceRecord, document: Document) -> str:
    other = knowledge.rules(record.key.kind).owner.other(document)
    why = f"it carries the mark of {other}" if other else "it is not ours, and adoption: Never keeps it so"
    if not record.deleting and knowledge.desired.scopes.of(record).in_scope:
        why = "the manifest names another now"
    return (
        f"The earlier revision provisioned {knowledge.shown_id(document['id'])}, which still gives access, and nothing "
        f"ends it: {why}. End it at the service, or set adoption: Approve."
    )
