"""Large logs come page by page, bounded in number and size, from SQLite and from PostgreSQL alike."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from scim_operator.errors import Unavailable
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.search import Query, Search
from scim_operator.observability.provisioning_log.store import Store
from tests.support.noted import AT, processed

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = 1 << 30


@pytest.fixture
def filled(url: str) -> Iterator[Search]:
    """Twenty people; two at a time at the same moment."""
    store = Store(url, now=lambda: AT)
    noted = [processed(f"p{number:02}", number, at=AT + timedelta(minutes=number // 2)) for number in range(20)]
    store.write([record_of(one) for one in noted])
    store.close()
    search = Search(url)
    yield search
    search.close()


def names(records: tuple[str, ...]) -> list[str]:
    return [json.loads(record)["sourceIdentity"]["displayName"] for record in records]


@pytest.mark.parametrize(("limit", "most"), [(3, LARGE), (100, 1), (7, 9000)])
def test_pages_follow_one_another_without_a_gap(filled: Search, limit: int, most: int) -> None:
    seen, query = [], Query(limit=limit)
    while True:
        page = filled.page(query, most)
        assert 1 <= len(page.records) <= limit
        assert len(page.records) == 1 or sum(map(len, page.records)) <= most
        seen += names(page.records)
        if page.before is None:
            break
        query = Query(limit=limit, before=page.before)
    assert seen == [f"p{number:02}" for number in reversed(range(20))]


def test_nothing_found_is_an_empty_page(filled: Search) -> None:
    page = filled.page(Query(user="nobody"), LARGE)
    assert (page.records, page.before) == ((), None)


def test_a_question_that_takes_too_long_is_given_up(filled: Search, url: str) -> None:
    """One that would never end: the database itself gives it up."""
    impatient = Search(url, patience=0.001)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    try:
        with pytest.raises(Unavailable, match="does not answer"):
            impatient.rows(text(endless))
    finally:
        impatient.close()
    assert filled.count(Query()) == 20
