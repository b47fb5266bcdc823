"""An update as PATCH operations, and what the service holds after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.update import after, is_dialect, lost_members, patches
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.service.capabilities import MemberRemoval

GROUP = ObjectKey(Kind.GROUP, "identity", "engineering")
CHUNK = 2


def plan(adds: str = "", removals: str = "") -> Plan:
    """An update of a group; a letter is a member."""
    gained, lost = (tuple(map(Member, letters)) for letters in (adds, removals))
    verdict = Verdict(Reason.PROVISIONED, "")
    return Plan(GROUP, verdict, Verb.UPDATE, id="9", member_adds=gained, member_removals=lost)


def group(members: str) -> dict[str, Any]:
    return {"id": "9", "meta": {"version": 'W/"1"'}, "members": [{"value": each} for each in members]}


def requests(made: Plan, style: MemberRemoval) -> list[list[str]]:
    return [
        [f"{one.verb} {one.path} {''.join(m['value'] for m in one.value or ())}".strip() for one in request]
        for request in patches(made, group(""), style, CHUNK)
    ]


A_REMOVAL = 'remove members[value eq "{}"]'


@pytest.mark.parametrize(
    ("made", "style", "sent"),
    [
        pytest.param(plan("ab"), MemberRemoval.PATH_FILTER, [["add members ab"]], id="a chunk is one operation"),
        pytest.param(
            plan("abc"),
            MemberRemoval.PATH_FILTER,
            [["add members ab"], ["add members c"]],
            id="two chunks",
        ),
        pytest.param(
            plan("a", "bc"),
            MemberRemoval.PATH_FILTER,
            [[A_REMOVAL.format("b"), A_REMOVAL.format("c")], ["add members a"]],
            id="removals first, each by its path, and no request names more than a chunk",
        ),
        pytest.param(
            plan("a", "b"), MemberRemoval.VALUE_LIST, [["remove members b", "add members a"]], id="one request for both"
        ),
        pytest.param(
            plan("ab", "c"),
            MemberRemoval.VALUE_LIST,
            [["remove members c", "add members a"], ["add members b"]],
            id="a chunk is filled with who comes",
        ),
        pytest.param(plan("", "bc"), MemberRemoval.VALUE_LIST, [["remove members bc"]], id="Entra's way: one list"),
    ],
)
def test_members_become_operations(made: Plan, style: MemberRemoval, sent: list[list[str]]) -> None:
    assert requests(made, style) == sent


def test_no_operations_no_request() -> None:
    assert requests(plan(), MemberRemoval.PATH_FILTER) == []


def test_an_id_is_escaped_as_a_filter_literal() -> None:
    """An id is opaque (RFC 7643 section 3.1): a quote in it must not end the filter (RFC 7644 section 3.4.2.2)."""
    made = replace(plan(), member_removals=(Member('a"b\\c'),))
    (request,) = patches(made, group(""), MemberRemoval.PATH_FILTER, CHUNK)
    assert request[0].path == 'members[value eq "a\\"b\\\\c"]'


def test_a_group_among_the_members_says_that_it_is_one() -> None:
    made = replace(plan(), member_adds=(Member("a", ResourceType.GROUP),))
    (request,) = patches(made, group(""), MemberRemoval.PATH_FILTER, CHUNK)
    assert request[0].value == [{"value": "a", "type": "Group"}]


@pytest.mark.parametrize(
    ("found", "dialect"),
    [
        pytest.param("ac", True, id="what was to go is there: not understood"),
        pytest.param("", True, id="everybody went: understood too well"),
        pytest.param("ax", True, id="what was to come is missing"),
        pytest.param("abx", False, id="somebody else added one meanwhile"),
    ],
)
def test_whether_the_service_did_what_was_asked(found: str, *, dialect: bool) -> None:
    made, wanted = plan("b", "c"), frozenset("ab")
    assert is_dialect(made, wanted, frozenset(found)) is dialect


def test_without_an_answer_the_service_holds_what_was_asked_for_at_a_version_unknown() -> None:
    held = after(group("ac"), plan("b", "c"), None)
    assert (held["members"], held["id"], held["meta"]) == ([{"value": "a"}, {"value": "b"}], "9", {})


def test_without_an_answer_a_user_keeps_what_the_service_gives_itself() -> None:
    """The ids of a resource and its groups are not ours to change, whatever a plan says."""
    told = {"id": "7", "groups": [{"value": "9"}], "meta": {"version": "1", "created": "then"}, "title": "a"}
    changes = (AttributeChange(parse("title"), "a", "b"), AttributeChange(parse("nickName"), None, "c"))
    made = Plan(ObjectKey(Kind.USER, "identity", "ada"), Verdict(Reason.PROVISIONED, ""), Verb.UPDATE, changes=changes)
    expected = {**told, "meta": {"created": "then"}, "title": "b", "nickName": "c"}
    assert after(told, made, None) == after(told, made, {}) == expected
    answer = {"id": "7", "title": "as the service has it"}
    assert after(told, made, answer) == answer


LOST = [
    ("", "ab", "ab", "", "all are there"),
    ("", "ab", "a", "b", "one was there before"),
    ("c", "abc", "a", "b", "one who was to come is no loss"),
    ("", "ab", "", "ab", "all are gone"),
]


@pytest.mark.parametrize(("adds", "expected", "actual", "lost", "why"), LOST, ids=[why for *_, why in LOST])
def test_whom_a_write_has_lost(adds: str, expected: str, actual: str, lost: str, why: str) -> None:
    found = lost_members(plan(adds=adds), group(expected), group(actual))
    assert found == tuple(map(Member, lost)), why
