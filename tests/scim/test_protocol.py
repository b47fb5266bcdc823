"""Requests and responses as values."""

from __future__ import annotations

import orjson
import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, PatchOperation, PatchVerb
from scim_operator.errors import IncompleteListing, Unreachable, WrongService, WrongServiceReason
from scim_operator.scim import protocol, reading
from scim_operator.scim.filters import equals, literals_in, matches
from scim_operator.scim.protocol import Method, Response

USER, GROUP = ResourceType.USER, ResourceType.GROUP


def answer(body: bytes, content_type: str = "application/scim+json", status: int = 200) -> Response:
    return Response(status, {"content-type": content_type}, body)


class TestRequests:
    def test_listing_asks_from_index_one_based(self) -> None:
        request = protocol.list_request(USER, start=1, count=100)
        assert (request.method, request.path) == (Method.GET, "/Users")
        assert request.query == (("startIndex", "1"), ("count", "100"))

    def test_an_id_is_one_path_segment_whatever_it_contains(self) -> None:
        assert protocol.get_request(GROUP, "a/b?c#d").path == "/Groups/a%2Fb%3Fc%23d"

    def test_patch_writes_lower_case_verbs_and_leaves_out_absent_values(self) -> None:
        request = protocol.modify_request(
            GROUP,
            "1",
            [
                PatchOperation(PatchVerb.REMOVE, 'members[value eq "7"]'),
                PatchOperation(PatchVerb.REPLACE, "active", value=False),
                PatchOperation(PatchVerb.ADD, "", {"title": "x"}),
            ],
        )
        assert request.body == {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                {"op": "remove", "path": 'members[value eq "7"]'},
                {"op": "replace", "path": "active", "value": False},
                {"op": "add", "value": {"title": "x"}},
            ],
        }

    @pytest.mark.parametrize(
        ("type", "document", "schemas", "why"),
        [
            (USER, {"userName": "a"}, [CORE_USER], "the core schema always"),
            (GROUP, {"displayName": "a"}, [CORE_GROUP], "a group has its own"),
            (USER, {ENTERPRISE_USER: {}}, [CORE_USER, ENTERPRISE_USER], "an extension in use is named"),
            (USER, {"schemas": ["x"], "userName": "a"}, ["x"], "what the caller says stands"),
        ],
    )
    def test_documents_carry_schemas(self, type, document, schemas, why) -> None:
        body = protocol.create_request(type, document).body
        assert body is not None
        assert body["schemas"] == schemas, why

    @pytest.mark.parametrize(
        ("operations", "count", "why"),
        [
            ([PatchOperation(PatchVerb.ADD, "members", [{"value": "1"}, {"value": "2"}])], 2, "a value list"),
            ([PatchOperation(PatchVerb.REMOVE, f'members[value eq "{n}"]') for n in range(3)], 3, "path filters"),
            ([PatchOperation(PatchVerb.REPLACE, "title", "x")] * 5, 0, "not about members at all"),
        ],
    )
    def test_members_are_counted(self, operations, count, why) -> None:
        assert protocol.members_in(protocol.modify_request(GROUP, "1", operations)) == count, why

    def test_messages_name_neither_id_nor_filter(self) -> None:
        assert protocol.get_request(USER, "ada").subject == "GET /Users/<id>"
        assert protocol.list_request(USER, start=1, count=1, filter='userName eq "ada"').subject == "GET /Users"


class TestFilters:
    @pytest.mark.parametrize(
        ("path", "value", "filter", "why"),
        [
            ("userName", "ada@corp.example", 'userName eq "ada@corp.example"', "the plain case"),
            ("userName", 'a"b\\c', r'userName eq "a\"b\\c"', "JSON escapes quote and backslash"),
            ("displayName", "a\nb\tc", r'displayName eq "a\nb\tc"', "and controls"),
            ("displayName", "Łódź", 'displayName eq "Łódź"', "letters stay"),
            (
                'emails[type eq "work"].value',
                "a@b.example",
                'emails[type eq "work" and value eq "a@b.example"]',
                "RFC 7644 has no attribute path with a value filter in filters",
            ),
            (f"{ENTERPRISE_USER}:employeeNumber", "7", f'{ENTERPRISE_USER}:employeeNumber eq "7"', "full URN, colon"),
        ],
    )
    def test_equals(self, path, value, filter, why) -> None:
        assert equals(parse(path), value) == filter, why

    def test_an_injected_quote_stays_inside_the_literal(self) -> None:
        assert equals(parse("userName"), 'x" or userName pr or userName eq "') == (
            r'userName eq "x\" or userName pr or userName eq \""'
        )

    def test_literals_are_found_again(self) -> None:
        value = 'a"b\\c, "d"'
        assert literals_in(equals(parse('emails[type eq "work"].value'), value)) == ["work", value]

    @pytest.mark.parametrize(
        ("path", "document", "hit", "why"),
        [
            ("userName", {"username": "ADA"}, True, "names and userName are case-insensitive"),
            ("externalId", {"externalId": "ADA"}, False, "externalId is caseExact"),
            ("userName", {"userName": "ada2"}, False, "a service that filters by prefix"),
            ("userName", {}, False, "absent is not equal"),
            ("emails.value", {"emails": [{"value": "x"}, {"value": "ada"}]}, True, "any of several values"),
            ('emails[type eq "work"].value', {"emails": [{"type": "home", "value": "ada"}]}, False, "another element"),
        ],
    )
    def test_hits_are_compared_again(self, path, document, hit, why) -> None:
        assert matches(document, parse(path), "ada") is hit, why


class TestReading:
    @pytest.mark.parametrize(
        ("body", "total", "ids", "why"),
        [
            (b'{"totalResults":2,"Resources":[{"id":"1"},{"id":"2"}]}', 2, 2, "as the RFC has it"),
            (b'{"totalResults":"2","Resources":[{"id":"1"},{"id":"2"}]}', 2, 2, "a number as a string"),
            (b'{"totalresults":0,"resources":null}', 0, 0, "other case, null for empty"),
            (b'{"totalResults":0}', 0, 0, "Resources may be left out when empty"),
            (b'{"Resources":[{"id":1}]}', None, 1, "no total, and a numeric id"),
            (b'{"totalResults":-1,"Resources":[]}', None, 0, "a total that is none"),
            (b'{"totalResults":"many","Resources":[]}', None, 0, "a total that is none"),
            (b'[{"ID":"1"}]', None, 1, "a bare array"),
        ],
    )
    def test_pages_however_loosely_written(self, body, total, ids, why) -> None:
        page = reading.read_page(answer(body))
        assert (page.total, len(page.resources)) == (total, ids), why

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            (b"", "an empty body proves nothing"),
            (b'{"totalResults":2,"Resources":[{"id":"1"},{"us', "broken off"),
            (b'{"totalResults":1,"Resources":[{"userName":"a"}]}', "a resource without id"),
            (b'{"totalResults":1,"Resources":["a"]}', "something that is no resource"),
            (b'{"totalResults":1,"Resources":{"id":"1"}}', "no list"),
        ],
    )
    def test_a_broken_page_concludes_nothing(self, body, why) -> None:
        with pytest.raises(IncompleteListing):
            reading.read_page(answer(body))

    @pytest.mark.parametrize(
        ("response", "why"),
        [
            (answer(b"<html>Sign in</html>", "text/html"), "a login page"),
            (answer(b"  <!DOCTYPE html>"), "a login page that lies about its type"),
            (answer(b'{"status":"UP"}'), "some other JSON API"),
            (answer(b"3"), "JSON that is nothing"),
        ],
    )
    def test_what_is_no_listing_is_another_service(self, response, why) -> None:
        with pytest.raises(WrongService) as caught:
            reading.read_page(response)
        assert caught.value.reason == WrongServiceReason.NOT_SCIM, why

    def test_a_resource_may_be_absent_from_the_answer(self) -> None:
        assert reading.read_resource(answer(b"", status=204)) is None
        assert reading.read_resource(answer(b" \n", status=201)) is None

    def test_a_resource_is_read(self) -> None:
        assert reading.read_resource(answer(orjson.dumps({"id": "1"}))) == {"id": "1"}

    def test_a_broken_resource_may_have_been_written(self) -> None:
        with pytest.raises(Unreachable) as caught:
            reading.read_resource(answer(b'{"id": "1'))
        assert caught.value.sent
