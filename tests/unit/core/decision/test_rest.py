"""Only the plain case rests: ours by the id on record, as mapped, and waiting for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.claims import Astray, Blocked, Contention, Exchanges
from scim_operator.core.decision.facts import Awaited, Match
from scim_operator.core.decision.rest import is_alike, may_rest, rests
from scim_operator.core.plan.membership import Membership
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.dates import Window
from scim_operator.core.records.status import Reason, Reformatted, ServiceEntry, Verdict
from scim_operator.core.scope.scope import ScopeDecision
from tests.support.deciding import ADA, EVE, IN, OUT, THERE, Case, facts_of, rules

VERDICT = Verdict(Reason.PROVISIONED, "The service holds it as mapped.")
ENTRY = ServiceEntry("vmware", VERDICT, 2, id="1")
PLAN = Plan(ADA, VERDICT, id="1", owned=True)
OURS = Match(THERE, "id", owned=True)
FULL = Membership(MembershipPolicy.EXCLUSIVE, frozenset())
UNDECIDED = ScopeDecision(in_scope=True, reason="Undecided", message="", undecided=True)


def at_rest(plan: Plan = PLAN, holders: tuple[str, ...] = ("1",), record: Any = None, **changed: Any) -> bool:
    facts = facts_of(Case("", None, Reason.PROVISIONED, there=THERE, owned=True), rules())
    facts = replace(facts, match=OURS, entry=ENTRY, scope=IN)
    return rests(replace(facts, record=replace(facts.record, **(record or {})), **changed), plan, holders)


def test_what_is_as_mapped_rests() -> None:
    assert at_rest()
    assert at_rest(membership=FULL)
    assert at_rest(entry=replace(ENTRY, reformatted=(Reformatted("title", "a", "b"),))), "a form that is known"
    assert at_rest(holders=()), "another externalId than our mark"


@pytest.mark.parametrize(
    "changed",
    [
        {"entry": None},
        {"entry": replace(ENTRY, reformatted=(Reformatted("title", "a", "b", kept=True),))},
        {"match": replace(OURS, owned=False)},
        {"match": replace(OURS, by="userName")},
        {"scope": OUT},
        {"scope": UNDECIDED},
        {"fault": "An expression fails."},
        {"awaits": Awaited(EVE, belongs=True, ids=None)},
        {"contention": Contention(rivals=(EVE,))},
        {"exchanges": Exchanges(blocked=(Blocked(ACTIVE, EVE),))},
        {"exchanges": Exchanges(astray=(Astray(ACTIVE, "x"),))},
        *(
            {"membership": replace(FULL, **more)}
            for more in (
                {"pending": ("eve",)},
                {"unknown": ("eve",)},
                {"coming": 1},
                {"doubt": "an expression fails"},
                {"obscure": "eve"},
                {"in_ring": True},
                {"recorded": True},
                {"unshown": True},
                {"unlisted": True},
            )
        ),
        {"record": {"window": Window(None, None)}},
        {"record": {"deleting": True}},
        {"record": {"suspended": True}},
        {"record": {"invalid": "It has errors."}},
        {"plan": replace(PLAN, verb=Verb.UPDATE)},
        {"plan": replace(PLAN, adopts=True)},
        {"plan": replace(PLAN, verdict=Verdict(Reason.INCOMPLETE, ""))},
        {"plan": replace(PLAN, pending=("eve",))},
        {"holders": ("1", "2")},
    ],
    ids=str,
)
def test_what_waits_or_is_in_doubt_is_planned_in_each_sweep(changed: dict[str, Any]) -> None:
    assert not at_rest(**changed)


def test_a_kind_rests_unless_its_plans_ask_the_clock_or_chance_or_what_is_free() -> None:
    assert may_rest(rules())
    assert not may_rest(replace(rules(), enabled=False))
    assert not may_rest(replace(rules(), transfer_to="other"))
    for expression in ("Guid()", 'SelectUniqueValue(user.userName, "x")'):
        mapping = {"target": "nickName", "expression": expression, "apply": "OnCreate"}
        assert not may_rest(rules(mappings=[mapping])), expression


def test_a_plan_sees_no_difference_in_when_it_was_written_nor_in_the_order_of_members() -> None:
    group: dict[str, Any] = {"id": "1", "members": [{"value": "a", "type": "User"}, {"value": "b"}]}
    written = {**group, "meta": {"lastModified": "now", "version": "2", "location": "/Groups/1"}}
    turned = {**group, "members": [{"value": "b"}, {"type": "User", "value": "a"}]}
    assert is_alike(group, turned)
    assert is_alike(written, {**written, "meta": {"location": "/Groups/1"}})
    assert is_alike({"id": "1", "groups": [{"value": "a"}]}, {"id": "1"}), "no mapping sets it"
    for other in ({"members": [{"value": "a"}]}, {"members": [{"value": "a"}, {"value": "b"}]}, {"displayName": "x"}):
        assert not is_alike(group, {**group, **other})
    assert not is_alike(written, {**written, "meta": {"location": "/Groups/2"}})
