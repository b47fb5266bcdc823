"""Sends writes that wait at the same time in one request (RFC 7644 section 3.7), where that was seen to work.

Each write comes from a task of its own, judged and announced before, and goes back to it with the answer or the error
that it alone would have had: nothing else knows of bulk requests.

| the bulk request                    | each write in it                                                      |
|-------------------------------------|-----------------------------------------------------------------------|
| is answered                         | has the answer of its operation                                       |
| its answer is lost or unreadable    | may have taken effect: it is found before it is sent again            |
| lacks the answer to an operation    | the same, and no more are sent                                        |
| is refused as a whole, or too large | is sent alone; no more are sent, or smaller ones                      |
| 429, 5xx                            | has that answer; after some in a row no more are sent                 |
| one operation answers 429           | is sent alone                                                         |

The first of each kind is a trial: few operations, which are read back, and sent alone where they are refused. More
follow only where the service holds what was sent. What ends access never comes here (`precedence.py`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from scim_operator.errors import ResourceGone, ScimOperatorError, Unreachable
from scim_operator.scim.bulk_form import bulk_request, kind_of, read_bulk, shows, size_of
from scim_operator.scim.bulk_reading import BulkReading
from scim_operator.scim.bulk_trust import Outcome, Trust, lost
from scim_operator.scim.failures import is_throttle
from scim_operator.scim.precedence import goes_first
from scim_operator.scim.protocol import Response, get_request
from scim_operator.scim.reading import read_resource
from scim_operator.scim.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scim_operator.core.service.quirks import Found
    from scim_operator.scim.exchange import Exchange
    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.protocol import Request

    Alone = Callable[[Request], Awaitable[Response]]

AT_ONCE = 4
"""Requests, bulk or not, that are under way before further writes wait for one another."""


class _Turn(Enum):
    """What one who waits is to do."""

    LEAD = auto()


@dataclass(slots=True, eq=False)
class _Parcel:
    """Writes to one resource, in their order. `turn` is done when they are answered, or their task is to lead."""

    requests: Sequence[Request]
    turn: asyncio.Future[list[Outcome] | _Turn]
    kind: str = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.kind = kind_of(self.requests[0])
        self.size = sum(map(size_of, self.requests))

    @property
    def leads(self) -> bool:
        """Return whether its task was asked to lead."""
        return self.turn.done() and not self.turn.cancelled() and self.turn.result() is _Turn.LEAD

    def answer(self, outcomes: list[Outcome]) -> None:
        """Give these to the task that waits, if it still does."""
        if not self.turn.done():
            self.turn.set_result(outcomes)


class Bulk:
    """The writes of one service that wait for company: tasks queue, and one of them sends for all."""

    def __init__(self, exchange: Exchange, lessons: Lessons) -> None:
        self._exchange = exchange
        self._trust = Trust(lessons)
        self._reading = BulkReading(exchange, lessons)
        self._waiting: deque[_Parcel] = deque()
        self._leaders = 0

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return whether the service was found to fail at what it offers."""
        return self._trust.quirks

    def takes(self, requests: Sequence[Request]) -> bool:
        """Return whether these may go with others: never what goes first, and nothing that may take something away."""
        return not goes_first() and self._trust.takes(requests)

    async def send(self, requests: Sequence[Request], alone: Alone) -> list[Outcome]:
        """Send writes to one resource in their order; the answer or error of each, up to the first error.

        `alone` sends one of them in a request of its own.
        """
        outcomes: list[Outcome] = []
        while len(outcomes) < len(requests):
            outcomes += await self._sent(self._parcel(requests[len(outcomes) :]), alone)
            if isinstance(outcomes[-1], ScimOperatorError):
                break
        return outcomes

    def _parcel(self, requests: Sequence[Request]) -> _Parcel:
        """Return the first of these that fit into one bulk request, one at least."""
        taken, room = [requests[0]], self._trust.room - size_of(requests[0])
        for each in requests[1 : self._trust.most(kind_of(requests[0]))]:
            room -= size_of(each)
            if room < 0:
                break
            taken.append(each)
        return _Parcel(taken, asyncio.get_running_loop().create_future())

    async def _sent(self, parcel: _Parcel, alone: Alone) -> list[Outcome]:
        """Send a parcel with those that wait, or have another task send it."""
        if self._leaders >= AT_ONCE:
            self._waiting.append(parcel)
            found = await self._turn(parcel)
            if isinstance(found, list):
                return await self._finished(parcel, found, alone)
        else:
            self._leaders += 1
        try:
            return await self._finished(parcel, await self._lead(parcel), alone)
        finally:
            self._leaders -= 1
            self._pass_on()

    async def _turn(self, parcel: _Parcel) -> list[Outcome] | _Turn:
        try:
            return await parcel.turn
        except asyncio.CancelledError:
            if parcel.leads:
                self._leaders -= 1
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Have those who wait longest lead."""
        while self._leaders < AT_ONCE and self._waiting:
            parcel = self._waiting.popleft()
            if not parcel.turn.done():
                self._leaders += 1
                parcel.turn.set_result(_Turn.LEAD)

    async def _finished(self, parcel: _Parcel, outcomes: list[Outcome], alone: Alone) -> list[Outcome]:
        """Send alone what is to be, in its order; return all outcomes up to the first error."""
        found: list[Outcome] = []
        for request, outcome in zip(parcel.requests, outcomes, strict=True):
            found.append(await _alone(request, alone) if outcome is None else outcome)
            if isinstance(found[-1], ScimOperatorError):
                break
        return found

    async def _lead(self, own: _Parcel) -> list[Outcome]:
        """Send a parcel with what may go with it, and give the others their outcomes."""
        if not self._trust.takes(own.requests):
            return [None for _ in own.requests]
        batch = self._batch(own)
        requests = [request for parcel in batch for request in parcel.requests]
        outcomes: list[Outcome] = [lost() for _ in requests]  # where this task is cancelled
        try:
            outcomes = await self._together(requests, own.kind)
        finally:
            rest = iter(outcomes)
            shares = [[next(rest) for _ in parcel.requests] for parcel in batch]
            for parcel, share in zip(batch, shares, strict=True):
                parcel.answer(share)
        return shares[0]

    def _batch(self, own: _Parcel) -> list[_Parcel]:
        """Take out of those who wait what goes with a parcel: in a trial, one more of its kind."""
        trust, batch, left = self._trust, [own], deque[_Parcel]()
        count, room = len(own.requests), trust.room - own.size
        while self._waiting and own.kind not in trust.trying:
            parcel = self._waiting.popleft()
            fits = count + len(parcel.requests) <= trust.most(own.kind) and parcel.size <= room
            if parcel.turn.done():
                continue
            if fits and (parcel.kind == own.kind or {own.kind, parcel.kind} <= trust.proven):
                batch.append(parcel)
                count, room = count + len(parcel.requests), room - parcel.size
            else:
                left.append(parcel)
        left.extend(self._waiting)
        self._waiting = left
        return batch

    async def _together(self, requests: Sequence[Request], kind: str) -> list[Outcome]:
        """Send writes in one request, the first of a kind on trial."""
        trust = self._trust
        if len(requests) == 1:
            return [None]
        if kind in trust.proven:
            return await self._carried(requests)
        trust.trying.add(kind)
        try:
            outcomes = await self._carried(requests)
            return outcomes if trust.failed else await self._seen(requests, outcomes, kind)
        finally:
            trust.trying.discard(kind)

    async def _seen(self, requests: Sequence[Request], outcomes: list[Outcome], kind: str) -> list[Outcome]:
        """Look at what a trial has done; what it refused is sent alone, to see whether that is refused too."""
        if not any(isinstance(each, Response) for each in outcomes):
            refused = any(isinstance(each, ScimOperatorError) and not _is_lost(each) for each in outcomes)
            if refused:
                self._trust.strike()
            return [each if _is_lost(each) else None for each in outcomes]
        found = [await self._look(*each) for each in zip(requests, outcomes, strict=True)]
        if any(_is_lost(each) for each in found):
            self._trust.distrust(kind)
        elif all(isinstance(each, Response) for each in found):
            self._trust.proven.add(kind)
        return found

    async def _look(self, request: Request, outcome: Outcome) -> Outcome:
        """Return the resource as it is read after an operation; None for one that was refused."""
        if not isinstance(outcome, Response):
            return None
        try:
            id = request.id or str((read_resource(outcome) or {}).get("id", ""))
            seen = await self._exchange.send(get_request(request.type, id)) if id else None
            shown = seen is not None and shows(request, read_resource(seen))
        except ResourceGone:
            return lost()
        except ScimOperatorError:
            return outcome
        return seen if shown else lost()

    async def _carried(self, requests: Sequence[Request]) -> list[Outcome]:
        """Send a bulk request; what its answer means for each operation."""
        try:
            response = await self._exchange.send(bulk_request(requests))
            answers = await self._reading.completed(requests, read_bulk(response, requests))
        except Unreadable:
            self._trust.fail("whose answers cannot be read")
            return [lost() for _ in requests]
        except ScimOperatorError as error:
            outcome = self._trust.refused(error, len(requests))
            return [outcome() for _ in requests]
        if None in answers:
            self._trust.fail("whose answers lack operations")
        else:
            self._trust.answered()
        return [
            lost() if answer is None else self._outcome(request, answer.response)
            for request, answer in zip(requests, answers, strict=True)
        ]

    def _outcome(self, request: Request, response: Response) -> Outcome:
        if response.ok:
            return response
        return None if is_throttle(response) else self._exchange.refusal(request, response)


async def _alone(request: Request, alone: Alone) -> Outcome:
    """Send one write in a request of its own."""
    try:
        return await alone(request)
    except ScimOperatorError as error:
        if hasattr(error, "repeated"):  # the bulk request may have done it all the same
            error.repeated = True
        return error


def _is_lost(outcome: Outcome) -> bool:
    return isinstance(outcome, Unreachable)
