"""Reads what a bulk request has created and its answer does not show (RFC 7644 section 3.7.3), many at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.errors import Rejected, ScimOperatorError
from scim_operator.scim.filters import equals
from scim_operator.scim.protocol import encode, list_request
from scim_operator.scim.reading import read_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scim_operator.core.resource import Document
    from scim_operator.scim.bulk_form import Answered
    from scim_operator.scim.exchange import Exchange
    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.protocol import Request

AT_A_TIME = 40
"""Resources that one filter names: its address has some two thousand characters then."""
_ID = parse("id")


class BulkReading:
    """Reads by a filter of ids. What it does not find is left to be read alone, and so is all where it is refused."""

    def __init__(self, exchange: Exchange, lessons: Lessons) -> None:
        self._exchange = exchange
        self._lessons = lessons
        self._refused: set[ResourceType] = set()

    async def completed(self, requests: Sequence[Request], answers: Sequence[Answered | None]) -> list[Answered | None]:
        """Return the answers, with the resources that they did not show."""
        found = list(answers)
        for type in ResourceType:
            places = {
                answer.created: place
                for place, (request, answer) in enumerate(zip(requests, answers, strict=True))
                if answer is not None and answer.created and request.type is type
            }
            for document in await self._read(type, places):
                place = places.get(document["id"])
                if place is not None and (answer := found[place]) is not None:
                    found[place] = replace(answer, response=replace(answer.response, body=encode(document)))
        return found

    async def _read(self, type: ResourceType, ids: Iterable[str]) -> list[Document]:
        capabilities, left = self._lessons.capabilities.of(type), list(ids)
        read: list[Document] = []
        most = min(AT_A_TIME, capabilities.page_size)
        while len(left) > 1 and type not in self._refused and capabilities.filter:
            read += await self._several(type, left[:most])
            left = left[most:]
        return read

    async def _several(self, type: ResourceType, ids: Sequence[str]) -> list[Document]:
        filter = " or ".join(equals(_ID, id) for id in ids)
        try:
            response = await self._exchange.send(list_request(type, start=1, count=len(ids), filter=filter))
            page = read_page(response, len(ids))
        except ScimOperatorError as error:
            if isinstance(error, Rejected):
                self._refused.add(type)
            return []
        if not page.resources:
            self._refused.add(type)
        return page.resources
