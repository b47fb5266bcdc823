"""The listings of one service, page after page, until each is provably complete (RFC 7644 section 3.4.2.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.service.quirks import Found, Quirk
from scim_operator.errors import IncompleteListing, Rejected
from scim_operator.scim.filters import matches
from scim_operator.scim.listing import Bounds, Extent, Listing, weight
from scim_operator.scim.page_reader import PageReader, Place
from scim_operator.scim.protocol import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ResourceType
    from scim_operator.core.resource import Document
    from scim_operator.scim.memory import Share
    from scim_operator.scim.requester import Requester

HITS = 100
"""Resources of one value that are looked at: more than one is ambiguous."""


class Pager:
    """Reads listings. Args: requester, which sends; bounds, how far a listing may go."""

    def __init__(self, requester: Requester, bounds: Bounds | None = None) -> None:
        self.reader = PageReader(requester)
        self._requester = requester
        self._first = 1
        """The index of the first resource, 0 for a service that was found to count from there."""
        self._from_one: set[ResourceType] = set()
        """The types whose lists are known to have nothing at index 0 that they do not have at 1."""
        self._bounds = bounds or Bounds()
        self._memory: Share | None = None

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what was found out about the lists of this service."""
        return *(() if self._first else (Found(Quirk.INDEX_FROM_ZERO),)), *self.reader.quirks

    def keep_within(self, memory: Share) -> None:
        """Let listings take no more memory than this from now on, in place of the bound on each."""
        self._memory = memory
        self._bounds = replace(self._bounds, mebibytes=memory.memory.total >> 20)

    @property
    def _page_size(self) -> int:
        return self._requester.lessons.capabilities.page_size

    async def pages(self, type: ResourceType) -> AsyncIterator[Page]:
        """List all resources of a type, each once. Raises IncompleteListing at the end unless the listing is complete.

        So nothing may be concluded from what is missing before the iteration has ended without an error (promise S10).
        """
        memory = self._memory
        if memory is None:
            async for page in self._list(type):
                yield page
            return
        try:
            async for page in self._list(type, memory):
                yield page
            memory.keep(type)
        finally:
            memory.give_up(type)

    async def hits(
        self, type: ResourceType, path: AttributePath, value: str, filter: str = ""
    ) -> tuple[list[Document], int]:
        """Return at most `HITS` resources that have the value, and how many were listed that do not."""
        hits: list[Document] = []
        others = 0
        async for page in self._list(type, filter=filter):
            fitting = [resource for resource in page.resources if matches(resource, path, value)]
            others += len(page.resources) - len(fitting)
            hits += fitting[: HITS - len(hits)]
        return hits, others

    async def page(self, type: ResourceType, filter: str = "") -> Page:
        """Return the first page of one resource, for what asks whether there is any."""
        return await self.reader.read(self.reader.first(type, 1, filter), 1)

    async def _list(self, type: ResourceType, memory: Share | None = None, filter: str = "") -> AsyncIterator[Page]:
        """Yield pages of resources that no page before held, in a second pass where the first is not complete."""
        known: set[int] = set()
        gap, kept, first = "", 0, self._first
        for last in (False, True):
            listing = Listing(known, Extent(self._bounds), first)
            while not listing.finished:
                page = await self._next(type, listing, filter)
                if page is None:
                    break
                fresh = listing.accept(page, self._page_size)
                kept += weight(page) if fresh else 0
                if memory is not None:
                    memory.read(type, kept)
                total = page.total
                del page  # which the next one need not share the memory with
                yield Page(fresh, total)
            gap = listing.gap
            if not gap:
                self._first = 0 if listing.first_is_new and not first else self._first
                async for page in self._at_zero(type, listing, first, filter):
                    yield page
                return
            if listing.cursors.endless:
                break
            known, first = known | listing.ids, 0 if listing.lacks_one and not last else 1
        raise _incomplete(type, gap, filter)

    async def _at_zero(self, type: ResourceType, listing: Listing, first: int, filter: str) -> AsyncIterator[Page]:
        """Yield what is at index 0 and not at 1, where a list without a total does not say that it lacks that.

        Where 0 means 1, as RFC 7644 section 3.4.2.4 has it, the same resource comes again.
        """
        if type in self._from_one or not listing.may_lack_first(first):
            return
        try:
            page = await self.reader.read(self.reader.first(type, 0, filter), 1)
        except Rejected:
            self._from_one.add(type)
            return
        fresh = [resource for resource in page.resources[:1] if listing.is_new(resource["id"])]
        if fresh:
            self._first = 0
            yield Page(fresh, None)
        elif page.resources:
            self._from_one.add(type)

    async def _next(self, type: ResourceType, listing: Listing, filter: str) -> Page | None:
        """Return the page to read next; None where the service refuses its own cursor."""
        if not listing.extent.pages:
            page = await self._begin(type, listing, filter)
            if self.reader.first(type, 1, "").cursor is not None:
                listing.cursors.next = ""  # asked for by cursor: a page that gives none is the last (RFC 9865)
            return page
        try:
            return await self.reader.read(Place(type, listing.start, listing.cursors.next, filter))
        except Rejected:
            if listing.cursors.next is None:
                raise
        listing.break_off()  # cursors expire (RFC 9865 section 2.1)
        return None

    async def _begin(self, type: ResourceType, listing: Listing, filter: str) -> Page:
        """Return the first page; one from index 0, where that may be the first, if the service takes it."""
        try:
            return await self.reader.read(self.reader.first(type, listing.start, filter))
        except Rejected:
            if listing.start:
                raise
        listing.start = 1
        return await self.reader.read(self.reader.first(type, 1, filter))


def _incomplete(type: ResourceType, gap: str, filter: str) -> IncompleteListing:
    if filter:
        return IncompleteListing(
            f"What the service answers to a filter of {type.endpoint} is incomplete: {gap}. So it is not known whether "
            "the resource is there already, and the filter is sent again later."
        )
    return IncompleteListing(
        f"The listing of {type.endpoint} is incomplete: {gap}. It is read again later, the less often, the more "
        "requests that takes."
    )
