"""What a service made of the values that it was sent: kept, or written in another form."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.decision.stored import immutable, is_kept
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Plan
from scim_operator.core.records.status import Reason, Verdict

KEY = ObjectKey(Kind.USER, "identity", "ada")


def changed(path: str, old: Any, new: Any) -> AttributeChange:
    return AttributeChange(parse(path), old=old, new=new)


def kept(path: str, before: Any, sent: Any, got: Any) -> bool:
    """Whether a value counts as kept that was `before`, was sent as `sent`, and is shown as `got` now."""
    plan = Plan(KEY, Verdict(Reason.PROVISIONED, ""), changes=(changed(path, before, sent),))
    return is_kept(plan, changed(path, got, sent))


@pytest.mark.parametrize(
    ("path", "before", "sent", "got"),
    [
        ("title", "Analyst", "Countess", "Analyst"),
        ("title", "C", "C++", "C"),
        ("userName", "adab@corp.example", "ada.b@corp.example", "adab@corp.example"),
        ("name.givenName", "Ada", "Augusta", "Ada"),
        ("title", "Analyst", CLEARED, "Analyst"),
        ("roles", [{"value": "a"}, {"value": "b"}], [{"value": "a"}], [{"value": "a"}, {"value": "b"}]),
        (
            "phoneNumbers",
            [{"type": "work", "value": "+1 5"}],
            [{"type": "work", "value": "+1 6"}],
            [{"type": "work", "value": "+1 5"}],
        ),
    ],
)
def test_what_the_service_had_before_and_has_still_is_kept(path: str, before: Any, sent: Any, got: Any) -> None:
    assert kept(path, before, sent, got)


@pytest.mark.parametrize(
    ("path", "before", "sent", "got"),
    [
        ("title", "Analyst", " Analyst ", "Analyst"),
        ("title", "Analyst", "Countess", "COUNTESS"),
        ("title", None, "Countess", None),
        ("title", "Analyst", "Countess", None),
        (
            "phoneNumbers",
            [{"value": "+15550100"}],
            [{"value": "+1 (555) 0100"}],
            [{"value": "+15550100", "type": "work"}],
        ),
    ],
)
def test_a_form_of_what_was_sent_is_not(path: str, before: Any, sent: Any, got: Any) -> None:
    assert not kept(path, before, sent, got)


def test_all_that_is_not_made_is_named_with_the_reason() -> None:
    silent = [changed("title", "Analyst", "Countess"), changed("nickName", "Ada", CLEARED)]
    said = immutable(silent, [changed("externalId", "1", "2")]).message
    assert "keeps externalId as first set" in said
    assert "success to a change of title," in said
    assert "does not clear nickName:" in said
