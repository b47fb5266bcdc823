"""Required attributes: one rule for what is missing, empty, blank, or about to be taken away."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange, changes
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.decision.required import emptied, lost, missing, required_message

ADA: dict[str, Any] = {
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@corp.example"}],
}
REQUIRED = [parse(text) for text in ("userName", "name.familyName", 'emails[type eq "work"].value')]
VOID: list[Any] = ["", " ", "\t", "\u3000", [], {}, None, CLEARED]


def test_all_that_is_missing_is_named_at_once() -> None:
    required = [*REQUIRED, parse("nickName"), parse('emails[type eq "home"].value')]
    assert list(map(str, missing(ADA, required))) == ["nickName", 'emails[type eq "home"].value']


@pytest.mark.parametrize("value", VOID, ids=repr)
def test_what_shows_nothing_is_none(value: Any) -> None:
    path = parse("name.familyName")
    assert missing({**ADA, "name": {"familyName": value}}, REQUIRED) == (path,)
    assert emptied({path: value}, REQUIRED) == (path,)


def test_what_a_manifest_leaves_out_it_does_not_empty() -> None:
    assert emptied({parse("title"): CLEARED}, REQUIRED) == ()


@pytest.mark.parametrize("value", ["", " ", CLEARED], ids=repr)
def test_a_change_that_takes_one_away_is_found(value: Any) -> None:
    path = parse("name.familyName")
    assert lost([AttributeChange(path, "Lovelace", value)], ADA, REQUIRED) == (path,)


def test_a_list_that_no_longer_has_it_takes_it_away() -> None:
    home = [{"type": "home", "value": "ada@home.example"}]
    found = changes({parse("emails"): home}, ADA)
    assert list(map(str, lost(found, ADA, REQUIRED))) == ['emails[type eq "work"].value']
    both = changes({parse("emails"): [*home, *ADA["emails"]]}, ADA)
    assert lost(both, ADA, REQUIRED) == ()


def test_what_was_missing_before_is_not_taken_away() -> None:
    found = changes({parse("title"): "Countess"}, {"userName": "ada"})
    assert lost(found, {"userName": "ada"}, REQUIRED) == ()


def test_the_sentence_names_them() -> None:
    assert required_message(REQUIRED[:2]) == (
        "The service requires userName, name.familyName: set them, or map a source to them."
    )
    assert required_message(()) == ""
