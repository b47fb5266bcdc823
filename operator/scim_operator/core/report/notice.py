"""Notices to people outside the cluster, as values. They name objects by their manifests and hold no values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.api.notifications import Topic
from scim_operator.core.connection.quarantine import Cause
from scim_operator.core.plan.plan import summary
from scim_operator.core.wording import counted, recreating, rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.connection.expiry import Expiry
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import PlanCounts

NAMED = 20
"""Objects that a notice names; it counts the rest."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `ends` is what a Recovered ends; `more` is how many objects are not named."""

    topic: Topic
    reason: str
    text: str
    counts: Mapping[str, int] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    more: int = 0
    digest: str = ""
    ends: Topic | None = None


def failing(counts: Mapping[str, int], objects: Iterable[ObjectKey]) -> Notice:
    """Objects fail; `counts` by reason."""
    names = sorted(map(str, objects))
    return Notice(
        Topic.FAILURE,
        "ObjectsFailed",
        f"{counted(len(names), 'object')} cannot go on without a person.",
        counts,
        tuple(names[:NAMED]),
        max(0, len(names) - NAMED),
    )


def disconnected(reason: str, minutes: int) -> Notice:
    """Return the notice that the connection has been lost for so long."""
    text = (
        f"Not connected for {minutes} minutes ({reason}): nothing is changed at the service, and people keep the "
        "access that they have. It is tried on; the condition Connected of the ProvisioningConfig says what is wrong."
    )
    return Notice(Topic.CONNECTION, reason, text)


def quarantined(cause: Cause) -> Notice:
    """Return the notice that the service is left alone."""
    return Notice(Topic.QUARANTINE, cause.value, _CAUSES[cause])


def expiring(expiry: Expiry, days: int) -> Notice:
    """Return the notice that what proves us ends within so many days."""
    text = (
        f"{expiry.proof.name} ends at {rfc3339(expiry.at)}, in less than {counted(days, 'day')}; then nothing is "
        f"changed at the service any more. Write a new one into the Secret that {expiry.proof.field} names: it is "
        "taken up without a restart."
    )
    return Notice(Topic.EXPIRING, "TokenExpires", text)


def approval_required(digest: str, counts: PlanCounts) -> Notice:
    """Changes are held."""
    text = f"Held until someone approves it: {summary(counts)}. Review status.plan, then set spec.approvedPlan."
    if counts.recreations:
        text = f"{recreating(counts.recreations)}. {text}"
    return Notice(Topic.APPROVAL_REQUIRED, "ChangesHeld", text, digest=digest)


def recovered(ends: Topic, text: str) -> Notice:
    """Something is over."""
    return Notice(Topic.RECOVERED, f"{ends.value}Over", text, ends=ends)


_CAUSES = {
    Cause.CREDENTIALS: "The service refuses the credentials: nothing is sent until it takes them.",
    Cause.INCOMPATIBLE: "What answers is no SCIM service: nothing is sent until it is one.",
    Cause.FAILURES: "Too many objects fail: for hours, nothing is sent but what ends access.",
    Cause.FAILURES_IN_ALL: (
        "Too many objects fail, or wait for some that do: for hours, nothing is sent but what ends access."
    ),
}
