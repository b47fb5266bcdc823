"""Requests to one service: sent, learned from where they are refused, and their answers read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from scim_operator.errors import PatchUnsupported, RequestTooLarge, ScimOperatorError
from scim_operator.scim.reading import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.scim.exchange import Exchange
    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.protocol import Request, Response

    Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Requester:
    """Sends requests, and takes what a refusal teaches into `lessons` before it is raised."""

    exchange: Exchange
    lessons: Lessons

    async def send(self, request: Request) -> Response:
        """Return the answer (2xx). Raises as `Exchange.send`, or Rejected where no other request can be tried."""
        try:
            return await self.exchange.send(request)
        except (PatchUnsupported, RequestTooLarge) as error:
            self.lessons.refused(request, error)
            raise


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
