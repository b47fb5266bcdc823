"""Turns an answer other than success into an error: from status, headers and body (RFC 7644 section 3.12).

Tolerant on purpose: VMware Identity Service answers `{"errors": [...]}`, proxies answer HTML, others write the status
as a number or nothing at all. The HTTP status decides; the body only adds a scimType and an excerpt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scim_operator.errors import (
    PatchUnsupported,
    PreconditionFailed,
    Rejected,
    RequestTooLarge,
    ResourceGone,
    ScimOperatorError,
    Throttled,
    Unauthorized,
    Unavailable,
    WrongService,
    WrongServiceReason,
)
from scim_operator.scim.filters import literals_in
from scim_operator.scim.protocol import Method, Request, Response
from scim_operator.scim.reading import attribute, is_web_page, note
from scim_operator.scim.redact import excerpt, values_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scim_operator.core.secrecy.veil import Veil

LONGEST_WAIT = 900.0
"""Seconds. A service that asks for more is tried again after this: a wrong clock must not stop us for a day."""

LONGEST_TEXT = 4_000
"""Characters that are looked at of what a service says about an error."""

_KEYWORD = re.compile("[A-Za-z]{1,20}")
"""Pattern of a scimType: RFC 7644's own have up to 13 letters."""

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


def error_of(
    request: Request, response: Response, now: datetime, private: Iterable[str] = (), veil: Veil | None = None
) -> ScimOperatorError:
    """Return the error that an answer other than 2xx means.

    What the request itself says of a person is not repeated; nor are the `private` values, and what the `veil` covers.
    """
    scim_type, detail = _read_error(response)
    hidden = [*private, *values_in(request.body), *literals_in(request.filter)]
    reported = excerpt(detail, hidden, veil).rstrip(".")
    keyword = excerpt(scim_type, hidden, veil) if _KEYWORD.fullmatch(scim_type) else ""
    fault = Fault(request, response, now, keyword, f": {reported}" if reported else "")
    return _error_for(fault)


def is_throttle(response: Response) -> bool:
    """Return whether the service said "later", so that the request certainly had no effect."""
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
        return (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ArithmeticError, LookupError, TypeError, ValueError):  # all of which hostile dates bring about
        return None


def _read_error(response: Response) -> tuple[str, str]:
    """Return the scimType and the detail of an error body, "" where there is none."""
    if is_web_page(response):
        return "", "a web page, so a proxy or a load balancer may have answered"
    return _describe(note(response.body))


def _describe(content: Mapping[str, Any]) -> tuple[str, str]:
    inner = attribute(content, "errors") or attribute(content, "error")
    if isinstance(inner, list) and inner:
        inner = inner[0]
    if isinstance(inner, dict):  # VMware's form, and SCIM 1.1's
        return _text(inner, "scimType", "type"), _text(inner, "detail", "message", "description")
    return _text(content, "scimType"), _text(content, "detail", "error_description", "message", "title")


def _text(content: Mapping[str, Any], *names: str) -> str:
    found = (attribute(content, name) for name in names)
    return next((value[:LONGEST_TEXT] for value in found if isinstance(value, str) and value), "")


def _error_for(fault: Fault) -> ScimOperatorError:
    status = fault.response.status
    if is_throttle(fault.response):
        return _throttled(fault)
    if status == 400 and fault.scim_type.lower() == "toomany" and not fault.request.reads:
        return _too_large(fault)  # RFC 7644 has tooMany for filters only; services use it for members too
    if status in _BY_STATUS:
        return _BY_STATUS[status](fault)
    if 300 <= status < 400:
        return _redirected(fault)
    if status >= 500 or status in {408, 425}:
        return Unavailable(f"{fault.happened}. It is tried again.", status=status)
    return _rejected(fault)


def _throttled(fault: Fault) -> Throttled:
    wait = wait_of(fault.response.headers, fault.now)
    return Throttled(
        f"{fault.happened}. Nothing is sent until its time is up; lower spec.service.budget if this is frequent.",
        retry_after=DEFAULT_WAIT if wait is None else wait,
    )


def _unauthorized(fault: Fault) -> Unauthorized:
    return Unauthorized(
        f"{fault.happened}. The token has expired, was revoked or lacks rights: write a new one into the Secret that "
        "spec.service.auth names; it is taken up without a restart."
    )


def _absent(fault: Fault) -> ScimOperatorError:
    if fault.request.names_resource:
        return ResourceGone(
            f"{fault.happened}. It was deleted at the service; its id is forgotten and it is matched again."
        )
    return WrongService(
        f"{fault.happened}. There is no such endpoint below spec.service.url: check its path, which ends in /scim/v2 "
        "for VMware Identity Service.",
        reason=WrongServiceReason.WRONG_URL,
    )


def _not_implemented(fault: Fault) -> ScimOperatorError:
    if fault.request.method is Method.PATCH:
        return PatchUnsupported(f"{fault.happened}. It has no PATCH; resources are replaced with PUT instead.")
    return _rejected(fault)


def _moved(fault: Fault) -> PreconditionFailed:
    return PreconditionFailed(f"{fault.happened}. The resource changed meanwhile; it is read again.")


def _too_large(fault: Fault) -> RequestTooLarge:
    return RequestTooLarge(f"{fault.happened}. It is sent again in smaller parts.")


def _redirected(fault: Fault) -> WrongService:
    # Where it leads is not said: a host's name has room for a secret too.
    return WrongService(
        f"{fault.happened}, a redirect. Redirects are not followed, since they would carry the token along: ask for "
        "the final address, as with curl -I, and put it into spec.service.url.",
        reason=WrongServiceReason.REDIRECTED,
    )


_REJECTION_FIXES = {
    409: "Another resource has one of its unique values: give this manifest another one, or let the match be adopted.",
    415: "The service wants another content type.",
}
_SCIM_TYPE_FIXES = {
    "uniqueness": _REJECTION_FIXES[409],
    "mutability": "An attribute of the mapping is immutable or read-only at the service: set the mapping to ignore it.",
    "invalidfilter": "The service cannot filter by this attribute: choose another in matching.",
    "invalidvalue": "Correct the value in the manifest or its mapping.",
    "invalidpath": "The service does not know an attribute of the mapping: set the mapping to ignore it.",
}


def _rejected(fault: Fault) -> Rejected:
    status = fault.response.status
    fix = _SCIM_TYPE_FIXES.get(fault.scim_type.lower()) or _REJECTION_FIXES.get(
        status, "Correct the manifest or the mapping; it is tried again when either changes."
    )
    return Rejected(f"{fault.happened}. {fix}", status=status, scim_type=fault.scim_type)


_BY_STATUS: Mapping[int, Callable[[Fault], ScimOperatorError]] = {
    401: _unauthorized,
    403: _unauthorized,
    404: _absent,
    405: _not_implemented,
    410: _absent,
    412: _moved,
    413: _too_large,
    501: _not_implemented,
}
