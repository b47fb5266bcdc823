"""What is asked for in the end, given what the service has: WhenEmpty, AddOnly, and what an expression keeps."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.api.mapping import AttributeMapping
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.expressions import Activation
from scim_operator.core.mapping.compiler import compile_mappings
from scim_operator.core.mapping.mapping import desired_attributes, fitted

TITLE, EMAILS = parse("title"), parse("emails")
KEEPS = {"target": "title", "expression": "IgnoreFlowIfNullOrEmpty(user.nickName)"}
ONE, TWO = {"type": "work", "value": "a@x"}, {"type": "home", "value": "b@x"}


def fit(mapping: dict[str, Any], document: dict[str, Any], there: dict[str, Any] | None, applied: tuple = ()) -> Any:
    compiled = compile_mappings([AttributeMapping.model_validate(mapping)], ())
    wanted = desired_attributes(document, compiled, creating=there is None, activation=Activation(user=document))
    return fitted(wanted, compiled, there, applied)


WHEN_EMPTY = {"target": "title", "source": "title", "apply": "WhenEmpty"}
ADD_ONLY = {"target": "emails", "source": "emails", "apply": "AddOnly"}
PLAIN = {"target": "title", "source": "title"}
FITTED = [
    (PLAIN, {"title": "a"}, {"title": "b"}, (), {TITLE: "a"}, "always"),
    (WHEN_EMPTY, {"title": "a"}, None, (), {TITLE: "a"}, "nothing is there yet"),
    (WHEN_EMPTY, {"title": "a"}, {}, (), {TITLE: "a"}, "it has none"),
    (WHEN_EMPTY, {"title": "a"}, {"title": ""}, (), {TITLE: "a"}, "empty is none"),
    (WHEN_EMPTY, {"title": "a"}, {"title": "b"}, (), {}, "it has one"),
    (WHEN_EMPTY, {"title": ""}, {}, (), {}, "nothing to give"),
    (WHEN_EMPTY, {}, {"title": "b"}, (), {}, "not managed"),
    (ADD_ONLY, {"emails": [ONE]}, {"emails": [TWO]}, (), {EMAILS: [TWO, ONE]}, "what is there, then what is new"),
    (ADD_ONLY, {"emails": [ONE]}, {"emails": [ONE, TWO]}, (), {EMAILS: [ONE, TWO]}, "each once"),
    (ADD_ONLY, {"emails": [ONE]}, {}, (), {EMAILS: [ONE]}, "nothing there"),
    (ADD_ONLY, {"emails": [ONE]}, None, (), {EMAILS: [ONE]}, "a new resource"),
    (ADD_ONLY, {"emails": []}, {"emails": [TWO]}, (), {EMAILS: [TWO]}, "nothing new: all stays"),
    (ADD_ONLY, {"emails": []}, {}, (), {}, "nothing at all"),
    (KEEPS, {"nickName": "a"}, {"title": "b"}, (), {TITLE: "a"}, "it gives a value"),
    (KEEPS, {}, {"title": "b"}, ("title",), {TITLE: "b"}, "kept, and ours to clear later"),
    (KEEPS, {}, {"title": "b"}, (), {}, "kept, and never ours"),
    (KEEPS, {}, {"title": ""}, ("title",), {}, "there is nothing to keep"),
    (KEEPS, {}, None, ("title",), {}, "there is no resource yet"),
]


@pytest.mark.parametrize(
    ("mapping", "document", "there", "applied", "expected", "why"), FITTED, ids=[w for *_, w in FITTED]
)
def test_fitted(mapping: dict, document: dict, there: dict | None, applied: tuple, expected: dict, why: str) -> None:
    assert fit(mapping, document, there, applied) == expected, why


def test_what_is_cleared_stays_cleared_where_nothing_adapts() -> None:
    assert fit(PLAIN, {"title": ""}, {"title": "b"}) == {TITLE: CLEARED}
