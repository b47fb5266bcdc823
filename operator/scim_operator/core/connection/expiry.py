"""The end of what proves us, and notice of it: a token or certificate that ends unseen stops everything. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from scim_operator.core.connection.certificate import end_of
from scim_operator.core.connection.proofs import TOKEN, Proof
from scim_operator.core.wording import rfc3339
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

ANNOTATION = "scim-operator.io/expires"
"""The annotation of a Secret that says when its content ends: an RFC 3339 date, or a date and time."""
STEPS = (1, 7, 30)
"""Days before the end at which people are notified, once each."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No token ends before this: Kubernetes does not accept a three-digit year in a status."""
LARGEST = 16 * 1024
"""Characters of a token that are read: headers do not carry longer ones."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Expiry:
    """The end of what ends first. `reported` is the step in days that people were last notified of, 0 for none."""

    at: datetime
    reported: int = 0
    proof: Proof = TOKEN

    def step(self, now: datetime) -> int:
        """Return the step that is reached, 0 before the first."""
        left = self.at - now
        return next((days for days in STEPS if left <= timedelta(days=days)), 0)


def expires(content: str, annotation: str = "") -> datetime | None:
    """Return when a token or certificate ends: by the annotation of its Secret, else as it says itself, else None.

    Raises InvalidSpec where the annotation is not a date.
    """
    if not annotation:
        return end_of(content) if "-----BEGIN" in content else _exp(content)
    try:
        if _DATE.fullmatch(annotation):
            moment = datetime.combine(date.fromisoformat(annotation), time.min, UTC)
        else:
            moment = datetime.fromisoformat(annotation)
        if moment.tzinfo is None:
            raise _no_date()
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_date() from None
    if moment < EARLIEST:
        raise _no_date()
    return moment


def sentence(expiry: Expiry, now: datetime) -> str:
    """Return what the condition says within the last thirty days, "" before; it changes with the date alone."""
    if not expiry.step(now):
        return ""
    verb, (name, field) = "ends" if expiry.at > now else "ended", expiry.proof
    return f"{name} {verb} at {rfc3339(expiry.at)}: write a new one into the Secret that {field} names."


def expiry_from_json(body: Mapping[str, Any] | None) -> Expiry | None:
    """Return what a status remembers; None for nothing, or for what the operator did not write."""
    try:
        if not body:
            return None
        proof = TOKEN._replace(field=str(body.get("field") or TOKEN.field))
        return Expiry(datetime.fromisoformat(str(body["time"])), int(body.get("reported") or 0), proof)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def expiry_to_json(expiry: Expiry | None) -> dict[str, Any] | None:
    """Return what a status is to remember."""
    if expiry is None:
        return None
    return {"time": rfc3339(expiry.at), "reported": expiry.reported or None, "field": expiry.proof.field}


def _no_date() -> InvalidSpec:
    return InvalidSpec(f"the annotation {ANNOTATION} is no date such as 2026-12-31 or 2026-12-31T09:00:00Z.")


def _exp(token: str) -> datetime | None:
    """Return the `exp` of a JWT (RFC 7519 section 4.1.4). It is unverified: a hint that anyone could have written."""
    parts = token.strip().split(".")
    if len(token) > LARGEST or len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        seconds = claims["exp"]
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return None
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError, binascii.Error):
        return None
    return moment if moment >= EARLIEST else None
