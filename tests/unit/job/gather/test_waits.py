"""Who is looked at again when something moves, and for what each object waits by its plan."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.claims import Astray, Blocked, Contention, Exchanges
from scim_operator.core.decision.facts import Facts, Match
from scim_operator.core.decision.protection import Guarded, Keeper
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.membership import Membership
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.scope.scope import ScopeDecision
from scim_operator.errors import InvalidSpec
from scim_operator.job.gather.waits import FreeValue, Resource, Waits, awaited
from tests.support.knowing import group, key, user

EXCLUSIVE = MembershipPolicy.EXCLUSIVE
ADA, BOB, TEAM = key("ada"), key("bob"), key("team", Kind.GROUP)
SEVEN, EIGHT = Resource(Kind.USER, "7"), Resource(Kind.USER, "8")


class Bench:
    """Waits that note who is looked at again."""

    def __init__(self) -> None:
        self.waits = Waits()
        self.woken: list[ObjectKey] = []
        self.waits.wake = self.woken.append

    def moved(self, *things: Any) -> set[ObjectKey]:
        self.woken.clear()
        self.waits.moved(*things)
        return set(self.woken)


def test_who_waits_for_what_moves_is_looked_at() -> None:
    bench = Bench()
    bench.waits.note(ADA, frozenset({SEVEN, FreeValue(Kind.USER)}))
    bench.waits.note(BOB, frozenset({SEVEN, ADA}))
    assert bench.moved(SEVEN) == {ADA, BOB}
    assert bench.moved(ADA, FreeValue(Kind.USER)) == {ADA, BOB}
    assert bench.moved(EIGHT, FreeValue(Kind.GROUP), Resource(Kind.GROUP, "7")) == set()


def test_what_is_noted_replaces_what_was_awaited_before() -> None:
    bench = Bench()
    bench.waits.note(ADA, frozenset({SEVEN}))
    bench.waits.note(BOB, frozenset({SEVEN}))
    bench.waits.note(ADA, frozenset({EIGHT, BOB}))
    assert (bench.moved(SEVEN), bench.moved(EIGHT)) == ({BOB}, {ADA})
    assert set(bench.waits.resources()) == {SEVEN, EIGHT}
    bench.waits.forget(BOB)
    bench.waits.forget(BOB)
    assert bench.waits.resources() == (EIGHT,)
    bench.waits.note(ADA, frozenset())
    assert (bench.moved(EIGHT), bench.waits.resources()) == (set(), ())


def test_everyone_who_waits_is_looked_at_when_the_others_change() -> None:
    bench = Bench()
    bench.waits.note(ADA, frozenset({SEVEN}))
    bench.waits.note(BOB, frozenset({ADA}))
    bench.waits.note(TEAM, frozenset())
    bench.waits.all_moved()
    assert set(bench.woken) == {ADA, BOB}


def facts(match: Match | None = None, **more: Any) -> Facts:
    scope = ScopeDecision(in_scope=True, reason="", message="")
    given: dict[str, Any] = {"record": user("ada"), "entry": None, "scope": scope, "desired": {}, **more}
    return Facts(match=match or Match(), **given)


def waiting(facts: Facts, *holders: str, reason: Reason = Reason.CONFLICT, chooses: bool = False) -> set[object]:
    plan = Plan(facts.record.key, Verdict(reason, ""))
    return set(awaited(facts, plan, holders, chooses=chooses))


def test_who_is_in_conflict_waits_for_what_is_in_the_way_and_for_its_owners() -> None:
    found = facts(Match({"id": "7"}, "userName", owner=BOB), contention=Contention((BOB, TEAM), (TEAM,)))
    assert waiting(found, "8") == {SEVEN, EIGHT, BOB, TEAM}
    assert waiting(facts(Match({"id": "7"}, "userName"))) == {SEVEN}
    assert waiting(facts()) == set()


def test_who_is_at_rest_waits_for_nothing() -> None:
    found = facts(Match({"id": "7"}, "userName", owner=BOB))
    assert waiting(found, "8", reason=Reason.OUT_OF_SCOPE) == set()


def test_who_owns_its_resource_waits_for_whom_its_values_are_with() -> None:
    path = parse("userName")
    blocked = (Blocked(path, BOB), Blocked(path, ADA), Blocked(path, None, ids=frozenset({"8"})))
    owned = facts(Match({"id": "7"}, "id", owned=True), exchanges=Exchanges(blocked))
    assert waiting(owned, "9") == {BOB, ADA, EIGHT}
    astray = facts(Match({"id": "7"}, "id", owned=True), exchanges=Exchanges(astray=(Astray(path, "x"),)))
    assert waiting(astray) == {FreeValue(Kind.USER)}


@pytest.mark.parametrize(("chooses", "expected"), [(True, {FreeValue(Kind.USER)}), (False, {SEVEN})])
def test_who_finds_no_free_value_waits_for_one(chooses: bool, expected: set[object]) -> None:
    found = facts(Match({"id": "7"}, "userName"), fault=InvalidSpec("All are taken."))
    assert waiting(found, chooses=chooses, reason=Reason.INVALID_SPEC) == expected


def test_who_is_to_be_deleted_waits_for_the_groups_that_cannot_do_without() -> None:
    found = facts(Match({"id": "7"}, "id", owned=True), guarded=Guarded(keepers=(Keeper(TEAM, "9"),)))
    assert waiting(found, reason=Reason.NEEDED) == {Resource(Kind.GROUP, "9")}


def test_a_group_waits_for_frozen_members_whom_it_would_gain_or_lose() -> None:
    ada, bob, eve, sam = (Member(id) for id in "1234")
    membership = Membership(EXCLUSIVE, wanted=frozenset({ada, bob}), frozen={ada: "", bob: "", eve: "", sam: ""})
    document = {"id": "9", "members": [{"value": "1"}, {"value": "3"}]}
    team = {"record": group("team", "ada", "bob"), "membership": membership}
    assert waiting(facts(Match(document, "id", owned=True), **team)) == {
        Resource(ResourceType.USER.kind, "2"),
        Resource(ResourceType.USER.kind, "3"),
    }, "1 is in it and stays, 4 is neither in it nor wanted"
    assert waiting(facts(Match(document, "id", owned=True), **{**team, "membership": None})) == set()
