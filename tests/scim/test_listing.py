"""When a listing is complete, and that nothing is concluded when it is not (promise S10)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.core.keys import ResourceType
from scim_operator.core.service.quirks import Quirk
from scim_operator.errors import IncompleteListing
from scim_operator.scim.protocol import Request, Response
from tests.scim.virtual import ScriptedTransport, client_on, json_response, page_response

if TYPE_CHECKING:
    from collections.abc import Callable

USER = ResourceType.USER


def users(*numbers: int) -> list[dict[str, str]]:
    return [{"id": f"u{number}"} for number in numbers]


def asked(request: Request) -> tuple[int, int]:
    query = dict(request.query)
    return int(query["startIndex"]), int(query["count"])


class Directory:
    """A service's users, and the oddities with which it lists them."""

    def __init__(self, size: int) -> None:
        self.ids = list(range(size))
        self.cap = 10_000
        self.total: Callable[[], object] = lambda: len(self.ids)
        self.before: Callable[[int], None] = lambda call: None
        self.calls = 0

    def __call__(self, request: Request) -> Response:
        self.calls += 1
        self.before(self.calls)
        start, count = asked(request)
        return page_response(users(*self.ids[max(1, start) - 1 :][: min(count, self.cap)]), self.total())


async def listed(directory: Callable[[Request], Response], page_size: int = 10) -> tuple[list[str], list[Request]]:
    transport = ScriptedTransport(directory)
    client = client_on(transport, overrides={"page_size": page_size})
    found = [resource["id"] async for page in client.pages(USER) for resource in page.resources]
    return found, transport.requests


@pytest.mark.parametrize(("size", "requests"), [(0, 1), (1, 1), (10, 1), (11, 2), (100, 10)])
async def test_a_listing_costs_one_request_a_page(size, requests) -> None:
    found, sent = await listed(Directory(size))
    assert found == [f"u{n}" for n in range(size)]
    assert len(sent) == requests


async def test_a_server_that_caps_pages_is_followed_by_what_it_returned() -> None:
    directory = Directory(25)
    directory.cap = 4
    found, sent = await listed(directory)
    assert len(set(found)) == len(found) == 25
    assert [asked(request)[0] for request in sent] == [1, 5, 9, 13, 17, 21, 25]


async def test_without_a_total_only_an_empty_page_is_the_end() -> None:
    directory = Directory(25)
    directory.total = lambda: None
    found, sent = await listed(directory)
    assert (len(found), len(sent)) == (25, 5), "three pages, the empty one, and one look at index 0"


async def test_totals_may_be_strings() -> None:
    directory = Directory(25)
    directory.total = lambda: "25"
    found, sent = await listed(directory)
    assert (len(found), len(sent)) == (25, 3)


async def test_a_page_that_is_short_is_not_the_end() -> None:
    pages = {1: users(0, 1), 3: users(2, 3, 4), 6: users(5)}
    found, _ = await listed(lambda request: page_response(pages[asked(request)[0]], 6))
    assert len(found) == 6


async def test_a_service_that_ignores_paging_gives_no_listing() -> None:
    directory = Directory(25)
    with pytest.raises(IncompleteListing, match="25 resources and holds 10"):
        await listed(lambda _: page_response(users(*directory.ids[:10]), 25))


async def test_a_service_that_ignores_paging_and_reports_no_total_gives_no_listing() -> None:
    with pytest.raises(IncompleteListing, match="repeats"):
        await listed(lambda _: page_response(users(1, 2, 3), None))


async def test_everything_in_one_page_beyond_count_is_refused() -> None:
    with pytest.raises(IncompleteListing, match=r"25 resources where 10 were asked for.*capabilities\.pageSize"):
        await listed(lambda _: page_response(users(*range(25)), 25))
    found, sent = await listed(lambda _: page_response(users(*range(25)), 25), page_size=25)
    assert (len(found), len(sent)) == (25, 1)


async def test_a_total_that_is_never_reached_is_incomplete() -> None:
    directory = Directory(25)
    directory.total = lambda: 26
    with pytest.raises(IncompleteListing, match="26 resources and holds 25"):
        await listed(directory)
    assert directory.calls == 8, "three pages and the empty one, twice: it is read again once"


async def test_rows_past_the_end_do_not_loop() -> None:
    directory = Directory(25)
    with pytest.raises(IncompleteListing):
        await listed(lambda request: page_response(users(*directory.ids[-10:]), 25))


async def test_a_deletion_while_reading_reads_again() -> None:
    directory = Directory(25)

    def delete_one(call: int) -> None:
        if call == 2:
            directory.ids.remove(3)  # the eleventh moves to the first page, which was read already

    directory.before = delete_one
    found, _ = await listed(directory)
    assert {f"u{n}" for n in directory.ids} <= set(found)
    assert len(found) == len(set(found))


async def test_deletions_without_end_are_incomplete() -> None:
    directory = Directory(60)
    directory.before = lambda call: directory.ids.pop(0) and None
    with pytest.raises(IncompleteListing, match="deleted"):
        await listed(directory)


async def test_a_creation_while_reading_is_fine() -> None:
    directory = Directory(25)
    directory.before = lambda call: directory.ids.append(100) if call == 2 else None
    found, sent = await listed(directory)
    assert (len(found), len(sent)) == (26, 3)


async def test_a_broken_page_is_read_again() -> None:
    directory = Directory(25)
    calls = iter(range(100))

    def broken_once(request: Request) -> Response:
        response = directory(request)
        return Response(200, response.headers, response.body[:30]) if next(calls) == 1 else response

    found, sent = await listed(broken_once)
    assert (len(found), len(sent)) == (25, 4)


async def test_a_page_that_stays_broken_is_incomplete() -> None:
    with pytest.raises(IncompleteListing):
        await listed(lambda request: Response(200, {}, b'{"totalResults": 3, "Resources": [{"id":'))


@given(
    size=st.integers(0, 60),
    cap=st.integers(1, 20),
    page_size=st.integers(1, 20),
    seed=st.integers(0, 1000),
    shuffles=st.booleans(),
    tells_total=st.booleans(),
)
async def test_a_listing_is_whole_or_refused(size, cap, page_size, seed, shuffles, tells_total) -> None:
    """Whatever order and page length: either every resource is there, once, or IncompleteListing is raised."""
    directory = Directory(size)
    directory.cap = cap
    rng = random.Random(seed)
    if shuffles:
        directory.before = lambda call: rng.shuffle(directory.ids)
    if not tells_total and not shuffles:
        directory.total = lambda: None
    try:
        found, _ = await listed(directory, page_size)
    except IncompleteListing:
        assert shuffles, "an orderly service always gives a whole listing"
        return
    assert sorted(found) == sorted(f"u{n}" for n in range(size))


@pytest.mark.parametrize(
    ("pagination", "first"),
    [
        ({"cursor": True, "index": False}, "cursor"),
        ({"cursor": True, "index": True}, "startIndex"),
        ({"cursor": "true", "index": "false"}, "cursor"),
        ({}, "startIndex"),
        (None, "startIndex"),
    ],
)
async def test_a_service_that_says_so_is_paged_by_cursor_from_the_start(pagination: object, first: str) -> None:
    def answer(request: Request) -> Response:
        if request.path == "/ServiceProviderConfig":
            return json_response({"pagination": pagination})
        return page_response([], 0)

    transport = ScriptedTransport(answer)
    client = client_on(transport)
    await client.discover()
    assert [page async for page in client.pages(USER)]
    assert transport.requests[-1].query[0][0] == first


@pytest.mark.parametrize("filters", ["startIndex", "cursor", "either"])
@pytest.mark.parametrize("lists", ["startIndex", "cursor"])
async def test_filters_and_lists_are_paged_each_in_its_way(filters: str, lists: str) -> None:
    """A filter that was taken by index kept lists that go by cursor from ever being read."""

    def answer(request: Request) -> Response:
        query = dict(request.query)
        by = filters if "filter" in query else lists
        if by not in {*query, "either"}:
            return json_response({"detail": f"Page by {by}.", "status": "400"}, 400)
        return page_response([], 0) if "filter" in query else page_response(users(1, 2), 2)

    client = client_on(ScriptedTransport(answer))
    for _ in range(2):
        await client.probe()
        assert [resource["id"] async for page in client.pages(USER) for resource in page.resources] == ["u1", "u2"]
    quirk = Quirk.CURSOR_PAGING in {each.quirk for each in client.quirks}
    assert quirk == ("cursor" in (filters, lists))


@pytest.mark.parametrize("rows", [users(1, 2), []], ids=["the same again", "empty pages"])
async def test_cursors_without_end_are_given_up_where_nothing_new_comes(rows: list[dict[str, str]]) -> None:
    """Each was a new one, so that 50,000 pages were asked for, each time."""
    transport = ScriptedTransport(
        lambda request: json_response({"Resources": rows, "nextCursor": str(len(transport.requests))})
    )
    with pytest.raises(IncompleteListing, match="nothing new"):
        [_ async for _ in client_on(transport).pages(USER)]
    assert len(transport.requests) < 300


async def test_empty_pages_between_are_gone_through() -> None:
    """RFC 9865 section 2.1 has them: a service may look through much that it does not show."""

    def answer(request: Request) -> Response:
        number = int(dict(request.query).get("cursor") or 0)
        rows = users(number) if number % 30 == 0 else []
        more = {"nextCursor": str(number + 1)} if number < 90 else {}
        return json_response({"Resources": rows, **more})

    found, _ = await listed(answer)
    assert found == ["u0", "u30", "u60", "u90"]


async def test_a_filter_without_end_is_said_to_be_one() -> None:
    """It was said of the whole list, of which no one had asked."""
    transport = ScriptedTransport(
        lambda request: json_response({"Resources": [], "nextCursor": str(len(transport.requests))})
    )
    with pytest.raises(IncompleteListing, match="answers to a filter of /Users is incomplete"):
        await client_on(transport).find(USER, "userName", "ada")
