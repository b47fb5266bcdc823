"""Requests to one service: sent, learned from where they are refused, and their answers read."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from scim_operator.errors import PatchUnsupported, RequestTooLarge, ScimOperatorError, SlashMissing
from scim_operator.scim.protocol import Response, reading
from scim_operator.scim.reading import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scim_operator.scim.bulk import Bulk
    from scim_operator.scim.bulk_trust import Outcome
    from scim_operator.scim.exchange import Exchange
    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.protocol import Request

    Read = TypeVar("Read")


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Requester:
    """Sends requests, and takes what a refusal teaches into `lessons` before it is raised."""

    exchange: Exchange
    lessons: Lessons
    bulk: Bulk

    async def send(self, *requests: Request) -> Response:
        """Send one request, or changes of one resource in their order; return the last answer (2xx).

        Raises as `Exchange.send`, of the first that fails, or Rejected where no other request can be tried.
        """
        if self.bulk.takes(requests):
            return self._last(requests, await self.bulk.send(requests, self._send))
        for request in requests:
            answer = await self._learning(request)
        return answer

    async def _learning(self, request: Request) -> Response:
        try:
            return await self._send(request)
        except (PatchUnsupported, RequestTooLarge) as error:
            self.lessons.refused(request, error)
            raise

    def _last(self, requests: Sequence[Request], outcomes: Sequence[Outcome]) -> Response:
        """Return the last answer of several requests; raises where that is an error."""
        last = outcomes[-1]
        if isinstance(last, Response):
            return last
        assert last is not None  # noqa: S101 - what is to be sent alone was sent
        if isinstance(last, PatchUnsupported | RequestTooLarge):
            self.lessons.refused(requests[len(outcomes) - 1], last)
        raise last

    async def _send(self, request: Request) -> Response:
        """Send to the address as the service wants it: a read finds out that it ends in a slash, a write follows.

        Each kind of address is found out alone: where lists end in a slash, single resources may not.
        """
        slashes, place = self.lessons.slashes, request.place
        if not request.reads and place not in slashes and any(slashes.values()):
            with suppress(ScimOperatorError):
                await self._send(reading(request))
        slash = slashes.get(place, False)
        try:
            answer = await self.exchange.send(replace(request, slash=slash))
        except SlashMissing as error:
            if slash:
                raise
            return await self._with_slash(request, error)
        if request.reads:
            slashes.setdefault(place, slash)
        return answer

    async def _with_slash(self, request: Request, missing: SlashMissing) -> Response:
        """Send to the address with a slash; a write only where a read is answered there, else it stays `missing`."""
        if not request.reads:
            try:
                await self._with_slash(reading(request), missing)
            except ScimOperatorError:
                raise missing from None
            return await self.exchange.send(replace(request, slash=True))
        answer = await self.exchange.send(replace(request, slash=True))
        if not self.lessons.slashes.get(request.place):
            logger.warning(
                "The service redirects to %s with a slash at its end: it is asked from now on.", request.place
            )
        self.lessons.slashes[request.place] = True
        return answer


async def off_loop(read: Callable[..., Read], response: Response, *more: object) -> Read:
    """Read an answer, a large one in a thread of its own, so that other tasks go on meanwhile."""
    if len(response.body) <= LIGHT:
        return read(response, *more)
    found = await asyncio.to_thread(_outcome, read, response, *more)
    if isinstance(found, ScimOperatorError):
        del response
        raise found
    return found


def _outcome(read: Callable[..., Read], *about: object) -> Read | ScimOperatorError:
    """Return what reading gives, or its error without the trace, which would keep the whole answer in memory."""
    try:
        return read(*about)
    except ScimOperatorError as error:
        error.__traceback__ = error.__cause__ = error.__context__ = None
        return error
