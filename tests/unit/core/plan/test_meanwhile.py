"""What of a held plan goes on meanwhile, what waits, and what is said without doing it."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.parts import apart, parts, step
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

ADA, TEAM = ObjectKey(Kind.USER, "identity", "ada"), ObjectKey(Kind.GROUP, "identity", "team")
DONE = Verdict(Reason.PROVISIONED, "Done.")
NAME, TITLE = AttributeChange(parse("userName"), "a", "b"), AttributeChange(parse("title"), "a", "b")
DISPLAY = AttributeChange(parse("displayName"), "a", "b")
ONE, TWO = (Member("1"),), (Member("2"),)


def plan(verb: Verb | None, key: ObjectKey = ADA, **more: Any) -> Plan:
    return Plan(key, DONE, verb, id="9", owned=True, applied=("title",), **more)


UPDATED = plan(Verb.UPDATE, changes=(NAME, TITLE), asks=True, protected=True)
GROUP = plan(Verb.UPDATE, TEAM, changes=(DISPLAY,), member_adds=ONE, member_removals=TWO, pending=("x",), coming=1)
MEANWHILE = [
    (UPDATED, plan(Verb.UPDATE, changes=(TITLE,)), "the title goes on, and asks no one"),
    (plan(Verb.UPDATE, changes=(NAME,), asks=True), plan(None), "a rename alone waits"),
    (GROUP, plan(Verb.UPDATE, TEAM, member_adds=ONE, pending=("x",), coming=1), "who comes does not wait"),
    (plan(Verb.UPDATE, TEAM, member_removals=TWO), plan(None, TEAM), "who goes waits"),
    (plan(Verb.DISABLE), plan(None), "a disable waits"),
    (
        plan(Verb.UPDATE, changes=(TITLE,), adopts=True, asks=True),
        Plan(ADA, DONE, None, id="9"),
        "a takeover waits, and nothing is ours before",
    ),
]


@pytest.mark.parametrize(("whole", "goes_on", "why"), MEANWHILE, ids=[why for *_, why in MEANWHILE])
def test_meanwhile(whole: Plan, goes_on: Plan, why: str) -> None:
    assert whole.meanwhile == goes_on, why


WAITING = [
    (UPDATED, plan(Verb.UPDATE, changes=(NAME,), asks=True, protected=True), "the rename"),
    (GROUP, plan(Verb.UPDATE, TEAM, changes=(DISPLAY,), member_removals=TWO), "rename and removal"),
    (plan(Verb.UPDATE, changes=(TITLE,)), plan(Verb.UPDATE, changes=(TITLE,)), "nothing that limits count"),
    (plan(Verb.DELETE), plan(Verb.DELETE), "a deletion whole"),
]


@pytest.mark.parametrize(("whole", "waits", "why"), WAITING, ids=[why for *_, why in WAITING])
def test_waiting(whole: Plan, waits: Plan, why: str) -> None:
    assert whole.waiting == waits, why


def test_what_ends_access_goes_first_and_alone() -> None:
    first, second = apart(GROUP)
    assert (first.changes, first.member_adds, first.member_removals) == ((), (), TWO)
    assert (second.changes, second.member_adds, second.member_removals) == ((DISPLAY,), ONE, ())
    off = AttributeChange(parse("active"), old=True, new=False)
    mixed = plan(Verb.DISABLE, changes=(off, TITLE))
    assert [(each.verb, each.changes) for each in parts(mixed)] == [(Verb.DISABLE, (off,)), (Verb.UPDATE, (TITLE,))]
    assert parts(plan(Verb.DISABLE, changes=(off,))) == (plan(Verb.DISABLE, changes=(off,)),)
    assert parts(GROUP) == (GROUP,), "a group changes in one request"
    assert step(GROUP) == first, "whom a rename keeps waiting loses access all the same"
    assert step(UPDATED) is UPDATED, "an approval is asked for once"


def test_without_removals_nothing_is_taken_away() -> None:
    assert GROUP.without_removals == plan(
        Verb.UPDATE, TEAM, changes=(DISPLAY,), member_adds=ONE, pending=("x",), coming=1
    )
    assert plan(Verb.DELETE).without_removals == plan(None)
    assert plan(Verb.UPDATE, TEAM, member_removals=TWO).without_removals == plan(None, TEAM)
