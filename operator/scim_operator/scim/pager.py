"""The listings of one service, page after page, until each is provably complete (RFC 7644 section 3.4.2.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.errors import IncompleteListing
from scim_operator.scim.filters import matches
from scim_operator.scim.listing import Bounds, Listing, weight
from scim_operator.scim.protocol import Page, Request, list_request
from scim_operator.scim.reading import Oversized, read_page
from scim_operator.scim.requester import off_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ResourceType
    from scim_operator.core.resource import Document
    from scim_operator.scim.memory import Share
    from scim_operator.scim.requester import Requester

PASSES = 2
"""Number of times that a listing is read, at most, until it is complete."""

HITS = 100
"""Resources of one value that are looked at: more than one is ambiguous."""


class Pager:
    """Reads listings. Args: requester, which sends; bounds, how far a listing may go."""

    def __init__(self, requester: Requester, bounds: Bounds | None = None) -> None:
        self._requester = requester
        self._bounds = bounds or Bounds()
        self._memory: Share | None = None

    def keep_within(self, memory: Share) -> None:
        """Let listings take no more memory than this from now on, in place of the bound on each."""
        self._memory = memory
        self._bounds = replace(self._bounds, mebibytes=memory.memory.total >> 20)

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

    async def page(self, request: Request, most: int | None = None) -> Page:
        """Return one page of at most `most` resources, read a second time if it is broken."""
        for last in (False, True):
            try:
                return await off_loop(read_page, await self._requester.send(request), most)
            except IncompleteListing as error:
                if last or isinstance(error, Oversized):
                    raise
        raise AssertionError("the second reading returns or raises")

    async def _list(self, type: ResourceType, memory: Share | None = None, filter: str = "") -> AsyncIterator[Page]:
        """Yield pages of resources that no page before held, over as many passes as it takes to be complete."""
        known: set[str] = set()
        gap, kept = "", 0
        for _ in range(PASSES):
            listing = Listing(known, self._bounds)
            while not listing.finished:
                count = self._requester.lessons.capabilities.page_size
                page = await self.page(list_request(type, start=listing.start, count=count, filter=filter), count)
                fresh = listing.accept(page)
                kept += weight(page) if fresh else 0
                if memory is not None:
                    memory.read(type, kept)
                total = page.total
                del page  # which the next one need not share the memory with
                yield Page(fresh, total)
            gap = listing.gap
            if not gap:
                return
        raise IncompleteListing(f"The listing of {type.endpoint} is incomplete: {gap}. It is read again later.")
