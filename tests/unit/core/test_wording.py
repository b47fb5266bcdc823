"""Names, instants and numbers as manifests and sentences spell them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scim_operator.core.wording import camel, counted, rfc3339, some


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        pytest.param("etag", "etag", id="one word stays"),
        pytest.param("page_size", "pageSize", id="the second word is capitalised"),
    ],
)
def test_names(name: str, spelt: str) -> None:
    assert camel(name) == spelt


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param(0, "0 members", id="none is a plural"),
        pytest.param(1, "1 member", id="one"),
        pytest.param(2, "2 members", id="several"),
    ],
)
def test_numbers(number: int, said: str) -> None:
    assert counted(number, "member") == said


def test_an_instant_has_no_fraction() -> None:
    assert rfc3339(datetime(2026, 12, 1, 9, 0, 0, 999, UTC)) == "2026-12-01T09:00:00Z"


def test_the_first_are_named_and_the_rest_are_counted() -> None:
    assert (some([], 2), some(["a", "b"], 2), some(["a", "b", "c"], 2)) == ("", "a, b", "a, b and 1 more")
    assert some(("a", "b"), 1, str.upper) == "A and 1 more"
