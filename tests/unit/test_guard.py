"""Change limits: the arithmetic, the window that ages, the digest that names a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.api.config import Limit, Limits
from scim_operator.core.diff import AttributeChange
from scim_operator.core.guard import (
    SLOTS,
    Base,
    Ledger,
    allowance,
    digest_of,
    fits,
    ledger_from_json,
    ledger_to_json,
)
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.paths import CLEARED, parse
from scim_operator.core.plan import Member, Plan, Tally, Verb, count
from scim_operator.core.status import Reason, Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)

# limit, base, allowed, why
ALLOWANCES = [
    (Limit(count=5), 0, 5, "a count is a count"),
    (Limit(percent=10), 50, 5, "a part of what is there"),
    (Limit(percent=10), 59, 5, "rounded down"),
    (Limit(percent=10), 9, 0, "of few, nothing"),
    (Limit(count=5, percent=10), 100, 10, "the larger of the two"),
    (Limit(count=5, percent=1), 100, 5, "the larger of the two"),
    (Limit(percent=100), 7, 7, "everything"),
    (Limit(), 1000, 0, "neither: nothing is allowed"),
]


@pytest.mark.parametrize(("limit", "base", "allowed", "why"), ALLOWANCES)
def test_allowances(limit: Limit, base: int, allowed: int, why: str) -> None:
    assert allowance(limit, base) == allowed, why


LIMITS = Limits(disables=Limit(count=3), deletes=Limit(count=2), member_removals=Limit(percent=50))

# due, spent, fits, why
FITTING = [
    (Tally(disables=3), Tally(), True, "just so many"),
    (Tally(disables=4), Tally(), False, "one more"),
    (Tally(disables=1), Tally(disables=2), True, "what was spent counts"),
    (Tally(disables=1), Tally(disables=3), False, "what was spent counts"),
    (Tally(disables=1), Tally(user_deletes=99), True, "sorts count apart, and what is not due cannot exceed"),
    (Tally(user_deletes=2, disables=1), Tally(), True, "each within its own"),
    (Tally(user_deletes=3, disables=1), Tally(), False, "one exceeds, so the whole does"),
    (Tally(member_removals=5), Tally(), True, "half of ten memberships"),
    (Tally(member_removals=6), Tally(), False, "more than half"),
    (Tally(), Tally(disables=99, user_deletes=99, member_removals=99), True, "nothing is due"),
]


@pytest.mark.parametrize(("due", "spent", "allowed", "why"), FITTING)
def test_fitting(due: Tally, spent: Tally, allowed: bool, why: str) -> None:
    assert fits(due, spent, LIMITS, Base(resources=20, memberships=10)) is allowed, why


def test_what_is_booked_is_spent_until_it_leaves_the_window() -> None:
    ledger = Ledger().book(Tally(disables=2), NOW, DAY)
    assert ledger.spent(NOW + timedelta(hours=23), DAY) == Tally(disables=2)
    assert ledger.spent(NOW + DAY + DAY / SLOTS, DAY) == Tally(), "and not for ever"


def test_a_slot_is_remembered_until_its_last_change_has_left() -> None:
    late = NOW + DAY / SLOTS - timedelta(seconds=1)
    ledger = Ledger().book(Tally(disables=1), NOW, DAY).book(Tally(disables=1), late, DAY)
    assert len(ledger.bookings) == 1, "one slot"
    assert ledger.spent(late + DAY - timedelta(seconds=1), DAY) == Tally(disables=2)


def test_the_ledger_stays_small() -> None:
    ledger = Ledger()
    for minutes in range(0, 3 * 24 * 60, 5):
        ledger = ledger.book(Tally(disables=1), NOW + timedelta(minutes=minutes), DAY)
    assert len(ledger.bookings) <= SLOTS + 2


@given(st.lists(st.tuples(st.integers(0, 60 * 30), st.integers(1, 9)), max_size=60))
def test_the_window_never_forgets_too_early(steps: list[tuple[int, int]]) -> None:
    """Whatever is booked when, across a round trip through the status: nothing younger than the window is missing."""
    ledger, now, booked = Ledger(), NOW, []
    for seconds, number in steps:
        now += timedelta(seconds=seconds * 10)
        ledger = ledger_from_json(orjson.loads(orjson.dumps(ledger_to_json(ledger.book(Tally(number), now, DAY)))))
        booked.append((now, number))
        young = sum(count for when, count in booked if now - when < DAY)
        assert ledger.spent(now, DAY).disables >= young


def test_the_ledger_survives_the_status() -> None:
    ledger = Ledger().book(Tally(1, 2, 3, 4, 5, 6), NOW, DAY).book(Tally(7, 8, 9), NOW + timedelta(hours=3), DAY)
    written = orjson.loads(orjson.dumps(ledger_to_json(ledger)))
    assert written["spent"][0] == {
        "since": "2026-06-01T12:00:00Z",
        "disables": 1,
        "userDeletes": 2,
        "groupDeletes": 3,
        "memberRemovals": 4,
        "renames": 5,
        "adoptions": 6,
    }
    assert ledger_from_json(written) == ledger


ADA, BOB = (ObjectKey(Kind.USER, "identity", name) for name in ("ada", "bob"))
ENGINEERING = ObjectKey(Kind.GROUP, "identity", "engineering")
TITLE = AttributeChange(parse("title"), "Old", "New")
PLAN = Plan(ADA, Verdict(Reason.PROVISIONED, "."), Verb.UPDATE, id="1", changes=(TITLE,))
GROUP = Plan(
    ENGINEERING,
    Verdict(Reason.PROVISIONED, "."),
    Verb.UPDATE,
    id="9",
    member_adds=(Member("1", name="scimuser/ada"),),
    member_removals=(Member("7"),),
    pending=("scimuser/bob",),
)

# one plan, another, the same digest, why
DIGESTS = [
    (PLAN, replace(PLAN, verdict=Verdict(Reason.PROVISIONED, "other words")), True, "words are no part of a plan"),
    (PLAN, replace(PLAN, applied=("title",)), True, "nor is what we remember"),
    (PLAN, replace(PLAN, key=BOB), False, "another object"),
    (PLAN, replace(PLAN, verb=Verb.DISABLE), False, "another verb"),
    (PLAN, replace(PLAN, id="2"), False, "another resource"),
    (PLAN, replace(PLAN, changes=(replace(TITLE, new="Newer"),)), False, "another value"),
    (PLAN, replace(PLAN, changes=(replace(TITLE, old="Older"),)), True, "what it replaces does not matter"),
    (PLAN, replace(PLAN, changes=(replace(TITLE, new=CLEARED),)), False, "cleared"),
    (GROUP, replace(GROUP, member_removals=()), False, "nobody is removed"),
    (GROUP, replace(GROUP, member_removals=(Member("8"),)), False, "somebody else is removed"),
    (
        GROUP,
        replace(GROUP, member_adds=(*GROUP.member_adds, Member("2", name="scimuser/bob")), pending=()),
        True,
        "bob got his id: the same people come",
    ),
    (GROUP, replace(GROUP, pending=()), False, "bob does not come"),
]


@pytest.mark.parametrize(("one", "other", "same", "why"), DIGESTS)
def test_digests(one: Plan, other: Plan, same: bool, why: str) -> None:
    assert (digest_of([one]) == digest_of([other])) is same, why


def test_a_digest_has_no_order_and_is_stable_for_ever() -> None:
    assert digest_of([PLAN, GROUP]) == digest_of([GROUP, PLAN])
    assert digest_of([PLAN]) != digest_of([PLAN, GROUP])
    stored = "sha256:ca295e1a2645f99dd051cbfb265ffd963faa969de07a66c5043c3b4a2cd8a013"
    assert digest_of([PLAN]) == stored, "an approved plan must still be that plan after an upgrade"


def test_what_is_destructive_is_counted() -> None:
    disable = replace(PLAN, verb=Verb.DISABLE)
    delete = replace(PLAN, verb=Verb.DELETE, changes=())
    assert (PLAN.tally, disable.tally, delete.tally) == (Tally(), Tally(disables=1), Tally(user_deletes=1))
    assert GROUP.tally == Tally(member_removals=1)
    counts = count([PLAN, disable, delete, GROUP])
    assert (counts.updates, counts.disables, counts.deletes) == (2, 1, 1)
    assert (counts.member_adds, counts.member_removals) == (1, 1)


# a plan, what of it goes on while it is held, why
HELD = [
    (GROUP, Verb.UPDATE, "members are added"),
    (replace(GROUP, member_adds=(), pending=()), None, "only removals"),
    (replace(GROUP, member_adds=(), changes=(TITLE,)), Verb.UPDATE, "attributes change"),
    (replace(PLAN, verb=Verb.DISABLE), None, "a disable waits as a whole"),
    (replace(PLAN, verb=Verb.DELETE), None, "a deletion waits"),
]


@pytest.mark.parametrize(("plan", "verb", "why"), HELD)
def test_what_goes_on_while_a_plan_is_held(plan: Plan, verb: Verb | None, why: str) -> None:
    assert plan.meanwhile.verb is verb, why
    assert not plan.meanwhile.tally, "nothing of it takes anything away"
