"""What an answer means for one object that would end a connection, where the connection works all the same."""

from __future__ import annotations

import pytest

from scim_operator.core.records.status import Reason
from scim_operator.errors import Rejected, Unauthorized, Unavailable, WrongService, WrongServiceReason
from scim_operator.job.apply.alone import alone


def unauthorized(status: int, alone: str = "") -> Unauthorized:
    error = Unauthorized("The token is refused.", status=status)
    error.alone = alone
    return error


def wrong(reason: WrongServiceReason, alone: str = "") -> WrongService:
    error = WrongService("No SCIM here.", reason=reason)
    error.alone = alone
    return error


@pytest.mark.parametrize(
    ("error", "reason", "kind", "message", "status"),
    [
        (unauthorized(403), Reason.REJECTED, Rejected, "The token is refused.", 403),
        (unauthorized(403, "Not this one."), Reason.REJECTED, Rejected, "Not this one.", 403),
        (unauthorized(401), Reason.REJECTED, Unavailable, "The token is refused. It is tried again.", 401),
        (unauthorized(401, "Now."), Reason.REJECTED, Unavailable, "Now. It is tried again.", 401),
        (wrong(WrongServiceReason.WRONG_URL, "No endpoint."), Reason.REJECTED, Rejected, "No endpoint.", 404),
        (wrong(WrongServiceReason.NOT_SCIM), Reason.RETRYING, Unavailable, "No SCIM here. It is tried again.", 200),
    ],
)
def test_alone(error: Unauthorized | WrongService, reason: Reason, kind: type, message: str, status: int) -> None:
    found, said = alone(error)
    assert (found, type(said), str(said), said.status) == (reason, kind, message, status)
