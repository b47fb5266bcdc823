"""JSON values as SCIM carries them, and what a request does to a resource."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from scim_operator.api.urns import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

__all__ = [
    "CORE_GROUP",
    "CORE_USER",
    "ENTERPRISE_USER",
    "WS1B_GROUP",
    "WS1B_USER",
    "Document",
    "JsonValue",
    "PatchOperation",
    "PatchVerb",
    "packed",
]

JsonValue = Any
"""A value that JSON can carry."""

Document = dict[str, Any]
"""A SCIM resource, or what a manifest says of one, in RFC 7643's JSON form."""


def packed(document: Document) -> bytes:
    """Return the JSON of a document, to be kept: orjson's own answer occupies 4 KiB even when it is short."""
    text = orjson.dumps(document)
    return bytes(memoryview(text)) if len(text) < 65_536 else text


class PatchVerb(StrEnum):
    """RFC 7644 section 3.5.2's operations."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One operation of a PATCH (RFC 7644 section 3.5.2). `value` None means that none is sent."""

    verb: PatchVerb
    path: str
    value: JsonValue = None
