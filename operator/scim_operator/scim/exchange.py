"""One request until its answer stands: budget, credentials, and the few repetitions that are certainly safe."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from scim_operator.core.backoff import doubled
from scim_operator.core.keys import ResourceType
from scim_operator.core.secrecy.veil import Veil
from scim_operator.core.service.quirks import Found, Quirk
from scim_operator.errors import Rejected, Throttled, Unreachable
from scim_operator.scim.auth import Credentials
from scim_operator.scim.failures import error_of, is_throttle, wait_of
from scim_operator.scim.fence import fence
from scim_operator.scim.precedence import goes_first
from scim_operator.scim.protocol import MEDIA_TYPE, Method, Request, Response
from scim_operator.scim.wear import Wear

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from scim_operator.errors import ScimOperatorError
    from scim_operator.scim.auth import HeaderSource, Proof, TokenSource
    from scim_operator.scim.budget import Budget
    from scim_operator.scim.sharing import Member
    from scim_operator.scim.transport import Transport

    Observer = Callable[["Sent"], None]
    """Called for each request sent, when it has ended."""

ATTEMPTS = 3
"""Number of times that a request is sent, at most, while nothing or a 5xx comes back."""

THROTTLED_ATTEMPTS = 5
"""Number of times that a request is sent, at most, while the service says "later"."""

PATIENCE = 60.0
"""Seconds of a Retry-After that a request waits out; a longer one is the job's to report."""

FIRST_PAUSE = 0.5
"""Seconds before the first repetition; doubled each time, and jittered so that not all come back at once."""

TOO_MANY = 429
"""The status that speaks of how many requests are sent (RFC 6585 section 4); a 503 does not."""

ACCEPT = "application/scim+json, application/json"
PLAIN_MEDIA_TYPE = "application/json"
"""The media type to send once a service refused RFC 7644's own (415)."""


ENDPOINTS = {type.endpoint: type for type in ResourceType}


class Sent(NamedTuple):
    """One request as it was sent: no id, no query, and so nothing personal.

    `type` is None where it was about no resource type, `status` 0 where no answer came, and `failure` the type of the
    error then. `waited` is how many seconds it waited for the budget, `resends` how often it had been sent before.
    """

    method: Method
    place: str
    type: ResourceType | None
    status: int
    failure: str
    seconds: float
    waited: float
    resends: int


class Exchange:
    """Sends requests to one service. `sent` counts them by method, as they leave; `random` is for jitter.

    `renewal` is what a message says to do where the service refuses what proves the operator.
    """

    def __init__(
        self,
        transport: Transport,
        credentials: TokenSource,
        scheme: str,
        budget: Budget | Member,
        random: random.Random,
        headers: HeaderSource | None = None,
    ) -> None:
        self.sent: Counter[Method] = Counter()
        self.observe: Observer | None = None
        self.renewal = ""
        self._veil = Veil()
        self._covered: Proof | None = None
        self._transport = transport
        self._credentials = Credentials(credentials, scheme, headers)
        self._budget = budget
        self._clock = budget.clock
        self._random = random
        self._media_type = MEDIA_TYPE
        self._wear = Wear()

    async def send(self, request: Request) -> Response:
        """Return the answer to a request that was carried out (2xx); anything else is raised, see errors.py.

        A write is only ever repeated when it had no effect: it never left, or the service said "later". A service that
        carried it out all the same says so in its next answer, for which `Rejected.repeated` prepares.
        """
        attempt, throttled = 1, False
        while True:
            self._leave_alone(request)
            media_type = self._media_type
            outcome = await self._attempt(request, attempt - 1)
            if isinstance(outcome, Response) and outcome.ok:
                return outcome
            pause = 0.0 if self._learns_media_type(media_type, outcome) else self._pause(request, outcome, attempt)
            if pause is None:
                raise self._error(request, outcome, repeated=throttled)
            throttled = throttled or (isinstance(outcome, Response) and is_throttle(outcome))
            await self._clock.sleep(pause * self._random.uniform(0.5, 1.0))
            attempt += 1

    def _leave_alone(self, request: Request) -> None:
        """Raise Throttled, and send nothing, where the type says "later" again and again and another one answers."""
        wait = self._wear.held(request.method, request.endpoint, self._clock.monotonic(), first=goes_first())
        if wait:
            raise Throttled(
                f"The service asks again and again to wait before requests to {request.endpoint}, and not before the "
                f"rest: the next one is sent in {wait:.0f} s.",
                retry_after=wait,
            )

    def refusal(self, request: Request, response: Response) -> ScimOperatorError:
        """Return the error that an answer to one operation of a bulk request means, as to a request of its own."""
        return error_of(request, response, self._clock.now(), veil=self._veil, renewal=self.renewal)

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what was found out about the bodies that this service takes."""
        return (Found(Quirk.PLAIN_JSON),) if self._media_type == PLAIN_MEDIA_TYPE else ()

    @property
    def allowed(self) -> float:
        """Return the requests a second that the service is sent at most now: the budget, or what it takes of it."""
        return self._budget.allowed

    def conceal(self, veil: Veil) -> None:
        """Keep what the veil covers out of all that is quoted from the service."""
        self._veil, self._covered = veil, None

    async def close(self) -> None:
        """Give connections back."""
        self._budget.close()
        await self._credentials.close()
        await self._transport.close()

    async def _attempt(self, request: Request, resends: int) -> Response | Unreachable:
        """Send once, and once more if the service refuses credentials that were replaced meanwhile."""
        proof = await self._proof()
        try:
            response = await self._once(request, proof, resends)
            if response.status in {401, 403}:
                fresh = await self._proof(fresh=True)
                if fresh != proof:
                    return await self._once(request, fresh, resends + 1)
        except Unreachable as error:
            return error
        return response

    async def _proof(self, *, fresh: bool = False) -> Proof:
        proof = await self._credentials.proof(fresh=fresh)
        if proof != self._covered:
            self._veil.cover_secret(*proof.secrets)
            self._covered = proof
        return proof

    async def _once(self, request: Request, proof: Proof, resends: int) -> Response:
        headers, asked = self._headers(request, proof), self._clock.monotonic()
        if not request.reads:
            await fence().opened()
        async with self._budget.request(self._credentials.account(proof)) as sending:
            self._leave_alone(request)
            self.sent[request.method] += 1
            started, status = self._clock.monotonic(), 0
            try:
                response = await self._sent(request, headers)
                status = response.status
            finally:
                if self.observe is not None:
                    seconds = self._clock.monotonic() - started
                    self.observe(_sent(request, status, seconds, started - asked, resends))
            if is_throttle(response):
                too_many = response.status == TOO_MANY and self._wear.takes(request.method, request.endpoint)
                sending.refused(wait_of(response.headers, self._clock.now()), too_many=too_many)
                now = self._clock.monotonic()
                wait, first = self._budget.closed_for, goes_first()
                self._wear.refused(request.method, request.endpoint, now, started, wait, first=first)
            elif response.status == 503:
                sending.refused(0.0)
            else:
                sending.succeeded()
                self._wear.answered(request.method, request.endpoint)
        return response

    async def _sent(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Send, unless the Lease of the service is no longer held; what reads may still be asked."""
        if request.reads:
            return await self._transport.send(request, headers)
        with fence().sending():
            return await self._transport.send(request, headers)

    def _headers(self, request: Request, proof: Proof) -> dict[str, str]:
        headers = {**proof.headers, "Accept": ACCEPT}
        if request.body is not None:
            headers["Content-Type"] = self._media_type
        if request.version:
            headers["If-Match"] = request.version
        return headers

    def _pause(self, request: Request, outcome: Response | Unreachable, attempt: int) -> float | None:
        """Return the seconds after which to send again; None when the outcome stands."""
        if isinstance(outcome, Response) and is_throttle(outcome):
            waits = self._budget.closed_for <= PATIENCE and attempt < THROTTLED_ATTEMPTS
            return 0.0 if waits else None  # the budget lets it through when the time is up
        repeats = may_repeat(request, outcome) and attempt < ATTEMPTS
        return doubled(FIRST_PAUSE, attempt - 1) if repeats else None

    def _learns_media_type(self, sent: str, outcome: Response | Unreachable) -> bool:
        """Return whether what was refused as `sent` is to be sent in the other form: others may have learned it too."""
        if not isinstance(outcome, Response) or outcome.status != 415 or sent == PLAIN_MEDIA_TYPE:
            return False
        self._media_type = PLAIN_MEDIA_TYPE
        return True

    def _error(self, request: Request, outcome: Response | Unreachable, *, repeated: bool) -> Exception:
        if isinstance(outcome, Unreachable):
            return outcome
        error = error_of(request, outcome, self._clock.now(), veil=self._veil, renewal=self.renewal)
        if isinstance(error, Rejected):
            error.repeated = repeated
        return error


def _sent(request: Request, status: int, seconds: float, waited: float, resends: int) -> Sent:
    failure = "" if status else type(sys.exception()).__name__
    about = ENDPOINTS.get(request.endpoint)
    return Sent(request.method, request.place, about, status, failure, seconds, waited, resends)


def may_repeat(request: Request, outcome: Response | Unreachable) -> bool:
    """Return whether sending again can help, and certainly repeats no effect."""
    if isinstance(outcome, Unreachable):
        return request.reads or not outcome.sent
    return request.reads and outcome.status >= 500 and outcome.status != 501
