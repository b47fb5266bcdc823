"""JSON values as SCIM carries them, and what a request does to a resource."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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
]

JsonValue = Any
"""A value that JSON can carry."""

Document = dict[str, Any]
"""A SCIM resource, or what a manifest says of one, in RFC 7643's JSON form."""


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
