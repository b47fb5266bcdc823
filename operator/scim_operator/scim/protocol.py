"""SCIM's requests and responses as values (RFC 7644). Pure: nothing here sends, waits or knows the time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode

import orjson

from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import CORE_GROUP, CORE_USER, Document, PatchOperation, PatchVerb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MEDIA_TYPE = "application/scim+json"
CORE_SCHEMA = {ResourceType.USER: CORE_USER, ResourceType.GROUP: CORE_GROUP}


class Method(StrEnum):
    """The HTTP methods that SCIM uses (RFC 7644 section 3.2)."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the base URL. `path` is percent-encoded already; `query` is not."""

    method: Method
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Document | None = None
    version: str | None = None
    """The resource version to insist on (If-Match, RFC 7644 section 3.14)."""
    slash: bool = False
    """Whether its address ends in a slash, as some services want; `path` does not."""
    form: tuple[tuple[str, str], ...] = ()
    """The fields of a form in place of a body, as token endpoints want them (RFC 6749 section 4.4.2)."""

    @property
    def content(self) -> bytes | None:
        """Return the bytes to send, None for none."""
        if self.form:
            return urlencode(self.form).encode()
        return None if self.body is None else encode(self.body)

    @property
    def reads(self) -> bool:
        """Return whether it certainly changes nothing, and so may be sent again."""
        return self.method is Method.GET

    @property
    def names_resource(self) -> bool:
        """Return whether it is about one resource by id, rather than about an endpoint."""
        return self.path.count("/") > 1

    @property
    def place(self) -> str:
        """Return which kind of address it has: the endpoint, and whether an id follows."""
        return f"{self.endpoint}/<id>" if self.names_resource else self.endpoint

    @property
    def endpoint(self) -> str:
        """Return the endpoint that it is sent to, or below: that of a resource type, or another."""
        return "/" + self.path.split("/")[1]

    @property
    def id(self) -> str:
        """Return the id of the resource that it is about, "" where it is about an endpoint."""
        return unquote(self.path.split("/", 2)[2]) if self.names_resource else ""

    @property
    def type(self) -> ResourceType:
        """Return the resource type that it is about; that of users where it is about none."""
        return ResourceType.GROUP if self.path.startswith(ResourceType.GROUP.endpoint) else ResourceType.USER

    @property
    def filter(self) -> str:
        """Return its filter, "" without one."""
        return next((value for name, value in self.query if name == "filter"), "")

    @property
    def subject(self) -> str:
        """Return what it does, for messages: no id, no query, and so nothing personal."""
        return f"{self.method.value} {self.place}"


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray

    @property
    def ok(self) -> bool:
        """Return whether the request was carried out."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing. `total` is what the service says the whole listing holds; None when it does not say."""

    resources: list[Document]
    total: int | None
    size: int = 0
    """Bytes of the answer that carried it."""
    cursor: str = ""
    """The cursor of the next page (RFC 9865 section 2), "" without one."""


def list_request(type: ResourceType, *, start: int, count: int, filter: str = "", cursor: str | None = None) -> Request:
    """Ask for a page: at most `count` resources from the 1-based index `start` (RFC 7644 section 3.4.2.4).

    With a cursor, "" for the first page, it is asked for by that instead (RFC 9865 section 2).
    """
    place = ("startIndex", str(start)) if cursor is None else ("cursor", cursor)
    paging = (place, ("count", str(count)))
    return Request(Method.GET, type.endpoint, (("filter", filter), *paging) if filter else paging)


def get_request(type: ResourceType, id: str) -> Request:
    """Ask for one resource."""
    return Request(Method.GET, _resource_path(type, id))


def reading(request: Request) -> Request:
    """Ask for what a write is about: the resource, or one resource of the list."""
    if request.names_resource:
        return Request(Method.GET, request.path)
    return list_request(request.type, start=1, count=1)


def create_request(type: ResourceType, document: Document) -> Request:
    """Create a resource (RFC 7644 section 3.3)."""
    return Request(Method.POST, type.endpoint, body=with_schemas(type, document))


def replace_request(type: ResourceType, id: str, document: Document, version: str | None = None) -> Request:
    """Replace a resource (RFC 7644 section 3.5.1)."""
    return Request(Method.PUT, _resource_path(type, id), body=with_schemas(type, document), version=version)


def modify_request(
    type: ResourceType, id: str, operations: Sequence[PatchOperation], version: str | None = None
) -> Request:
    """Modify a resource with a PATCH (RFC 7644 section 3.5.2)."""
    body = {"schemas": [PATCH_OP], "Operations": [_operation(operation) for operation in operations]}
    return Request(Method.PATCH, _resource_path(type, id), body=body, version=version)


def delete_request(type: ResourceType, id: str) -> Request:
    """Delete a resource (RFC 7644 section 3.6)."""
    return Request(Method.DELETE, _resource_path(type, id))


def with_schemas(type: ResourceType, document: Document) -> Document:
    """Add `schemas`, which every resource carries (RFC 7643 section 3): the core one and the extensions in use."""
    if "schemas" in document:
        return document
    extensions = sorted(name for name in document if name.lower().startswith("urn:"))
    return {"schemas": [CORE_SCHEMA[type], *extensions], **document}


def members_in(request: Request) -> int:
    """Return the number of members that the request names, to be halved when the service finds it too large."""
    body = request.body or {}
    operations = [item for item in body.get("Operations", ()) if item.get("path", "").lower().startswith("members")]
    lists = [body.get("members") or [], *(operation.get("value") for operation in operations)]
    return sum(len(values) if isinstance(values, list) else 1 for values in lists)


def encode(document: Document) -> bytes:
    """Return the bytes of a body."""
    return orjson.dumps(document)


def _resource_path(type: ResourceType, id: str) -> str:
    return f"{type.endpoint}/{quote(id, safe='')}"


def _operation(operation: PatchOperation) -> Document:
    """Lower-case `op`, as the RFC has it; Entra's capitals are what some services refuse."""
    sent: Document = {"op": operation.verb.value}
    if operation.path:
        sent["path"] = operation.path
    if operation.value is not None or operation.verb is PatchVerb.REPLACE:
        sent["value"] = operation.value
    return sent
