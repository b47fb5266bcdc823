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
    from collections.abc import Set as AbstractSet

    from scim_operator.core.resource import Document
    from scim_operator.scim.protocol import Page


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one listing of users or groups: so much of its service a config may hold in memory."""

    pages: int = 50_000
    resources: int = 500_000
    mebibytes: int = 384


BARREN = 100
"""Pages in a row without anything new after which cursors are not followed any further; RFC 9865 allows empty ones."""

HELD = 768
"""Bytes that a listed resource takes in the index besides its text: measured, and most of what a small one takes."""


def weight(page: Page) -> int:
    """Return the bytes that the resources of a page take in the index, at most."""
    return page.size + HELD * len(page.resources)


@dataclass(slots=True)
class Extent:
    """How far a listing has gone, and may go."""

    bounds: Bounds = Bounds()
    pages: int = 0
    bytes: int = 0

    def add(self, page: Page, known: int) -> None:
        """Raise where a service lists without end, by mistake or to harm: nothing is concluded from such a listing."""
        self.pages += 1
        self.bytes += weight(page)
        found = max(page.total or 0, known + len(page.resources))
        for amount, most, what in (
            (self.pages, self.bounds.pages, "pages"),
            (found, self.bounds.resources, "resources"),
            (self.bytes >> 20, self.bounds.mebibytes, "MiB"),
        ):
            if amount > most:
                raise IncompleteListing(
                    f"The listing has more than {most:,} {what}, or announces that many; nothing was concluded. "
                    "Check spec.service.url, and what the service lists; give the operator more memory for a tenant "
                    "of that size."
                )


@dataclass(slots=True)
class Cursors:
    """The cursors of one pass (RFC 9865 section 2). `next` is the one to ask for, None where pages go by index."""

    next: str | None = None
    gap: str = ""
    """Why they prove nothing, as a clause."""
    endless: bool = False
    """Whether they lead on without end, as they would another time."""
    _seen: set[str] = field(default_factory=set)
    _barren: int = 0

    def follow(self, cursor: str, *, news: bool) -> bool | None:
        """Go on by the cursor of the next page, "" for none; return whether this is the end, None without cursors.

        `news`: the page that has it holds something that none before held.
        """
        if not cursor:
            return None if self.next is None else True
        self._barren = 0 if news else self._barren + 1
        if cursor in self._seen:
            self.gap = "its cursors lead in a circle"
        elif self._barren > BARREN:
            self.gap = f"its cursors lead on, and nothing new has come on {BARREN} pages"
            self.endless = True
        self._seen.add(cursor)
        self.next = cursor
        return bool(self.gap)


@dataclass(slots=True)
class Listing:
    """One pass over a listing. Feed it page after page until `finished`; then `gap` says what is wrong, if anything.

    Args: known, the `ids` of the passes before, whose resources were handed out already; extent, how far it may go.
    """

    known: AbstractSet[int] = frozenset()
    extent: Extent = field(default_factory=Extent)
    start: int = 1
    """The 1-based index to ask for next."""
    cursors: Cursors = field(default_factory=Cursors)
    finished: bool = False
    first_is_new: bool = False
    """Whether no pass before has held the first resource of this one."""
    ids: set[int] = field(default_factory=set, init=False)
    """The ids that this pass has held, by Python's keyed hash of 64 bits: their texts take twice as much.

    Where two have the same, once in 2^64 pairs, the listing counts one too few, and proves nothing.
    """
    _twice: int = 0
    _total: int | None = None
    _shrank: bool = False
    _ended: bool = False

    def accept(self, page: Page, asked: int) -> list[Document]:
        """Take in the page at `start`, of which `asked` resources were asked for; return those not held before.

        Raises IncompleteListing when the listing grows beyond all bounds.
        """
        self.extent.add(page, len(self.ids))
        new = {id: resource for resource in page.resources if hash(id := resource["id"]) not in self.ids}
        news = len(new)
        self.ids.update(map(hash, new))
        self._note_total(page.total)
        self.start += len(page.resources)
        # No new id is an end as well: some services answer every index with the same page, forever.
        reached = self._total is not None and len(self.ids) >= self._total
        self.finished = not news or reached
        self._ended = not page.resources
        self._note_repeats(page, asked)
        end = self.cursors.follow(page.cursor, news=bool(news))
        if end is not None:
            self.finished = self._ended = end or (reached and not news)
        fresh = [resource for id, resource in new.items() if hash(id) not in self.known]
        if self.extent.pages == 1 and fresh:
            self.first_is_new = fresh[0] is page.resources[0]
        return fresh

    def is_new(self, id: str) -> bool:
        """Return whether neither this pass nor one before has held a resource."""
        return hash(id) not in self.known and hash(id) not in self.ids

    @property
    def gap(self) -> str:
        """Return why the pass proves nothing, as a clause; "" when it is complete."""
        if self.cursors.gap and len(self.ids) + self._twice != self._total:
            return self.cursors.gap
        if self._total is None:
            return "" if self._ended else "it tells no total and repeats its pages"
        if self._shrank:
            # What was deleted meanwhile moved the rest forward, past the index that was asked for next.
            return "resources were deleted while it was read"
        if len(self.ids) + self._twice != self._total:
            return f"it announces {self._total} resources and holds {len(self.ids)}"
        return ""

    @property
    def lacks_one(self) -> bool:
        """Return whether one resource is missing, as the first one is where a service counts from 0."""
        return self.cursors.next is None and self._total is not None and self._total - len(self.ids) == 1

    def may_lack_first(self, first: int) -> bool:
        """Return whether it began at index 1, and nothing says that the service does not count from 0."""
        return first == 1 and self.cursors.next is None and self._total is None

    def break_off(self) -> None:
        """Note that the service gives no further page."""
        self.cursors.gap, self.finished = "the service refuses the cursor that it gave", True

    def _note_repeats(self, page: Page, asked: int) -> None:
        """Count equal rows of one answer that holds all that is announced, and was not cut off: a join of theirs.

        Over several pages, a resource that comes twice says that another was passed over.
        """
        if self.extent.pages == 1 and len(page.resources) == page.total and len(page.resources) < asked:
            rows = {resource["id"]: resource for resource in page.resources}
            if all(rows[resource["id"]] == resource for resource in page.resources):
                self._twice, self.finished = len(page.resources) - len(rows), True

    def _note_total(self, total: int | None) -> None:
        if total is None:
            return
        self._shrank = self._shrank or (self._total is not None and total < self._total)
        self._total = total
