"""What facts and rules say of themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.plan.plan import Plan
from scim_operator.core.records.status import Reason, Verdict
from tests.support.deciding import ADA, EVE, THERE, Case, facts_of, rules


def facts(there: dict | None = THERE, **more: Any) -> Any:
    return facts_of(Case("", None, Reason.PROVISIONED, there, **more), rules())


FOREIGN = [
    (facts(), True, "found, and no one's that we know of"),
    (facts(owned=True), False, "ours"),
    (facts(match={"owner": EVE}), False, "another manifest's"),
    (facts(None), False, "nothing is there"),
]


@pytest.mark.parametrize(("found", "foreign", "why"), FOREIGN, ids=[why for *_, why in FOREIGN])
def test_foreign(found: Any, foreign: bool, why: str) -> None:
    assert found.is_foreign is foreign, why


def test_rules_know_what_their_expressions_read_and_which_values_are_sensitive() -> None:
    compiled = rules(
        mappings=[
            {"target": "nickName", "expression": "user.title + user.name.givenName"},
            {"target": "title", "source": "title", "sensitive": True},
            {"target": "userType", "expression": "Guid()", "apply": "OnCreate"},
            {"target": "locale", "expression": "SelectUniqueValue('a', 'b')", "apply": "OnCreate"},
        ]
    )
    assert {"user.title", "user.name.givenName"} <= compiled.reads
    assert compiled.sensitive == {parse("title")}
    assert set(compiled.moving) == {parse("userType"), parse("locale")}
    assert [str(each.target) for each in compiled.selecting] == ["locale"]


def test_what_waits_or_is_contested_is_not_what_the_service_is_to_hold() -> None:
    found = facts(owned=True)
    assert found.sent_by(plan := Plan(ADA, Verdict(Reason.PROVISIONED, "")), plan) == found.desired
    contested = replace(found, contention=replace(found.contention, contested=(parse("title"),)))
    assert parse("title") not in contested.sent_by(plan, plan)
    assert len(contested.sent_by(plan, plan)) == len(found.desired) - 1
