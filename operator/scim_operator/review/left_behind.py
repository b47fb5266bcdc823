"""Who would keep an access that an earlier revision gave, although no manifest gives it any more.

The last look after a plan is made: what it ends, holds for approval or retains by rule is accounted for, and who is
left is named. Nothing is concluded here, and nothing sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.enums import Action, Removal
from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.keys import Kind
from scim_operator.core.plan.membership import observed_members
from scim_operator.core.records.status import Reason
from scim_operator.review.plan_review import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.namespace import Namespace


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
        if record.earlier is not None and gone and not (entry and entry.members) and not _retained(knowledge, record):
            yield Problem(record.key, Reason.INCOMPLETE.value, _unseen(sorted(gone)))


def _unseen(names: list[str]) -> str:
    named = ", ".join(f"scimuser/{name}" for name in names[:_MOST])
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return (
        f"The service does not show who is in it, and that is not on record here, so that {named}{more} may still be: "
        "remove them at the service, or give the --state of the run that put them in."
    )


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
