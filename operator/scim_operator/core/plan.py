"""The plan for one object, as a value: dry run is printing it, policies filter it, the executor carries it out."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.core.keys import ResourceType
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.diff import AttributeChange
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.paths import AttributePath
    from scim_operator.core.resource import Document
    from scim_operator.core.status import Verdict


class Verb(StrEnum):
    """What happens to the resource at the service."""

    CREATE = "Create"
    UPDATE = "Update"
    DISABLE = "Disable"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """A member of a group at the service: an id, and which type of resource it names.

    `name` is the manifest behind it, as far as one is known; it is no part of what the member is.
    """

    id: str
    type: ResourceType = ResourceType.USER
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many destructive changes: what the limits count, each apart."""

    disables: int = 0
    deletes: int = 0
    member_removals: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.disables + other.disables,
            self.deletes + other.deletes,
            self.member_removals + other.member_removals,
        )

    def __bool__(self) -> bool:
        return bool(self.disables or self.deletes or self.member_removals)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one object. `verdict` is what holds once it is done; `verb` None is a plan without a request.

    `owned` says whether the resource is ours afterwards, `applied` which target paths we then own, `pending` which
    members are awaited, `coming` how many of them are in scope and so will be added, `remembered` which members of an
    additive group we added, `moving` which attributes of a new resource are drawn anew each time.

    `adopts`: the resource is not ours yet, and this takes it over. `asks`: whatever the limits allow, this waits until
    somebody approves it.
    """

    key: ObjectKey
    verdict: Verdict
    verb: Verb | None = None
    id: str = ""
    document: Document | None = None
    changes: tuple[AttributeChange, ...] = ()
    member_adds: tuple[Member, ...] = ()
    member_removals: tuple[Member, ...] = ()
    owned: bool = False
    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    coming: int = 0
    remembered: tuple[str, ...] = ()
    moving: tuple[AttributePath, ...] = ()
    adopts: bool = False
    asks: bool = False

    @property
    def tally(self) -> Tally:
        """The destructive part, counted."""
        return Tally(
            disables=int(self.verb is Verb.DISABLE),
            deletes=int(self.verb is Verb.DELETE),
            member_removals=len(self.member_removals),
        )

    def stopped(self, verdict: Verdict) -> Plan:
        """The same situation with nothing done, and the reason why."""
        return replace(self, verb=None, document=None, changes=(), member_adds=(), member_removals=(), verdict=verdict)

    @property
    def without_removals(self) -> Plan:
        """What of the plan may go on while its destructive part is held: members are added, nothing is taken away."""
        if self.verb is not Verb.UPDATE:
            return self.stopped(self.verdict)
        left = bool(self.changes or self.member_adds)
        return replace(self, member_removals=(), verb=Verb.UPDATE if left else None)

    @property
    def removals_alone(self) -> Plan:
        """What `without_removals` leaves: the part that waits, which does not move when the rest has gone on."""
        if self.verb is not Verb.UPDATE or not self.member_removals:
            return self
        return replace(self, changes=(), member_adds=(), pending=(), coming=0)


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """A whole sweep's plan in numbers, as `status.plan` shows it."""

    creates: int = 0
    updates: int = 0
    disables: int = 0
    deletes: int = 0
    member_adds: int = 0
    member_removals: int = 0

    def __add__(self, other: PlanCounts) -> PlanCounts:
        return PlanCounts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __bool__(self) -> bool:
        return any((self.creates, self.updates, self.disables, self.deletes, self.member_adds, self.member_removals))


def count(plans: Iterable[Plan]) -> PlanCounts:
    """Count what `plans` would do."""
    listed = tuple(plans)
    verbs = [plan.verb for plan in listed]
    return PlanCounts(
        creates=verbs.count(Verb.CREATE),
        updates=verbs.count(Verb.UPDATE),
        disables=verbs.count(Verb.DISABLE),
        deletes=verbs.count(Verb.DELETE),
        member_adds=sum(len(plan.member_adds) + plan.coming for plan in listed),
        member_removals=sum(len(plan.member_removals) for plan in listed),
    )


def summary(counts: PlanCounts) -> str:
    """The counts that are not zero, as words: `3 disables, 1 update`."""
    parts = [
        counted(number, noun)
        for number, noun in zip(
            astuple(counts),
            ("create", "update", "disable", "delete", "added member", "removed member"),
            strict=True,
        )
        if number
    ]
    return ", ".join(parts) or "nothing"
