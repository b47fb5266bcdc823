"""What goes on, what waits to be judged with others, and what is held until it is approved."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.keys import Kind
from scim_operator.core.plan.plan import Member, Plan, PlanCounts
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.errors import NotWritten
from scim_operator.job.gate.gate import FEW, LONGEST, PATIENCE, QUIET, Admission, Gate
from scim_operator.job.gate.waiting import Cause
from tests.scim.virtual import VirtualClock
from tests.support.knowing import key, settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.keys import ObjectKey

GO, WAIT, HELD = Admission.GO, Admission.WAIT, Admission.HELD
CREATE = Plan(key("new"), Verdict(Reason.PROVISIONED, ""), Verb.CREATE, document={})
LIMITS = {"window": "1h", "userDeletes": {"percent": 0, "min": 2, "max": 2}}


def delete(number: int) -> Plan:
    return Plan(key(f"u{number}"), Verdict(Reason.DISABLED, ""), Verb.DELETE, str(number))


class Bench:
    """A gate that lets two users be deleted an hour, of a thousand."""

    def __init__(self, **spec: Any) -> None:
        self.clock = VirtualClock()
        self.booked: list[Ledger] = []
        self.looked: list[tuple[list[str], bool]] = []
        self.approved: list[tuple[str, PlanCounts]] = []
        self.refuses = False
        self.users = 1000
        self.refusals = 0
        self.gate = Gate(settings(**{"limits": LIMITS, **spec}), self, self.clock, Ledger(first=False))

    def base(self) -> Base:
        return Base(self.users, 100, 5000)

    async def book(self, ledger: Ledger) -> None:
        if self.refuses:
            self.refusals += 1
            raise NotWritten("Not now.")
        self.booked.append(ledger)

    async def released(self, digest: str, counts: PlanCounts) -> None:
        self.approved.append((digest, counts))

    def judged(self, keys: Iterable[ObjectKey], *, held: bool) -> None:
        self.looked.append(([key.name for key in keys], held))

    def admit(self, *numbers: int) -> list[Admission]:
        return [self.gate.admit(delete(number)) for number in numbers]


async def test_what_takes_nothing_away_goes_at_once() -> None:
    bench = Bench()
    assert bench.gate.admit(CREATE) is GO
    assert bench.gate.settled
    assert bench.gate.passes(CREATE)


async def test_what_ends_access_is_judged_booked_and_then_let_through() -> None:
    bench = Bench()
    assert bench.admit(1, 2) == [WAIT, WAIT]
    assert not bench.gate.settled
    assert not bench.gate.passes(delete(1))
    await bench.gate.judge()
    assert bench.looked == [(["u1", "u2"], False)]
    assert len(bench.booked) == 1
    assert bench.admit(1, 2) == [GO, GO]
    assert (bench.gate.settled, bench.gate.passes(delete(1))) == (True, True)
    await bench.gate.judge()
    assert len(bench.booked) == 1, "nothing waits"


async def test_more_than_the_limit_is_held_as_a_whole() -> None:
    bench = Bench()
    bench.admit(1, 2, 3)
    await bench.gate.judge()
    assert bench.looked == [(["u1", "u2", "u3"], True)]
    assert (bench.booked, bench.admit(1, 2, 3)) == ([], [HELD, HELD, HELD])
    assert len(bench.gate.held.plans) == 3
    assert bench.gate.held.because
    assert not bench.gate.used_up


async def test_the_limit_is_that_of_the_window() -> None:
    bench = Bench()
    bench.admit(1, 2)
    await bench.gate.judge()
    bench.admit(3)
    await bench.gate.judge()
    assert bench.admit(3) == [HELD]
    bench.clock.advance(4000)
    await bench.gate.judge()
    assert bench.admit(3) == [HELD], "nothing new waits"
    bench.gate.pause()
    await bench.gate.resume()
    assert bench.looked[-1] == (["u3"], False)
    assert (bench.admit(3), bench.gate.held.digest) == ([GO], "")


async def test_an_approval_releases_what_has_its_digest() -> None:
    before = Bench()
    before.admit(1, 2, 3)
    await before.gate.judge()
    digest = before.gate.held.digest
    bench = Bench(approvedPlan=digest)
    bench.admit(1, 2, 3)
    await bench.gate.judge()
    assert [(given, counts.deletes) for given, counts in bench.approved] == [(digest, 3)]
    assert (bench.booked[-1].used, bench.admit(1, 2, 3)) == (digest, [GO, GO, GO])
    bench.admit(4, 5, 6)
    await bench.gate.judge()
    assert bench.admit(4) == [HELD]
    assert not bench.gate.used_up


async def test_an_approval_is_for_one_time() -> None:
    before = Bench()
    before.admit(1, 2, 3)
    await before.gate.judge()
    bench = Bench(approvedPlan=before.gate.held.digest)
    for _ in range(2):
        bench.admit(1, 2, 3)
        await bench.gate.judge()
        for number in (1, 2, 3):
            if not bench.gate.held.plans:
                bench.gate.withdraw(key(f"u{number}"))
    assert bench.gate.used_up
    assert bench.admit(1) == [HELD]


async def test_what_cannot_be_booked_is_not_let_through() -> None:
    bench = Bench()
    bench.refuses = True
    bench.admit(1)
    await bench.gate.judge()
    assert (bench.admit(1), bench.gate.settled) == ([WAIT], False)
    bench.refuses = False
    await bench.gate.judge()
    assert bench.admit(1) == [GO]


async def test_while_the_api_server_takes_nothing_it_is_asked_less_and_less_often() -> None:
    bench = Bench()
    bench.refuses = True
    bench.admit(1)
    running = asyncio.ensure_future(bench.gate.run())
    await bench.clock.run(bench.clock.sleep(300))
    assert 5 < bench.refusals < 20, "300 s long, with pauses from one second to LONGEST"
    bench.refuses = False
    await bench.clock.run(bench.clock.sleep(LONGEST + 1))
    assert (bench.admit(1), len(bench.booked)) == ([GO], 1)
    running.cancel()


async def test_what_is_no_longer_due_is_neither_judged_nor_held() -> None:
    bench = Bench()
    bench.admit(1, 2, 3)
    bench.gate.withdraw(key("u3"))
    await bench.gate.judge()
    assert bench.admit(1, 2) == [GO, GO]
    held = Bench()
    held.admit(1, 2, 3)
    await held.gate.judge()
    digest = held.gate.held.digest
    held.gate.withdraw(key("u3"))
    assert set(held.gate.held.plans) == {key("u1"), key("u2")}
    assert held.gate.held.digest not in ("", digest)


async def test_a_held_plan_that_changed_is_judged_again_and_stays_held_meanwhile() -> None:
    bench = Bench()
    bench.admit(1, 2, 3)
    await bench.gate.judge()
    digest = bench.gate.held.digest
    other = Plan(key("u1"), Verdict(Reason.DISABLED, ""), Verb.DELETE, "another")
    assert bench.gate.admit(other) is WAIT
    assert bench.gate.held.digest == digest
    assert (bench.gate.holds(delete(1)), bench.gate.holds(other), bench.gate.holds(delete(9))) == (True, False, False)
    await bench.gate.judge()
    assert bench.gate.holds(other)
    assert bench.looked[-1] == (["u1"], True), "the others have nothing to look at again"


async def test_judging_waits_for_a_tenth_of_a_second_of_quiet() -> None:
    assert (QUIET, PATIENCE) == (0.1, 1.0)
    bench = Bench()
    task = asyncio.ensure_future(bench.gate.run())
    bench.admit(1)
    await bench.clock.run(bench.clock.sleep(0.05))
    bench.admit(2)
    await bench.clock.run(bench.clock.sleep(0.1))
    assert bench.looked == []
    await bench.clock.run(bench.clock.sleep(0.1))
    assert bench.looked == [(["u1", "u2"], False)]
    task.cancel()


async def test_judging_waits_for_a_second_at_most() -> None:
    bench = Bench()
    task = asyncio.ensure_future(bench.gate.run())
    for number in range(30):
        bench.admit(number)
        await bench.clock.run(bench.clock.sleep(0.05))
        if bench.looked:
            break
    assert 0.9 < bench.clock.monotonic() < 1.2
    task.cancel()


async def test_a_sweep_is_judged_as_a_whole() -> None:
    bench = Bench()
    task = asyncio.ensure_future(bench.gate.run())
    bench.gate.pause()
    bench.admit(1)
    await bench.clock.run(bench.clock.sleep(5))
    bench.admit(2, 3)
    assert bench.looked == []
    await bench.gate.resume()
    assert bench.looked == [(["u1", "u2", "u3"], True)]
    task.cancel()


async def test_that_released_changes_are_done_is_made_durable() -> None:
    before = Bench()
    before.admit(1, 2, 3)
    await before.gate.judge()
    bench = Bench(approvedPlan=before.gate.held.digest)
    bench.admit(1, 2, 3)
    await bench.gate.judge()
    await bench.gate.settle_accounts()
    assert len(bench.booked) == 1
    bench.gate.withdraw(key("u1"))
    bench.refuses = True
    await bench.gate.settle_accounts()
    bench.refuses = False
    await bench.gate.settle_accounts()
    await bench.gate.settle_accounts()
    assert [len(ledger.released) for ledger in bench.booked] == [3, 2]


async def test_with_manual_approval_everything_waits() -> None:
    bench = Bench(approval={"policy": "Manual"})
    assert bench.gate.admit(CREATE) is WAIT
    await bench.gate.judge()
    assert bench.gate.admit(CREATE) is HELD
    assert bench.gate.meanwhile(CREATE).verb is None


@pytest.mark.parametrize("protected", [True, False])
async def test_the_protected_that_are_held_are_named(protected: bool) -> None:
    bench = Bench()
    plans = [delete(number) for number in (3, 1, 2)]
    for plan in plans:
        object.__setattr__(plan, "protected", protected)
        bench.gate.admit(plan)
    await bench.gate.judge()
    names = tuple(str(key(f"u{number}")) for number in (1, 2, 3))
    assert bench.gate.held.protected == (names if protected else ())


async def test_members_who_leave_are_judged_too() -> None:
    leave = Plan(
        key("team", Kind.GROUP), Verdict(Reason.PROVISIONED, ""), Verb.UPDATE, "g", member_removals=(Member("7"),)
    )
    bench = Bench()
    assert bench.gate.admit(leave) is WAIT
    await bench.gate.observe()
    await bench.gate.judge()
    assert bench.gate.admit(leave) is GO


class Crowd(Bench):
    """A gate that is judging more plans than are judged at once, in a thread: what comes meanwhile comes first."""

    async def judging(self, **spec: Any) -> asyncio.Task[None]:
        self.admit(*range(FEW + 1))
        task = asyncio.create_task(self.gate.judge())
        await asyncio.sleep(0)
        assert not task.done()
        assert not self.gate.settled, "what is being judged is not decided"
        return task


async def test_while_many_are_judged_others_go_on() -> None:
    bench = Crowd()
    task = await bench.judging()
    assert bench.admit(1) == [WAIT], "it is being judged, and is not judged twice"
    assert bench.gate.admit(CREATE) is GO
    await task
    assert (bench.gate.settled, len(bench.gate.held.plans), bench.admit(1)) == (True, FEW + 1, [HELD])
    assert len(bench.looked) == 1


async def test_what_is_withdrawn_while_many_are_judged_is_not_held() -> None:
    bench, smaller = Crowd(), Bench()
    task = await bench.judging()
    bench.gate.withdraw(key("u7"))
    await task
    smaller.admit(*(number for number in range(FEW + 1) if number != 7))
    await smaller.gate.judge()
    assert key("u7") not in bench.gate.held.plans
    assert bench.gate.held.digest == smaller.gate.held.digest
    assert bench.gate.held.counts == smaller.gate.held.counts
    assert bench.gate.held.first == smaller.gate.held.first


async def test_what_is_withdrawn_while_many_are_judged_is_not_let_through() -> None:
    bench = Crowd(limits={**LIMITS, "userDeletes": {"percent": 100, "min": 1000, "max": 1000}})
    task = await bench.judging()
    bench.gate.withdraw(key("u7"))
    await task
    assert (bench.admit(7), bench.admit(8)) == ([WAIT], [GO])


async def test_what_changes_while_many_are_judged_is_judged_again() -> None:
    bench = Crowd()
    task = await bench.judging()
    moved = replace(delete(7), id="77")
    assert bench.gate.admit(moved) is WAIT
    await task
    assert not bench.gate.settled
    await bench.gate.judge()
    assert bench.gate.held.plans[key("u7")] == moved


async def test_what_cannot_be_booked_waits_again_but_for_what_was_withdrawn() -> None:
    bench = Crowd(limits={**LIMITS, "userDeletes": {"percent": 100, "min": 0, "max": 1000}})
    bench.users = FEW
    await (await bench.judging())
    assert len(bench.gate.held.plans) == FEW + 1
    bench.users = 1000
    bench.refuses = True
    task = asyncio.create_task(bench.gate.judge(again=True))
    await asyncio.sleep(0)
    bench.gate.withdraw(key("u7"))
    await task
    bench.refuses = False
    await bench.gate.judge()
    assert len(bench.looked[-1][0]) == FEW
    assert (bench.admit(7), bench.admit(8)) == ([WAIT], [GO])


async def test_who_is_apart_of_a_sweep_and_withdrawn_meanwhile_is_not_let_through() -> None:
    bench = Crowd(limits={**LIMITS, "userDeletes": {"percent": 100, "min": 1000, "max": 1000}})
    bench.gate.pause()
    await bench.gate.resume()
    bench.gate.pause()
    for number in range(FEW + 1):
        bench.gate.admit(delete(number), Cause.CHANGE)
    task = asyncio.create_task(bench.gate.judge())
    await asyncio.sleep(0)
    bench.gate.withdraw(key("u7"))
    moved = replace(delete(9), id="99")
    bench.gate.admit(moved, Cause.CHANGE)
    await task
    assert not bench.gate.settled, "what was judged is another plan"
    assert (bench.admit(7), bench.admit(8)) == ([WAIT], [GO])
    await bench.gate.judge()
    assert bench.gate.admit(moved, Cause.CHANGE) is GO


async def test_what_changes_and_changes_back_while_many_are_judged_is_judged_as_it_is() -> None:
    bench = Crowd()
    task = await bench.judging()
    bench.gate.admit(replace(delete(7), id="77"))
    assert bench.admit(7) == [WAIT]
    await task
    await bench.gate.judge()
    assert bench.gate.held.plans[key("u7")] == delete(7)
