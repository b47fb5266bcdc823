"""The one rule: what fits, what is approved, and what is held, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scim_operator.api.config import Limit, ProvisioningConfigSpec
from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.effects import effects_of
from scim_operator.core.approval.judge import CLASSES, Judgement, allowance, judge
from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan, Tally
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from tests.support.limiting import exactly, limits

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
DONE = Verdict(Reason.PROVISIONED, ".")
OWNED = Base(users=20, groups=10, memberships=10)
SERVICE = {"url": "https://x.example", "auth": {"bearer": {"secretRef": {"name": "s", "key": "k"}}}}


def spec(**changed: Any) -> ProvisioningConfigSpec:
    return ProvisioningConfigSpec.from_manifest({"service": SERVICE, **changed})


# limit, base, allowed, why
ALLOWANCES = [
    (Limit(percent=10, min=3, max=500), 20, 3, "a small tenant: at least min"),
    (Limit(percent=10, min=3, max=500), 59, 5, "the share, rounded down"),
    (Limit(percent=10, min=3, max=500), 100_000, 500, "a large tenant: at most max"),
    (Limit(percent=10, min=0, max=500), 9, 0, "of few, nothing"),
    (Limit(percent=100, min=0, max=500), 7, 7, "everything"),
    (Limit(percent=0, min=0, max=0), 1000, 0, "nothing"),
    (Limit(percent=0, min=5, max=5), 1000, 5, "just so many"),
]


@pytest.mark.parametrize(("limit", "base", "allowed", "why"), ALLOWANCES)
def test_allowances(limit: Limit, base: int, allowed: int, why: str) -> None:
    assert allowance(limit, base) == allowed, why


def user(name: str, **changed: Any) -> Plan:
    return Plan(ObjectKey(Kind.USER, "identity", name), DONE, **{"verb": Verb.DISABLE, "id": name, **changed})


def group(name: str, **changed: Any) -> Plan:
    return Plan(ObjectKey(Kind.GROUP, "identity", name), DONE, **{"verb": Verb.DELETE, "id": name, **changed})


def disables(number: int) -> list[Plan]:
    return [user(f"user{each}") for each in range(number)]


def removals(number: int) -> Plan:
    return group("g", verb=Verb.UPDATE, member_removals=tuple(Member(str(each)) for each in range(number)))


def renamed(plan: Plan, path: str) -> Plan:
    return replace(plan, verb=Verb.UPDATE, changes=(AttributeChange(parse(path), "old", "new"),))


def recreated(plan: Plan) -> Plan:
    return replace(plan, verb=Verb.CREATE, id="", recreates=True)


LIMITS = limits(disables=3, deletes=2, member_removals=0, renames=1, recreations=2) | {
    "memberRemovals": {"percent": 50, "min": 0, "max": 100}
}

# what is due, what was spent, what does not fit, why
FITTING: list[tuple[list[Plan], Tally, str, str]] = [
    (disables(3), Tally(), "", "just so many"),
    (disables(4), Tally(), "disables: 4 due, 0 spent, 3 allowed", "one more"),
    (disables(1), Tally(disables=2), "", "what was spent counts"),
    (disables(1), Tally(disables=3), "disables: 1 due, 3 spent, 3 allowed", "what was spent counts"),
    (disables(1), Tally(user_deletes=99), "", "classes count apart, and what is not due cannot exceed"),
    ([group("a"), group("b")], Tally(user_deletes=2), "", "groups and users count apart"),
    ([group("a"), group("b")], Tally(group_deletes=1), "group deletes: 2 due", "of groups one is left"),
    ([removals(5)], Tally(), "", "half of ten memberships"),
    ([removals(6)], Tally(), "member removals: 6 due, 0 spent, 5 allowed", "more than half"),
    ([group("a", members=120)], Tally(), "member removals: 120 due, 0 spent, 5 allowed", "members of a deleted group"),
    ([renamed(user("a"), "userName"), renamed(group("g"), "displayName")], Tally(), "", "users and groups apart"),
    ([renamed(user(each), "userName") for each in "ab"], Tally(), "renames of users: 2 due", "one too many"),
    ([renamed(user(each), "title") for each in "abcdef"], Tally(), "", "a title names no one"),
    ([recreated(user("a")), recreated(group("g"))], Tally(), "", "users and groups together"),
    ([recreated(user(each)) for each in "abc"], Tally(), "recreations: 3 due", "many"),
    ([recreated(user("a"))], Tally(recreations=2), "recreations: 1 due", "spent"),
]


@pytest.mark.parametrize(("due", "spent", "excess", "why"), FITTING)
def test_fitting(due: list[Plan], spent: Tally, excess: str, why: str) -> None:
    found = judge(due, Ledger().book(spent, NOW, DAY), spec(limits=LIMITS), OWNED, NOW)
    assert bool(found.waiting) is bool(excess), why
    assert excess in found.hold.because, why


def test_what_fits_is_to_be_booked() -> None:
    found = judge(disables(2), Ledger(), spec(limits=LIMITS), OWNED, NOW, beside=Tally(disables=1))
    assert (found.tally, found.waiting) == (Tally(disables=2), ())
    assert judge(disables(3), Ledger(), spec(limits=LIMITS), OWNED, NOW, beside=Tally(disables=1)).waiting
    assert judge([], Ledger(full_until=NOW + DAY), spec(), OWNED, NOW) == Judgement()


def test_a_first_sweep_has_no_allowance_and_says_so() -> None:
    due = disables(1)
    found = judge(due, Ledger(first=True), spec(), OWNED, NOW)
    assert found.waiting == tuple(due)
    assert found.hold.digest == digest_of(due)
    assert found.hold.because == "disables: 1 due, 0 spent, 0 allowed (the first sweep of a config has no allowance)"
    taking = [user("a", verb=None, adopts=True)]
    assert judge(taking, Ledger(first=True), spec(), OWNED, NOW).fitting == tuple(taking), (
        "that is when things are taken over"
    )


def test_a_full_window_has_no_allowance_until_it_has_passed() -> None:
    ledger = Ledger(full_until=NOW + DAY)
    for plan in (user("a"), user("a", verb=None, adopts=True), renamed(user("a"), "userName"), removals(1)):
        found = judge([plan], ledger, spec(), OWNED, NOW)
        assert found.waiting == (plan,)
        assert "until 2026-06-02T12:00:00Z all counts as spent" in found.hold.because
        assert judge([plan], ledger, spec(), OWNED, NOW + DAY).fitting == (plan,)


@pytest.mark.parametrize("ledger", [Ledger(first=True), Ledger(full_until=NOW + DAY)], ids=["first", "unknown"])
def test_what_takes_nothing_from_anyone_has_its_allowance_always(ledger: Ledger) -> None:
    due = [recreated(user(each)) for each in "abc"]
    assert judge(due[:2], ledger, spec(limits=LIMITS), OWNED, NOW).fitting == tuple(due[:2])
    assert judge(due, ledger, spec(limits=LIMITS), OWNED, NOW).waiting == tuple(due)


def test_recreations_are_judged_apart_of_all_else() -> None:
    due, others = [recreated(user(each)) for each in "abc"], [user("x"), renamed(user("y"), "userName")]
    found = judge([*due, *others], Ledger(), spec(limits=LIMITS), OWNED, NOW)
    assert (found.fitting, found.waiting) == (tuple(others), tuple(due)), "too many of them"
    many = disables(4)
    found = judge([*due[:2], *many], Ledger(), spec(limits=LIMITS), OWNED, NOW)
    assert (found.fitting, found.waiting) == (tuple(due[:2]), tuple(many)), "too many of the others"
    found = judge([*due, *many], Ledger(), spec(limits=LIMITS), OWNED, NOW)
    assert found.waiting == (*due, *many)
    assert found.hold.because == (
        "3 resources that the service no longer has would be created again; the service may have been restored from a "
        "backup, or the URL is another tenant's; disables: 4 due, 0 spent, 3 allowed; recreations: 3 due, 0 spent, 2 "
        "allowed"
    )


def test_where_recreations_alone_are_too_many_no_one_is_told_that_limits_are_gone() -> None:
    found = judge([recreated(user(each)) for each in "abc"], Ledger(first=True), spec(limits=LIMITS), OWNED, NOW)
    assert found.hold.because.endswith("recreations: 3 due, 0 spent, 2 allowed")


def test_an_approval_to_create_again_is_of_whom_and_not_of_what() -> None:
    """A manager who is back first is in the document of the next one, and an edit is no news either."""
    one = recreated(user("a", document={"userName": "a"}))
    other = replace(one, document={"userName": "b", "manager": {"value": "1"}}, pending=("scimuser/x",))
    assert digest_of([one.waiting]) == digest_of([other.waiting])
    assert effects_of(one, everything=False) == effects_of(other, everything=False)
    assert digest_of([one.waiting]) != digest_of([replace(one, recreates=False).waiting])
    assert effects_of(one, everything=True) != effects_of(other, everything=True), "with Manual, of all that is done"


def test_an_approval_releases_this_very_plan_once() -> None:
    due = disables(4)
    approved = spec(limits=LIMITS, approvedPlan=digest_of(due))
    assert judge(due, Ledger(), approved, OWNED, NOW).approved == tuple(due)
    assert judge(disables(5), Ledger(), approved, OWNED, NOW).waiting, "another plan"
    assert judge(due, Ledger(used=digest_of(due)), approved, OWNED, NOW).waiting, "used before"
    other = Ledger(used="sha256:" + "0" * 64, released=frozenset({"abc"}))
    assert judge(due, other, approved, OWNED, NOW).approved == tuple(due), "used was another one"


def test_what_was_approved_before_it_was_protected_needs_its_name_too() -> None:
    """Who was disabled under an approval, and enabled again, was disabled without one (guarded campaign 420052)."""
    plan = user("ada", asks=True, protected=True)
    ledger = Ledger(used="sha256:" + "0" * 64, released=effects_of(plan, everything=False))
    unprotected = replace(plan, asks=False, protected=False)
    approved = spec(approvedPlan=ledger.used)
    assert judge([unprotected], ledger, approved, OWNED, NOW) == Judgement(), "it was released before"
    assert judge([plan], ledger, approved, OWNED, NOW).waiting == (plan,)
    named = spec(approvedPlan=ledger.used, approvedProtected=["scimuser/ada"])
    assert judge([plan], ledger, named, OWNED, NOW) == Judgement()


def test_what_is_protected_needs_its_name_in_the_approval() -> None:
    due = [user("ada", asks=True, protected=True), *disables(4)]
    found = judge(due, Ledger(), spec(), OWNED, NOW)
    assert found.waiting == tuple(due)
    assert found.hold.because == "protected: scimuser/ada; disables: 4 due, 0 spent, 3 allowed"
    assert found.hold.protected == ("scimuser/ada",)
    unnamed = judge(due, Ledger(), spec(approvedPlan=digest_of(due), approvedProtected=["scimuser/eve"]), OWNED, NOW)
    assert unnamed.waiting == tuple(due)
    assert "spec.approvedProtected does not name all of it" in unnamed.hold.because
    named = spec(approvedPlan=digest_of(due), approvedProtected=["scimuser/ada", "scimuser/eve"])
    assert judge(due, Ledger(), named, OWNED, NOW).approved == tuple(due)


# what waits for a person, why
ASKING = [
    (user("eve", verb=None, adopts=True, asks=True), "a resource that would be taken over"),
    (user("eve", asks=True, protected=True), "a protected object"),
]


@pytest.mark.parametrize(("asking", "why"), ASKING)
def test_what_waits_for_a_person_keeps_no_one_elses_access(asking: Plan, why: str) -> None:
    leavers = disables(3)
    found = judge([*leavers, asking], Ledger(), spec(), OWNED, NOW)
    assert found.fitting == tuple(leavers), why
    assert found.waiting == (asking,), why
    assert found.tally == Tally(disables=3), "only what goes on is booked"
    alone = spec(approvedPlan=digest_of([asking]), approvedProtected=["scimuser/eve"])
    later = judge([*leavers, asking], Ledger(), alone, OWNED, NOW)
    assert (later.fitting, later.approved, later.waiting) == (tuple(leavers), (asking,), ())


def test_what_asks_is_held_whatever_is_left() -> None:
    found = judge([user("a", verb=None, adopts=True, asks=True)], Ledger(), spec(), OWNED, NOW)
    assert found.waiting
    assert found.hold.because == "1 resource that no one here owns yet would be taken over"


def test_manual_approval_holds_what_limits_do_not_count() -> None:
    found = judge([renamed(user("a"), "title")], Ledger(), spec(approval={"policy": "Manual"}), OWNED, NOW)
    assert found.waiting
    assert found.hold.because.startswith("spec.approval.policy is Manual")


def test_a_limit_left_out_in_part_keeps_the_rest_of_its_default() -> None:
    found = spec(limits={"disables": {"max": 10}, "groupDeletes": exactly(0)}).limits
    assert (found.disables.percent, found.disables.min, found.disables.max) == (10, 3, 10)
    assert (found.group_deletes.percent, found.group_deletes.max) == (0, 0)
    assert found.user_deletes == spec().limits.user_deletes


def test_every_class_has_a_field_of_the_tally() -> None:
    assert {each.field for each in CLASSES} == set(Tally.__dataclass_fields__)


def test_each_class_that_exceeds_is_named_with_its_numbers() -> None:
    due = [*disables(4), renamed(user("a"), "userName"), renamed(user("b"), "userName")]
    because = judge(due, Ledger().book(Tally(), NOW, DAY), spec(limits=LIMITS), OWNED, NOW).hold.because
    assert because == "disables: 4 due, 0 spent, 3 allowed; renames of users: 2 due, 0 spent, 1 allowed"


def test_an_approval_of_another_plan_is_said() -> None:
    """Who approved what has changed meanwhile waits, and would not know why."""
    due = disables(4)
    stale = judge(due, Ledger(), spec(limits=LIMITS, approvedPlan="sha256:" + "0f" * 32), OWNED, NOW).hold
    other = (
        "; spec.approvedPlan names another plan, sha256:0f0f0f0f0f0f…: this one has changed since, or was not reviewed"
    )
    assert stale.because == f"disables: 4 due, 0 spent, 3 allowed{other}"
    assert stale.digest == digest_of(due), "the digest is of the plan alone"
    used = judge(due, Ledger(used="sha256:1"), spec(limits=LIMITS, approvedPlan="sha256:1"), OWNED, NOW).hold
    assert "another plan" not in used.because, "one that was carried out is no mistake"
