"""Who steps aside when unique values go round in a circle, with which value, and who waits meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.enums import Action
from scim_operator.core.approval.effects import effects_of
from scim_operator.core.attributes.paths import EXTERNAL_ID, parse
from scim_operator.core.decision.claims import Astray, Blocked, Exchanges
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.swaps import about, ring_from
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.ownership.between import Between
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason
from scim_operator.core.seal import Seal
from tests.support.deciding import ADA, EVE, MANIFEST, THERE, Case, facts_of, rules

if TYPE_CHECKING:
    from scim_operator.core.plan.plan import Plan

USER_NAME = parse("userName")
FOX = ObjectKey(Kind.USER, "identity", "fox")
WANTED = "eve@x.example"
BETWEEN = Between(Seal(b"k" * 32), ConfigKey("identity", "vmware"))
IN_BETWEEN = BETWEEN.of("ada@x.example", ADA, USER_NAME)


def plan_of(*blocked: Blocked, there: dict[str, Any] | None = None, rules_: Any = None, **manifest: Any) -> Plan:
    """The plan for ada, who wants eve's userName, or what `manifest` says."""
    wanted = {**MANIFEST, "userName": WANTED, **manifest}
    case = Case("", None, Reason.PROVISIONED, there=there or THERE, owned=True, manifest=wanted)
    compiled = rules_ or rules()
    return decide(replace(facts_of(case, compiled), exchanges=Exchanges(blocked, astray(case), BETWEEN)), compiled)


def astray(case: Case) -> tuple[Astray, ...]:
    """What of a case has a value in between."""
    found = BETWEEN.found(case.there or {}, ADA, (USER_NAME, EXTERNAL_ID))
    return tuple(Astray(path, path.read(case.there or {})) for path in found)


def sets(plan: Plan) -> dict[str, Any]:
    """What a plan sets."""
    return {str(change.path): change.new for change in plan.changes}


def ring(*keys: ObjectKey, path: Any = USER_NAME) -> Blocked:
    """Ada's value is the next one's of a circle."""
    return Blocked(path, keys[1], keys)


def test_the_first_of_a_circle_steps_aside_with_nothing_else() -> None:
    plan = plan_of(ring(ADA, EVE), title="Lead")
    assert plan.verb is Verb.UPDATE
    assert sets(plan) == {"userName": IN_BETWEEN}
    assert plan.steps_aside
    assert [(str(each.path), each.new) for each in plan.toward] == [("userName", WANTED)]
    assert plan.verdict.reason is Reason.INCOMPLETE
    assert "scimuser/eve" in plan.verdict.message
    assert "@" not in plan.verdict.message
    assert plan.tally.user_renames == 1


@pytest.mark.parametrize(
    "blocked",
    [(), (Blocked(USER_NAME, EVE),), (ring(ADA, EVE, ObjectKey(Kind.USER, "identity", "aaron")),)],
    ids=["no one of ours has it", "there is no circle", "another is the first"],
)
def test_no_one_else_steps_aside(blocked: tuple[Blocked, ...]) -> None:
    plan = plan_of(*blocked)
    assert sets(plan) == {"userName": WANTED}
    assert not plan.toward


def test_who_has_stepped_aside_waits_and_all_else_is_sent() -> None:
    aside = {**THERE, "userName": IN_BETWEEN}
    plan = plan_of(Blocked(USER_NAME, EVE), there=aside, title="Lead")
    assert sets(plan) == {"title": "Lead"}
    assert not plan.steps_aside
    assert plan.toward
    assert plan.verdict.reason is Reason.INCOMPLETE
    still = plan_of(Blocked(USER_NAME, EVE), there=aside)
    assert still.verb is None
    assert still.verdict.reason is Reason.INCOMPLETE


def test_who_has_stepped_aside_takes_what_has_become_free() -> None:
    plan = plan_of(there={**THERE, "userName": IN_BETWEEN})
    assert sets(plan) == {"userName": WANTED}
    assert not plan.toward
    assert plan.verdict.reason is Reason.PROVISIONED


def test_another_attribute_steps_aside_while_the_first_waits() -> None:
    there = {**THERE, "userName": IN_BETWEEN, "externalId": "oid-ada"}
    compiled = replace(rules(), immutable=frozenset())
    blocked = (ring(ADA, EVE), ring(ADA, EVE, path=EXTERNAL_ID))
    plan = plan_of(*blocked, there=there, rules_=compiled, externalId="oid-eve")
    assert sets(plan) == {"externalId": BETWEEN.of("oid-ada", ADA, EXTERNAL_ID)}
    assert [str(each.path) for each in plan.toward] == ["externalId", "userName"]
    first = plan_of(*blocked, there={**THERE, "externalId": "oid-ada"}, rules_=compiled, externalId="oid-eve")
    assert list(sets(first)) == ["userName"], "one at a time"


def test_the_end_of_access_comes_first() -> None:
    plan = plan_of(ring(ADA, EVE), active=False)
    assert plan.verb is Verb.DISABLE
    assert sets(plan) == {"active": False, "userName": WANTED}
    assert not plan.toward


def test_no_one_steps_aside_where_updates_are_off() -> None:
    compiled = rules(actions=[Action.CREATE.value, Action.DELETE.value])
    plan = plan_of(ring(ADA, EVE), rules_=compiled)
    assert plan.verb is None
    assert plan.verdict.reason is Reason.ACTION_OFF


def test_the_approval_of_a_rename_is_that_of_its_value_in_between() -> None:
    for everything in (False, True):
        stepping, renaming = plan_of(ring(ADA, EVE)), plan_of()
        assert effects_of(stepping, everything=everything) == effects_of(renaming, everything=everything)


@pytest.mark.parametrize(
    ("value", "begins", "ends"),
    [
        ("ada@x.example", "ada-", "@x.example"),
        ("ada+x@y@x.example", "ada+x@y-", "@x.example"),
        ("ada", "ada-", ""),
        ("Team Red", "Team Red-", ""),
        ("a-0123456789@x.example", "a-0123456789-", "@x.example"),
    ],
)
def test_a_value_in_between_keeps_the_form_and_is_known_again(value: str, begins: str, ends: str) -> None:
    aside = BETWEEN.of(value, ADA, USER_NAME)
    assert aside.startswith(begins)
    assert aside.endswith(ends)
    assert BETWEEN.origin(aside, ADA, USER_NAME) == value
    assert BETWEEN.origin(aside.lower(), ADA, USER_NAME) == value.lower(), "services fold the case of names"
    assert BETWEEN.origin(value, ADA, USER_NAME) is None


def test_no_one_else_makes_a_value_in_between() -> None:
    for key, path in ((EVE, USER_NAME), (ADA, EXTERNAL_ID)):
        assert BETWEEN.origin(IN_BETWEEN, key, path) is None
    for between in (Between(Seal(b"x" * 32), BETWEEN.config), replace(BETWEEN, config=ConfigKey("identity", "other"))):
        assert between.origin(IN_BETWEEN, ADA, USER_NAME) is None, "another key, or another config"
    assert BETWEEN.origin(f"eve{IN_BETWEEN[3:]}", ADA, USER_NAME) is None, "the suffix is of the value too"


def test_what_is_no_text_is_no_value_in_between() -> None:
    values: tuple[Any, ...] = (None, 1, True, [], {}, "", "-0123456789", "-0123456789@x.example")
    assert not any(BETWEEN.origin(value, ADA, USER_NAME) for value in values)


@pytest.mark.parametrize(
    ("next_of", "expected"),
    [
        ({ADA: EVE, EVE: ADA}, (ADA, EVE)),
        ({ADA: EVE, EVE: FOX, FOX: ADA}, (ADA, EVE, FOX)),
        ({ADA: EVE, EVE: FOX, FOX: EVE}, ()),
        ({ADA: EVE}, ()),
        ({}, ()),
        ({ADA: ADA}, ()),
    ],
    ids=["two", "three", "a circle of others", "a chain", "no one", "itself"],
)
def test_a_circle_leads_back(next_of: dict[ObjectKey, ObjectKey], expected: tuple[ObjectKey, ...]) -> None:
    assert ring_from(ADA, next_of.get) == expected


def test_a_refusal_says_whom_it_waits_for() -> None:
    assert about(()) == ""
    assert "scimuser/eve" in about((Blocked(USER_NAME, EVE),))
