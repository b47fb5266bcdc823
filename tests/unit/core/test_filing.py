"""What is filed under each key, be it one thing or many."""

from __future__ import annotations

import random
import sys
from collections import defaultdict

import pytest

from scim_operator.core.filing import MANY, Filing


def filled(*things: object) -> Filing[str, object]:
    filing: Filing[str, object] = Filing()
    for thing in things:
        filing.add("key", thing)
    return filing


@pytest.mark.parametrize("number", [0, 1, 2, MANY, MANY + 1, 10 * MANY])
def test_each_thing_is_there_once(number: int) -> None:
    filing = filled(*range(number), *range(number))
    assert sorted(filing.of("key")) == list(range(number))  # type: ignore[type-var]
    assert (len(filing), "key" in filing, list(filing)) == (int(number > 0), number > 0, ["key"][: min(number, 1)])
    assert not filing.of("another")


@pytest.mark.parametrize("number", [1, 2, MANY, MANY + 1, 10 * MANY])
def test_what_is_taken_away_is_gone_and_so_is_a_key_with_nothing(number: int) -> None:
    filing = filled(*range(number))
    filing.discard("key", "never there")
    for left in range(number - 1, -1, -1):
        filing.discard("key", left)
        assert sorted(filing.of("key")) == list(range(left))  # type: ignore[type-var]
    assert (len(filing), "key" in filing, list(filing)) == (0, False, [])
    filing.discard("key", 0)


@pytest.mark.parametrize("thing", [("a", "b"), (), frozenset({1}), "", None, 0])
def test_any_thing_can_be_filed(thing: object) -> None:
    assert list(filled(thing).of("key")) == [thing]
    assert list(filled(thing, "more").of("key")) == [thing, "more"]


def test_a_thing_moves_to_other_keys() -> None:
    filing = filled("a", "b")
    filing.move("a", ["key"], ["other", "third", "other"])
    assert [list(filing.of(key)) for key in ("key", "other", "third")] == [["b"], ["a"], ["a"]]


def test_it_is_as_sets_are() -> None:
    chance, filing, sets = random.Random(7), Filing[int, int](), defaultdict[int, set[int]](set)
    for _ in range(5_000):
        key, thing, present = chance.randrange(20), chance.randrange(3 * MANY), chance.random() < 0.55
        filing.mark(key, thing, present=present)
        (sets[key].add if present else sets[key].discard)(thing)
        assert set(filing.of(key)) == sets[key]
        assert len(filing.of(key)) == len(sets[key])
    assert set(filing) == {key for key, things in sets.items() if things}


def test_one_thing_takes_no_more_than_itself() -> None:
    filing: Filing[int, int] = Filing()
    for number in range(1_000):
        filing.add(number, number)
    assert all(sys.getsizeof(filing.of(number)) < sys.getsizeof(set()) for number in range(1_000))
