"""The operations of SCIM that we send, and which one a request is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.scim.protocol import Method

if TYPE_CHECKING:
    from scim_operator.scim.protocol import Request


class Operation(StrEnum):
    """The operations of SCIM that we send, as a message calls them."""

    LIST = "list"
    FIND = "find"
    READ = "read"
    CREATE = "create"
    REPLACE = "replace"
    MODIFY = "modify"
    DELETE = "delete"


_BY_METHOD = {
    Method.POST: Operation.CREATE,
    Method.PUT: Operation.REPLACE,
    Method.PATCH: Operation.MODIFY,
    Method.DELETE: Operation.DELETE,
}


def operation_of(request: Request) -> Operation:
    """Return what a request does."""
    if request.method is Method.GET:
        return Operation.READ if request.names_resource else Operation.FIND if request.filter else Operation.LIST
    return _BY_METHOD[request.method]
