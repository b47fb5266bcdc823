"""What ends access is judged first, and the rest of the same object after it, with all that waits."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.approval.course import course, first_step, goes_on
from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import ACTIVE, parse
from scim_operator.core.plan.parts import apart
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from tests.support.limiting import limits
from tests.unit.core.approval.test_judge import NOW, OWNED, group, spec, user

OFF = AttributeChange(ACTIVE, True, False)
NAME = AttributeChange(parse("userName"), "a", "b")
TITLE = AttributeChange(parse("title"), "a", "b")


def mixed(name: str) -> Plan:
    return user(name, changes=(OFF, NAME, TITLE))


def named(name: str) -> Plan:
    return user(name, verb=Verb.UPDATE, changes=(NAME,))


def regrouped() -> Plan:
    rename = AttributeChange(parse("displayName"), "a", "b")
    return group("ops", verb=Verb.UPDATE, changes=(rename,), member_adds=(Member("2"),), member_removals=(Member("1"),))


# plans, limits, the paths of what waits by object
COURSES: list[tuple[list[Plan], dict[str, int], dict[str, set[str]]]] = [
    ([mixed("ada")], {}, {}),
    ([mixed("ada")], {"renames": 0}, {"ada": {"userName"}}),
    ([mixed("ada")], {"disables": 0}, {"ada": {"active"}}),
    ([mixed("ada"), named("bob")], {"renames": 1}, {"ada": {"userName"}}),
    ([mixed("ada"), named("bob")], {"renames": 0}, {"ada": {"userName"}, "bob": {"userName"}}),
    ([mixed("ada"), mixed("bob")], {"disables": 1, "renames": 0}, {"ada": {"active"}, "bob": {"active"}}),
    ([regrouped()], {"renames": 0}, {"ops": {"displayName"}}),
    ([regrouped()], {"member_removals": 0}, {"ops": set()}),
]


@pytest.mark.parametrize(("plans", "most", "expected"), COURSES)
def test_what_waits(plans: list[Plan], most: dict[str, int], expected: dict[str, set[str]]) -> None:
    config = spec(limits=limits(**most))
    found = course(plans, Ledger(), config, OWNED, NOW)
    waiting = {key.name: {str(each.path) for each in plan.changes} & paths(plan) for key, plan in found.waiting.items()}
    assert waiting == expected
    assert bool(found.hold.digest) == bool(expected)


def paths(plan: Plan) -> set[str]:
    """What limits count of it."""
    return {str(change.path) for change in plan.changes if change is OFF or change in plan.renaming}


@pytest.mark.parametrize(
    ("plan", "waiting", "expected"),
    [
        (mixed("ada"), None, {"active", "userName", "title"}),
        (mixed("ada"), named("ada"), {"active", "title"}),
        (mixed("ada"), user("ada", changes=(OFF,)), set()),
    ],
)
def test_what_goes_on(plan: Plan, waiting: Plan | None, expected: set[str]) -> None:
    assert {str(change.path) for change in goes_on(plan, waiting, spec()).changes} == expected


def test_of_a_group_whose_rename_waits_members_come_and_go() -> None:
    plan = regrouped()
    found = goes_on(plan, apart(plan)[-1], spec())
    assert (found.changes, found.member_adds, found.member_removals) == ((), plan.member_adds, plan.member_removals)


def test_with_manual_approval_all_of_it_is_one_step() -> None:
    manual: dict[str, Any] = {"approval": {"policy": "Manual"}}
    plan = mixed("ada")
    assert first_step(plan, spec(**manual)) is plan
    assert not goes_on(plan, plan, spec(**manual)).acts


def test_an_approval_releases_the_step_and_the_rest_is_judged_after_it() -> None:
    config = spec(limits=limits(disables=0, renames=0))
    held = course([mixed("ada")], Ledger(), config, OWNED, NOW)
    then = course([mixed("ada")], Ledger(), config, OWNED, NOW, is_given=lambda hold: hold.digest == held.hold.digest)
    assert then.hold.digest not in {"", held.hold.digest}
    assert {key.name: {str(c.path) for c in p.renaming} for key, p in then.waiting.items()} == {"ada": {"userName"}}


def test_what_is_left_of_a_base() -> None:
    assert Base(3, 2, 5).after(mixed("ada").tally).users == 2
    assert Base().after(mixed("ada").tally) == Base()
