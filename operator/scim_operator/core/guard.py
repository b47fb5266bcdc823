"""Change limits and approval: what a plan may destroy without somebody saying so (promise S4).

Destructive changes are judged as a whole: either all that is due fits into what the window still allows, and is booked
before it is carried out, or all of it is held under a digest. `spec.approvedPlan` releases exactly the plan of that
digest; a plan that moved has another one.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.approval import JSON_TYPES, concealed, effects_from_text
from scim_operator.core.plan import Plan, Tally
from scim_operator.core.wording import camel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.api.config import Limit, Limits
    from scim_operator.core.resource import Document

SLOTS = 24
"""The window is booked in this many slots, so that the ledger in the status stays small."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a percentage is of: the resources, and the memberships, that this config has at the service."""

    resources: int
    memberships: int


@dataclass(frozen=True, slots=True)
class Booking:
    """Destructive changes booked in the slot that begins at `since`."""

    since: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was destroyed within the window, and what was approved, across restarts: it lives in the config's status.

    `used` is the digest that was approved last, `released` what of its plan is still to come (`core.approval`).
    """

    bookings: tuple[Booking, ...] = ()
    used: str = ""
    released: frozenset[str] = frozenset()

    def spent(self, now: datetime, window: timedelta) -> Tally:
        """The sum of what the window, which ends at `now`, still remembers."""
        return sum((b.tally for b in self._live(now, window)), Tally())

    def book(self, tally: Tally, now: datetime, window: timedelta) -> Ledger:
        """The ledger with `tally` added and what has left the window forgotten."""
        live = list(self._live(now, window))
        if live and now - live[-1].since < window / SLOTS:
            return replace(self, bookings=(*live[:-1], Booking(live[-1].since, live[-1].tally + tally)))
        return replace(self, bookings=(*live, Booking(now, tally)))

    def _live(self, now: datetime, window: timedelta) -> tuple[Booking, ...]:
        # A slot leaves when its last possible change has left, so the window never forgets too early.
        return tuple(b for b in self.bookings if now - b.since < window + window / SLOTS)


def fits(due: Tally, spent: Tally, limits: Limits, base: Base) -> bool:
    """Whether `due` may be carried out on top of what was spent. What is not due cannot exceed its limit."""
    total = due + spent
    deletes = total.user_deletes + total.group_deletes
    return (
        (not due.disables or total.disables <= allowance(limits.disables, base.resources))
        and (not (due.user_deletes or due.group_deletes) or deletes <= allowance(limits.deletes, base.resources))
        and (not due.member_removals or total.member_removals <= allowance(limits.member_removals, base.memberships))
    )


def allowance(limit: Limit, base: int) -> int:
    """How many a limit allows: the larger of its count and its percentage of `base`, rounded down."""
    return max(limit.count, base * limit.percent // 100)


def concerns(plan: Plan, *, everything: bool) -> bool:
    """Whether a plan must be judged at all: what limits count, what asks, or `everything` that does something."""
    return plan.acts if everything else bool(plan.tally) or plan.asks


def judged(plan: Plan, *, everything: bool) -> Plan:
    """What of a plan is judged, and named by its digest: what it takes away, or `everything` that it does."""
    return plan if everything else plan.waiting


def lasting(plan: Plan) -> Document | None:
    """The new resource without what is drawn anew each time: an approval would not find the plan again."""
    if plan.document is None or not plan.moving:
        return plan.document
    document = copy.deepcopy(plan.document)
    for path in plan.moving:
        path.delete(document)
    return document


def digest_of(plans: Iterable[Plan]) -> str:
    """Name a set of plans by its content: the same changes have the same digest everywhere and after a restart.

    Of a sensitive value it says only whether it is set, for a digest that has the value lets it be guessed.
    """
    return _digest(map(_canonical, map(_without_sensitive, plans)))


def exact_digest_of(plan: Plan) -> str:
    """Name a plan with all its values, for comparing it here: this digest is shown nowhere."""
    return _digest([_canonical(plan)])


def _digest(plans: Iterable[dict[str, Any]]) -> str:
    rendered = sorted(orjson.dumps(plan, option=orjson.OPT_SORT_KEYS) for plan in plans)
    return "sha256:" + hashlib.sha256(b"\n".join(rendered)).hexdigest()


def _without_sensitive(plan: Plan) -> Plan:
    if not plan.sensitive:
        return plan
    changes = tuple(replace(change, new=plan.told(change)) for change in plan.changes)
    return replace(plan, changes=changes, document=concealed(plan.document, plan.sensitive))


def _canonical(plan: Plan) -> dict[str, Any]:
    return {
        "object": [plan.key.kind.value, plan.key.namespace, plan.key.name],
        "verb": plan.verb.value if plan.verb else "",
        "id": plan.id,
        "document": lasting(plan),
        "changes": [[str(c.path), c.new if isinstance(c.new, JSON_TYPES) else str(c.new)] for c in plan.changes],
        # By name and with those that are awaited: an approved group stays approved while its users get their ids.
        "adds": sorted([*(member.name for member in plan.member_adds), *plan.pending]),
        "removals": [m.id for m in plan.member_removals],
        **({"adopts": True} if plan.adopts else {}),
    }


def ledger_to_json(ledger: Ledger) -> dict[str, Any]:
    """The form that `status.limits` has."""
    return {
        "spent": _bookings_to_json(ledger),
        "usedPlan": ledger.used or None,
        "released": "".join(sorted(ledger.released)) or None,
    }


def _bookings_to_json(ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "since": b.since.isoformat().replace("+00:00", "Z"),
            "disables": b.tally.disables,
            "userDeletes": b.tally.user_deletes,
            "groupDeletes": b.tally.group_deletes,
            "memberRemovals": b.tally.member_removals,
            "renames": b.tally.renames,
            "adoptions": b.tally.adoptions,
        }
        for b in ledger.bookings
    ]


def ledger_from_json(limits: Mapping[str, Any]) -> Ledger:
    """Read the ledger back from the config's status."""
    bookings = tuple(
        Booking(
            datetime.fromisoformat(item["since"]),
            Tally(**{field.name: item.get(camel(field.name), 0) for field in fields(Tally)}),
        )
        for item in limits.get("spent", ())
    )
    return Ledger(bookings, limits.get("usedPlan") or "", effects_from_text(limits.get("released") or ""))
