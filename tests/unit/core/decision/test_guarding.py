"""Protected objects: what an approval has to name, and how far a group may shrink."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.protection import UNGUARDED, Chosen, Guarded, Protection
from scim_operator.core.expressions import Activation, Root
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.record import SelectedUsers
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.scope.expression import compile_scope_expression
from tests.support.deciding import ADA

TEAM = ObjectKey(Kind.GROUP, "identity", "team")
RENAME = AttributeChange(parse("userName"), "a", "b")
TITLE = AttributeChange(parse("title"), "a", "b")


def plan(verb: Verb | None, key: ObjectKey = ADA, **more: Any) -> Plan:
    return Plan(key, Verdict(Reason.PROVISIONED, ""), verb, **more)


def members(number: int) -> tuple[Member, ...]:
    return tuple(Member(str(n)) for n in range(number))


ASKED = [
    (Guarded(protected=True), plan(Verb.DISABLE), 0, True, "access ends"),
    (Guarded(protected=True), plan(Verb.DELETE), 0, True, "it goes"),
    (Guarded(protected=True), plan(None, adopts=True), 0, True, "it is taken over"),
    (Guarded(protected=True), plan(Verb.UPDATE, changes=(RENAME,)), 0, True, "it gets another name"),
    (Guarded(protected=True), plan(Verb.UPDATE, changes=(TITLE,)), 0, False, "a title names no one"),
    (Guarded(protected=True), plan(Verb.CREATE), 0, False, "what comes is no loss"),
    (UNGUARDED, plan(Verb.DELETE), 9, False, "not protected"),
    (Guarded(floor=2), plan(Verb.DELETE, TEAM), 1, True, "a group with members goes"),
    (Guarded(floor=2), plan(Verb.DELETE, TEAM), 0, False, "an empty group goes"),
    (Guarded(floor=2), plan(Verb.UPDATE, TEAM, member_removals=members(1)), 3, False, "two stay"),
    (Guarded(floor=2), plan(Verb.UPDATE, TEAM, member_removals=members(2)), 3, True, "one stays"),
    (
        Guarded(floor=2),
        plan(Verb.UPDATE, TEAM, member_removals=members(2), member_adds=members(1)),
        3,
        False,
        "one comes for two who go",
    ),
    (Guarded(floor=2), plan(Verb.UPDATE, TEAM, member_adds=members(1)), 0, False, "it grows, though it is too small"),
]


@pytest.mark.parametrize(("guarded", "made", "there", "asks", "why"), ASKED, ids=[why for *_, why in ASKED])
def test_what_has_to_be_named(guarded: Guarded, made: Plan, there: int, asks: bool, why: str) -> None:
    found = guarded.guard(made, there)
    assert (found.asks, found.protected) == (asks, asks), why


def chosen(text: str, floor: int = 0) -> Chosen:
    return Chosen(None, compile_scope_expression(text, "spec.protected.users[0].expression", (Root.USER,)), floor)


def about(expression: object) -> Activation:
    del expression
    return Activation(user={"userName": "ada", "title": "Admin"})


def test_by_labels_or_by_a_condition_and_the_largest_floor_counts() -> None:
    admins = Chosen(SelectedUsers((("tier", "admin"),)), None, 5)
    found = Protection({"team": 3}, (admins, chosen("user.title == 'Admin'", 7), chosen("user.title == 'x'", 99)), 1)
    assert found.of("other", {}, about) == Guarded(protected=True, floor=7)
    assert found.of("team", {"tier": "admin"}, about) == Guarded(protected=True, floor=7)
    by_label = Protection({"team": 3}, (admins,), 1)
    assert by_label.of("other", {}, about) == Guarded(protected=False, floor=1)
    assert by_label.of("team", {}, about) == Guarded(protected=True, floor=3)
    assert by_label.of("team", {"tier": "admin"}, about) == Guarded(protected=True, floor=5)
    assert by_label.by_name("team") == Guarded(protected=True, floor=3)
    assert by_label.by_name("other") == Guarded(protected=False, floor=1)
    assert Protection({}).by_name("x") is UNGUARDED
    assert Protection({"x": 0}).by_name("x") == Guarded(protected=True, floor=0)


def test_a_condition_that_fails_protects() -> None:
    assert chosen("int(user.title) > 1").covers({}, about)
