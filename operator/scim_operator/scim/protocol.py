"""SCIM's requests and responses as values (RFC 7644). Pure: nothing here sends, waits or knows the time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import orjson

from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import CORE_GROUP, CORE_USER, Document, JsonValue, PatchOperation, PatchVerb
from scim_operator.errors import IncompleteListing, Unreachable, WrongService, WrongServiceReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
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
    form: tuple[tuple[str, str], ...] = ()
    """The fields of a form in place of a body, as token endpoints want them (RFC 6749 section 4.4.2)."""

    @property
    def content(self) -> bytes | None:
        """The bytes to send, None for none."""
        if self.form:
            return urlencode(self.form).encode()
        return None if self.body is None else encode(self.body)

    @property
    def reads(self) -> bool:
        """Whether it certainly changes nothing, and so may be sent again."""
        return self.method is Method.GET

    @property
    def names_resource(self) -> bool:
        """Whether it is about one resource by id, rather than about an endpoint."""
        return self.path.count("/") > 1

    @property
    def filter(self) -> str:
        """Its filter, "" without one."""
        return next((value for name, value in self.query if name == "filter"), "")

    @property
    def subject(self) -> str:
        """What it does, for messages: no id, no query, and so nothing personal."""
        endpoint = "/" + self.path.split("/")[1]
        return f"{self.method.value} {endpoint}/<id>" if self.names_resource else f"{self.method.value} {endpoint}"


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing. `total` is what the service says the whole listing holds; None when it does not say."""

    resources: list[Document]
    total: int | None


def list_request(type: ResourceType, *, start: int, count: int, filter: str = "") -> Request:
    """Ask for a page: at most `count` resources from the 1-based index `start` (RFC 7644 section 3.4.2.4)."""
    paging = (("startIndex", str(start)), ("count", str(count)))
    return Request(Method.GET, type.endpoint, (("filter", filter), *paging) if filter else paging)


def get_request(type: ResourceType, id: str) -> Request:
    """Ask for one resource."""
    return Request(Method.GET, _resource_path(type, id))


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
    """How many members the request names; what to halve when the service finds it too large."""
    body = request.body or {}
    operations = [item for item in body.get("Operations", ()) if item.get("path", "").lower().startswith("members")]
    lists = [body.get("members"), *(operation.get("value") for operation in operations)]
    return max(len(operations), *(len(values) if isinstance(values, list) else 0 for values in lists))


def encode(document: Document) -> bytes:
    """The bytes of a body."""
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


def attribute(document: Mapping[str, JsonValue], name: str) -> JsonValue:
    """An attribute by its name, which is case-insensitive (RFC 7643 section 2.1); None when absent."""
    if name in document:
        return document[name]
    wanted = name.lower()
    return next((value for key, value in document.items() if key.lower() == wanted), None)


def read_resource(response: Response) -> Document | None:
    """The resource that a successful answer carries; None for an empty body (204, and some 200 and 201).

    Raises Unreachable (sent) when the answer broke off, and WrongService when it is something else than a JSON object.
    """
    if not response.body.strip():
        return None
    try:
        content = orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        if is_web_page(response):
            raise _not_scim("a web page") from error
        raise Unreachable("The service's answer is broken JSON; the request may have taken effect.") from error
    if not isinstance(content, dict):
        raise _not_scim("JSON that is no object")
    return content


def read_page(response: Response) -> Page:
    """The page that a successful answer to a listing carries, however loosely it is written.

    Raises IncompleteListing when it is broken or a resource has no id, WrongService when it is no listing at all.
    """
    content = _page_content(response)
    resources = content if isinstance(content, list) else attribute(content, "Resources")
    total = None if isinstance(content, list) else _number(attribute(content, "totalResults"))
    if resources is None and total is None:
        raise _not_scim("JSON that is no ListResponse")
    resources = resources or []
    if not isinstance(resources, list) or not all(_has_id(resource) for resource in resources):
        raise IncompleteListing("The listing holds something that is no resource with an id; nothing was concluded.")
    return Page(resources, total)


def resource_id(document: Document) -> str:
    """The id that the service gave a resource (RFC 7643 section 3.1); some services write it as a number."""
    id = document.get("id")
    return id if isinstance(id, str) else str(attribute(document, "id"))


def is_web_page(response: Response) -> bool:
    """Whether the answer comes from something that talks to browsers: a proxy, a login page, a load balancer."""
    return "html" in response.headers.get("content-type", "").lower() or response.body.lstrip()[:1] == b"<"


def refuse_web_page(response: Response) -> None:
    """Raise WrongService when what reports success is something that talks to browsers."""
    if is_web_page(response):
        raise _not_scim("a web page")


def _page_content(response: Response) -> JsonValue:
    if not response.body.strip():
        raise IncompleteListing("The service answered a listing with an empty body; nothing was concluded.")
    try:
        content = orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        if is_web_page(response):
            raise _not_scim("a web page") from error
        raise IncompleteListing("The listing broke off in the middle of a page; nothing was concluded.") from error
    if not isinstance(content, (dict, list)):
        raise _not_scim("JSON that is no ListResponse")
    return content


def _has_id(resource: object) -> bool:
    return isinstance(resource, dict) and attribute(resource, "id") not in (None, "")


def _number(value: object) -> int | None:
    """A count as written by services that quote their numbers; None when it is none, or negative."""
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if number >= 0 else None


def _not_scim(what: str) -> WrongService:
    return WrongService(
        f"The service answered with {what}, not with SCIM: check spec.service.url, which ends in /scim/v2 for VMware "
        "Identity Service, and whether a proxy or a login page stands in between.",
        reason=WrongServiceReason.NOT_SCIM,
    )
