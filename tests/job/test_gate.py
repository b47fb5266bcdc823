"""The gate on its own: what waits is judged together, once, and booked before it goes through."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.job.base.settings import Settings, settings_of
from scim_operator.job.gate.gate import PATIENCE, QUIET, Admission, Gate
from scim_operator.job.gate.waiting import Cause
from scim_operator.scim.clock import SystemClock
from tests.scim.virtual import VirtualClock
from tests.support.limiting import exactly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.plan.plan import PlanCounts
    from scim_operator.scim.clock import Clock


def disable(name: str, **changed: Any) -> Plan:
    """The plan to disable a user."""
    key = ObjectKey(Kind.USER, "identity", name)
    return replace(Plan(key, Verdict(Reason.DISABLED, "."), Verb.DISABLE, id=name, owned=True), **changed)


def settings(limit: int, **spec: Any) -> Settings:
    """A config that allows so many disables."""
    service = {"url": "https://x.example", "auth": {"bearer": {"secretRef": {"name": "s", "key": "k"}}}}
    metadata = {"namespace": "identity", "name": "vmware", "uid": "u", "generation": 1}
    limits = {"disables": exactly(limit)}
    return settings_of({"metadata": metadata, "spec": {"service": service, "limits": limits, **spec}})


class Desk:
    """The gate's office: keeps what was booked; `slow` makes booking take its time."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.looked_at: list[str] = []
        self.approved: list[str] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.judgement = asyncio.Event()

    def base(self) -> Base:
        return Base()

    async def book(self, ledger: Ledger) -> None:
        await self.slow.wait()
        self.ledger = ledger

    async def released(self, digest: str, counts: PlanCounts) -> None:
        self.approved.append(digest)

    def judged(self, keys: Iterable[ObjectKey], *, held: bool) -> None:
        self.looked_at += [key.name for key in keys]
        self.judgement.set()

    @property
    def spent(self) -> int:
        """Disables that are booked."""
        return sum(booking.tally.disables for booking in self.ledger.bookings)


def gate(desk: Desk, limit: int, clock: Clock | None = None, **spec: Any) -> Gate:
    """A gate with such a limit."""
    return Gate(settings(limit, **spec), desk, clock or VirtualClock(), Ledger())


async def test_what_ends_nothing_goes_through_at_once() -> None:
    made = gate(Desk(), 0)
    assert made.admit(disable("ada", verb=Verb.UPDATE)) is Admission.GO
    assert made.settled


async def test_what_fits_is_booked_and_then_goes() -> None:
    desk = Desk()
    made = gate(desk, 2)
    assert made.admit(disable("ada")) is Admission.WAIT
    assert made.admit(disable("bob")) is Admission.WAIT
    await made.judge()
    assert desk.spent == 2
    assert desk.looked_at == ["ada", "bob"]
    assert made.admit(disable("ada")) is Admission.GO
    assert made.admit(disable("ada")) is Admission.GO, "a second attempt is not booked again"
    await made.judge()
    assert desk.spent == 2


async def test_a_plan_that_moved_after_it_was_cleared_is_judged_again() -> None:
    desk = Desk()
    made = gate(desk, 2)
    made.admit(disable("ada"))
    await made.judge()
    assert made.admit(disable("ada", id="other")) is Admission.WAIT


async def test_who_is_protected_while_held_waits_for_a_person_when_the_window_opens() -> None:
    clock = VirtualClock()
    made = gate(Desk(), 1, clock)
    for name in ("ada", "bob"):
        made.admit(disable(name))
    await made.judge()
    assert made.admit(disable("ada")) is Admission.HELD
    made.withdraw(disable("bob").key)
    assert made.admit(disable("ada", asks=True, protected=True)) is Admission.WAIT
    await made.judge(again=True)
    assert made.admit(disable("ada", asks=True, protected=True)) is Admission.HELD
    assert made.held.digest == digest_of([disable("ada", asks=True, protected=True)])


async def test_two_judgements_at_once_see_each_others_bookings() -> None:
    """Promise S4: while one booking is being written, the next must not start from the same ledger."""
    desk = Desk()
    made = gate(desk, 3)
    desk.slow.clear()
    made.admit(disable("ada"))
    made.admit(disable("bob"))
    first = asyncio.ensure_future(made.judge())
    await asyncio.sleep(0)
    made.admit(disable("eve"))
    made.admit(disable("dan"))
    second = asyncio.ensure_future(made.judge())
    await asyncio.sleep(0)
    desk.slow.set()
    await asyncio.gather(first, second)
    assert desk.spent == 2
    assert made.admit(disable("ada")) is Admission.GO
    assert made.admit(disable("eve")) is Admission.HELD


async def test_what_exceeds_is_held_with_what_was_held_before() -> None:
    made = gate(Desk(), 1)
    for name in ("ada", "bob"):
        made.admit(disable(name))
    await made.judge()
    first = made.held.digest
    assert first == digest_of([disable("ada"), disable("bob")])
    assert made.admit(disable("ada")) is Admission.HELD
    made.admit(disable("eve"))
    await made.judge()
    assert {plan.key.name for plan in made.held.plans.values()} == {"ada", "bob", "eve"}
    assert made.held.digest != first


async def test_the_digest_of_what_is_held_releases_it_beyond_the_limits() -> None:
    desk = Desk()
    approved = digest_of([disable("ada"), disable("bob")])
    made = gate(desk, 0, approvedPlan=approved)
    for name in ("ada", "bob"):
        made.admit(disable(name))
    await made.judge()
    assert made.admit(disable("ada")) is Admission.GO
    assert made.held.plans == {}
    assert made.held.digest == ""


async def test_a_held_plan_that_is_no_longer_due_leaves() -> None:
    made = gate(Desk(), 1)
    for name in ("ada", "bob"):
        made.admit(disable(name))
    await made.judge()
    made.withdraw(ObjectKey(Kind.USER, "identity", "ada"))
    await made.judge()
    assert made.admit(disable("bob")) is Admission.HELD, "nobody asked anew"
    made.pause()
    await made.resume()
    assert made.admit(disable("bob")) is Admission.GO, "a sweep judges what is held again, and now it fits"


async def test_nothing_is_judged_while_a_sweep_collects() -> None:
    desk, clock = Desk(), VirtualClock()
    made = gate(desk, 1, clock)
    runner = asyncio.ensure_future(made.run())
    made.pause()
    made.admit(disable("ada"))
    await clock.run(clock.sleep(3 * PATIENCE))
    assert not desk.looked_at, "the rest of the plan may still come"
    made.admit(disable("bob"))
    await made.resume()
    assert len(made.held.plans) == 2, "as a whole it is too much, although the first alone would have fitted"
    runner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await runner


async def test_single_events_that_come_together_are_judged_together() -> None:
    desk, clock = Desk(), VirtualClock()
    made = gate(desk, 2, clock)
    runner = asyncio.ensure_future(made.run())
    for name in ("ada", "bob", "eve"):
        made.admit(disable(name))
        await clock.run(clock.sleep(QUIET / 2))
    assert not desk.looked_at, "each comes while the ones before wait for company"
    await clock.run(desk.judgement.wait())
    assert len(made.held.plans) == 3
    runner.cancel()


async def test_manual_approval_concerns_every_plan() -> None:
    made = gate(Desk(), 9, approval={"policy": "Manual"})
    assert made.admit(disable("ada", verb=Verb.UPDATE)) is Admission.WAIT
    await made.judge()
    assert made.admit(disable("ada", verb=Verb.UPDATE)) is Admission.HELD
    assert made.admit(disable("bob", verb=None)) is Admission.GO, "nothing to do asks nobody"


async def test_what_is_held_already_is_not_looked_at_again_because_more_comes() -> None:
    desk = Desk()
    made = gate(desk, 0)
    made.admit(disable("ada"))
    await made.judge()
    made.admit(disable("bob"))
    await made.judge()
    assert desk.looked_at == ["ada", "bob"], "ada is held as before"
    assert len(made.held.plans) == 2


async def test_the_digest_does_not_move_while_a_changed_plan_waits_to_be_judged() -> None:
    made = gate(Desk(), 0)
    made.admit(disable("ada"))
    made.admit(disable("bob"))
    await made.judge()
    before = made.held.digest
    assert made.admit(disable("bob", id="other")) is Admission.WAIT
    assert made.held.digest == before
    await made.judge()
    assert made.held.digest == digest_of([disable("ada"), disable("bob", id="other")])


class Watch(SystemClock):
    """A clock that is set by hand."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


async def test_what_could_not_be_sent_before_its_booking_was_forgotten_is_judged_again() -> None:
    """Promise S4: the service was away for longer than a window, and others have left meanwhile."""
    desk, clock = Desk(), Watch()
    made = Gate(settings(1), desk, clock, Ledger())
    made.admit(disable("ada"))
    await made.judge()
    assert made.admit(disable("ada")) is Admission.GO
    clock.ahead = timedelta(hours=26)
    made.admit(disable("bob"))
    await made.judge()
    assert made.admit(disable("bob")) is Admission.GO
    assert made.admit(disable("ada")) is Admission.WAIT
    await made.judge()
    assert made.admit(disable("ada")) is Admission.HELD


def takeover(name: str, **changed: Any) -> Plan:
    """The plan to take over a resource as it is."""
    return disable(name, verb=None, adopts=True, **changed)


async def test_what_asks_is_held_whatever_the_limits_allow() -> None:
    made = gate(Desk(), 9)
    assert made.admit(takeover("ada", asks=True)) is Admission.WAIT
    await made.judge()
    assert made.admit(takeover("ada", asks=True)) is Admission.HELD
    assert not made.meanwhile(takeover("ada", asks=True)).owned, "nothing becomes ours by waiting"


async def test_what_asks_passes_with_its_digest() -> None:
    made = gate(Desk(), 9, approvedPlan=digest_of([takeover("ada", asks=True)]))
    made.admit(takeover("ada", asks=True))
    await made.judge()
    assert made.admit(takeover("ada", asks=True)) is Admission.GO


def expect(made: Gate, *names: str) -> None:
    for name in names:
        made.expect(disable(name).key, disable(name).tally)


async def test_who_is_expected_counts_before_the_first_is_judged() -> None:
    desk = Desk()
    made = gate(desk, 2)
    made.begin()
    expect(made, "ada", "bob", "eve")
    assert not made.has_room
    made.admit(disable("ada"), Cause.MANIFEST)
    await made.judge()
    assert (desk.looked_at, desk.spent) == ([], 0)


async def test_who_is_expected_and_comes_counts_once() -> None:
    desk = Desk()
    made = gate(desk, 2)
    made.begin()
    expect(made, "ada", "bob")
    assert made.has_room
    for name in ("ada", "bob"):
        made.admit(disable(name), Cause.MANIFEST)
        expect(made, name)
        assert made.has_room
        await made.judge()
    assert (desk.looked_at, desk.spent) == (["ada", "bob"], 2)


async def test_of_whom_nothing_comes_leaves_room_for_others() -> None:
    desk, clock = Desk(), VirtualClock()
    made = gate(desk, 1, clock)
    made.begin()
    expect(made, "ada", "bob")
    made.admit(disable("ada"), Cause.MANIFEST)
    running = asyncio.create_task(made.run())
    await made.judge()
    assert desk.looked_at == []
    made.dismiss(disable("bob").key)
    await clock.run(desk.judgement.wait())
    running.cancel()
    assert desk.looked_at == ["ada"]


async def test_a_session_collects_from_its_beginning_what_its_first_sweep_plans() -> None:
    desk = Desk()
    made = gate(desk, 9)
    made.begin()
    made.admit(disable("ada"), Cause.CHANGE)
    await made.judge()
    assert desk.looked_at == [], "the config itself may be the cause"
    made.pause()
    await made.judge()
    assert desk.looked_at == []
    await made.resume()
    assert desk.looked_at == ["ada"]
    made.admit(disable("bob"), Cause.CHANGE)
    await made.judge()
    assert desk.looked_at == ["ada", "bob"]
