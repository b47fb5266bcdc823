"""What is known of a service's bulk requests: whether it takes them, which kinds work, and how many fit into one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scim_operator.core.service.quirks import Found, Quirk
from scim_operator.errors import (
    LeaseLost,
    RequestTooLarge,
    ScimOperatorError,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from scim_operator.scim.bulk_form import kind_of, may_join
from scim_operator.scim.protocol import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.protocol import Request

logger = logging.getLogger(__name__)

TRIAL = 2
"""Operations of a bulk request of a kind that was not seen to work."""
STRIKES = 3
"""Bulk requests in a row without an answer to their operations, after which no more are sent."""

Outcome = Response | ScimOperatorError | None
"""The answer to one write, or its error; None where it is to be sent alone."""


class Trust:
    """The trust in one service. `proven` are kinds that work, `failing` those that do not, `trying` those on trial."""

    def __init__(self, lessons: Lessons) -> None:
        self.proven: set[str] = set()
        self.trying: set[str] = set()
        self._failing: set[str] = set()
        self._lessons = lessons
        self._failed = False
        self._most: int | None = None
        self._strikes = 0

    @property
    def failed(self) -> bool:
        """Return whether the service was found to fail at bulk requests."""
        return self._failed

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return whether the service was found to fail at what it offers."""
        return (Found(Quirk.BULK_FAILS),) if self._failed else ()

    @property
    def room(self) -> int:
        """Return the bytes that the operations of one request may take."""
        return self._lessons.capabilities.bulk_payload

    def takes(self, requests: Sequence[Request]) -> bool:
        """Return whether these may go in a bulk request."""
        if self._failed or not self._lessons.capabilities.bulk or any(self._lessons.slashes.values()):
            return False
        return kind_of(requests[0]) not in self._failing and all(map(may_join, requests))

    def most(self, kind: str) -> int:
        """Return how many operations a request with this kind may have."""
        if kind not in self.proven:
            return TRIAL
        offered = self._lessons.capabilities.bulk_operations
        return offered if self._most is None else min(offered, self._most)

    def answered(self) -> None:
        """Note a request that was answered operation by operation."""
        self._strikes = 0

    def strike(self) -> None:
        """Note one that was not."""
        self._strikes += 1
        if self._strikes >= STRIKES:
            self.fail(f"{STRIKES} in a row were in vain")

    def distrust(self, kind: str) -> None:
        """Send no more of a kind."""
        self._failing.add(kind)
        logger.warning("The service answers success to %s in a bulk request, and does not show it.", kind)

    def fail(self, why: str) -> None:
        """Send no more at all."""
        if not self._failed:
            logger.warning("The service fails at bulk requests, %s: requests go one by one.", why)
        self._failed = True
        self._lessons.learn("bulk", False)  # noqa: FBT003 - a capability's value

    def refused(self, error: ScimOperatorError, count: int) -> Callable[[], Outcome]:
        """Learn from the error of a request with so many operations; what it makes of each of them."""
        match error:
            case LeaseLost():
                return lambda: LeaseLost(str(error))
            case Unreachable(sent=False):
                return lambda: Unreachable(str(error), sent=False)
            case Unreachable():
                self._halve(count)
                self.strike()
                return lambda: Unreachable(str(error))
            case Throttled():
                self.strike()
                return lambda: Throttled(str(error), retry_after=error.retry_after)
            case Unavailable():
                self.strike()
                return lambda: Unavailable(str(error), status=error.status)
            case RequestTooLarge():
                self._halve(count)
            case Unauthorized():
                self.strike()
            case _:
                self.fail("and refuses them")
        return lambda: None

    def _halve(self, count: int) -> None:
        self._most = min(self._most or count, count // 2)
        if self._most < TRIAL:
            self.fail("of any size")


def lost() -> Unreachable:
    """Return the error for an operation without an answer."""
    return Unreachable("The service did not answer one operation of a bulk request, which may have taken effect.")
