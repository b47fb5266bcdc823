"""Errors of the operator, sorted by what the caller does next (docs/adr/0003-errors.md).

ScimOperatorError
+ TerminalError           will not heal by waiting: report, park until the manifest, the config or the service changes
|   InvalidSpec           the manifest or the config is wrong; the message names field and fix
|   Rejected              the service refused the request; carries status and scimType
+ TransientError          heals by itself: back off and try again
|   Unreachable           no answer: connection, TLS, time-out; the request may or may not have taken effect
|   Unavailable           an answer that says "not now" (5xx)
|   Throttled             429, or 503 with Retry-After; carries the seconds to wait
|   PreconditionFailed    412, or a resource version that moved: observe again at once
|   ResourceGone          404 on an id that we knew: forget the id and match again
|   PatchUnsupported      405 or 501 to PATCH: PUT is tried
|   RequestTooLarge       413, a smaller member chunk is now learned: plan again, in smaller requests
|   DeletionRefused       a deletion that the service refuses: access was ended otherwise, and it is tried again
|   LeaseLost             another replica may work on the service by now: send nothing more
|   NotWritten            the API server did not take a write that had to come first: try the object again
|   NotYetKnown           what is known a moment later: a young resource at the service, or what others claim: try again
|   PartMissing           the service has no endpoint of this resource type: the others go on
|   IncompleteListing     a listing that is not provably complete: nothing may be concluded from what it lacks
|   InternalError         an exception that no one foresaw (core/unexpected.py): tried again with back-off
+ TooManyFailures         a sweep left so much failing that the service is left alone for a while (docs/adr/0012)
+ DependencyNotReady      something named is missing: wait until it appears
    SecretNotFound        a Secret, ConfigMap or key that the config names
    HostNotNamed          a Secret or ConfigMap that does not name the host it would go to
    Unauthorized          401 or 403 from the service: credentials may rotate
    WrongService          what answers is not a SCIM service (HTML, a redirect, a 404 on /Users, bad TLS)
      SlashMissing        the same address with a slash at its end is wanted: a read asks there

Foreign exceptions become one of these once, at the edge (`scim.client`, `kube.client`), with the cause chained.
A message never carries a secret, an attribute value or more than a short excerpt of a body.
"""

from __future__ import annotations

from enum import StrEnum


class ScimOperatorError(Exception):
    """Root of the tree. `reason` is the CamelCase reason for a condition; `str()` is its message."""

    reason = "Error"


class TerminalError(ScimOperatorError):
    """Waiting does not help: park the object until something changes."""

    reason = "Failed"


class InvalidSpec(TerminalError):  # noqa: N818 - the name reads as the condition's reason
    """The manifest or the config is wrong; the message names the field and the fix."""

    reason = "InvalidSpec"


class Rejected(TerminalError):  # noqa: N818
    """A request that the service refused for good (4xx other than 401, 403, 404, 412, 429).

    Args: message, a sentence; status, the HTTP status; scim_type, RFC 7644 section 3.12's keyword or ""; in_scim,
    whether the refusal is one of SCIM's own, so that a SCIM service has accepted the credentials.
    `repeated`: an attempt before was answered with "later", and was carried out all the same for all we know.
    `between`: what is refused is a value in between, which the manifest does not ask for.
    `may_pass`: it may end without anything that shows it, so that it is tried again now and then.
    `lost`: the service did not refuse it, and has not done it: it is tried again soon, as what fails for a moment.
    `happened`: the message without what to do next, "" where it says no more than that.
    """

    reason = "Rejected"
    repeated: bool = False
    between: bool = False
    may_pass: bool = False
    lost: bool = False
    happened: str = ""

    def __init__(self, message: str, *, status: int, scim_type: str = "", in_scim: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.scim_type = scim_type
        self.in_scim = in_scim


class TransientError(ScimOperatorError):
    """Heals by itself: back off and try again."""

    reason = "Retrying"


class Unreachable(TransientError):  # noqa: N818
    """No answer came. `sent` is False when the request certainly never left (safe to repeat)."""

    reason = "Unreachable"

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class Unavailable(TransientError):  # noqa: N818
    """A 5xx answer of the service."""

    reason = "Unavailable"

    def __init__(self, message: str, *, status: int = 503) -> None:
        super().__init__(message)
        self.status = status


class Throttled(TransientError):  # noqa: N818
    """A request of the service to wait; `retry_after` is in seconds."""

    reason = "Throttled"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PreconditionFailed(TransientError):  # noqa: N818
    """A resource changed since it was observed (412): observe it again at once."""

    reason = "PreconditionFailed"


class ResourceGone(TransientError):  # noqa: N818
    """A 404 of the service for an id that we had on record."""

    reason = "ResourceGone"


class PatchUnsupported(TransientError):  # noqa: N818
    """405 or 501 to PATCH; PUT may carry the same change."""

    reason = "PatchUnsupported"

    def __init__(self, message: str, *, status: int = 405) -> None:
        super().__init__(message)
        self.status = status


class RequestTooLarge(TransientError):  # noqa: N818
    """A request too large for the service (413); `capabilities.member_chunk` was halved: plan again, smaller."""

    reason = "RequestTooLarge"


class DeletionRefused(TransientError):  # noqa: N818
    """A deletion that the service refuses; the message says whether access was ended otherwise."""


class LeaseLost(TransientError):  # noqa: N818
    """The Lease of the service is not held any more, so nothing was sent."""

    reason = "LeaseLost"


class NotWritten(TransientError):  # noqa: N818
    """A write that had to come first, not accepted by the API server; it says nothing about the service."""

    reason = "NotWritten"


class NotAnswered(TransientError):  # noqa: N818
    """A read that had to come first, not answered by the API server; it says nothing about the service."""

    reason = "NotAnswered"


class IncompleteListing(TransientError):  # noqa: N818
    """A listing broke off or contradicts itself; what it lacks may well exist (promise S10)."""

    reason = "IncompleteListing"


class NotYetKnown(TransientError):  # noqa: N818
    """What is known a moment later: of the service, of which a resource is young or was just ended, or of others."""

    reason = "Retrying"


class PartMissing(TransientError):  # noqa: N818
    """The service has no endpoint of this resource type at present, so that nothing is asked of it there."""

    reason = "Retrying"


class InternalError(TransientError):
    """Something unexpected in the operator itself. `trace` is for the log: its places in the code, and no value."""

    reason = "InternalError"

    def __init__(self, message: str, *, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


class TooManyFailures(ScimOperatorError):  # noqa: N818
    """A sweep left more objects failing than the config's bounds allow; `cause` is the reason of Quarantined."""

    reason = "TooManyFailures"

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class DependencyNotReady(ScimOperatorError):  # noqa: N818
    """Something named is missing or not usable yet. `alone` is the message where everything else works, "" for none.

    `happened` is the message without what to do next, "" where it says no more than that.
    """

    reason = "DependencyNotReady"
    alone: str = ""
    happened: str = ""


class SecretNotFound(DependencyNotReady):
    """A Secret or ConfigMap, or a key of it, that the config names does not exist."""

    reason = "SecretNotFound"


class HostNotNamed(DependencyNotReady):
    """A Secret or ConfigMap does not name, under its key `hosts`, where its values would go; nothing was read of it."""

    reason = "HostNotNamed"


class Unauthorized(DependencyNotReady):
    """Credentials that the service refused (401 or 403); with `status` 403 maybe for one resource type alone."""

    reason = "Unauthorized"

    def __init__(self, message: str, *, status: int = 401) -> None:
        super().__init__(message)
        self.status = status


class WrongServiceReason(StrEnum):
    """The way in which a service is wrong; each is the reason of the condition `Connected=False`."""

    TLS_FAILED = "TLSFailed"
    """The certificate is not trusted, names another host, or no common TLS version exists."""
    NOT_SCIM = "NotScim"
    """The answer is not SCIM: a web page, or JSON that is neither a resource nor a list."""
    WRONG_URL = "WrongURL"
    """404 where Users or Groups should be."""
    REDIRECTED = "Redirected"
    """The service points elsewhere; credentials are never carried along."""
    FILTER_IGNORED = "FilterIgnored"
    """A filter that nothing can match was answered with resources."""
    ADDRESS_FORBIDDEN = "AddressForbidden"
    """The host resolves to an address that no service may have: loopback, link-local, cloud metadata."""


class WrongService(DependencyNotReady):
    """An answer that is not from a SCIM service; `reason` (usually a WrongServiceReason) says in which way."""

    def __init__(self, message: str, *, reason: str = "WrongService") -> None:
        super().__init__(message)
        self.reason = reason


class SlashMissing(WrongService):
    """A redirect to the very address that was asked for, with a slash at its end; nothing was carried out."""
