"""Pauses after which a failing service is tried again: Entra's quarantine, with bounds that fit small tenants too.

All of it is decided here from what was counted and when; `job.connection.quarantine` keeps the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.status import Reason
from scim_operator.core.wording import counted, rfc3339
from scim_operator.errors import Unauthorized, WrongService, WrongServiceReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.api.limits import Quarantine as Policy
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.status import ServiceEntry

FAILING = frozenset({Reason.REJECTED, Reason.RETRYING})
"""Refusals of the service. What we do not send, such as a conflict, is no reason to stop sending."""


class Cause(StrEnum):
    """The cause for leaving a service alone: the reason of the condition Quarantined."""

    CREDENTIALS = "CredentialsRefused"
    """401 or 403, for too long to be a transient error."""
    INCOMPATIBLE = "ServiceIncompatible"
    """The server that answers is not a SCIM service, for as long."""
    FAILURES = "TooManyFailures"
    """Too many objects fail, by their share or their number."""
    FAILURES_IN_ALL = "TooManyFailuresInAll"
    """Too many objects fail, including those that wait for a failing one."""


TAKES_SOME = frozenset({Cause.FAILURES, Cause.FAILURES_IN_ALL})
"""The causes with which the service answers and accepts us, so that the end of access goes on."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Counts of objects, of those that fail, and of groups that wait for such members."""

    objects: int
    failing: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A quarantine as `status.quarantine` has it. `next_attempt` None: nothing is tried until something changes."""

    cause: Cause
    error: str
    began: datetime
    series_began: datetime
    count: int
    next_attempt: datetime | None
    credentials: str = ""


def cause_of(error: Exception) -> Cause | None:
    """Return why an error that ended a connection is one for quarantine when it lasts; None for what heals by waiting.

    A failed handshake is not: no token was sent, and services renew certificates without notice.
    """
    if isinstance(error, Unauthorized):
        return Cause.CREDENTIALS
    if isinstance(error, WrongService) and error.reason != WrongServiceReason.TLS_FAILED:
        return Cause.INCOMPATIBLE
    return None


def counts(entry: ServiceEntry) -> bool:
    """Return whether an entry can make a difference to the count: it fails, or lacks members."""
    return entry.verdict.reason in FAILING or bool(entry.pending)


def count_failures(entries: Iterable[tuple[ObjectKey, ServiceEntry]], objects: int) -> Failures:
    """Count what fails among what a config has, and the groups that lack a member because of that."""
    listed = list(entries)
    failing = {str(key) for key, entry in listed if entry.verdict.reason in FAILING}
    waiting = sum(
        str(key) not in failing and not failing.isdisjoint(entry.pending) for key, entry in listed if entry.pending
    )
    return Failures(objects, len(failing), waiting)


def minimum_of(policy: Policy, objects: int) -> int:
    """Return how many must fail before their share matters: Entra's 5,000, or fewer with fewer objects."""
    return policy.minimum if policy.minimum is not None else max(10, min(5_000, objects // 20))


def judge(failures: Failures, policy: Policy) -> tuple[Cause, str] | None:
    """Return whether a sweep left so many failing that going on makes no sense: the cause and a sentence, or None."""
    failing, objects = failures.failing, failures.objects
    if failing + failures.waiting > policy.total_count:
        return Cause.FAILURES_IN_ALL, _sentence(failing + failures.waiting, objects)
    enough = failing >= minimum_of(policy, objects)
    if enough and (100 * failing > policy.percent * objects or failing > policy.count):
        return Cause.FAILURES, _sentence(failing, objects)
    return None


def _sentence(failing: int, objects: int) -> str:
    return (
        f"The service does not take {failing} of {counted(objects, 'object')}: kubectl get scim shows which, and why."
    )


def entered(
    before: Quarantine | None, cause: Cause, error: str, now: datetime, policy: Policy, jitter: float
) -> Quarantine:
    """Return the quarantine after an attempt that failed: a new one, or the next step of the one that there was.

    `jitter` (about 1) stretches the pause, so that not all configs come back at once.
    """
    if before is None:
        return Quarantine(cause, error, now, now, 0, now + _pause(policy, 0, jitter))
    began = before.began if before.cause is cause else now
    number = before.count + 1
    over = now - before.series_began >= policy.disable_after
    next_attempt = None if over else now + _pause(policy, number, jitter)
    return replace(before, cause=cause, error=error, began=began, count=number, next_attempt=next_attempt)


def _pause(policy: Policy, number: int, jitter: float) -> timedelta:
    return policy.retries[min(number, len(policy.retries) - 1)] * jitter


def said(quarantine: Quarantine) -> str:
    """Return the message of the condition."""
    again = (
        f"It is tried again at {rfc3339(quarantine.next_attempt)}, and at once"
        if quarantine.next_attempt
        else "It has failed for long and is tried again only"
    )
    sent = "Only what ends access is sent." if quarantine.cause in TAKES_SOME else "Nothing is sent."
    return f"{quarantine.error} {sent} {again} when the Secret or the spec changes."


def quarantine_to_json(quarantine: Quarantine | None) -> dict[str, Any] | None:
    """`status.quarantine`."""
    if quarantine is None:
        return None
    upcoming = quarantine.next_attempt
    return {
        "reason": quarantine.cause.value,
        "error": quarantine.error[:1024],
        "began": rfc3339(quarantine.began),
        "seriesBegan": rfc3339(quarantine.series_began),
        "seriesCount": quarantine.count,
        "nextAttempt": rfc3339(upcoming) if upcoming else None,
        "credentials": quarantine.credentials or None,
    }


def quarantine_from_json(body: Mapping[str, Any] | None) -> Quarantine | None:
    """Read it back from the config's status; an unknown reason counts as no quarantine."""
    if not body or body["reason"] not in {cause.value for cause in Cause}:
        return None
    upcoming = body.get("nextAttempt")
    return Quarantine(
        cause=Cause(body["reason"]),
        error=body.get("error") or "",
        began=datetime.fromisoformat(body["began"]),
        series_began=datetime.fromisoformat(body["seriesBegan"]),
        count=body.get("seriesCount", 0),
        next_attempt=datetime.fromisoformat(upcoming) if upcoming else None,
        credentials=body.get("credentials") or "",
    )
