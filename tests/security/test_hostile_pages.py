"""A service that sends what none should: pages beyond all bounds, ids that are none, nesting, endless listings."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import orjson
import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import IncompleteListing, ScimOperatorError, Unavailable, Unreachable
from scim_operator.scim import reading
from scim_operator.scim.listing import Bounds
from scim_operator.scim.protocol import Request, Response, replace_request
from tests.scim.virtual import ScriptedTransport, client_on, json_response, page_response

if TYPE_CHECKING:
    from collections.abc import Callable

USER = ResourceType.USER
MIB = 1024 * 1024


def raw(body: bytes) -> Response:
    return Response(200, {"content-type": "application/scim+json"}, body)


async def listed(answer: Callable[[Request], Response]) -> tuple[list[dict[str, object]], ScriptedTransport]:
    transport = ScriptedTransport(answer)
    client = client_on(transport)
    return [each async for page in client.pages(USER) for each in page.resources], transport


async def refused(answer: Callable[[Request], Response], match: str, bounds: Bounds | None = None) -> ScriptedTransport:
    transport = ScriptedTransport(answer)
    with pytest.raises(IncompleteListing, match=match):
        async for _ in client_on(transport, bounds=bounds).pages(USER):
            pass
    return transport


def page_of(resource: object) -> Response:
    return raw(b'{"totalResults":1,"Resources":[' + orjson.dumps(resource) + b"]}")


DENSE: dict[str, Callable[[], bytes]] = {
    "1.8 million entries in 28 MiB": lambda: b",".join(b'{"id":"%d"}' % n for n in range(1_800_000)),
    "arrays of nothing": lambda: b"[]," * 9_000_000 + b"[]",
    "numbers": lambda: b"12345," * 4_000_000 + b"1",
    "one text that one character makes four times as wide": lambda: b'"' + b"x" * (28 * MIB) + "😀".encode() + b'"',
}
"""Entries of `Resources` that take far more memory than bytes; made in the test, as they are large."""


@pytest.mark.parametrize("shape", DENSE)
async def test_a_page_that_would_take_a_gigabyte_is_refused_before_it_is_parsed(shape) -> None:
    page = raw(b'{"Resources":[' + DENSE[shape]() + b"]}")
    tracemalloc.start()
    try:
        transport = await refused(lambda _: page, "KiB of memory.*pageSize")
        assert tracemalloc.get_traced_memory()[1] < 10 * MIB
    finally:
        tracemalloc.stop()
    assert len(transport.requests) == 1, "it is not asked for a second time"


@pytest.mark.parametrize(
    "resource",
    [
        {"id": "1", "title": "x" * (28 * MIB)},
        {"id": "1", "emails": [{"value": "x" * MIB}] * 20},
        {"id": "1", "roles": [{"value": str(n)} for n in range(200_000)]},
    ],
)
async def test_a_resource_of_many_megabytes_is_refused(resource) -> None:
    await refused(lambda _: page_of(resource), "Resource 1 .*1,024 KiB besides members")
    transport = ScriptedTransport(lambda _: json_response(resource))
    with pytest.raises(Unreachable, match="besides members"):
        await client_on(transport).get(USER, "1")


async def test_a_group_of_a_hundred_thousand_members_is_no_attack() -> None:
    members = [
        {"value": f"{n:036d}", "display": f"user{n}@corp.example", "$ref": f"https://vc.example/Users/{n:036d}"}
        for n in range(100_000)
    ]
    page = json_response({"totalResults": 1, "Resources": [{"id": "g", "members": members}]})
    found, _ = await listed(lambda _: page)
    assert len(found[0]["members"]) == 100_000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("id", "why"),
    [
        (["a"], "a list"),
        ({"a": 1}, "an object"),
        (None, "missing"),
        (True, "a boolean"),
        (1.5, "a decimal number"),
        ("", "empty"),
        ("  ", "empty"),
        ("x" * 513, "more than 512 characters"),
        ("a\r\nb", "unprintable"),
        ("a\x1b[2J", "unprintable"),
        ("a\u202eb", "unprintable"),
        ("a\x00", "unprintable"),
        ("..", "a step in a path"),
    ],
)
async def test_an_id_that_is_none_is_refused_with_its_place(id, why) -> None:
    await refused(lambda _: page_of({"id": id}), f"Resource 1 of a page .*{why}")


@pytest.mark.parametrize(
    ("resource", "id"),
    [
        ({"ID": "a"}, "a"),
        ({"Id": 7}, "7"),
        ({"id": 12345678901}, "12345678901"),
        ({"ID": "other", "id": "own"}, "own"),
        ({"Id": "first", "iD": "second"}, "first"),
    ],
)
async def test_an_id_in_another_spelling_or_as_a_number_is_the_id(resource, id) -> None:
    found, _ = await listed(lambda _: page_of(resource))
    assert found == [{"id": id}]


@pytest.mark.parametrize(
    "body",
    [
        b'{"totalResults":1,"Resources":[{"id":"1","a":' + b"[" * 900 + b"]" * 900 + b"}]}",
        b'{"totalResults":1,"Resources":[{"id":"1","a":' + b'{"a":' * 100 + b"1" + b"}" * 101 + b"]}",
        b"[" * 100_000,
        b'{"totalResults":1,"Resources":[{"id":"\\ud800"}]}',
        b'{"totalResults":1,"Resources":[{"id":"\xff"}]}',
        b'{"totalResults":1,"Resources":[{"id":"1","n":1e999}]}',
        b'{"totalResults":1,"Resources":[{"id":"1","n":NaN}]}',
        b'{"totalResults":1,"Resources":{"id":"1"}}',
        b'{"totalResults":1,"Resources":[["id"]]}',
        b'{"totalResults":1,"Resources":[{"id":"1","members":{"value":"2"}}]}',
        b'{"totalResults":1,"Resources":[{"id":"1","members":["2"]}]}',
        b'{"totalResults":1,"Resources":[{"id":"1","members":[{"value":["2"]}]}]}',
        b'{"totalResults":1,"Resources":[{"id":"1","members":[{"value":"2\\n"}]}]}',
    ],
)
async def test_what_cannot_be_read_makes_a_listing_that_concludes_nothing(body) -> None:
    await refused(lambda _: raw(body), "othing was concluded")


async def test_a_byte_order_mark_is_no_reason_to_refuse() -> None:
    found, _ = await listed(lambda _: raw(b'\xef\xbb\xbf{"totalResults":"1","resources":[{"id":"1"}]}'))
    assert found == [{"id": "1"}]


async def test_a_page_larger_than_asked_is_refused() -> None:
    await refused(lambda _: page_response([{"id": str(n)} for n in range(101)], 101), "101 resources where 100 were")


@pytest.mark.parametrize("total", [Bounds().resources + 1, 10**9, "999999999"])
async def test_an_absurd_total_is_refused_at_the_first_page(total) -> None:
    transport = await refused(lambda _: page_response([{"id": "1"}], total), "more than 500,000 resources")
    assert len(transport.requests) == 1


@pytest.mark.parametrize("total", [10**400, -5, "many", [1], {"a": 1}, "9" * 5000, 1.5, True])
async def test_a_total_that_is_none_is_as_if_it_were_not_said(total) -> None:
    body = b'{"totalResults":' + (b"1e300" if total == 10**400 else orjson.dumps(total)) + b',"Resources":[]}'
    found, _ = await listed(lambda _: raw(body))
    assert found == []


async def test_a_listing_without_end_ends() -> None:
    def one_more(request: Request) -> Response:
        start = dict(request.query)["startIndex"]
        return page_response([{"id": start}], None)

    transport = await refused(one_more, "more than 30 pages", Bounds(pages=30))
    assert len(transport.requests) == 31


async def test_a_listing_is_bounded_by_its_bytes() -> None:
    def half_a_mebibyte(request: Request) -> Response:
        return page_response([{"id": dict(request.query)["startIndex"], "title": "x" * (MIB // 2)}], None)

    await refused(half_a_mebibyte, "more than 4 MiB", Bounds(mebibytes=4))


async def test_a_listing_of_small_resources_is_bounded_by_what_they_take_in_memory() -> None:
    """Their text is a tenth of what each takes, so that counting text alone lets a service fill the pod."""

    def a_hundred(request: Request) -> Response:
        start = int(dict(request.query)["startIndex"])
        return page_response([{"id": str(n)} for n in range(start, start + 100)], None)

    transport = await refused(a_hundred, "more than 4 MiB", Bounds(mebibytes=4))
    assert len(transport.requests) < 80, "half a million bytes of text, and six million in memory"


async def test_a_filter_answered_with_everyone_of_that_name_is_not_kept_whole() -> None:
    def everybody(request: Request) -> Response:
        start = int(dict(request.query)["startIndex"])
        named = [{"id": str(n), "userName": "ada"} for n in range(start, min(start + 100, 5001))]
        return page_response(named, 5000)

    assert len(await client_on(ScriptedTransport(everybody)).find(USER, "userName", "ada")) == 100


@pytest.mark.parametrize(
    "version", ['W/"1"\r\nX-Injected: yes', "ü", "\u202e1", "x" * 10_000, ["1"], 5, None, "", 'W/"\x00"']
)
async def test_a_version_that_no_header_can_carry_is_not_kept(version) -> None:
    found, _ = await listed(lambda _: page_of({"id": "1", "meta": {"version": version, "location": "x"}}))
    assert found[0]["meta"].get("version") is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", ['W/"1-a"', '"abc"', "3"])
async def test_a_version_as_services_write_it_is_kept(version) -> None:
    found, _ = await listed(lambda _: page_of({"id": "1", "Meta": {"Version": version}}))
    assert found[0]["meta"] == {"version": version}


async def test_the_answer_to_a_read_must_be_the_resource_that_was_asked_for() -> None:
    transport = ScriptedTransport(lambda _: json_response({"id": "somebody-else", "userName": "ada"}))
    with pytest.raises(Unavailable, match="another"):
        await client_on(transport).get(USER, "mine")


async def test_the_answer_to_a_write_about_another_resource_reports_nothing() -> None:
    transport = ScriptedTransport(lambda _: json_response({"id": "somebody-else"}))
    assert await client_on(transport).write(replace_request(USER, "mine", {"userName": "ada"})) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"filter":{"maxResults":' + b"9" * 400 + b"}}",
        b'{"filter":{"maxResults":"' + b"9" * 5000 + b'"},"patch":{"supported":{"a":[1]}}}',
        b"[" * 900 + b"]" * 900,
        b"\xff\xfe",
        b'{"patch":' + b'"' + b"x" * MIB + b'"}',
    ],
)
async def test_odd_discovery_means_nothing(body) -> None:
    client = client_on(ScriptedTransport(lambda _: raw(body)))
    before = client.capabilities
    await client.discover()
    assert client.capabilities == before


@pytest.mark.parametrize(
    "wait", ["9" * 400, "1e400", "-1e400", "nan", "Mon, 01 Jan 99999 00:00:00 +99999999", "Mon, 99", "\x00", "x" * 9000]
)
async def test_an_absurd_retry_after_is_bounded(wait) -> None:
    transport = ScriptedTransport(lambda _: json_response({"detail": "later"}, 429, retry_after=wait))
    with pytest.raises(ScimOperatorError) as caught:
        await transport.clock.run(client_on(transport).get(USER, "1"))
    assert 0 <= caught.value.retry_after <= 900  # type: ignore[attr-defined]


async def test_an_error_of_many_megabytes_is_not_parsed() -> None:
    body = b'{"detail":"' + b"a@b.example " * MIB + b'"}'
    transport = ScriptedTransport(lambda _: Response(400, {}, body))
    with pytest.raises(ScimOperatorError, match="answered 400"):
        await client_on(transport).get(USER, "1")


def test_every_shape_of_a_light_body_takes_less_than_a_third_of_the_bound() -> None:
    for piece in (b"[],", b"{},", b'{"a":1},', b"1234,", b'"ab",', b'{"a":{"b":[[]]}},'):
        body = b"[" + piece * (reading.LIGHT // len(piece) - 1) + b"1]"
        tracemalloc.start()
        value = reading.parse(body)
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken < reading.LARGEST / 2, piece
        del value
