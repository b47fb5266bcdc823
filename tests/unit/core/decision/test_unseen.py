"""What is sent for a user of whom only the id on record is known, because the service shows no one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.facts import Match
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason
from scim_operator.core.scope.scope import ScopeDecision
from tests.support.deciding import MANIFEST, THERE, Case, entry, facts_of, rules

OUT = ScopeDecision(in_scope=False, reason="", message="No filter passes it.")
UNSEEN = Match({"id": THERE["id"]}, "id", owned=True, unseen=True)


@pytest.mark.parametrize(
    ("change", "scope", "verb", "reason", "why"),
    [
        (
            {"active": False},
            None,
            Verb.DISABLE,
            Reason.RETRYING,
            "access ends, and the rest could undo what others did",
        ),
        ({"title": "Lead"}, None, None, Reason.RETRYING, "nothing of this ends access"),
        ({}, OUT, Verb.DISABLE, Reason.DISABLED, "who leaves the scope has nothing else to be sent"),
    ],
)
def test_only_the_end_of_access(
    change: dict[str, Any], scope: ScopeDecision | None, verb: Verb | None, reason: Reason, why: str
) -> None:
    given = rules()
    case = Case("", None, Reason.PROVISIONED, manifest={**MANIFEST, **change}, there=THERE, owned=True, entry=entry())
    facts = replace(facts_of(case, given), match=UNSEEN)
    plan = decide(replace(facts, scope=scope, desired=None) if scope else facts, given)
    assert (plan.verb, plan.verdict.reason) == (verb, reason), why
    assert [each.path for each in plan.changes] == ([ACTIVE] if verb else []), why
