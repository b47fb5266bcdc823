"""Names of manifests: valid, the same in each run and in any order, and told apart where two come to one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.sources.naming import LONGEST, Wanted, name_of, names

RFC1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("ada@corp.example", "ada-corp.example"),
        ("Ada.Lovelace@Corp.Example", "ada.lovelace-corp.example"),
        ("Team Payments (EU)", "team-payments-eu"),
        ("Müller & Söhne", "muller-sohne"),
        ("Straße", "strasse"),
        ("..a-.-b..", "a.b"),
        ("0123", "0123"),
    ],
)
def test_a_name_shows_what_it_is_made_of(base: str, name: str) -> None:
    assert name_of(base, "unique", "user") == name


@pytest.mark.parametrize("base", ["开发", "Иван", "@", "", "a开", "x" * 64, "\u202e"])
def test_what_a_name_cannot_show_gets_a_part_of_its_own(base: str) -> None:
    one, other = name_of(base, "one", "user"), name_of(base, "other", "user")
    assert one != other
    assert RFC1123.fullmatch(one)
    assert name_of(base, "one", "user") == one


@given(st.lists(st.text(min_size=1, max_size=80), unique_by=str.casefold, max_size=8), st.randoms())
def test_names_are_valid_and_do_not_depend_on_the_order(texts: list[str], chance: object) -> None:
    def named(order: list[str]) -> dict[str, str]:
        found, _ = names({number: Wanted(text, text) for number, text in enumerate(order)}, "user")
        return {order[number]: name for number, name in found.items()}

    shuffled = sorted(texts, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert named(texts) == named(shuffled)
    for name in named(texts).values():
        assert RFC1123.fullmatch(name), name
        assert len(name) <= LONGEST


def test_two_that_come_to_one_name_are_told_apart_and_named() -> None:
    wanted = {1: Wanted("a_b", "a_b"), 2: Wanted("a-b", "a-b"), 3: Wanted("c", "c")}
    found, same = names(wanted, "user")
    assert found[3] == "c"
    assert found[1] != found[2]
    assert all(found[number].startswith("a-b-") for number in (1, 2))
    assert same == ((1, 2),)


def test_a_row_more_changes_no_other_name() -> None:
    few = {number: Wanted(f"u{number}@corp.example", f"u{number}@corp.example") for number in range(9)}
    more = {**few, 9: Wanted("new@corp.example", "new@corp.example")}
    assert names(few, "user")[0].items() <= names(more, "user")[0].items()


def test_a_name_that_is_kept_stays_and_the_other_one_yields() -> None:
    found, _ = names({1: Wanted("x", "x", kept="ada"), 2: Wanted("ada", "ada")}, "user")
    assert found[1] == "ada"
    assert found[2].startswith("ada-")
