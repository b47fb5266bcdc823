"""Single pages of a list, asked for in the size and by the kind of paging that the service takes.

A refusal (400 or 422) may be about the filter, the size (`count`) or the paging (`startIndex`, RFC 9865's `cursor`).
What it is about is what makes the same request pass when it is changed alone; only that is learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.service.quirks import Found, Quirk
from scim_operator.errors import IncompleteListing, Rejected, ScimOperatorError, WrongService, WrongServiceReason
from scim_operator.scim.protocol import Page, Request, list_request
from scim_operator.scim.reading import Oversized, read_page
from scim_operator.scim.requester import off_loop

if TYPE_CHECKING:
    from scim_operator.core.keys import ResourceType
    from scim_operator.scim.requester import Requester

FORM = frozenset({400, 413, 422})
"""Statuses that may be about the form of a request for a page."""


@dataclass(frozen=True, slots=True)
class Place:
    """The page that is meant: from the index `start`, or from a cursor on ("" for the first page)."""

    type: ResourceType
    start: int = 1
    cursor: str | None = None
    filter: str = ""

    def request(self, count: int) -> Request:
        """Return the request for at most `count` resources."""
        return list_request(self.type, start=self.start, count=count, filter=self.filter, cursor=self.cursor)

    @property
    def kind(self) -> tuple[ResourceType, bool]:
        """Return the type, and whether the list is filtered: some services page the two in different ways."""
        return self.type, bool(self.filter)

    @property
    def first(self) -> bool:
        """Return whether it is the first page."""
        return not self.cursor and self.start <= 1

    def otherwise(self) -> Place:
        """Return the first page, asked for by cursor where this one is by index, and the other way round."""
        return Place(self.type, cursor="" if self.cursor is None else None, filter=self.filter)


class PageReader:
    """Reads pages, and remembers how this service pages."""

    def __init__(self, requester: Requester) -> None:
        self._requester = requester
        self._by_cursor: dict[tuple[ResourceType, bool], bool] = {}
        """Whether pages are asked for by cursor, by type and whether they are filtered; nothing until one was read."""
        self._none_is_absent: set[ResourceType] = set()

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what was found out about the lists of this service."""
        by_cursor = dict.fromkeys(type for (type, _), does in self._by_cursor.items() if does)
        found = (Found(Quirk.CURSOR_PAGING, type) for type in by_cursor)
        return *found, *(Found(Quirk.NO_MATCH_IS_404, type) for type in self._none_is_absent)

    def first(self, type: ResourceType, start: int, filter: str) -> Place:
        """Return the first page of a list. What is known of filters holds for whole lists until these are known."""
        known = (self._by_cursor.get((type, filtered)) for filtered in (bool(filter), not filter))
        by_cursor = next((does for does in known if does is not None), self._requester.lessons.cursor_only)
        return Place(type, start, "" if by_cursor else None, filter)

    async def read(self, place: Place, count: int = 0) -> Page:
        """Return a page of at most `count` resources, 0 for as many as the service takes.

        Raises Rejected where the service takes it in no form, IncompleteListing where it is broken twice.
        """
        count = count or self._requester.lessons.capabilities.page_size
        try:
            return await self._in_size(place, count)
        except Rejected as error:
            if not _may_be_form(error) or not place.first or place.start == 0:
                raise
            if place.filter and place.kind in self._by_cursor:
                raise
            try:
                page = await self._in_size(place.otherwise(), count)
            except ScimOperatorError:
                raise error from None
            self._by_cursor[place.kind] = place.cursor is None
            return page

    async def _in_size(self, place: Place, count: int) -> Page:
        """Return the page, in a smaller size where the service takes no larger one."""
        try:
            page = await self._page(place, count)
        except Rejected as error:
            if not _may_be_form(error) or count == 1:
                raise
            page = await self._smaller(place, count, error)
        self._by_cursor.setdefault(place.kind, place.cursor is not None)
        return page

    async def _smaller(self, place: Place, refused: int, error: Rejected) -> Page:
        """Halve the size until the page is taken, if one of a single resource is; raises the refusal otherwise."""
        try:
            page = await self._page(place, 1)
        except ScimOperatorError:
            raise error from None
        size = refused // 2
        while size > 1:
            try:
                page = await self._page(place, size)
            except Rejected:
                size //= 2
            else:
                break
        self._requester.lessons.page_refused(max(1, size), error)
        return page

    async def _page(self, place: Place, count: int) -> Page:
        """Return one page, read a second time if it is broken."""
        for last in (False, True):
            try:
                return await self._once(place, count)
            except IncompleteListing as error:
                if last or isinstance(error, Oversized):
                    raise
        raise AssertionError("the second reading returns or raises")

    async def _once(self, place: Place, count: int) -> Page:
        try:
            response = await self._requester.send(place.request(count))
        except WrongService as error:
            if not place.filter or error.reason != WrongServiceReason.WRONG_URL or not await self._exists(place.type):
                raise
            return Page([], 0)
        if place.filter and response.status == 204:
            return Page([], 0)
        return await off_loop(read_page, response, count)

    async def _exists(self, type: ResourceType) -> bool:
        """Return whether the endpoint is there, so that 404 to a filter says that nothing matches."""
        if type in self._none_is_absent:
            return True
        try:
            await self._requester.send(Place(type).request(1))
        except WrongService:
            return False
        except Rejected:  # it refuses the list, and so is there
            pass
        self._none_is_absent.add(type)
        return True


def _may_be_form(error: Rejected) -> bool:
    """Return whether a refusal may be about size or paging; one that names the filter is about that."""
    return error.status in FORM and error.scim_type.lower() != "invalidfilter"
