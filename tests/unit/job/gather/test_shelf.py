"""Resources as JSON, packed beside the first of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from scim_operator.core.packing import LARGEST
from scim_operator.job.gather.shelf import EXAMPLES, Shelf


def text(number: int, **more: Any) -> bytes:
    names = {"id": f"id-{number}", "userName": f"user-{number:05}@corp.example", "title": "Engineer", "active": True}
    return orjson.dumps({**names, "meta": {"location": f"https://tenant.example/scim/v2/Users/id-{number}"}, **more})


def filled(number: int, *, packs: bool = True) -> Shelf:
    shelf = Shelf(packs=packs)
    for each in range(number):
        shelf.put(str(each), text(each))
    return shelf


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("number", [0, 1, EXAMPLES - 1, EXAMPLES, EXAMPLES + 1, 50])
def test_all_that_was_put_is_there_as_it_was(number: int, *, packs: bool) -> None:
    shelf = filled(number, packs=packs)
    assert [shelf.get(str(each)) for each in range(number)] == [text(each) for each in range(number)]
    assert (len(shelf), list(shelf), set(shelf.keys())) == (
        number,
        [str(each) for each in range(number)],
        {str(each) for each in range(number)},
    )
    assert (shelf.get("another"), "another" in shelf, "0" in shelf) == (None, False, number > 0)


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("number", [1, 20])
def test_whether_a_text_is_the_same_is_known_to_the_letter(number: int, *, packs: bool) -> None:
    shelf, last = filled(number, packs=packs), str(number - 1)
    assert shelf.has(last, text(number - 1))
    assert not shelf.has(last, text(number))
    assert not shelf.has(last, text(number - 1) + b" ")
    assert not shelf.has(last, b"")
    assert not shelf.has("another", text(number - 1))


def test_a_later_text_takes_the_place_of_the_earlier_and_may_be_dropped() -> None:
    shelf = filled(20)
    shelf.put("7", text(99))
    assert (shelf.get("7"), len(shelf)) == (text(99), 20)
    assert shelf.has("7", text(99))
    assert not shelf.has("7", text(7))
    for id in ("7", "7", "0"):
        shelf.drop(id)
    assert (shelf.get("7"), shelf.get("0"), len(shelf)) == (None, None, 18)
    assert shelf.get("8") == text(8), "it needs no other to be read"


@pytest.mark.parametrize("large", [5_000, LARGEST, 2 * LARGEST])
def test_large_texts_come_back_too(large: int) -> None:
    shelf = filled(2)
    for id in range(10, 10 + EXAMPLES):
        shelf.put(str(id), text(id, members="x" * large))
    assert all(shelf.get(str(id)) == text(id, members="x" * large) for id in range(10, 10 + EXAMPLES))
    assert shelf.get("1") == text(1)
