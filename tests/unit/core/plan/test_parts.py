"""The order in which a plan is sent: what ends access first and alone."""

from __future__ import annotations

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

ADA, TEAM = ObjectKey(Kind.USER, "identity", "ada"), ObjectKey(Kind.GROUP, "identity", "team")
DONE = Verdict(Reason.PROVISIONED, "")
OFF = AttributeChange(parse("active"), True, False)
ON = AttributeChange(parse("active"), False, True)
TITLE = AttributeChange(parse("title"), "Analyst", "Countess")
COMES, GOES = (Member("1"),), (Member("2"),)


def plan(verb: Verb, *changes: AttributeChange, adds: tuple = (), removals: tuple = ()) -> Plan:
    """A plan for the user, or, with members, for the group."""
    key = TEAM if adds or removals else ADA
    return Plan(key, DONE, verb, id="7", changes=changes, member_adds=adds, member_removals=removals)


# the plan, its parts as (verb, paths, ids of members that come and go)
CASES = [
    pytest.param(plan(Verb.DISABLE, OFF), [(Verb.DISABLE, ["active"], "", "")], id="alone already"),
    pytest.param(
        plan(Verb.DISABLE, TITLE, OFF),
        [(Verb.DISABLE, ["active"], "", ""), (Verb.UPDATE, ["title"], "", "")],
        id="disabled, and changed",
    ),
    pytest.param(plan(Verb.UPDATE, ON, TITLE), [(Verb.UPDATE, ["active", "title"], "", "")], id="enabled and changed"),
    pytest.param(plan(Verb.UPDATE, adds=COMES, removals=GOES), [(Verb.UPDATE, [], "1", "2")], id="one goes, one comes"),
    pytest.param(plan(Verb.UPDATE, removals=GOES), [(Verb.UPDATE, [], "", "2")], id="one goes"),
    pytest.param(plan(Verb.UPDATE, adds=COMES), [(Verb.UPDATE, [], "1", "")], id="one comes"),
    pytest.param(plan(Verb.DELETE), [(Verb.DELETE, [], "", "")], id="deleted"),
]


@pytest.mark.parametrize(("whole", "parts"), CASES)
def test_a_plan_in_parts(whole: Plan, parts: list) -> None:
    assert [described(part) for part in whole.parts] == parts
    assert sum((part.tally for part in whole.parts[1:]), whole.parts[0].tally) == whole.tally


def described(part: Plan) -> tuple:
    """What a part does."""
    comes, goes = ("".join(member.id for member in members) for members in (part.member_adds, part.member_removals))
    return part.verb, [str(change.path) for change in part.changes], comes, goes


def test_a_group_changes_apart_once_that_was_refused() -> None:
    whole = plan(Verb.UPDATE, TITLE, adds=COMES, removals=GOES)
    assert whole.parts == (whole,)
    parts = [(Verb.UPDATE, [], "", "2"), (Verb.UPDATE, ["title"], "1", "")]
    assert [described(part) for part in whole.apart] == parts
    assert sum((part.tally for part in whole.apart[1:]), whole.apart[0].tally) == whole.tally
