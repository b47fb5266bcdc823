"""JSON values as SCIM carries them, and what a request does to a resource."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

JsonValue = Any
"""A value that JSON can carry."""

Document = dict[str, Any]
"""A SCIM resource, or what a manifest says of one, in RFC 7643's JSON form."""

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WS1B_USER = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:User"
WS1B_GROUP = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:Group"


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
