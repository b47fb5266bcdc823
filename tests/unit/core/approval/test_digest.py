"""The digest that names a plan, and what of a plan goes on while it is held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_operator.core.approval.digest import digest_of
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan, Tally, count
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

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
