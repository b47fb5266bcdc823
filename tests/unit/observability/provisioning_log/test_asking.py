"""A question goes to the operator's pod and is the same there; what is none is refused without repeating it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.observability.provisioning_log.asking import LONGEST, MOST, PAGE, parameters, query_from
from scim_operator.observability.provisioning_log.search import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

AT = datetime(2026, 11, 25, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Query(), id="nothing in particular"),
        pytest.param(Query(namespace="identity", user="ada@corp.example", limit=7, held=False), id="a user"),
        pytest.param(Query(action=("disable", "delete"), status=("failure",), since=AT, until=AT), id="what and when"),
        pytest.param(Query(group="a&b=c ü", config="vmware", cycle="c", id="i"), id="odd texts"),
        pytest.param(Query(before=("2026-11-25T22:00:00.000Z", "019abc00")), id="a later page"),
    ],
)
def test_it_comes_through(query: Query) -> None:
    assert query_from(parameters(query)) == query


def test_a_large_limit_becomes_that_of_a_page() -> None:
    assert query_from(parameters(Query(limit=100_000))).limit == PAGE


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param([("limit", "0")], "limit is from 1", id="no limit"),
        pytest.param([("limit", str(PAGE + 1))], "limit is from 1", id="a limit of too many"),
        pytest.param([("limit", "٣")], "limit is from 1", id="another script's digit"),
        pytest.param([("limit", "9" * 900)], "limit is from 1", id="an endless number"),
        pytest.param([("since", "canary")], "since is no moment", id="no moment"),
        pytest.param([("until", "9999-12-31T23:59:59-23:59")], "until is no moment", id="a moment after all"),
        pytest.param([("order", "canary")], "no parameter 'order'", id="an unknown parameter"),
        pytest.param([("user", "canary" * LONGEST)], "at most", id="an endless text"),
        pytest.param([("action", "canary")] * (MOST + 1), "at most", id="endless parameters"),
    ],
)
def test_what_is_no_question_is_refused(given: Sequence[tuple[str, str]], said: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        query_from(given)
    assert said in str(refused.value)
    assert "canary" not in str(refused.value)
