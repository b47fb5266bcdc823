"""A sweep's plans in numbers, and the numbers in words."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan, PlanCounts, count, summary
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

ADA, TEAM = ObjectKey(Kind.USER, "identity", "ada"), ObjectKey(Kind.GROUP, "identity", "team")
ONE, TWO = (Member("1"),), (Member("2"), Member("3"))
NAME = (AttributeChange(parse("userName"), "a", "b"),)
TITLE = (AttributeChange(parse("displayName"), "a", "b"),)


def plan(verb: Verb | None, key: ObjectKey = ADA, **more: Any) -> Plan:
    return Plan(key, Verdict(Reason.PROVISIONED, ""), verb, id="9", **more)


COUNTED = [
    (plan(None), PlanCounts(), "nothing"),
    (plan(Verb.CREATE), PlanCounts(creates=1), "1 create"),
    (plan(Verb.UPDATE), PlanCounts(updates=1), "1 update"),
    (plan(Verb.DISABLE), PlanCounts(disables=1), "1 disable"),
    (plan(Verb.DELETE), PlanCounts(deletes=1), "1 delete"),
    (plan(Verb.DELETE, TEAM), PlanCounts(deletes=1, group_deletes=1), "1 delete"),
    (plan(Verb.DELETE, TEAM, members=2), PlanCounts(deletes=1, group_deletes=1, member_removals=2), None),
    (plan(Verb.UPDATE, TEAM, member_adds=TWO), PlanCounts(updates=1, member_adds=2), "1 update, 2 added members"),
    (plan(None, TEAM, coming=2), PlanCounts(member_adds=2), "2 added members"),
    (plan(Verb.UPDATE, TEAM, member_adds=ONE, coming=2), PlanCounts(updates=1, member_adds=3), None),
    (plan(Verb.UPDATE, TEAM, member_removals=ONE), PlanCounts(updates=1, member_removals=1), None),
    (plan(Verb.UPDATE, changes=NAME), PlanCounts(updates=1, renames=1), "1 update, 1 rename"),
    (plan(Verb.UPDATE, TEAM, changes=TITLE), PlanCounts(updates=1, renames=1), "1 update, 1 rename"),
    (plan(None, adopts=True, owned=True), PlanCounts(adoptions=1), "1 adoption"),
    (plan(Verb.CREATE, recreates=True, owned=True), PlanCounts(creates=1, recreations=1), "1 create"),
    (plan(Verb.UPDATE, adopts=True, owned=True), PlanCounts(updates=1, adoptions=1), "1 update, 1 adoption"),
]


@pytest.mark.parametrize(("one", "counts", "words"), COUNTED)
def test_each_plan_counts_for_what_it_does(one: Plan, counts: PlanCounts, words: str | None) -> None:
    assert count([one]) == counts
    assert count([one, plan(None), one]) == counts + counts
    assert bool(count([one])) is bool(counts != PlanCounts())
    assert words is None or summary(counts) == words


def test_of_no_plans_nothing_is_counted() -> None:
    assert count([]) == PlanCounts()
    assert not PlanCounts()


def test_numbers_are_added_each_to_its_own() -> None:
    one, more = PlanCounts(1, 2, 3, 4, 5, 6, 7, 8, 9, 1), PlanCounts(10, 20, 30, 40, 50, 60, 70, 80, 90, 10)
    assert one + more == PlanCounts(11, 22, 33, 44, 55, 66, 77, 88, 99, 11)
    assert summary(one) == (
        "1 create, 2 updates, 3 disables, 4 deletes, 5 added members, 6 removed members, 8 renames, 9 adoptions"
    )
