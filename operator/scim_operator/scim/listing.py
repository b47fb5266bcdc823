"""A state machine without I/O that decides whether a listing is complete (RFC 7644 section 3.4.2.4; promise S10).

Paging is stateless at the service: pages may be shorter than asked, capped, overlapping, shifted by other writers, or
ignored altogether. So the next index follows from what was returned, resources count once by id, and only the service's
own total, or an empty page where it gives none, proves the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.errors import IncompleteListing

if TYPE_CHECKING:
    from scim_operator.core.resource import Document
    from scim_operator.scim.protocol import Page


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one listing of users or groups: so much of its service a config may hold in memory."""

    pages: int = 50_000
    resources: int = 500_000
    mebibytes: int = 384


HELD = 768
"""Bytes that a listed resource takes in the index besides its text: measured, and most of what a small one takes."""


def weight(page: Page) -> int:
    """Return the bytes that the resources of a page take in the index, at most."""
    return page.size + HELD * len(page.resources)


@dataclass(slots=True)
class Listing:
    """One pass over a listing. Feed it page after page until `finished`; then `gap` says what is wrong, if anything.

    Args: known, the ids that were handed out already, shared by the passes of one listing; bounds, how far it may go.
    """

    known: set[str] = field(default_factory=set)
    bounds: Bounds = Bounds()
    start: int = 1
    """The 1-based index to ask for next."""
    finished: bool = False
    _ids: set[str] = field(default_factory=set, init=False)
    _pages: int = 0
    _bytes: int = 0
    _total: int | None = None
    _shrank: bool = False
    _ended: bool = False

    def accept(self, page: Page) -> list[Document]:
        """Take in the page at `start`; return those resources that no page of any pass held before.

        Raises IncompleteListing when the listing grows beyond all bounds.
        """
        self._bound(page)
        new = {resource["id"]: resource for resource in page.resources}
        news = len(new.keys() - self._ids)
        self._ids.update(new)
        self._note_total(page.total)
        self.start += len(page.resources)
        self._ended = not page.resources
        # No new id is an end as well: some services answer every index with the same page, forever.
        self.finished = not news or (self._total is not None and len(self._ids) >= self._total)
        fresh = [resource for id, resource in new.items() if id not in self.known]
        self.known.update(new)
        return fresh

    @property
    def gap(self) -> str:
        """Return why the pass proves nothing, as a clause; "" when it is complete."""
        if self._total is None:
            return "" if self._ended else "it tells no total and repeats its pages"
        if self._shrank:
            # What was deleted meanwhile moved the rest forward, past the index that was asked for next.
            return "resources were deleted while it was read"
        if len(self._ids) != self._total:
            return f"it announces {self._total} resources and holds {len(self._ids)}"
        return ""

    def _bound(self, page: Page) -> None:
        """Raise where a service lists without end, by mistake or to harm: nothing is concluded from such a listing."""
        self._pages += 1
        self._bytes += weight(page)
        found = max(page.total or 0, len(self._ids) + len(page.resources))
        for amount, most, what in (
            (self._pages, self.bounds.pages, "pages"),
            (found, self.bounds.resources, "resources"),
            (self._bytes >> 20, self.bounds.mebibytes, "MiB"),
        ):
            if amount > most:
                raise IncompleteListing(
                    f"The listing has more than {most:,} {what}, or announces that many; nothing was concluded. "
                    "Check spec.service.url, and what the service lists; give the operator more memory for a tenant "
                    "of that size."
                )

    def _note_total(self, total: int | None) -> None:
        if total is None:
            return
        self._shrank = self._shrank or (self._total is not None and total < self._total)
        self._total = total
