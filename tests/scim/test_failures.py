"""What failed answers mean, and what of them may be told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scim_operator import errors
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import PatchOperation, PatchVerb
from scim_operator.scim import protocol
from scim_operator.scim.failures import LONGEST_WAIT, error_of, wait_of
from scim_operator.scim.protocol import Request, Response
from scim_operator.scim.redact import LIMIT, excerpt
from tests.scim.virtual import EPOCH, json_response

USER = ResourceType.USER
LIST = protocol.list_request(USER, start=1, count=1, filter='userName eq "ada@corp.example"')
GET = protocol.get_request(USER, "1")
POST = protocol.create_request(USER, {"userName": "ada@corp.example", "name": {"familyName": "Lovelace"}})
PUT = protocol.replace_request(USER, "1", {"userName": "ada"})
PATCH = protocol.modify_request(USER, "1", [PatchOperation(PatchVerb.REPLACE, "title", "Countess")])
HTML = Response(0, {"content-type": "text/html"}, b"<html><h1>Ada Lovelace</h1></html>")


@pytest.mark.parametrize(
    ("request_", "status", "kind", "why"),
    [
        (LIST, 401, errors.Unauthorized, "credentials may rotate"),
        (POST, 403, errors.Unauthorized, "rights may be given"),
        (LIST, 404, errors.WrongService, "there is no such endpoint"),
        (POST, 404, errors.WrongService, "nor for writing"),
        (GET, 404, errors.ResourceGone, "an id that we knew"),
        (PATCH, 410, errors.ResourceGone, "gone for good"),
        (PATCH, 405, errors.PatchUnsupported, "no PATCH"),
        (PATCH, 501, errors.PatchUnsupported, "no PATCH, in other words"),
        (PUT, 405, errors.Rejected, "waiting does not bring PUT"),
        (LIST, 501, errors.Rejected, "no filter; the client searches instead"),
        (POST, 400, errors.Rejected, "the manifest must change"),
        (POST, 409, errors.Rejected, "a unique value is taken"),
        (PUT, 412, errors.PreconditionFailed, "observe again"),
        (PATCH, 413, errors.RequestTooLarge, "in smaller parts"),
        (GET, 408, errors.Unavailable, "the service gave up waiting"),
        (GET, 500, errors.Unavailable, "heals"),
        (GET, 502, errors.Unavailable, "a proxy without its service"),
        (GET, 503, errors.Unavailable, "heals, and says not when"),
        (GET, 429, errors.Throttled, "too much"),
        (LIST, 302, errors.WrongService, "redirects are not followed"),
    ],
)
@pytest.mark.parametrize("body", [b"", b'{"status": 400}', HTML.body, b"\xff\xfe", b"[]", b'{"errors": [7]}'])
def test_the_status_decides_whatever_the_body(request_, status, kind, why, body) -> None:
    assert type(error_of(request_, Response(status, {}, body), EPOCH)) is kind, why


@pytest.mark.parametrize(
    ("content", "scim_type", "reported", "why"),
    [
        ({"schemas": [], "scimType": "uniqueness", "detail": "taken", "status": "409"}, "uniqueness", "taken", "RFC"),
        ({"schema": [], "ScimType": "uniqueness", "Detail": "taken", "status": 409}, "uniqueness", "taken", "loose"),
        ({"errors": [{"code": "409", "message": "taken"}]}, "", "taken", "VMware Identity Service"),
        ({"Errors": [{"description": "taken", "code": 409}]}, "", "taken", "SCIM 1.1"),
        ({"error": {"type": "conflict", "message": "taken"}}, "conflict", "taken", "common elsewhere"),
        ({"error": "conflict", "error_description": "taken"}, "", "taken", "OAuth 2"),
        ([{"detail": "taken"}], "", "taken", "an array around it"),
        ({"title": "taken", "status": 409}, "", "taken", "RFC 9457"),
    ],
)
def test_bodies_are_read_as_they_come(content, scim_type, reported, why) -> None:
    error = error_of(POST, json_response(content, 409), EPOCH)
    assert isinstance(error, errors.Rejected), why
    assert (error.status, error.scim_type) == (409, scim_type), why
    assert reported in str(error), why
    assert "POST /Users" in str(error), why


def test_the_service_s_own_full_stop_is_not_doubled() -> None:
    error = error_of(POST, json_response({"detail": "There is no sub-attribute of that name."}, 400), EPOCH)
    assert "of that name. Correct the manifest" in str(error)


def test_a_web_page_is_named_and_not_quoted() -> None:
    error = error_of(GET, Response(502, HTML.headers, HTML.body), EPOCH)
    assert "web page" in str(error)
    assert "Lovelace" not in str(error)


def test_a_redirect_does_not_say_where_it_leads() -> None:
    response = Response(302, {"location": "https://login.example/auth?token=secret"}, b"")
    error = error_of(LIST, response, EPOCH)
    assert isinstance(error, errors.WrongService)
    assert error.reason == errors.WrongServiceReason.REDIRECTED
    assert "Redirects are not followed" in str(error)
    assert "login.example" not in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("header", "seconds", "why"),
    [
        ("7", 7.0, "seconds"),
        (" 7.5 ", 7.5, "some write fractions"),
        ("Sun, 01 Nov 2026 00:00:30 GMT", 30.0, "a date"),
        ("Sat, 31 Oct 2026 23:59:00 GMT", 0.0, "a date that has passed"),
        ("-3", 0.0, "time does not run back"),
        ("86400", LONGEST_WAIT, "a day is too long to believe"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_WAIT, "a clock that is wrong"),
        ("inf", LONGEST_WAIT, "not for ever"),
        ("nan", None, "no number"),
        ("soon", None, "no time at all"),
        ("", None, "empty"),
    ],
)
def test_retry_after(header, seconds, why) -> None:
    assert wait_of({"retry-after": header}, EPOCH) == seconds, why


def test_retry_after_counts_from_now() -> None:
    header = {"retry-after": "Sun, 01 Nov 2026 00:00:30 GMT"}
    assert wait_of(header, EPOCH + timedelta(seconds=20)) == 10.0


def test_503_with_retry_after_throttles() -> None:
    error = error_of(GET, Response(503, {"retry-after": "5"}, b""), EPOCH)
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == 5.0
    assert "503" in str(error)
    assert "budget" not in str(error), "fewer requests do not repair a service"


class TestRedaction:
    def error(self, detail: str, request: Request = POST, **kwargs: list[str]) -> str:
        return str(error_of(request, json_response({"detail": detail}, 400), EPOCH, **kwargs))

    @pytest.mark.parametrize(
        ("detail", "hidden", "why"),
        [
            ("User ada@corp.example exists", "ada", "an address that was sent"),
            ("User ADA@CORP.example exists", "CORP", "in another case"),
            ("Family name Lovelace is odd", "Lovelace", "a value that was sent, unquoted"),
            ("Value 'Byron' is odd", "Byron", "a quoted value that was not sent"),
            ('Value "Byron" is odd', "Byron", "in double quotes"),
            ("Value “Byron” is odd", "Byron", "in typographic quotes"),
            ("see charles@babbage.example", "charles", "somebody else's address"),
            ("call +44 20 7946 0000 now", "7946", "a telephone number"),
            ("header Bearer abc123def is bad", "abc123", "a token"),
            ("token=abcdef", "abcdef", "a token"),
            ("eyJhbGciOi.eyJzdWIi.c2ln", "eyJ", "a JSON Web Token"),
            ("request 2819c223-7f76-453a-919d-413861904646", "2819c223", "an id that changes every time"),
            ("at 2026-11-01T03:04:05Z", "03:04", "a time that changes every time"),
            ("bad <b>markup</b>", "<b>", "markup"),
        ],
    )
    def test_personal_and_secret_things_are_cut_out(self, detail, hidden, why) -> None:
        assert hidden not in self.error(detail), why

    @pytest.mark.parametrize(
        ("detail", "why"),
        [
            ("Attribute 'userName' is required", "an attribute's name is what the reader needs"),
            ('Attribute "emails.value" is required', "a path as well"),
            ("At most 100 members are allowed", "a small number"),
            ("Unknown urn:ietf:params:scim:schemas:extension:ws1b:2.0:User:domain", "a URN"),
            ("Basic authentication is off", "no token"),
        ],
    )
    def test_what_helps_is_kept(self, detail, why) -> None:
        assert detail in self.error(detail), why

    def test_the_token_is_cut_out_even_when_it_looks_like_a_word(self) -> None:
        assert "canary" not in self.error("you sent canary", private=["canary"])

    def test_a_value_of_a_filter_is_cut_out(self) -> None:
        assert "ada" not in self.error("no ada@corp.example here", LIST)

    def test_the_value_of_an_operation_is_cut_out(self) -> None:
        assert "Countess" not in self.error("Countess is no title", PATCH)

    def test_excerpts_are_short_and_one_line(self) -> None:
        text = excerpt("word\n" * 1000)
        assert len(text) <= LIMIT
        assert "\n" not in text

    def test_hostile_text_is_read_quickly(self) -> None:
        assert len(excerpt("'" * 500_000 + "a@" * 500_000 + "1 " * 500_000)) <= LIMIT
