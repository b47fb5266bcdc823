"""Requests to one service: sent, learned from where they are refused, and their answers read."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from scim_operator.errors import PatchUnsupported, RequestTooLarge, ScimOperatorError, SlashMissing
from scim_operator.scim.reading import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.scim.exchange import Exchange
    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.protocol import Request, Response

    Read = TypeVar("Read")


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Requester:
    """Sends requests, and takes what a refusal teaches into `lessons` before it is raised."""

    exchange: Exchange
    lessons: Lessons

    async def send(self, request: Request) -> Response:
        """Return the answer (2xx). Raises as `Exchange.send`, or Rejected where no other request can be tried."""
        try:
            return await self._send(request)
        except (PatchUnsupported, RequestTooLarge) as error:
            self.lessons.refused(request, error)
            raise

    async def _send(self, request: Request) -> Response:
        """Send to the address as the service wants it: a read finds out that it ends in a slash, a write follows."""
        try:
            return await self.exchange.send(replace(request, slash=True) if self.lessons.slash else request)
        except SlashMissing:
            if not request.reads:
                raise
            answer = await self.exchange.send(replace(request, slash=True))
        if not self.lessons.slash:
            logger.warning("The service redirects to addresses that end in a slash: they are asked from now on.")
            self.lessons.slash = True
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
