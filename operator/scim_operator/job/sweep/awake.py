"""Which objects a sweep has to plan: those that do not rest, once all whom it concerns have been woken (ADR 0029)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.decision.rest import Ground, rests
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.job.base.waiting import BREATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Container

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ResourceType
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.scim.clock import Clock

EASY, MEMBER = 20, 2
"""Objects at rest that are passed over in the time that one takes to be planned, and that one more member takes."""


async def awake(knowledge: Knowledge, unwritten: Container[ObjectKey], clock: Clock) -> AsyncIterator[SourceRecord]:
    """Yield what does not rest, users before groups, and let others have their turn.

    `unwritten` are those whose status does not say what it should.
    """
    effort, rests = 0, sleepers(knowledge, unwritten)
    for record in knowledge.namespace.all_records():
        if rests(record):
            effort += 1
        else:
            yield record
            effort += EASY + MEMBER * len(record.members or ())
        if effort >= BREATH * EASY:
            effort = 0
            await clock.sleep(0)


def sleepers(knowledge: Knowledge, unwritten: Container[ObjectKey]) -> Callable[[SourceRecord], bool]:
    """Return what says whether an object rests."""
    rest, wary = knowledge.entries.rest, is_disturbed(knowledge)

    def rests(record: SourceRecord) -> bool:
        key = record.key
        return key in rest and key not in unwritten and (not wary or undisturbed(knowledge, record))

    return rests


def ground_of(knowledge: Knowledge) -> Ground:
    """Return what all plans of a config stand on now."""
    index, namespace = knowledge.index, knowledge.namespace
    return Ground(
        unread=frozenset(type for type in index if not index[type].listed) | index.overview.unread,
        shows_members=index.shows_members and not index.hides_members,
        nests=knowledge.members.nested,
        learned=tuple(index.learned(type) for type in index),
        terminating=knowledge.terminating,
        suspended=namespace.suspended,
        invalid=namespace.invalid,
        doubtful=frozenset(namespace.topology.doubtful()),
    )


def note(knowledge: Knowledge, facts: Facts, plan: Plan) -> None:
    """Note that nothing is due for an object; it rests where that holds until something moves."""
    key = facts.record.key
    index, owner = knowledge.index[key.kind.resource_type], knowledge.rules(key.kind).owner
    if key.kind in knowledge.entries.rest.kinds and rests(facts, plan, index.find(EXTERNAL_ID, owner.mark(key))):
        knowledge.entries.rest.add(key)


def follow(knowledge: Knowledge) -> None:
    """End the rest of all whom it concerns what came, went or changed at the service, and of who depends on them."""
    knowledge.entries.rest.stand_on(ground_of(knowledge))
    for type, ids in knowledge.index.take_moved().items():
        for id in ids:
            knowledge.entries.rest.end(_marked(knowledge, type, id))
            if (owner := knowledge.entries.owner(type.kind, id)) is not None:
                knowledge.entries.rest.discard(owner)
                follow_one(knowledge, owner)
        if ids and type.kind is Kind.GROUP and knowledge.members.nested:
            knowledge.entries.rest.end([key for key in knowledge.entries.rest if key.kind is Kind.GROUP])


def follow_one(knowledge: Knowledge, key: ObjectKey) -> None:
    """End the rest of groups and reports that refer to an object, if it came, left or changed its id."""
    if knowledge.desired.presence.has_moved(key) and knowledge.entries.rest:
        knowledge.entries.rest.end(knowledge.members.touched_by(key))


def _marked(knowledge: Knowledge, type: ResourceType, id: str) -> list[ObjectKey]:
    """Return the manifest whose mark a resource may carry."""
    document = knowledge.index[type].get(id)
    mark = EXTERNAL_ID.read(document) if document is not None else None
    if not isinstance(mark, str):
        return []
    return [ObjectKey(type.kind, knowledge.settings.namespace, mark.rpartition("/")[2])]


def is_disturbed(knowledge: Knowledge) -> bool:
    """Return whether objects at rest must be asked for one by one: some are protected, or others use the service."""
    protecting = knowledge.desired.protecting
    return not knowledge.identities.peers.alone or any(map(protecting.chooses, Kind))


def undisturbed(knowledge: Knowledge, record: SourceRecord) -> bool:
    """Return whether no other namespace owns or claims what an object at rest has. What is protected stays so."""
    protecting, peers, key = knowledge.desired.protecting, knowledge.identities.peers, record.key
    if protecting.chooses(key.kind):
        protecting.of(record)  # from which it knows until when it was protected
    if peers.alone:
        return True
    claimed = knowledge.claims[key.kind].values(key)
    owner = peers.owner(key, knowledge.entries.known_id(key), ours=True)
    return owner is None and not peers.claimants(key.kind, claimed)
