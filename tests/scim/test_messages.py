"""The table of messages, row by row: what an answer means and what to do next fit the request that was refused."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import PatchOperation, PatchVerb
from scim_operator.errors import DependencyNotReady, Rejected
from scim_operator.scim import protocol
from scim_operator.scim.advice import TABLE, Meaning, Row, advice
from scim_operator.scim.failures import error_of
from scim_operator.scim.operations import Operation, operation_of
from tests.scim.virtual import EPOCH, json_response

USER, GROUP = ResourceType.USER, ResourceType.GROUP
REQUESTS = {
    Operation.LIST: protocol.list_request(USER, start=1, count=1),
    Operation.FIND: protocol.list_request(USER, start=1, count=1, filter='userName eq "ada"'),
    Operation.READ: protocol.get_request(USER, "1"),
    Operation.CREATE: protocol.create_request(USER, {"userName": "ada"}),
    Operation.REPLACE: protocol.replace_request(USER, "1", {"userName": "ada"}),
    Operation.MODIFY: protocol.modify_request(USER, "1", [PatchOperation(PatchVerb.REPLACE, "title", "Countess")]),
    Operation.DELETE: protocol.delete_request(USER, "1"),
}
RETRY, SMALLER = "It is tried again.", "smaller parts"
END = "by disabling a user and by emptying a group"


class Case(NamedTuple):
    """An answer, and the row that it is to have. `alone`: everything else works."""

    operation: str
    status: int
    scim_type: str
    alone: bool
    meaning: str
    sentence: str
    why: str

    @property
    def row(self) -> Row:
        return advice(Operation[self.operation], self.status, self.scim_type, alone=self.alone)


ROWS = [
    Case("LIST", 429, "", False, "THROTTLED", "Nothing is sent until", "too many requests"),
    Case("MODIFY", 400, "tooMany", False, "TOO_LARGE", SMALLER, "services use the filter's keyword for members"),
    Case("REPLACE", 413, "", False, "TOO_LARGE", SMALLER, "too large by HTTP"),
    Case("LIST", 401, "", False, "UNAUTHORIZED", "write a new one into the Secret", "nothing works: the token"),
    Case("CREATE", 403, "", False, "UNAUTHORIZED", "write a new one into the Secret", "nothing works: the rights"),
    Case("CREATE", 403, "", True, "REJECTED", "seat limit", "the token is not to blame for one who cannot be created"),
    Case("MODIFY", 403, "", True, "REJECTED", "protected at the service", "an administrator of the service itself"),
    Case("REPLACE", 401, "", True, "REJECTED", "protected at the service", "the same, and a service that says 401"),
    Case("DELETE", 403, "", True, "REJECTED", END, "access ends in another way"),
    Case("READ", 403, "", True, "REJECTED", "may not read this", "a right that one type lacks"),
    Case("MODIFY", 404, "", False, "GONE", "matched again", "deleted by hand"),
    Case("DELETE", 410, "", False, "GONE", "matched again", "deleted by hand"),
    Case("LIST", 404, "", False, "WRONG_URL", "check its path", "nothing is there"),
    Case(
        "CREATE", 404, "", True, "REJECTED", "spec.groups.enabled to false", "a service without groups is no wrong URL"
    ),
    Case("MODIFY", 405, "", False, "NO_PATCH", "PUT instead", "no PATCH"),
    Case("REPLACE", 501, "", False, "REJECTED", "capabilities.patch", "no PUT"),
    Case("DELETE", 405, "", False, "REJECTED", END, "nothing to correct in the manifest"),
    Case("CREATE", 405, "", False, "REJECTED", "let it be adopted", "a directory that others fill"),
    Case("FIND", 501, "", False, "REJECTED", "everything is listed instead", "no filters"),
    Case("LIST", 405, "", False, "REJECTED", "cannot be read", "nothing to compare with"),
    Case("MODIFY", 412, "", False, "MOVED", "read again", "another version"),
    Case("DELETE", 412, "", False, "REJECTED", END, "a deletion names no version"),
    Case("LIST", 302, "", False, "REDIRECTED", "spec.service.url", "never with the token to another place"),
    Case("CREATE", 307, "", False, "REDIRECTED", "spec.service.url", "nothing works: the URL"),
    Case("CREATE", 307, "", True, "REDIRECTED", "which address takes it", "reads work: the URL is not to blame"),
    Case("DELETE", 301, "", True, "REDIRECTED", "which address takes it", "the same"),
    Case("READ", 308, "", True, "REDIRECTED", "where it is answered", "lists work"),
    Case("FIND", 304, "", False, "UNAVAILABLE", "the cache in between", "no redirect, and no answer"),
    Case("MODIFY", 428, "", False, "REJECTED", "capabilities.etag to true", "it asks for If-Match (RFC 6585)"),
    Case("REPLACE", 431, "", False, "REJECTED", "in front of the service", "headers: no manifest is at fault"),
    Case("CREATE", 451, "", False, "REJECTED", "in front of the service", "a firewall"),
    Case("DELETE", 500, "", False, "UNAVAILABLE", RETRY, "later"),
    Case("DELETE", 409, "", False, "REJECTED", "still refers to it", "a manager, or a group, that is in use"),
    Case("DELETE", 400, "invalidValue", False, "REJECTED", END, "no value of the manifest was sent"),
    Case("CREATE", 409, "uniqueness", False, "REJECTED", "let the match be adopted", "the name is taken"),
    Case("CREATE", 409, "", False, "REJECTED", "hidden from this token", "taken by one who is not shown"),
    Case("CREATE", 400, "uniqueness", False, "REJECTED", "let the match be adopted", "the same with another status"),
    Case("MODIFY", 409, "uniqueness", False, "REJECTED", "put the former value back", "a rename collides"),
    Case("MODIFY", 400, "mutability", False, "REJECTED", "apply: OnCreate", "never ignore: userName is required"),
    Case("CREATE", 400, "mutability", False, "REJECTED", "if the service does not require it", "read-only"),
    Case("REPLACE", 409, "", False, "REJECTED", "or the resource is in use", "nothing says what collides"),
    Case("CREATE", 400, "invalidPath", False, "REJECTED", "does not know an attribute", "an extension it lacks"),
    Case("CREATE", 400, "invalidValue", False, "REJECTED", "seat limit", "some have no seat and say so"),
    Case("MODIFY", 400, "invalidValue", False, "REJECTED", "Correct the value", "a value it does not take"),
    Case("LIST", 400, "invalidVers", False, "REJECTED", "SCIM 2.0", "the URL of version 1.1"),
    Case("MODIFY", 400, "invalidSyntax", False, "REJECTED", "spec.service.profile", "a form it cannot read"),
    Case("FIND", 400, "invalidFilter", False, "REJECTED", "choose another in matching", "not this attribute"),
    Case("LIST", 400, "", False, "REJECTED", "capabilities.pageSize", "too many at once"),
    Case("READ", 400, "", False, "REJECTED", "refuses to show it", "no manifest is at fault"),
    Case("CREATE", 415, "", False, "REJECTED", "content type", "no SCIM behind it"),
    Case("CREATE", 402, "", False, "REJECTED", "seat or license", "no seat left"),
    Case("MODIFY", 423, "", False, "REJECTED", "unlock it there", "locked"),
    Case("CREATE", 422, "", False, "REJECTED", "Correct the manifest", "anything else that was sent"),
]


@pytest.mark.parametrize("case", ROWS, ids=lambda case: f"{case.operation} {case.status}: {case.why}")
def test_row(case: Case) -> None:
    assert (case.row.meaning.name, case.sentence in case.row.next) == (case.meaning, True)


def test_every_row_is_reached() -> None:
    reached = {id(case.row) for case in ROWS}
    assert [row for row in TABLE if id(row) not in reached] == []


@pytest.mark.parametrize("operation", [Operation.LIST, Operation.FIND, Operation.READ, Operation.DELETE])
def test_what_sends_no_values_never_blames_the_manifest(operation: Operation) -> None:
    types = ("", "uniqueness", "mutability", "invalidPath", "invalidValue", "invalidSyntax", "sensitive", "noTarget")
    said = {advice(operation, status, type, alone=False).next for status in range(400, 500) for type in types}
    assert [sentence for sentence in said if "in the manifest" in sentence or "Correct the" in sentence] == []


def test_each_request_is_known_by_what_it_does() -> None:
    assert {operation_of(request) for request in REQUESTS.values()} == set(Operation)
    assert all(operation_of(request) is operation for operation, request in REQUESTS.items())


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("status", [401, 403])
def test_one_object_that_is_refused_does_not_blame_the_token(operation: Operation, status: int) -> None:
    error = error_of(REQUESTS[operation], json_response({"detail": "no"}, status), EPOCH)
    assert isinstance(error, DependencyNotReady)
    assert "The token has expired" in str(error)
    assert "with the same credentials" in error.alone
    assert "expired" not in error.alone


@pytest.mark.parametrize("meaning", [meaning for meaning in Meaning if meaning is not Meaning.THROTTLED])
def test_each_meaning_is_an_error_of_its_own(meaning: Meaning) -> None:
    case = next(case for case in ROWS if case.meaning == meaning.name and not case.alone)
    answer = json_response({"scimType": case.scim_type}, case.status)
    error = error_of(REQUESTS[Operation[case.operation]], answer, EPOCH)
    assert isinstance(error, Rejected) is (meaning is Meaning.REJECTED)
    assert str(error).startswith(f"The service answered {case.status}")


@pytest.mark.parametrize(
    ("content", "shown", "why"),
    [
        (
            {"detail": "Invalid", "details": [{"path": "emails", "message": "needs a type"}]},
            "emails: needs a type",
            "x",
        ),
        ({"detail": [{"loc": ["body", "userName"], "msg": "field required"}]}, "body.userName: field required", "list"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two", "each of several"),
        ({"error": "invalid_request", "error_description": "no scope"}, "no scope", "OAuth 2"),
        ({"errors": {"userName": ["has no domain"]}}, "userName: has no domain", "by field"),
        ({"errors": {"userName": "is taken"}}, "userName: is taken", "by field, as text"),
        ({"errors": {"emails": {"value": ["is odd"]}}}, "emails: value: is odd", "by field, nested"),
        ({"error": {"errors": [{"reason": "quota exceeded"}]}}, "quota exceeded", "deep"),
        ({"detail": {"message": "no seat left"}}, "no seat left", "an object in detail"),
        ({"detail": "same", "errors": [{"detail": "same"}]}, "same. ", "once"),
        ({"errors": ["plain words"]}, "plain words", "a list of texts"),
        ({"violations": [{"field": "active", "message": "must be true"}]}, "active: must be true", "another name"),
    ],
)
def test_reasons_are_found_wherever_they_stand(content: dict[str, object], shown: str, why: str) -> None:
    assert shown in str(error_of(REQUESTS[Operation.CREATE], json_response(content, 422), EPOCH)), why


@pytest.mark.parametrize(
    "content",
    [
        {"details": [{"path": 'emails[value eq "ada@corp.example"]', "message": "bad"}]},
        {"errors": {"ada@corp.example": ["taken"]}},
        {"detail": [{"loc": ["ada"], "msg": "ada is taken"}]},
    ],
)
def test_deep_reasons_are_redacted(content: dict[str, object]) -> None:
    assert "ada" not in str(error_of(REQUESTS[Operation.CREATE], json_response(content, 422), EPOCH))


def test_a_hostile_body_costs_little() -> None:
    bodies = {"detail": ["y"] * 50_000}, {"errors": [{"errors": ["z"] * 99}] * 99}
    for body in bodies:
        assert len(str(error_of(REQUESTS[Operation.CREATE], json_response(body, 400), EPOCH))) < 600
