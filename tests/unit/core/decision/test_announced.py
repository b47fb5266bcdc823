"""What is said of a plan that is not carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.announced import deleted_by_mistake, held, planned, taking_over, waiting_part
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from tests.support.deciding import ADA, THERE, Case, entry, facts_of, rules

TEAM = ObjectKey(Kind.GROUP, "identity", "team")
DONE = Verdict(Reason.PROVISIONED, "Done.")
TITLE = AttributeChange(parse("title"), "Pirate", "Analyst")
NAME = AttributeChange(parse("userName"), "eve", "ada")
GROUP_NAME = AttributeChange(parse("displayName"), "old", "new")
OFF = AttributeChange(parse("active"), old=True, new=False)
ONE, TWO = (Member("1"),), (Member("1"), Member("2"))
FOUND = {"adopts": True, "shown": "2819c223", "matched_by": "userName"}


def plan(verb: Verb | None, key: ObjectKey = ADA, **more: Any) -> Plan:
    return Plan(key, DONE, verb, id="1", owned=True, applied=("title",), **more)


def said(plan: Plan, **case: Any) -> str:
    return planned(plan, facts_of(Case("", None, Reason.PROVISIONED, THERE, **case), rules())).verdict.message


DRY = ". Nothing is sent: spec.mode is Plan."
PLANNED = [
    (plan(Verb.CREATE), "Create is planned"),
    (plan(Verb.UPDATE, changes=(TITLE, NAME)), "Update is planned; changes title, userName"),
    (plan(Verb.UPDATE, TEAM, member_adds=ONE), "Update is planned; 1 member to add, 0 to remove"),
    (
        plan(Verb.UPDATE, TEAM, changes=(GROUP_NAME,), member_adds=TWO, member_removals=ONE),
        "Update is planned; changes displayName; 2 members to add, 1 to remove",
    ),
    (plan(Verb.UPDATE, TEAM, member_removals=TWO), "Update is planned; 0 members to add, 2 to remove"),
    (
        plan(Verb.UPDATE, changes=(TITLE,), **FOUND),
        "Taking over the resource 2819c223 (it matches by userName; changing title) is planned",
    ),
    (plan(None, **FOUND), "Taking over the resource 2819c223 (it matches by userName; changing nothing) is planned"),
]


@pytest.mark.parametrize(("plan", "message"), PLANNED, ids=[message[:40] for _, message in PLANNED])
def test_a_dry_run_says_what_would_be_sent(plan: Plan, message: str) -> None:
    assert said(plan) == message + DRY


def test_a_dry_run_without_a_request_says_what_holds() -> None:
    assert said(plan(None)) == "Done."


def test_nothing_becomes_ours_by_looking_and_what_was_ours_stays() -> None:
    facts = facts_of(Case("", None, Reason.PROVISIONED, THERE, owned=True, entry=entry(applied=("nickName",))), rules())
    made = planned(plan(Verb.UPDATE, changes=(TITLE,)), facts)
    assert (made.verb, made.owned, made.applied, made.verdict.reason) == (None, True, ("nickName",), Reason.PLANNED)
    stranger = replace(facts, entry=None, match=replace(facts.match, owned=False))
    made = planned(plan(Verb.UPDATE, changes=(TITLE,)), stranger)
    assert (made.owned, made.applied) == (False, ())
    assert planned(plan(None), stranger).owned is False


TAKEN_OVER = [
    (plan(Verb.DELETE, **FOUND), "deleting it"),
    (plan(Verb.DISABLE, changes=(OFF,), **FOUND), "disabling it"),
    (plan(Verb.DISABLE, changes=(OFF, TITLE), **FOUND), "disabling it, changing title"),
    (plan(Verb.UPDATE, changes=(OFF,), **FOUND), "changing active"),
    (
        plan(Verb.UPDATE, TEAM, member_adds=TWO, member_removals=ONE, **FOUND),
        "changing 2 members to add, 1 member to remove",
    ),
]


@pytest.mark.parametrize(("plan", "what"), TAKEN_OVER, ids=[what for _, what in TAKEN_OVER])
def test_taking_over_says_which_resource_how_it_was_found_and_what_changes(plan: Plan, what: str) -> None:
    words = f"taking over the resource 2819c223 (it matches by userName; {what})"
    assert taking_over(plan) == waiting_part(plan) == words


WAITING = [
    (plan(Verb.DISABLE, changes=(OFF,)), "Disable"),
    (plan(Verb.DELETE), "Delete"),
    (plan(Verb.CREATE, recreates=True), "creating it again (the service no longer has the resource on record)"),
    (plan(Verb.UPDATE, changes=(TITLE,)), "Update"),
    (plan(Verb.UPDATE, changes=(TITLE, NAME)), "the change of userName"),
    (plan(Verb.UPDATE, TEAM, member_removals=ONE), "the removal of 1 member"),
    (
        plan(Verb.UPDATE, TEAM, changes=(GROUP_NAME,), member_removals=TWO, member_adds=ONE),
        "the removal of 2 members and the change of displayName",
    ),
]


@pytest.mark.parametrize(("plan", "what"), WAITING, ids=[what for _, what in WAITING])
def test_a_held_plan_says_what_of_it_waits(plan: Plan, what: str) -> None:
    assert waiting_part(plan) == what
    stopped = held(plan)
    expected = f"{what[:1].upper()}{what[1:]} waits for approval: see status.plan of the ProvisioningConfig."
    assert (stopped.verb, stopped.verdict) == (None, Verdict(Reason.HELD, expected))


def test_of_a_manifest_that_was_deleted_it_is_said_how_to_put_it_back() -> None:
    record = facts_of(Case("", None, Reason.PROVISIONED, THERE, deleting=True), rules()).record
    assert held(plan(Verb.DISABLE, changes=(OFF,)), record).verdict.message.endswith(
        "If it was deleted by mistake, applying it again does not help; put it back: scim-operator undelete "
        "scimuser/ada --namespace identity"
    )


@pytest.mark.parametrize(("number", "said"), [(1, "Of 1 object the manifest"), (3, "Of 3 objects the manifest")])
def test_a_config_says_how_to_put_back_who_was_deleted_by_mistake(number: int, said: str) -> None:
    assert deleted_by_mistake(number, "identity").startswith(said)
    assert deleted_by_mistake(number, "identity").endswith("undelete --namespace identity --filename DIR")
    assert not deleted_by_mistake(0, "identity")
