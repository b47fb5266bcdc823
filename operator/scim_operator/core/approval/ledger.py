"""The memory of change limits across restarts: what was spent, what was owned, and what was approved.

It lives in `status.limits` of the config, which more people may write than the operator. So it has a proof
(`core.seal`); what lacks it is not believed, and then the window counts as spent.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.approval.effects import effects_from_text, marks_from_text
from scim_operator.core.plan.plan import Tally
from scim_operator.core.wording import camel, rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.seal import Seal

SLOTS = 24
"""The window is kept in this many slots, so that the ledger in the status stays small."""


@dataclass(frozen=True, slots=True)
class Base:
    """The base of percentages: the users with access, the groups, and the memberships that the config has."""

    users: int = 0
    groups: int = 0
    memberships: int = 0

    def least(self, other: Base) -> Base:
        """Return the smaller of the two, each number apart."""
        return Base(*(min(mine, theirs) for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def after(self, lost: Tally) -> Base:
        """Return what is left once that is lost."""
        return Base(
            max(0, self.users - lost.disables - lost.user_deletes),
            max(0, self.groups - lost.group_deletes),
            max(0, self.memberships - lost.member_removals),
        )

    def before(self, lost: Tally) -> Base:
        """Return what there was before that was lost."""
        return Base(
            self.users + lost.disables + lost.user_deletes,
            self.groups + lost.group_deletes,
            self.memberships + lost.member_removals,
        )


@dataclass(frozen=True, slots=True)
class Window:
    """The span, ending `now`, over which changes are counted, and the approval that the spec gives."""

    now: datetime
    length: timedelta
    approved: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """Changes booked in the slot that begins at `since`."""

    since: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class Owned:
    """The resources that the config owned from `since` on."""

    since: datetime
    base: Base


@dataclass(frozen=True, slots=True)
class Begun:
    """Booked at `since` at the earliest: the renames of an exchange that has begun, each by its mark (`begun_mark`)."""

    since: datetime
    marks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The changes within the window, and what was approved.

    `used` is the digest that was approved last, `released` what of its plan is still to come (`core.approval.effects`).
    `full_until`: earlier spending is unknown, so nothing is left until then. `first`: the config's first sweep has
    not ended.
    """

    bookings: tuple[Booking, ...] = ()
    used: str = ""
    released: frozenset[str] = frozenset()
    owned: tuple[Owned, ...] = ()
    full_until: datetime | None = None
    first: bool = False
    begun: tuple[Begun, ...] = ()
    """What of exchanges is booked and may be still to come: after a crash half-way it is not booked again."""

    def under(self, approved: str) -> Ledger:
        """Return the ledger as it holds while the spec gives this approval: taken out, it may be given again later."""
        return self if self.used == approved else replace(self, used="", released=frozenset())

    def is_full(self, now: datetime) -> bool:
        """Return whether the window counts as spent."""
        return self.full_until is not None and now < self.full_until

    def spent(self, now: datetime, window: timedelta) -> Tally:
        """Return the sum of what the window, which ends at `now`, still remembers."""
        return sum((b.tally for b in self._live(now, window)), Tally())

    def book(self, tally: Tally, now: datetime, window: timedelta) -> Ledger:
        """Return the ledger with `tally` added and what has left the window forgotten."""
        live = list(self._live(now, window))
        if live and now - live[-1].since < window / SLOTS:
            return replace(self, bookings=(*live[:-1], Booking(live[-1].since, live[-1].tally + tally)))
        return replace(self, bookings=(*live, Booking(now, tally)))

    def base(self, owned: Base, now: datetime, window: timedelta) -> Base:
        """Return the base of percentages: what was owned when the window began or, if fewer, before its losses.

        What has come since raises no allowance, and what was taken away since lowers none.
        """
        before = owned.before(self.spent(now, window))
        return before.least(self._at_beginning(now, window)) if self.owned else before

    def observe(self, owned: Base, now: datetime, window: timedelta) -> Ledger:
        """Return the ledger once a sweep has found this much; the same ledger where that is no news."""
        if self.owned and self.owned[-1].base == owned:
            return self
        begin = self._begin(now, window)
        young = [each for each in self.owned if each.since > begin]
        old = [each for each in self.owned if each.since <= begin][-1:]
        if young and now - young[-1].since < window / SLOTS:
            return replace(self, owned=(*old, *young[:-1], Owned(young[-1].since, owned)))
        return replace(self, owned=(*old, *young, Owned(now, owned)))

    def _at_beginning(self, now: datetime, window: timedelta) -> Base:
        """Return what was owned when the window began; of a config that is younger, what its first sweep left."""
        begin = self._begin(now, window)
        known = [each.base for each in self.owned if each.since <= begin]
        return known[-1] if known else self.owned[0].base

    def _begin(self, now: datetime, window: timedelta) -> datetime:
        return now - window - window / SLOTS

    def _live(self, now: datetime, window: timedelta) -> tuple[Booking, ...]:
        # A slot leaves when its last possible change has left, so the window never forgets too early.
        return tuple(b for b in self.bookings if b.since > self._begin(now, window))


def ledger_to_json(ledger: Ledger, seal: Seal, owner: str) -> dict[str, Any]:
    """Return the form that `status.limits` has; `owner` is whose ledger it is, so that none passes as another's."""
    body = {
        "spent": [{"since": rfc3339(b.since), **_numbers(b.tally)} for b in ledger.bookings],
        "owned": [{"since": rfc3339(o.since), **_numbers(o.base)} for o in ledger.owned],
        "fullUntil": rfc3339(ledger.full_until) if ledger.full_until else None,
        "firstSweep": ledger.first or None,
        "usedPlan": ledger.used or None,
        "released": "".join(sorted(ledger.released)) or None,
        "begun": [{"since": rfc3339(each.since), "marks": "".join(sorted(each.marks))} for each in ledger.begun]
        or None,
    }
    return {**body, "proof": seal.of("ledger", owner, _text(body))}


def ledger_from_json(limits: Mapping[str, Any]) -> Ledger:
    """Read a ledger from a config's status and trust it: for use where nothing is sent by it, or `is_proven`."""
    until = limits.get("fullUntil")
    return Ledger(
        tuple(Booking(_instant(item), Tally(**_read(item, Tally))) for item in limits.get("spent") or ()),
        limits.get("usedPlan") or "",
        effects_from_text(limits.get("released") or ""),
        tuple(Owned(_instant(item), Base(**_read(item, Base))) for item in limits.get("owned") or ()),
        datetime.fromisoformat(until) if until else None,
        first=bool(limits.get("firstSweep")),
        begun=tuple(Begun(_instant(item), marks_from_text(item["marks"])) for item in limits.get("begun") or ()),
    )


def is_proven(limits: Mapping[str, Any], seal: Seal, owner: str) -> bool:
    """Return whether the operator wrote it, for this owner."""
    try:
        text = _text(limits)
    except orjson.JSONEncodeError:  # lists in lists without end, as someone else may write them
        return False
    return seal.proves(str(limits.get("proof") or ""), "ledger", owner, text)


def remembered_ledger(status: Mapping[str, Any], window: Window, *, proven: bool) -> Ledger:
    """Return the ledger that a process begins with, `proven` or not.

    Without a proven one, a new config has no allowance until its first sweep has ended. One that worked before
    has none for a window.
    """
    if proven and (limits := status.get("limits")):
        return ledger_from_json(limits)
    return distrusted(window) if _has_worked(status) else Ledger(first=True)


def distrusted(window: Window) -> Ledger:
    """Return the ledger of a config that swept before but is unknown: the approval that it has may be used."""
    return Ledger(used=window.approved, full_until=window.now + window.length)


def _has_worked(status: Mapping[str, Any]) -> bool:
    """Return whether the status of a config shows that it swept before, whatever it says of the ledger."""
    swept = (status.get("service") or {}).get("url") or status.get("lastSweep") or status.get("tombstones")
    return bool(swept or status.get("limits"))


def _instant(item: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(item["since"])


def _numbers(counts: Tally | Base) -> dict[str, int]:
    return {camel(field.name): getattr(counts, field.name) for field in fields(counts)}


def _read(item: Mapping[str, Any], kind: type[Tally | Base]) -> dict[str, int]:
    return {field.name: item.get(camel(field.name), 0) for field in fields(kind)}


def _text(limits: Mapping[str, Any]) -> str:
    """Return the whole of it but the proof, in one spelling: what is empty may be left out."""
    said = {name: value for name, value in limits.items() if name != "proof" and value not in (None, [], "", False)}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
