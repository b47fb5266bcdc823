"""Whose the forms on record are, in which a service stores values: another resource may lack what one was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document
    from scim_operator.core.seal import Seal


def place(kind: Kind, id: str, seal: Seal) -> str:
    """Return what names a resource where its forms alone are recorded: an id may be what no one may see."""
    return seal.of("at", kind, id)


def formed_at(
    entry: ServiceEntry | None, key: ObjectKey, document: Document | None, seal: Seal | None
) -> ServiceEntry | None:
    """Return the entry without what was found out about another resource than the one that matches."""
    if entry is None or not entry.formed:
        return entry
    here = document is not None and seal is not None and entry.formed == place(key.kind, document["id"], seal)
    return entry if here else replace(entry, reformatted=(), members=(), formed="")
