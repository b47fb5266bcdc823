"""A saved plan as pages show it: the order, and who gets and loses what."""

from __future__ import annotations

import pytest

from scim_operator.console.steps import access_of, shown, whole_of


def step(name: str, verb: str, *, held: bool = False, gains: tuple[str, ...] = ()) -> dict[str, object]:
    return {"object": name, "name": name, "verb": verb, "held": held, "gains": list(gains), "losses": ["out"]}


def test_protected_ones_come_first_then_what_is_held_then_the_gravest() -> None:
    steps = [step("d", "Create"), step("c", "Delete"), step("b", "Update", held=True), step("a", "Create")]
    whole = whole_of({"steps": steps, "protected": ["d"]})
    assert [each.object for each in whole.steps] == ["d", "b", "c", "a"]


def test_access_is_told_by_member() -> None:
    whole = whole_of({"steps": [step("g", "Update", gains=("ada",)), step("h", "Update", gains=("ada",))]})
    assert access_of(whole.steps) == [("ada", ["g", "h"], []), ("out", [], ["g", "h"])]


@pytest.mark.parametrize(
    ("value", "wanted"), [(None, ""), ("x", "x"), (True, "true"), ({"a": [1]}, '{"a":[1]}'), (1 << 70, "a value")]
)
def test_values_are_shown_as_a_person_reads_them(value: object, wanted: str) -> None:
    assert shown(value).startswith(wanted)
