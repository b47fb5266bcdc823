"""What is sent before a session has listed the service: the end of access, and what identifies no one (ADR 0054)."""

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
        pytest.param({"title": "Lead"}, None, Reason.PENDING, id="found by a name, which others may have too"),
        pytest.param({}, None, Reason.PROVISIONED, id="nothing is due"),
    ],
)
def test_only_the_end_of_access(change: dict[str, Any], verb: Verb | None, reason: Reason) -> None:
    given = rules()
    case = Case("", None, Reason.PROVISIONED, manifest={**MANIFEST, **change}, there=THERE, owned=True, entry=entry())
    plan = decide(replace(facts_of(case, given), unlisted=True), given)
    assert (plan.verb, plan.verdict.reason) == (verb, reason)
    assert [each.path for each in plan.changes] == ([ACTIVE] if verb else [])


BY_ID = {"by": "id"}
PRIMARY = [{"type": "work", "value": "lead@corp.example", "primary": True}]


@pytest.mark.parametrize(
    ("change", "sent", "reason"),
    [
        pytest.param({"title": "Lead"}, {"title"}, Reason.PROVISIONED, id="that is all of it"),
        pytest.param({"title": "Lead", "userName": "b@corp.example"}, {"title"}, Reason.PENDING, id="a name waits"),
        pytest.param({"userName": "b@corp.example"}, set(), Reason.PENDING, id="a name alone"),
        pytest.param({"emails": PRIMARY}, set(), Reason.PENDING, id="where mail goes to"),
        pytest.param({"active": False, "title": "Lead"}, {"active"}, Reason.PENDING, id="access ends first"),
    ],
)
def test_of_what_is_ours_by_its_id_what_identifies_no_one(
    change: dict[str, Any], sent: set[str], reason: Reason
) -> None:
    given = rules()
    there = {**THERE, "emails": [{"type": "work", "value": "ada@corp.example", "primary": True}], "externalId": "e-0"}
    manifest = {**MANIFEST, "emails": there["emails"], "externalId": "e-0", **change}
    case = Case("", None, Reason.PROVISIONED, manifest=manifest, there=there, owned=True, match=BY_ID, entry=entry())
    plan = decide(replace(facts_of(case, given), unlisted=True), given)
    assert {each.path.attribute for each in plan.changes} == sent
    assert plan.verdict.reason is reason


def test_what_is_not_ours_waits() -> None:
    given = rules()
    case = Case("", None, Reason.PROVISIONED, manifest={**MANIFEST, "title": "Lead"}, there=THERE, match=BY_ID)
    plan = decide(replace(facts_of(case, given), unlisted=True), given)
    assert not plan.acts
