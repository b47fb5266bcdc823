"""Requests, replies and refusals: plain values between the service and its HTTP shell."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.simulator.faults import FaultBook, FaultName

Json = Any
"""A value that JSON can carry."""

Document = dict[str, Any]
"""A SCIM resource in JSON form."""

SCIM_JSON = "application/scim+json"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"


def packed(document: Json) -> bytes:
    """Returns the JSON of a document, to be kept: orjson's own answer occupies 4 KiB even when it is short."""
    return bytes(memoryview(orjson.dumps(document)))


class Effect(StrEnum):
    """The effect of a request on the stored resources."""

    NONE = "none"
    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"
    IGNORED = "ignored"
    """It asked only for changes that this service takes without complaint and does not make."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator
    """An error answer of RFC 7644 section 3.12. `scim_type` is its keyword, or empty."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type

    def document(self) -> Document:
        """Returns the body: `status` is a string, `scimType` is there only when it has a value."""
        kind = {"scimType": self.scim_type} if self.scim_type else {}
        return {"schemas": [ERROR_URN], "status": str(self.status), **kind, "detail": self.detail}


@dataclass(slots=True)
class Reply:
    """An answer, and what the request log says of it. `drop` closes the connection instead of answering."""

    status: int
    body: bytes = b""
    content_type: str = SCIM_JSON
    headers: dict[str, str] = field(default_factory=dict)
    effect: Effect = Effect.NONE
    resource_id: str = ""
    notes: tuple[str, ...] = ()
    refusal: Refusal | None = None
    drop: bool = False


def refused(refusal: Refusal) -> Reply:
    """Returns the answer for `refusal`."""
    return Reply(refusal.status, orjson.dumps(refusal.document()), refusal=refusal)


NO_QUERY: Mapping[str, str] = {}


@dataclass(slots=True)
class Request:
    """One request below the base path; `path` starts with a slash. `hits` collects the faults that took effect.

    `headers` find names in any case; `certificate` is the common name in the client's, "" where it showed none.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = SCIM_JSON
    authorization: str = ""
    if_match: str = ""
    faults: FaultBook | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    certificate: str = ""
    hits: list[str] = field(default_factory=list)
    watch: Callable[[Request, Callable[[Request], Reply]], Reply] | None = None
    """Carries out each operation of a bulk request, for those who want to see it."""

    def hit(self, name: FaultName) -> str | None:
        """Returns the value of the fault `name` when it takes effect on this request now, else None."""
        if self.faults is None or self.faults.idle:
            return None
        fault = self.faults.take(name, self.method, self.path)
        if fault is None:
            return None
        self.hits.append(name.value)
        return fault.value

    def suffers(self, name: FaultName) -> bool:
        """Returns whether the fault `name` takes effect on this request now."""
        return self.hit(name) is not None
