"""Turns an answer other than success into an error: from status, headers and body (RFC 7644 section 3.12).

Tolerant on purpose: VMware Identity Service answers `{"errors": [...]}`, proxies answer HTML, others write the status
as a number or nothing at all. The HTTP status decides; the body only adds a scimType and an excerpt. What it means and
what to do next stands in the table of `advice.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from scim_operator.core.instants import zoned
from scim_operator.errors import (
    DependencyNotReady,
    PatchUnsupported,
    PreconditionFailed,
    Rejected,
    RequestTooLarge,
    ResourceGone,
    ScimOperatorError,
    SlashMissing,
    Throttled,
    Unauthorized,
    Unavailable,
    WrongService,
    WrongServiceReason,
)
from scim_operator.scim.advice import LATER, Meaning, Row, advice
from scim_operator.scim.filters import literals_in
from scim_operator.scim.operations import operation_of
from scim_operator.scim.passage import certificate_refused, refuses_certificate
from scim_operator.scim.protocol import ERROR
from scim_operator.scim.reading import is_web_page, note
from scim_operator.scim.reasons import reasons_in
from scim_operator.scim.redact import excerpt, values_in
from scim_operator.scim.values import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from scim_operator.core.secrecy.veil import Veil
    from scim_operator.scim.protocol import Request, Response

LONGEST_WAIT = 900.0
"""Seconds. A service that asks for more is tried again after this: a wrong clock must not stop us for a day."""

_KEYWORD = re.compile("[A-Za-z]{1,20}")
"""Pattern of a scimType: RFC 7644's own have up to 13 letters."""

LONGEST_ADDRESS = 4_000
"""Characters that are looked at of the address that a redirect leads to."""

DEFAULT_WAIT = 1.0
"""Seconds to wait after a 429 that does not say how long."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A failed exchange: the request, the response, and what of it can be shown."""

    request: Request
    response: Response
    now: datetime
    scim_type: str
    reported: str
    """The service's own words, cut and redacted, with a leading colon; "" when it said nothing usable."""

    @property
    def happened(self) -> str:
        """Return the sentence that opens every message."""
        keyword = f" {self.scim_type}" if self.scim_type else ""
        return f"The service answered {self.response.status}{keyword} to {self.request.subject}{self.reported}"

    @property
    def lacks_slash(self) -> bool:
        """Return whether a redirect leads to the address that was asked for, but for a slash at its end.

        Its host does not matter: it is our own address that is asked again. 303 says that the request was carried out
        (RFC 9110 section 15.4.4).
        """
        if self.response.status == 303:
            return False
        location = self.response.headers.get("location", "")[:LONGEST_ADDRESS]
        try:
            target = urlsplit(urljoin(self.request.path, location)).path
        except ValueError:
            return False
        return bool(location) and not self.request.slash and unquote(target).endswith(f"{unquote(self.request.path)}/")

    def row(self, *, alone: bool = False) -> Row:
        """Return the row of the table of messages; `alone`: the same connection serves everything else."""
        return advice(operation_of(self.request), self.response.status, self.scim_type, alone=alone)


def error_of(
    request: Request,
    response: Response,
    now: datetime,
    private: Iterable[str] = (),
    veil: Veil | None = None,
    renewal: str = "",
) -> ScimOperatorError:
    """Return the error that an answer other than 2xx means. `renewal` is what to do if it refuses what proves us.

    What the request itself says of a person is not repeated; nor are the `private` values, and what the `veil` covers.
    """
    if refuses_certificate(response):
        return certificate_refused()
    scim_type, detail = _read_error(response)
    hidden = [*private, *values_in(request.body), *literals_in(request.filter)]
    reported = excerpt(detail, hidden, veil).rstrip(".")
    keyword = excerpt(scim_type, hidden, veil) if _KEYWORD.fullmatch(scim_type) else ""
    fault = Fault(request, response, now, keyword, f": {reported}" if reported else "")
    return _error_for(fault, renewal)


def is_throttle(response: Response) -> bool:
    """Return whether the service said "later": the request may be repeated, and some carry it out all the same."""
    return response.status == 429 or (response.status == 503 and "retry-after" in response.headers)


def wait_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return a Retry-After in seconds, given as such or as a date (RFC 9110 section 10.2.3); None if absent or odd."""
    text = headers.get("retry-after", "").strip()[:64]
    seconds = _seconds(text)
    if seconds is None:
        seconds = _seconds_until(text, now)
    return None if seconds is None else min(max(0.0, seconds), LONGEST_WAIT)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if seconds == seconds else None  # noqa: PLR0124 - NaN is no time


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        return (zoned(date) - now).total_seconds()
    except (ArithmeticError, LookupError, TypeError, ValueError):  # all of which hostile dates bring about
        return None


def _read_error(response: Response) -> tuple[str, str]:
    """Return the scimType and the reasons of an error body, "" where there is none."""
    if is_web_page(response):
        return "", "a web page, so a proxy or a load balancer may have answered"
    return reasons_in(note(response.body))


def _is_scim(response: Response) -> bool:
    """Return whether an error is one of SCIM's own (RFC 7644 section 3.12)."""
    schemas = attribute(note(response.body), "schemas")
    return isinstance(schemas, list) and any(str(each).lower() == ERROR.lower() for each in schemas)


def _error_for(fault: Fault, renewal: str) -> ScimOperatorError:
    if is_throttle(fault.response):
        return _throttled(fault)
    row = fault.row()
    following = renewal if renewal and row.meaning is Meaning.UNAUTHORIZED else row.next
    message = f"{fault.happened}. {following}"
    error = _made(row.meaning, fault, message)
    if isinstance(error, Rejected | DependencyNotReady):
        error.happened = fault.happened
    if isinstance(error, DependencyNotReady):
        error.alone = f"{fault.happened}. {fault.row(alone=True).next}"
    return error


def _throttled(fault: Fault) -> Throttled:
    wait = wait_of(fault.response.headers, fault.now)
    following = LATER if fault.response.status == 503 else fault.row().next
    return Throttled(f"{fault.happened}. {following}", retry_after=DEFAULT_WAIT if wait is None else wait)


def _made(meaning: Meaning, fault: Fault, message: str) -> ScimOperatorError:
    status = fault.response.status
    match meaning:
        case Meaning.UNAVAILABLE:
            return Unavailable(message, status=status)
        case Meaning.WRONG_URL:
            return WrongService(message, reason=WrongServiceReason.WRONG_URL)
        case Meaning.REDIRECTED:
            kind = SlashMissing if fault.lacks_slash else WrongService
            return kind(message, reason=WrongServiceReason.REDIRECTED)
        case Meaning.UNAUTHORIZED:
            return Unauthorized(message, status=status)
        case Meaning.REJECTED:
            return Rejected(message, status=status, scim_type=fault.scim_type, in_scim=_is_scim(fault.response))
        case _:
            return _PLAIN[meaning](message)


_PLAIN: Mapping[Meaning, type[ScimOperatorError]] = {
    Meaning.GONE: ResourceGone,
    Meaning.NO_PATCH: PatchUnsupported,
    Meaning.MOVED: PreconditionFailed,
    Meaning.TOO_LARGE: RequestTooLarge,
}
