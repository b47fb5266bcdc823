"""A listing under way, as the difference to what was known: nearly all resources are as they were.

Those are neither taken apart again nor held twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scim_operator.core.decision.rest import is_alike
from scim_operator.job.gather.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.resource import Document
    from scim_operator.job.gather.remote_index import RemoteIndex

FEW = 500
"""Differences that are taken in at once; for more of them, the index is made from nothing, with turns for others."""


class Relisting:
    """What a listing shows, beside an index that an earlier one has filled; that stays as it is meanwhile."""

    def __init__(self, before: RemoteIndex, few: int = FEW) -> None:
        self._before = before
        self._few = few
        self._unseen = set(before.shelf)
        """What was known when the listing began, and was not listed yet."""
        self.changed = Shelf()
        self.has_members = False
        """Whether any resource has members."""
        self.made: RemoteIndex | None = None
        """The index with all of it, where so much is otherwise that it is made from nothing."""

    def put(self, document: Document) -> None:
        """Take in a resource as the service lists it."""
        id, body = document["id"], orjson.dumps(document)
        self._unseen.discard(id)
        self.has_members = self.has_members or bool(document.get("members"))
        if self._before.shelf.has(id, body):
            self.changed.drop(id)
        else:
            self.changed.put(id, body)

    @property
    def is_small(self) -> bool:
        """Return whether so little is otherwise that it can be taken in at once."""
        return len(self.changed) <= self._few and len(self.gone) <= self._few

    def documents(self) -> Iterator[Document]:
        """Yield each resource as it is listed; what was learned while the listing ran may be among them."""
        known = self._before.ids() - self._unseen
        for id in (*known, *(self.changed.keys() - known)):
            body = self.changed.get(id) or self._before.shelf.get(id)
            if body is not None:
                yield orjson.loads(body)

    @property
    def gone(self) -> frozenset[str]:
        """Return the ids of what was known and is not listed."""
        return frozenset(id for id in self._unseen if id in self._before)

    def moved(self) -> set[str]:
        """Return the ids of what came, went or looks otherwise."""
        return {*self.changed.keys(), *self.gone}

    def take_in(self) -> None:
        """Take over into the index what is otherwise, but for what was learned while the listing ran."""
        before = self._before
        written, before.journal = before.journal or set(), None
        for id in self.gone - written:
            before.drop(id)
        for id in self.changed.keys() - written:
            self._renew(id, orjson.loads(self.changed.get(id) or b""))

    def _renew(self, id: str, document: Document) -> None:
        """Take in a resource that looks otherwise; what is of no account has not moved. A doubt stays."""
        before, known = self._before, self._before.shelf.get(id)
        doubtful = before.is_doubtful(id)
        moved = id in before.moved or known is None or not is_alike(orjson.loads(known), document)
        before.put(document)
        before.doubt([id] if doubtful else ())
        if not moved:
            before.moved.discard(id)
