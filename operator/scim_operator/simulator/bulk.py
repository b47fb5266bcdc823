"""Bulk (RFC 7644 section 3.7): several operations in one request, each carried out as a request of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import get, parse, require_schema
from scim_operator.simulator.messages import Document, Effect, Json, Refusal, Reply, Request, refused
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scim_operator.simulator.settings import Settings

    Handle = Callable[[Request], Reply]

BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ANSWER_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REFERENCE = "bulkId:"


@dataclass(slots=True)
class _Operation:
    """One operation; `answer` is what is said of it, None until it was carried out."""

    document: Document
    answer: Document | None = None
    effect: Effect = Effect.NONE

    @property
    def method(self) -> str:
        return str(get(self.document, "method") or "").upper()

    @property
    def bulk_id(self) -> str:
        return str(get(self.document, "bulkId") or "")


@dataclass(slots=True)
class _Bulk:
    """One bulk request at work. `ids` are those of what it has created, by bulkId."""

    request: Request
    handle: Handle
    locate: Callable[[ResourceType, str], str]
    most_errors: int
    ids: dict[str, str] = field(default_factory=dict)
    errors: int = 0

    @property
    def stopped(self) -> bool:
        return bool(self.most_errors) and self.errors >= self.most_errors

    def carry_out(self, operations: list[_Operation]) -> None:
        """Carries all out in their order; those that refer to what comes later wait for it."""
        left, moved = operations, True
        while left and moved and not self.stopped:
            before = len(left)
            left = [each for each in left if not self._try(each, last=False)]
            moved = len(left) < before
        for each in left:
            self._try(each, last=True)

    def _try(self, operation: _Operation, *, last: bool) -> bool:
        """Carries one operation out; returns False where it has to wait."""
        if self.stopped:
            return True
        try:
            path = self._resolved(str(get(operation.document, "path") or ""))
            data = self._resolved(get(operation.document, "data"))
        except KeyError as error:
            if not last:
                return False
            self._note(operation, refused(Refusal(409, f"Nothing has the bulkId {error.args[0]}.", "invalidValue")), "")
            return True
        self._note(operation, self._answered(operation, str(path), data), str(path))
        return True

    def _answered(self, operation: _Operation, path: str, data: Json) -> Reply:
        if operation.method not in _METHODS or not path.startswith("/"):
            return refused(Refusal(400, "An operation has a method and a path.", "invalidSyntax"))
        body = b"" if data is None else orjson.dumps(data)
        version = str(get(operation.document, "version") or "")
        part = Request(operation.method, path, {}, body, if_match=version, faults=self.request.faults)
        if (status := part.hit(FaultName.STATUS)) is not None:
            code, _, kind = status.partition(":")
            return refused(Refusal(int(code), "The request was refused.", kind))
        return self.request.watch(part, self.handle) if self.request.watch else self.handle(part)

    def _note(self, operation: _Operation, reply: Reply, path: str) -> None:
        answer: Document = {"method": operation.method, "status": str(reply.status)}
        if operation.bulk_id:
            answer["bulkId"] = operation.bulk_id
        endpoint, _, id = path.strip("/").partition("/")
        types = {type_.endpoint: type_ for type_ in ResourceType}
        if (id or reply.resource_id) and endpoint in types:
            answer["location"] = self.locate(types[endpoint], reply.resource_id or id)
        if reply.body:
            answer["response"] = orjson.Fragment(reply.body)
        operation.answer, operation.effect = answer, reply.effect
        if reply.status >= 300:
            self.errors += 1
        elif operation.bulk_id and reply.resource_id:
            self.ids[operation.bulk_id] = reply.resource_id

    def _resolved(self, value: Json) -> Json:
        """Returns the value with ids in place of the bulkIds that it refers to; raises KeyError for an unknown one."""
        if isinstance(value, str):
            head, mark, name = value.rpartition(_REFERENCE)
            return head + self.ids[name] if mark and (not head or head.endswith("/")) else value
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if isinstance(value, dict):
            return {key: self._resolved(each) for key, each in value.items()}
        return value


def answer_bulk(
    request: Request, settings: Settings, handle: Handle, locate: Callable[[ResourceType, str], str]
) -> Reply:
    """Returns the answer to a bulk request; raises Refusal where it is refused as a whole.

    `handle` answers one operation, `locate` gives the address of a resource.
    """
    fault = request.hit(FaultName.BULK)
    operations = _operations(request, settings)
    if fault == "kept":
        _claim(operations, locate)
    else:
        most = get(parse(request.body), "failOnErrors")
        most_errors = 1 if fault == "stops" else most if isinstance(most, int) else 0
        _Bulk(request, handle, locate, most_errors).carry_out(operations)
    if fault == "junk":
        return Reply(200, b'{"Operations": "done"}', effect=_effect(operations))
    answers = list(_answers(operations, fault))
    return Reply(200, orjson.dumps({"schemas": [ANSWER_URN], "Operations": answers}), effect=_effect(operations))


def _operations(request: Request, settings: Settings) -> list[_Operation]:
    if request.method != "POST":
        raise Refusal(405, "Use POST here.")
    if len(request.body) > settings.bulk_payload:
        raise Refusal(413, f"A bulk request has {settings.bulk_payload} bytes at most.")
    body = parse(request.body)
    require_schema(body, BULK_URN)
    found = get(body, "Operations")
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise Refusal(400, "Operations is a list of objects.", "invalidSyntax")
    if len(found) > settings.bulk:
        raise Refusal(413, f"A bulk request has {settings.bulk} operations at most.")
    operations = [_Operation(each) for each in found]
    if any(each.method == "POST" and not each.bulk_id for each in operations):
        raise Refusal(400, "A POST has a bulkId.", "invalidSyntax")
    return operations


def _claim(operations: list[_Operation], locate: Callable[[ResourceType, str], str]) -> None:
    """Says of each operation that it was done, and does none."""
    for number, each in enumerate(operations):
        where = locate(ResourceType.USER, f"never-{number}")
        each.answer = {"method": each.method, "bulkId": each.bulk_id, "status": "201", "location": where}


def _answers(operations: list[_Operation], fault: str | None) -> Iterator[Document]:
    answers = [each.answer for each in operations if each.answer is not None]
    if fault == "lacks":
        answers = answers[:-1]
    if fault == "reordered":
        answers.reverse()
    for answer in answers:
        if fault == "bare" and answer["status"] < "300":
            answer.pop("response", None)
        yield answer


def _effect(operations: list[_Operation]) -> Effect:
    """Returns the first effect of several, in the order of what matters most."""
    found = {each.effect for each in operations}
    order = (Effect.CREATED, Effect.DELETED, Effect.MODIFIED, Effect.IGNORED)
    return next((each for each in order if each in found), Effect.NONE)
