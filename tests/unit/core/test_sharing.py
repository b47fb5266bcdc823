"""What many objects say is in memory once."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.sharing import KEPT, LONGEST, shared, shared_mapping, shared_name, shared_text


def text(number: int) -> str:
    """A text that is made anew each time."""
    return f"text {number}"


def test_equal_values_become_one_object() -> None:
    assert shared_text(text(1)) is shared_text(text(1))
    assert shared((text(1), text(2))) is shared((text(1), text(2)))
    assert shared_mapping({text(1): text(2)}) is shared_mapping({text(1): text(2)})


def test_what_only_looks_alike_stays_what_it_is() -> None:
    one, true = shared((1,)), shared("1")
    assert (one, true, shared(1), shared(True)) == ((1,), "1", 1, True)
    assert (type(shared(1)), type(shared(True))) == (int, bool)
    assert list(shared_mapping({"a": "1", "b": "2"})) != list(shared_mapping({"b": "2", "a": "1"})), "in its own order"


def test_a_lone_surrogate_is_a_text_like_any_other() -> None:
    assert shared_text("\ud800") == "\ud800"
    assert shared_mapping({"\ud800": "\udfff"}) == {"\ud800": "\udfff"}


def test_no_one_can_change_what_others_have() -> None:
    labels: Any = shared_mapping({"tier": "prod"})
    with pytest.raises(TypeError, match="does not support item assignment"):
        labels["tier"] = "test"


def test_a_mapping_is_not_the_one_that_it_was_made_of() -> None:
    labels = {"tier": "prod"}
    made = shared_mapping(labels)
    labels["tier"] = "test"
    assert made == {"tier": "prod"}


def test_a_long_text_is_kept_for_no_one() -> None:
    long = "x" * (LONGEST + 1)
    assert shared_text(long) is long


def test_what_no_two_have_in_common_is_let_go() -> None:
    first = shared_text(text(0))
    for number in range(1, KEPT + 2):
        shared_text(text(number))
    assert shared_text(text(0)) is not first


def test_names_are_one_object_and_what_is_none_stays_as_it_is() -> None:
    assert shared_name(text(3)) is shared_name(text(3))
    assert shared_name(["ada"]) == ["ada"]  # type: ignore[arg-type, comparison-overlap]
