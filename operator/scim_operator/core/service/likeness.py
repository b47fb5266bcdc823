"""Detection that two listings are of one service with two addresses: by a resource that both of them hold.

An id alone proves nothing: two services that count from 1 both have a user 1. A resource counts as the same where, with
the id, its name and its externalId agree; where ids are random, as UUIDs are, one of the two is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.resource import Document, JsonValue

_RANDOM = 16
"""The length from which an id that is not a number counts as random."""


def is_same_resource(one: Document, other: Document) -> bool:
    """Return whether two resources that have one id, each as another address shows it, are one."""
    name = _agree(_name(one), _name(other))
    external = _agree(one.get("externalId"), other.get("externalId"))
    id = str(one.get("id", ""))
    return (name or external) if len(id) >= _RANDOM and not id.isdigit() else (name and external)


def _name(document: Document) -> JsonValue:
    return document.get("userName") or document.get("displayName")


def _agree(one: JsonValue, other: JsonValue) -> bool:
    return isinstance(one, str) and isinstance(other, str) and bool(one) and one.casefold() == other.casefold()
