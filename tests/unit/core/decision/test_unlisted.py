"""What is sent before a session has listed the service: the end of access, and nothing else of the same object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.decision import decide
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason
from tests.support.deciding import MANIFEST, THERE, Case, entry, facts_of, rules


@pytest.mark.parametrize(
    ("change", "verb", "reason"),
    [
        pytest.param({"active": False}, Verb.DISABLE, Reason.PROVISIONED, id="that is all of it"),
        pytest.param({"active": False, "title": "Lead"}, Verb.DISABLE, Reason.PENDING, id="more follows later"),
        pytest.param({"title": "Lead"}, None, Reason.PENDING, id="nothing of it ends access"),
        pytest.param({}, None, Reason.PROVISIONED, id="nothing is due"),
    ],
)
def test_only_the_end_of_access(change: dict[str, Any], verb: Verb | None, reason: Reason) -> None:
    given = rules()
    case = Case("", None, Reason.PROVISIONED, manifest={**MANIFEST, **change}, there=THERE, owned=True, entry=entry())
    plan = decide(replace(facts_of(case, given), unlisted=True), given)
    assert (plan.verb, plan.verdict.reason) == (verb, reason)
    assert [each.path for each in plan.changes] == ([ACTIVE] if verb else [])
