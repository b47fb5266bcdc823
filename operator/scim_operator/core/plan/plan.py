"""The plan for one object, as a value: a dry run prints it, policies filter it, the executor carries it out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import add, attrgetter, sub
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import CLEARED
from scim_operator.core.attributes.renaming import is_rename
from scim_operator.core.attributes.rights import revokes
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason
from scim_operator.core.values import valueclass
from scim_operator.core.wording import REDACTED, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.status import Verdict
    from scim_operator.core.resource import Document, JsonValue


@valueclass(frozen=True, slots=True, order=True)
class Member:
    """A member of a group at the service: an id, and which type of resource it names.

    `name` is the manifest behind it, as far as one is known, and `display` what the service calls it; neither is a
    part of what the member is.
    """

    id: str
    type: ResourceType = ResourceType.USER
    name: str = field(default="", compare=False)
    display: str = field(default="", compare=False)


_ORDER = attrgetter("id", "type")


def in_order(members: Iterable[Member]) -> tuple[Member, ...]:
    """Return members sorted: as `sorted` does, which asks each pair of ten thousand members in Python."""
    return tuple(sorted(members, key=_ORDER))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of changes, one for each class that the limits count.

    Members of a group that is emptied or deleted are removed from it.
    """

    disables: int = 0
    user_deletes: int = 0
    group_deletes: int = 0
    member_removals: int = 0
    user_renames: int = 0
    group_renames: int = 0
    adoptions: int = 0
    recreations: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*map(add, _TALLIED(self), _TALLIED(other)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*map(sub, _TALLIED(self), _TALLIED(other)))

    def __bool__(self) -> bool:
        return any(_TALLIED(self))

    @property
    def ends_access(self) -> bool:
        """Return whether anyone loses access by it."""
        return bool(self.disables or self.user_deletes or self.group_deletes or self.member_removals)


# dataclasses.astuple copies deeply, which takes ten times as long.
_TALLIED: Callable[[Tally], tuple[int, ...]] = attrgetter(*Tally.__slots__)
NOTHING = Tally()


@valueclass(frozen=True, slots=True)
class Plan:
    """The action for one object."""

    key: ObjectKey
    verdict: Verdict
    """What holds once it is done."""
    verb: Verb | None = None
    """None for a plan without a request."""
    id: str = ""
    document: Document | None = None
    changes: tuple[AttributeChange, ...] = ()
    member_adds: tuple[Member, ...] = ()
    member_removals: tuple[Member, ...] = ()
    owned: bool = False
    """Whether the resource is ours afterwards."""
    applied: tuple[str, ...] = ()
    """The target paths that we then own."""
    pending: tuple[str, ...] = ()
    """The members that are awaited."""
    coming: int = 0
    """How many of these are in scope, and so will be added."""
    remembered: tuple[str, ...] = ()
    """The ids of members that we answer for then, as `ServiceEntry.members` has them."""
    moving: tuple[AttributePath, ...] = ()
    """The attributes of a new resource that are drawn again each time."""
    adopts: bool = False
    """Whether it takes over a resource that is not ours yet."""
    asks: bool = False
    """Whether it waits for an approval, whatever the limits allow."""
    members: int = 0
    """How many members a group has that it deletes."""
    protected: bool = False
    """Whether the approval has to name it."""
    matched_by: str = ""
    """What a resource that is taken over was found by."""
    shown: str = ""
    """The id of that resource, as people may see it."""
    toward: tuple[AttributeChange, ...] = ()
    """The renames that wait for others' turn; where the plan changes the same attribute, it steps aside for them."""
    sensitive: frozenset[AttributePath] = frozenset()
    """Attributes whose values appear in nothing that anyone may read, digests included."""
    fills: bool = False
    """Whether the group cannot do without who leaves before who joins is in it: its `minMembers` say so."""
    unlike: frozenset[str] | None = None
    """The attributes that are left although they are not as asked for; None where no one has compared them."""
    postponed: tuple[AttributePath, ...] = ()
    """The attributes whose changes wait for the end of a quarantine."""
    recreates: bool = False
    """Whether it creates what the service had and has lost: many of these at once are no one's decision."""

    def reported(self, change: AttributeChange) -> JsonValue:
        """Return the new value as digests that others read may hold it: of a sensitive one, that it is set."""
        is_set = change.new is not CLEARED
        return REDACTED if is_set and any(map(change.path.overlaps, self.sensitive)) else change.new

    @property
    def acts(self) -> bool:
        """Return whether it does anything: taking a resource over does, also where no request is needed for it."""
        return self.verb is not None or self.adopts

    @property
    def tally(self) -> Tally:
        """The part that the limits count."""
        verb = self.verb
        if not (self.ends_access or self.changes or self.member_removals or self.adopts or self.recreates):
            return NOTHING  # as for everyone in a first sweep, and each is asked about several times
        kind = self.key.kind
        counted = verb.meaning.counts.get(kind) if verb is not None else None
        # A takeover may set externalId to our mark: that is the adoption, which is already counted.
        renames = int(not self.adopts and bool(self.renaming))
        return Tally(
            **({counted: 1} if counted else {}),
            member_removals=len(self.member_removals) + (self.members if self.removes else 0),
            user_renames=renames if kind is Kind.USER else 0,
            group_renames=renames if kind is Kind.GROUP else 0,
            adoptions=int(self.adopts),
            recreations=int(self.recreates and verb is not None),
        )

    @property
    def removes(self) -> bool:
        """Return whether the resource is gone afterwards."""
        return self.verb is not None and self.verb.meaning.removes

    @property
    def ends_access(self) -> bool:
        """Return whether the resource's person can do nothing with it afterwards."""
        return self.verb is not None and self.verb.meaning.ends_access

    @property
    def takes_access(self) -> bool:
        """Return whether anyone has less access afterwards, be it by a right less."""
        return self.tally.ends_access or any(map(revokes, self.changes))

    @property
    def renaming(self) -> tuple[AttributeChange, ...]:
        """Changes that rename the resource."""
        return tuple(change for change in self.changes if is_rename(self.key.kind, change))

    @property
    def steps_aside(self) -> bool:
        """Return whether it gives an attribute a value in between, so that others can have the one before."""
        return any(change.path == each.path for change in self.changes for each in self.toward)

    def stopped(self, verdict: Verdict) -> Plan:
        """Return the same situation with nothing done, and why; what was to be taken over is not ours then."""
        applied = (*self.applied, *_uncleared(self, ()))
        still = replace(
            self,
            verb=None,
            document=None,
            changes=(),
            member_adds=(),
            member_removals=(),
            members=0,
            applied=applied,
        )
        if self.adopts:
            still = replace(still, owned=False, applied=(), remembered=())
        return replace(still, verdict=verdict, adopts=False, asks=False, protected=False, recreates=False)

    @property
    def without_removals(self) -> Plan:
        """The plan without what ends access: members are added, nothing is taken away."""
        if self.verb is not Verb.UPDATE:
            return self.stopped(self.verdict)
        return self._only(self.changes)

    @property
    def meanwhile(self) -> Plan:
        """Return what goes on while the plan is held: additions, and changes that rename no one.

        Nothing does of an adoption, nor where all is handed over: an owner's id that goes on is all that this takes.
        """
        if self.verb is not Verb.UPDATE or self.adopts or hands_over(self):
            return self.stopped(self.verdict)
        renaming = self.renaming
        return replace(
            self._only(tuple(each for each in self.changes if each not in renaming)), asks=False, protected=False
        )

    def _only(self, changes: tuple[AttributeChange, ...]) -> Plan:
        verb = Verb.UPDATE if changes or self.member_adds else None
        applied = (*self.applied, *_uncleared(self, changes))
        return replace(self, changes=changes, member_removals=(), verb=verb, applied=applied)

    @property
    def waiting(self) -> Plan:
        """Return what `meanwhile` leaves: the part that waits, which does not move when the rest has gone on."""
        if self.recreates:  # whether to create it again is asked, whatever it has got to be by then
            return replace(self, document=None, member_adds=(), pending=(), coming=0)
        if self.verb is not Verb.UPDATE or self.adopts or not self.tally or hands_over(self):
            return self
        return replace(self, changes=self.renaming, member_adds=(), pending=(), coming=0)


def _uncleared(plan: Plan, made: tuple[AttributeChange, ...]) -> list[str]:
    """Return the paths that a plan clears and that stay for now, where only `made` goes on: they are still ours."""
    clears = (str(change.path) for change in plan.changes if change.new is CLEARED and change not in made)
    return [path for path in clears if path not in plan.applied]


def hands_over(plan: Plan) -> bool:
    """Return whether it gives its resource to another owner."""
    return plan.verb is not None and plan.verdict.reason is Reason.TRANSFERRED


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """A whole sweep's plan in numbers, as `status.plan` shows it.

    `group_deletes` are among the deletes, and `recreations` among the creates.
    """

    creates: int = 0
    updates: int = 0
    disables: int = 0
    deletes: int = 0
    member_adds: int = 0
    member_removals: int = 0
    group_deletes: int = 0
    renames: int = 0
    adoptions: int = 0
    recreations: int = 0

    def __add__(self, other: PlanCounts) -> PlanCounts:
        return PlanCounts(*map(add, _COUNTED(self), _COUNTED(other)))

    def __sub__(self, other: PlanCounts) -> PlanCounts:
        return PlanCounts(*map(sub, _COUNTED(self), _COUNTED(other)))

    def __bool__(self) -> bool:
        return any(_COUNTED(self))


_COUNTED: Callable[[PlanCounts], tuple[int, ...]] = attrgetter(*PlanCounts.__slots__)
_NOTHING = PlanCounts()


def count(plans: Iterable[Plan]) -> PlanCounts:
    """Count what `plans` would do."""
    listed = tuple(plan for plan in plans if plan.acts or plan.coming)
    if not listed:
        return _NOTHING
    verbs = [plan.verb for plan in listed]
    tally = sum((tally for plan in listed if (tally := plan.tally) is not NOTHING), NOTHING)
    return PlanCounts(
        creates=verbs.count(Verb.CREATE),
        updates=verbs.count(Verb.UPDATE),
        disables=verbs.count(Verb.DISABLE),
        deletes=verbs.count(Verb.DELETE),
        member_adds=sum(len(plan.member_adds) + plan.coming for plan in listed),
        member_removals=tally.member_removals,
        group_deletes=tally.group_deletes,
        renames=tally.user_renames + tally.group_renames,
        adoptions=tally.adoptions,
        recreations=tally.recreations,
    )


def summary(counts: PlanCounts) -> str:
    """Return the counts that are not zero, as words: `3 disables, 1 update`."""
    parts = [
        counted(number, noun)
        for number, noun in zip(
            _COUNTED(counts),
            ("create", "update", "disable", "delete", "added member", "removed member", "", "rename", "adoption", ""),
            strict=True,
        )
        if number and noun
    ]
    return ", ".join(parts) or "nothing"
