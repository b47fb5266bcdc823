"""Bulk requests and their answers as values (RFC 7644 section 3.7). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from scim_operator.core.keys import ResourceType
from scim_operator.scim.protocol import MEDIA_TYPE, Method, Request, Response, encode
from scim_operator.scim.reading import parse
from scim_operator.scim.values import Unreadable, attribute, count, resource_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scim_operator.core.resource import Document, JsonValue

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATH = "/Bulk"
NO_BODY = frozenset({"/Users", "/Groups"})
FRAME = 256
"""Bytes of a bulk request besides its operations, and more than that."""


def bulk_request(requests: Sequence[Request]) -> Request:
    """Return one request with all of these as its operations; the bulkId of each is its place.

    Without failOnErrors: what one operation has done says nothing about another.
    """
    operations = [operation(request, str(number)) for number, request in enumerate(requests)]
    return Request(Method.POST, PATH, body={"schemas": [BULK_REQUEST], "Operations": operations})


def operation(request: Request, bulk_id: str) -> Document:
    """Return a request as an operation."""
    said: Document = {"method": request.method.value, "path": request.path, "bulkId": bulk_id}
    if request.version:
        said["version"] = request.version
    return said if request.body is None else {**said, "data": request.body}


def size_of(request: Request) -> int:
    """Return the bytes that a request takes as an operation, at most."""
    return len(encode(operation(request, "00000"))) + 1


def kind_of(request: Request) -> str:
    """Return the kind of operation that is found to work, or not to: `POST /Users`, or members that are added."""
    return request.subject


def may_join(request: Request) -> bool:
    """Return whether a request may be an operation of a bulk: it creates, or adds members and does nothing else.

    What takes access, or may take something from a resource, is sent alone.
    """
    if request.method is Method.POST:
        return request.path in NO_BODY
    return request.method is Method.PATCH and request.type is ResourceType.GROUP and _only_adds(request.body or {})


def _only_adds(body: Mapping[str, JsonValue]) -> bool:
    operations = body.get("Operations") or ()
    return bool(operations) and all(
        each.get("op") == "add" and str(each.get("path", "")).lower() == "members" for each in operations
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """What the answer says of one operation: the answer that the request alone would have had.

    `created` is the id of what it has created and does not show.
    """

    response: Response
    created: str = ""


def read_bulk(response: Response, requests: Sequence[Request]) -> list[Answered | None]:
    """Return the answer to each operation, None where there is none. Raises Unreadable where it is no answer at all."""
    content = parse(response.body)
    said = attribute(content, "Operations") if isinstance(content, dict) else None
    if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
        raise Unreadable("it has no list of operations")
    found: list[Answered | None] = [None] * len(requests)
    for each in said:
        place = _place(each, requests, found)
        if place is not None and found[place] is None:
            found[place] = _answered(each, requests[place])
    return found


def _place(said: Document, requests: Sequence[Request], found: Sequence[Answered | None]) -> int | None:
    """Return which operation is meant: by its bulkId, else, where it changes a resource, by method and address."""
    number = attribute(said, "bulkId")
    if number is not None:
        place = count(number)
        return place if place is not None and place < len(requests) else None
    id, method = _id_in(said), str(attribute(said, "method") or "").upper()
    for place, request in enumerate(requests):
        if found[place] is None and id and request.id == id and request.method.value == method:
            return place
    return None


def _answered(said: Document, request: Request) -> Answered | None:
    status = _status(attribute(said, "status"))
    if status is None:
        return None
    shown = attribute(said, "response")
    body = encode(shown) if isinstance(shown, dict) else b""
    created = _id_in(said) if status < 300 and not body and request.method is Method.POST else ""
    return Answered(Response(status, {"content-type": MEDIA_TYPE}, body or _named(created)), created)


def _named(id: str) -> bytes:
    return encode({"id": id}) if id else b""


def _id_in(said: Document) -> str:
    """Return the id at the end of an operation's location, "" where there is none that can be used."""
    location = attribute(said, "location")
    end = location.rstrip("/").rpartition("/")[2] if isinstance(location, str) else ""
    try:
        return resource_id(unquote(end))
    except Unreadable:
        return ""


def _status(value: JsonValue) -> int | None:
    """Return a status, which the RFC writes as a text, and drafts before it as an object with a code."""
    status = count(attribute(value, "code") if isinstance(value, dict) else value)
    return status if status is not None and 200 <= status < 600 else None


def shows(request: Request, document: Document | None) -> bool:
    """Return whether a resource, as it was read after an operation, is what that was to make of it."""
    if document is None:
        return False
    if request.method is Method.PATCH:
        return _added(request) <= {member.get("value") for member in document.get("members") or ()}
    body = request.body or {}
    named = [(body.get(name), attribute(document, name)) for name in ("userName", "displayName", "externalId")]
    pairs = [(str(sent), str(has)) for sent, has in named if sent and has]
    return bool(pairs) and all(sent.casefold() == has.casefold() for sent, has in pairs)


def _added(request: Request) -> set[str]:
    lists = (each.get("value") or () for each in (request.body or {}).get("Operations", ()))
    return {member["value"] for values in lists for member in values}
