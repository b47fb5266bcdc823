"""What is sent for an object whose scope cannot be known: what ends access, unless it would wait or be left anyway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.protection import Guarded
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.scope.scope import ScopeDecision
from tests.support.deciding import MANIFEST, THERE, Case, entry, facts_of, rules

UNKNOWN = ScopeDecision(in_scope=False, reason="", message="spec.users.expression fails.", undecided=True)
LEAVES = {"manifest": {**MANIFEST, "active": False}, "there": THERE, "owned": True}
UNDECIDED = replace(entry(), verdict=Verdict(Reason.UNDECIDED, "Left as it is."))
RETAINED = replace(entry(), verdict=Verdict(Reason.RETAINED, "Left as it is."))


@pytest.mark.parametrize(
    ("case", "compiled", "verb", "reason", "why"),
    [
        ({}, {}, Verb.DISABLE, Reason.INVALID_SPEC, "in scope or out of it, access ends"),
        ({"owned": False}, {}, None, Reason.INVALID_SPEC, "what is not ours is not touched"),
        ({"entry": RETAINED}, {}, None, Reason.UNDECIDED, "it had left the scope, and is left as it is"),
        ({"entry": UNDECIDED}, {}, None, Reason.UNDECIDED, "and stays so, however often it is looked at"),
        ({}, {"actions": ["Create", "Update"]}, None, Reason.ACTION_OFF, "the config's actions hold here too"),
        ({}, {"transfer_to": "east"}, None, Reason.INVALID_SPEC, "it is being handed over, and no longer ours to end"),
    ],
)
def test_an_unknown_scope(case: dict[str, Any], compiled: dict[str, Any], verb: Verb | None, reason: Reason, why: str):
    to = compiled.get("transfer_to", "")
    given = replace(rules(**{k: v for k, v in compiled.items() if k != "transfer_to"}), transfer_to=to)
    facts = replace(facts_of(Case("", None, Reason.PROVISIONED, **{**LEAVES, **case}), given), scope=UNKNOWN, ends=True)
    plan = decide(facts, given)
    assert (plan.verb, plan.verdict.reason) == (verb, reason), why


def test_a_protected_object_waits_for_its_approval_there_too() -> None:
    given = rules()
    facts = facts_of(Case("", None, Reason.PROVISIONED, **LEAVES), given)
    plan = decide(replace(facts, scope=UNKNOWN, ends=True, guarded=Guarded(protected=True)), given)
    assert plan.asks


def test_what_was_left_as_it_is_and_may_be_wanted_again_is_not_ready() -> None:
    given = rules()
    facts = facts_of(Case("", None, Reason.PROVISIONED, **{**LEAVES, "entry": RETAINED}), given)
    plan = decide(replace(facts, scope=UNKNOWN), given)
    assert not plan.verdict.ready
    assert "expression fails" in plan.verdict.message
    assert (plan.owned, plan.id) == (True, THERE["id"]), "it stays ours"


def test_what_left_and_is_hidden_from_lists_is_retained_once_the_scope_is_known() -> None:
    given = rules()
    facts = facts_of(Case("", None, Reason.PROVISIONED, **{**LEAVES, "there": None, "entry": UNDECIDED}), given)
    out = ScopeDecision(in_scope=False, reason="", message="No filter passes it.")
    plan = decide(replace(facts, scope=out, desired=None), given)
    assert (plan.verb, plan.verdict.reason, plan.id) == (None, Reason.RETAINED, UNDECIDED.id)
