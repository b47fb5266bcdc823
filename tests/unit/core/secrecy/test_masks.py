"""What may be shown to strangers: the operator's own words, and nothing else however it is written."""

from __future__ import annotations

import re

import pytest

from scim_operator.core.secrecy.masks import Masks
from tests.support.encodings import ENCODINGS, bare

WORDS = {"swept", "in", "with", "reads", "and", "writes", "the", "service", "refuses", "userName", "of", "will"}
WORDS |= {"users", "spec", "mappings", "source", "x", "at", "v2", "constant", "value"}
MASKS = Masks(WORDS, {"identity", "vmware-prod"}, {"Will Smith"}, b"salt")


@pytest.mark.parametrize(
    "text",
    [
        "The service refuses userName.",
        "swept in 12.3 s with 9 reads and 0 writes",
        "spec.users.mappings: at 2026-11-29T19:00:00Z in identity/vmware-prod, v2",
        "",
    ],
)
def test_the_operators_own_words_stay(text: str) -> None:
    assert MASKS.text(text) == text


@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize(
    "secret", ["Kestrel-Token_Quokka", "ada.lovelace@corp.example", "Zoë Øystein", "0451 77 12 998"]
)
def test_nothing_else_stays_however_it_is_written(how: str, secret: str) -> None:
    text = MASKS.text(f"The service refuses {ENCODINGS[how](secret)} of users")
    assert text.startswith("The service refuses ")
    assert text.endswith(" of users")
    between = bare(re.sub("#[0-9a-f]{8}", "", text.removeprefix("The service refuses ").removesuffix(" of users")))
    for piece in ("kestrel", "quokka", "lovelace", "corp", "ystein", "0451", "998"):
        assert piece not in between


@pytest.mark.parametrize(
    "text", ["a1b2c3d4", "10.0.0.17", "4711", "users@x", "K e s t r e l", "x.y.z", "deadbeef", "日本"]
)
def test_ids_addresses_and_numbers_of_people_do_not_stay(text: str) -> None:
    assert not set(text.split()) & set(MASKS.text(text).split()) - {"s", "t"}


def test_a_word_that_is_someones_name_does_not_stay() -> None:
    assert "will" not in MASKS.text("users will of the service").split()


def test_equal_words_have_equal_masks_in_one_set_of_texts_only() -> None:
    first, again = MASKS.text("ada and ADA").split(" and ")
    assert first == again != MASKS.mask("bob")
    assert Masks([], [], [], b"other").mask("ada") != MASKS.mask("ada")


def test_of_a_json_value_the_shape_stays() -> None:
    value = {"users": [{"source": "Kestrel", "constant": 4711, "value": ["users"]}], "Kestrel": {"x": True}, "at": None}
    made = MASKS.value(value)
    kestrel = MASKS.mask("Kestrel")
    assert made["users"][0]["source"] == kestrel
    assert made[kestrel] == {MASKS.mask("x"): True}
    assert made["at"] is None
    assert "4711" not in str(made)
    assert made["users"][0]["value"].startswith("#"), "what a person chose, even if the word is ours"
