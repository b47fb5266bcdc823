"""What objects wait for, and having them looked at again when that moves: the one way for every kind of wait.

An object waits for
- a claim that others share: `Claims` know who claims what, and a claim that is staked or dropped moves;
- a resource that is another's or no one's, noted here: it moves when its manifest writes it, lets go of it or is gone,
  and when it is deleted;
- a manifest that owns what it claims, noted here: it moves when that comes to rest in another way, or is gone;
- an object that is to give up a unique value, noted here: it comes to rest with another;
- a value that is to be free, noted here: a resource of the kind that is changed or deleted moves it;
- a member whom a group keeps because he is suspended, protected or undecided, noted here: he comes to rest otherwise;
- a group that cannot do without a user who is to be deleted, noted here: it is written, or gone;
- members and managers, by the topology and the reports: `Presence.has_moved` says when they come, leave, change their
  id, or are suspended or resumed;
- other configs of the service, noted here: one of them comes, goes or changes.

What waits for a point in time, an approval or the service has an appointment, the gate and the next connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.filing import Filing
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.update import member_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource at the service."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class FreeValue:
    """A value that no resource of the kind has."""

    kind: Kind


Awaited = Resource | ObjectKey | FreeValue


def awaited(facts: Facts, plan: Plan, holders: Iterable[str], *, chooses: bool) -> frozenset[Awaited]:
    """Return what an object waits for by its plan.

    `holders` are the ids of what has its matching values; `chooses`: it may choose among values for being free.
    """
    kind, match = facts.record.key.kind, facts.match
    if facts.fault and chooses:
        return frozenset({FreeValue(kind)})
    if match.owned:
        return _kept(facts) | _in_the_way(facts) | {Resource(Kind.GROUP, each.id) for each in facts.guarded.keepers}
    if plan.verdict.ready:
        return frozenset()
    ids = {*holders, match.document["id"] if match.document else ""}
    owners = {match.owner, *facts.contention.owners} - {None}
    return frozenset({*(Resource(kind, id) for id in ids if id), *(owner for owner in owners if owner is not None)})


def _in_the_way(facts: Facts) -> frozenset[Awaited]:
    """Return who has unique values that the object wants, and, where it has one in between, that one is to be free."""
    kind = facts.record.key.kind
    holders = {each.holder for each in facts.exchanges.blocked if each.holder is not None}
    resources = {Resource(kind, id) for each in facts.exchanges.blocked for id in each.ids}
    return frozenset(holders | resources | ({FreeValue(kind)} if facts.exchanges.astray else set()))


def _kept(facts: Facts) -> frozenset[Awaited]:
    """Return the members whom a group would gain or lose if they were not suspended, protected or undecided."""
    membership, document = facts.membership, facts.match.document
    if membership is None or document is None or not membership.frozen:
        return frozenset()
    differing = member_ids(document) ^ {member.id for member in membership.wanted}
    return frozenset(Resource(each.type.kind, each.id) for each in membership.frozen if each.id in differing)


class Waits:
    """The waits of one job's objects. `wake` has an object looked at again; the session sets it."""

    def __init__(self) -> None:
        self.wake: Callable[[ObjectKey], None] = lambda key: None
        self._waiting: Filing[Awaited, ObjectKey] = Filing()
        self._for: dict[ObjectKey, frozenset[Awaited]] = {}

    def note(self, key: ObjectKey, things: frozenset[Awaited]) -> None:
        """Note what an object waits for from now on."""
        self.forget(key)
        if things:
            self._for[key] = things
        for thing in things:
            self._waiting.add(thing, key)

    def forget(self, key: ObjectKey) -> None:
        """Note that an object waits for nothing."""
        for thing in self._for.pop(key, ()):
            self._waiting.discard(thing, key)

    def moved(self, *things: Awaited) -> None:
        """Have those looked at again that wait for one of these; each notes then what it still waits for."""
        self.look_again({key for thing in things for key in self._waiting.of(thing)})

    def resources(self) -> tuple[Resource, ...]:
        """Return the resources that objects wait for."""
        return tuple(thing for thing in self._waiting if isinstance(thing, Resource))

    def all_moved(self) -> None:
        """Have all looked at again that wait for something: who else works with the service has changed."""
        self.look_again(self._for)

    def look_again(self, keys: Iterable[ObjectKey]) -> None:
        """Have these looked at again."""
        for key in tuple(keys):
            self.wake(key)
