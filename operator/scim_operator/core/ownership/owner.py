"""The owner of a resource, as far as the resource itself shows: by mark, owner attribute, and what we applied.

Nothing in a manifest makes a resource ours. It is ours where it carries our own mark, or where its id is on record with
a proof and it still is what we had on record. Any other match is taken over as the adoption policy allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.records.marks import is_foreign, mark_of, read_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.resource import Document, JsonValue

_SHOWN = 64
"""Characters of an owner id that a message shows."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The identity that provisions: the config's owner id ("" for none), its place in a resource, the namespace."""

    id: str
    namespace: str
    attribute: AttributePath | None = None

    def mark(self, key: ObjectKey) -> str:
        """Return the mark of a manifest's resource."""
        return mark_of(self.id, key)

    def marks(self, key: ObjectKey) -> tuple[str, ...]:
        """Return the mark, and the one that the resource had before the config was given an owner."""
        mark, before = mark_of(self.id, key), mark_of("", key)
        return (mark,) if mark == before else (mark, before)

    def other(self, document: Document) -> str:
        """Return who else owns a resource, as a few words; "" where nothing at the resource says so."""
        reported = self._reported(document)
        if reported is not None:
            return "" if reported == self.id else f"the owner {reported[:_SHOWN]}"
        external_id = EXTERNAL_ID.read(document)
        if not is_foreign(external_id, self.id, self.namespace):
            return ""
        mark = read_mark(external_id)
        return f"the owner {mark.owner}" if mark and mark.owner else f"the manifest {mark}"

    def carries(self, document: Document, key: ObjectKey) -> bool:
        """Return whether the resource carries the manifest's own mark, and so needs no record to be its own."""
        return bool(EXTERNAL_ID.read(document) == self.mark(key))

    def confirms(self, document: Document, key: ObjectKey) -> bool:
        """Return whether the resource still carries a mark of the manifest, or the owner id."""
        return EXTERNAL_ID.read(document) in self.marks(key) or bool(self.id and self._reported(document) == self.id)

    def _reported(self, document: Document) -> str | None:
        """Return the owner id that the resource carries, None where it carries none."""
        value = self.attribute.read(document) if self.attribute is not None else None
        return None if self.attribute is None or unassigned(value) else str(value)


def still_has(document: Document, wanted: Mapping[AttributePath, JsonValue], paths: Iterable[AttributePath]) -> bool:
    """Return whether the resource has, of one of these attributes at least, the value that is wanted of it now."""
    for path in paths:
        value = wanted.get(path)
        if not unassigned(value) and equal(path, value, path.read(document)):
            return True
    return False
