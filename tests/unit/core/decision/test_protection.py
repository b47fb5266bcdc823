"""What touches a protected object."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.protection import UNGUARDED, Chosen, Guarded, Protection
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.record import SelectedUsers
from scim_operator.core.records.status import Reason, Verdict

DONE = Verdict(Reason.PROVISIONED, ".")
ADA = Plan(ObjectKey(Kind.USER, "identity", "ada"), DONE, Verb.UPDATE, id="1")
GROUP = Plan(ObjectKey(Kind.GROUP, "identity", "g"), DONE, Verb.UPDATE, id="9")
RENAMED = AttributeChange(parse("userName"), "ada", "eve")
OTHER_NAME = AttributeChange(parse("displayName"), "g", "h")
TITLE = AttributeChange(parse("title"), "a", "b")
TWO = (Member("1"), Member("2"))
BY_NAME, AT_LEAST_TWO = Guarded(protected=True), Guarded(floor=2)

# the plan, how its object is protected, its members at the service, whether it asks, why
TOUCHES = [
    (replace(ADA, verb=Verb.DISABLE), BY_NAME, 0, True, "disabled"),
    (replace(ADA, verb=Verb.DELETE), BY_NAME, 0, True, "deleted"),
    (replace(ADA, changes=(RENAMED,)), BY_NAME, 0, True, "renamed"),
    (replace(ADA, verb=None, adopts=True), BY_NAME, 0, True, "taken over"),
    (replace(ADA, changes=(TITLE,)), BY_NAME, 0, False, "another attribute"),
    (replace(ADA, verb=Verb.CREATE), BY_NAME, 0, False, "created"),
    (replace(ADA, verb=Verb.DISABLE), UNGUARDED, 0, False, "not protected"),
    (replace(GROUP, member_removals=TWO), UNGUARDED, 2, False, "not protected"),
    (replace(GROUP, member_removals=TWO), AT_LEAST_TWO, 4, False, "enough are left"),
    (replace(GROUP, member_removals=TWO), AT_LEAST_TWO, 3, True, "one would be left"),
    (replace(GROUP, member_removals=TWO, member_adds=TWO), AT_LEAST_TWO, 2, False, "others come"),
    (replace(GROUP, member_adds=TWO[:1]), AT_LEAST_TWO, 0, False, "it grows"),
    (replace(GROUP, verb=Verb.DELETE), AT_LEAST_TWO, 5, True, "it goes with its members"),
    (replace(GROUP, verb=Verb.DELETE), AT_LEAST_TWO, 0, False, "it is empty"),
    (replace(GROUP, verb=Verb.DELETE), Guarded(protected=True, floor=1), 0, True, "empty, and protected"),
]


@pytest.mark.parametrize(("plan", "how", "members", "asks", "why"), TOUCHES)
def test_what_touches_it(plan: Plan, how: Guarded, members: int, asks: bool, why: str) -> None:
    guarded = how.guard(plan, members)
    assert (guarded.asks, guarded.protected) == (asks, asks), why


# the plan, how its group is protected, its members at the service, whether who joins comes first, why
FILLS = [
    (replace(GROUP, member_removals=TWO, member_adds=TWO), AT_LEAST_TWO, 2, True, "others come in their place"),
    (replace(GROUP, member_removals=TWO, member_adds=TWO[:1]), AT_LEAST_TWO, 3, True, "one comes, and one stays"),
    (replace(GROUP, member_removals=TWO, member_adds=TWO), AT_LEAST_TWO, 4, False, "enough stay"),
    (replace(GROUP, member_removals=TWO, member_adds=TWO[:1]), AT_LEAST_TWO, 2, False, "too few: that is approved"),
    (replace(GROUP, member_adds=TWO), AT_LEAST_TWO, 0, False, "no one leaves"),
    (replace(GROUP, member_removals=TWO, member_adds=TWO), BY_NAME, 0, False, "it has no floor: no one counts"),
    (
        replace(GROUP, changes=(OTHER_NAME,), member_removals=TWO, member_adds=TWO),
        Guarded(protected=True, floor=2),
        2,
        True,
        "its other name waits for an approval",
    ),
]


@pytest.mark.parametrize(("plan", "how", "members", "fills", "why"), FILLS)
def test_who_joins_comes_first_where_the_group_cannot_do_without(
    plan: Plan, how: Guarded, members: int, fills: bool, why: str
) -> None:
    assert how.guard(plan, members).fills is fills, why


@pytest.mark.parametrize(
    ("how", "staying", "spares", "why"),
    [
        (AT_LEAST_TWO, (True, False, True), True, "two stay"),
        (AT_LEAST_TWO, (True, False), False, "one stays"),
        (AT_LEAST_TWO, (), False, "no one stays"),
        (BY_NAME, (), True, "it has no floor"),
    ],
)
def test_whether_a_group_can_do_without_one_more(
    how: Guarded, staying: tuple[bool, ...], spares: bool, why: str
) -> None:
    assert how.spares(staying) is spares, why


def test_no_more_members_are_looked_at_than_have_to_stay() -> None:
    looked = iter([True, True, True])
    assert AT_LEAST_TWO.spares(looked)
    assert list(looked) == [True]


def test_names_labels_and_the_largest_floor() -> None:
    chosen = Chosen(SelectedUsers((("tier", "admin"),)), None, 3)
    protection = Protection({"admins": 2}, (chosen,), floor=1)
    assert protection.by_name("admins") == Guarded(protected=True, floor=2)
    assert protection.by_name("others") == Guarded(floor=1)
    assert protection.of("admins", {"tier": "admin"}, NotImplemented) == Guarded(protected=True, floor=3)
    assert protection.of("others", {}, NotImplemented) == Guarded(floor=1)


def test_without_a_floor_of_its_own_a_group_has_none() -> None:
    protection = Protection({"admins": 2, "named": 0})
    assert protection.by_name("named") == protection.of("named", {}, NotImplemented) == Guarded(protected=True)
    assert protection.by_name("others") == protection.of("others", {}, NotImplemented) == Guarded()
    assert Protection({}).by_name("admins") == UNGUARDED


@pytest.mark.parametrize(
    ("protection", "sets"),
    [
        (Protection({}), False),
        (Protection({"admins": 1}), True),
        (Protection({}, floor=1), True),
        (Protection({}, (Chosen(SelectedUsers((("tier", "admin"),)), None, 3),)), True),
    ],
)
def test_whether_any_group_has_a_floor(protection: Protection, sets: bool) -> None:
    assert protection.sets_floors is sets
