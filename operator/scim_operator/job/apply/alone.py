"""What an answer that would end a connection means where the connection works: it is about one object, or passes."""

from __future__ import annotations

from scim_operator.core.records.status import Reason
from scim_operator.errors import Rejected, Unauthorized, Unavailable, WrongService, WrongServiceReason

AGAIN = "It is tried again."


def alone(error: Unauthorized | WrongService) -> tuple[Reason, Rejected | Unavailable]:
    """Return what is to be reported of the object, and the error that says whether it is tried again.

    A 403, and a 404 to an endpoint, are the service's word on the request. A redirect, a web page and a 401 are not:
    what stands in front of the service answered, or a node of it that does not know the token yet.
    """
    said = error.alone or str(error)
    if isinstance(error, Unauthorized):
        if error.status != 401:
            return Reason.REJECTED, Rejected(said, status=error.status)
        return Reason.REJECTED, Unavailable(f"{said} {AGAIN}", status=error.status)
    if error.reason == WrongServiceReason.WRONG_URL:
        return Reason.REJECTED, Rejected(said, status=404)
    return Reason.RETRYING, Unavailable(f"{said} {AGAIN}", status=200)
