"""The count of a config's objects by what became of them: one state for each, however it is looked at."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from scim_operator.core.records.status import PARKED, Reason
from scim_operator.core.report.standing import Tallied

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """The state of an object, as totals and metrics count it."""

    PROVISIONED = "provisioned"
    PENDING = "pending"
    RETRYING = "retrying"
    FAILED = "failed"


class Counted(NamedTuple):
    """What bears on how one object counts.

    `reason` is None until someone has looked at it; `lasts` says of one that backs off whether it has failed so often
    that waiting will hardly help.
    """

    reason: Reason | None
    in_scope: bool
    lasts: bool = False


_THERE = frozenset({Reason.PROVISIONED, Reason.NOT_CREATED})
_ELSEWHERE = frozenset({Reason.SUSPENDED, Reason.TRANSFERRED})
_GONE = frozenset({Reason.OUT_OF_SCOPE, Reason.DISABLED, Reason.EMPTIED, Reason.RETAINED})


def needs_person(reason: Reason | None, *, lasts: bool) -> bool:
    """Return whether an object does not go on without a person: waiting does not help, or has not for ten tries."""
    return reason in PARKED or reason is Reason.INTERNAL_ERROR or (reason is Reason.RETRYING and lasts)


def state_of(one: Counted) -> State | None:
    """Return the state of an object; None for one that is as it should be elsewhere, or is left alone on purpose.

    What is out of scope counts as long as something is still to be sent for it: its access has not ended.
    """
    reason = one.reason
    if needs_person(reason, lasts=one.lasts) or reason is Reason.ACTION_OFF:
        return State.FAILED
    if reason is Reason.RETRYING:
        return State.RETRYING
    if reason in _ELSEWHERE or (not one.in_scope and (reason is None or reason in _GONE)):
        return None
    return State.PROVISIONED if one.in_scope and reason in _THERE else State.PENDING


def tally(objects: Iterable[Counted], unmanaged: int, foreign: int = 0) -> Tallied:
    """Count what became of the objects of one kind."""
    listed = list(objects)
    counts = Counter(map(state_of, listed))
    return Tallied(
        in_scope=sum(one.in_scope for one in listed),
        provisioned=counts[State.PROVISIONED],
        pending=counts[State.PENDING],
        retrying=counts[State.RETRYING],
        failed=counts[State.FAILED],
        unmanaged=unmanaged,
        foreign=foreign,
    )
