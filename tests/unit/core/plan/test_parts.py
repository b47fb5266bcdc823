"""The order in which a plan is sent: what ends access first and alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.parts import apart, ending, only_takes_access, parts, step
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


@pytest.mark.parametrize(("whole", "expected"), CASES)
def test_a_plan_in_parts(whole: Plan, expected: list) -> None:
    assert [described(part) for part in parts(whole)] == expected
    assert sum((part.tally for part in parts(whole)[1:]), parts(whole)[0].tally) == whole.tally


def described(part: Plan) -> tuple:
    """What a part does."""
    comes, goes = ("".join(member.id for member in members) for members in (part.member_adds, part.member_removals))
    return part.verb, [str(change.path) for change in part.changes], comes, goes


def test_a_group_changes_apart_once_that_was_refused() -> None:
    whole = plan(Verb.UPDATE, TITLE, adds=COMES, removals=GOES)
    assert parts(whole) == (whole,)
    expected = [(Verb.UPDATE, [], "", "2"), (Verb.UPDATE, ["title"], "1", "")]
    assert [described(part) for part in apart(whole)] == expected
    assert sum((part.tally for part in apart(whole)[1:]), apart(whole)[0].tally) == whole.tally


NAME = AttributeChange(parse("displayName"), "team", "other")
JOINS, LEAVES, RENAMED = (Verb.UPDATE, [], "1", ""), (Verb.UPDATE, [], "", "2"), (Verb.UPDATE, ["displayName"], "", "")


def test_who_joins_comes_first_where_the_group_cannot_do_without() -> None:
    whole = replace(plan(Verb.UPDATE, NAME, adds=COMES, removals=GOES), fills=True)
    assert [described(part) for part in parts(whole)] == [JOINS, (Verb.UPDATE, ["displayName"], "", "2")]
    assert [described(part) for part in apart(whole)] == [JOINS, LEAVES, RENAMED]
    assert described(step(whole)) == (Verb.UPDATE, [], "1", "2")
    assert [described(part) for part in parts(step(whole))] == [JOINS, LEAVES]
    for all_of_it in (parts(whole), apart(whole), (step(whole), apart(whole)[-1])):
        assert sum((part.tally for part in all_of_it[1:]), all_of_it[0].tally) == whole.tally


@pytest.mark.parametrize("part", [replace(plan(Verb.UPDATE, adds=COMES), fills=True), plan(Verb.UPDATE, removals=GOES)])
def test_a_part_has_no_parts(part: Plan) -> None:
    assert parts(part) == apart(part) == (part,)
    assert step(part) is part


ROLE = AttributeChange(parse("roles"), [{"value": "admin"}], [])
GRANTED = AttributeChange(parse("roles"), [], [{"value": "admin"}])
FILLED = replace(plan(Verb.UPDATE, NAME, adds=COMES, removals=GOES), fills=True)


# the plan, the part of it that ends access, whether there is nothing else in it
TAKING = [
    pytest.param(plan(Verb.DISABLE, OFF), (Verb.DISABLE, ["active"], "", ""), True, id="disabled"),
    pytest.param(plan(Verb.DISABLE, TITLE, OFF), (Verb.DISABLE, ["active"], "", ""), False, id="disabled, and changed"),
    pytest.param(plan(Verb.DISABLE, OFF, ROLE), (Verb.DISABLE, ["active", "roles"], "", ""), True, id="and a role"),
    pytest.param(plan(Verb.UPDATE, ROLE), (Verb.UPDATE, ["roles"], "", ""), True, id="a role less"),
    pytest.param(plan(Verb.UPDATE, TITLE, ROLE), (Verb.UPDATE, ["roles"], "", ""), False, id="changed, a role less"),
    pytest.param(plan(Verb.UPDATE, GRANTED), None, False, id="a role more"),
    pytest.param(plan(Verb.UPDATE, TITLE), None, False, id="changed"),
    pytest.param(plan(Verb.UPDATE, adds=COMES), None, False, id="one comes"),
    pytest.param(plan(Verb.UPDATE, removals=GOES), (Verb.UPDATE, [], "", "2"), True, id="one goes"),
    pytest.param(plan(Verb.UPDATE, adds=COMES, removals=GOES), (Verb.UPDATE, [], "", "2"), False, id="one comes, too"),
    pytest.param(FILLED, (Verb.UPDATE, [], "1", "2"), False, id="the group cannot do without who joins"),
    pytest.param(plan(Verb.DELETE), (Verb.DELETE, [], "", ""), False, id="deleted: it does not stay"),
]


@pytest.mark.parametrize(("whole", "part", "alone"), TAKING)
def test_the_part_that_ends_access(whole: Plan, part: tuple | None, alone: bool) -> None:
    ends = ending(whole)
    assert (ends and described(ends)) == part
    assert only_takes_access(whole) is alone
