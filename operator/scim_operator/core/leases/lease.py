"""A Lease (coordination.k8s.io/v1) as a value: who holds what, and what another may conclude from it (ADR 0028).

A holder counts from before its last renewal, on a clock that never goes back, and stops MARGIN early. Anyone else
counts from when they first saw that renewal, on a clock of their own. So no two clocks are compared, except for a
Lease that is seen for the first time: there SKEW is allowed for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any

from scim_operator.core.instants import to_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

DURATION = 15.0
"""Seconds that a Lease lasts after its last renewal."""
RENEWAL = 5.0
"""Seconds between two renewals: two may fail."""
MARGIN = 2.0
"""Seconds before its end at which the holder stops; clocks may differ in rate by an eighth."""
QUIET = DURATION + MARGIN
"""Seconds that one who makes a Lease waits: another, deleted before, lasts as long for who held it, by any clock."""
SKEW = 60.0
"""Seconds by which the wall clocks of two operators may differ."""
GRACE = 60.0
"""Seconds that a changing request may take, unless the operator says otherwise: so long it may still be under way."""

LONGEST = 600.0
"""The longest duration, and grace, of another's Lease that is believed."""

_OURS = "scim-operator.io"
ROLE = f"{_OURS}/lease"
"""The label of all our Leases, by which they are listed."""
ADDRESS, NAMESPACES = f"{_OURS}/service", f"{_OURS}/namespaces"
WANTED, POD, UNANSWERED = f"{_OURS}/wanted-by", f"{_OURS}/pod", f"{_OURS}/unanswered"
GRACE_NOTE, QUIET_NOTE = f"{_OURS}/grace-seconds", f"{_OURS}/quiet-seconds"
VERSIONS = f"{_OURS}/versions"
EVERYWHERE = "*"


class Role(StrEnum):
    """What a Lease is about."""

    SERVICE = "service"
    REPLICA = "replica"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A service, by its address, as the configs of one namespace name it; "" for configs that name none."""

    namespace: str
    address: str

    @property
    def lease_name(self) -> str:
        """Return the name of its Lease."""
        return f"scim-operator-{hashlib.sha256(self.address.encode()).hexdigest()[:20]}"

    def __str__(self) -> str:
        return f"{self.address or 'no service'} in namespace {self.namespace}"


@dataclass(frozen=True, slots=True)
class Lease:
    """A Lease as the API server has it; `holder` is "" once it was released.

    `wanted` is who asks to have it, or is to have it next; `pod` is the holder's pod. `unanswered`: as it was released,
    a changing request had no answer; `grace` is how many seconds one of the holder's may take. `quiet` is for how many
    seconds from then on no one is to work under it. `versions` is what was noted with the release (see `versions.py`).
    """

    holder: str = ""
    renewed: datetime | None = None
    seconds: float = DURATION
    version: str = ""
    wanted: str = ""
    pod: str = ""
    unanswered: bool = False
    grace: float = GRACE
    quiet: float = 0.0
    versions: str = ""


def heartbeat(lease: Lease | None, now: datetime) -> tuple[bool, str]:
    """Return whether an operator works on a service, by its Lease, and that as a sentence. Clocks may differ by SKEW.

    Nothing in a status can say it: no one is there to write that no one is there.
    """
    if lease is None or lease.renewed is None:
        return False, "No operator has the Lease of this service: is one running that watches this namespace?"
    ago = max(0.0, (now - lease.renewed).total_seconds())
    if not lease.holder:
        return False, f"No operator has the Lease of this service; it was given back {ago:.0f} s ago."
    if ago > lease.seconds + SKEW:
        return False, f"No operator: {lease.holder} renewed the Lease of this service {ago:.0f} s ago, and not since."
    return True, f"{lease.holder}, renewed its Lease {ago:.0f} s ago."


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, on the clock that never goes back and on the wall clock."""

    monotonic: float
    wall: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A Lease, and since when it has been seen as it is. `moved`: it was renewed, taken or released meanwhile.

    `asked` is since when it has named the one who is `wanted`.
    """

    lease: Lease
    since: float
    moved: bool = False
    asked: float = inf

    def over(self, now: Moment) -> float | None:
        """Return for how many seconds at least no one has held it; None while someone may."""
        if not self.lease.holder:
            return max(0.0, now.monotonic - self.since)
        passed = now.monotonic - self.since - self.lease.seconds
        if self.lease.renewed is not None and not self.moved:
            by_wall = (now.wall - self.lease.renewed).total_seconds() - self.lease.seconds - SKEW
            passed = max(passed, by_wall)
        return passed if passed >= 0 else None


def seen(before: Seen | None, lease: Lease, now: float) -> Seen:
    """Return what is known of a Lease after another look at it; someone who asks for it renews nothing."""
    if before is None:
        return Seen(lease, now, asked=now)
    # Two who do not see each other may each ask in turn, for ever: only the first of it is a reason to look often.
    goes_on = before.lease.wanted and lease.wanted and before.lease.holder == lease.holder
    asked = before.asked if goes_on or before.lease.wanted == lease.wanted else now
    same = (before.lease.holder, before.lease.renewed) == (lease.holder, lease.renewed)
    since, moved = (before.since, before.moved) if same else (now, True)
    return Seen(lease, since, moved, asked)


@dataclass(frozen=True, slots=True)
class Beginning:
    """When someone who takes a Lease may begin to `work`, and to `send` changing requests, on the monotonic clock.

    It is `fresh` where it rests on that no operator ever worked there.
    """

    work: float = -inf
    send: float = -inf
    fresh: bool = False

    def then(self, newer: Beginning) -> Beginning:
        """Return when both allow it; what a newer one rests on counts."""
        return Beginning(max(self.work, newer.work), max(self.send, newer.send), newer.fresh)


def beginning(known: Seen | None, now: Moment, taker: Lease, *, worked: bool) -> Beginning:
    """Return when someone who takes a Lease now, as the `taker` that it is to name, may begin.

    Where there is none, someone may have deleted one a moment ago that no one else ever saw. Its holder works until it
    would have ended, and what was sent by then takes effect for as long again as a request may take. How long no one
    has seen one tells nothing: between two looks one may come and go. Only where no operator has `worked` on the config
    there was none, nor one of a release that took none.
    """
    if known is None:
        return _made(now.monotonic, taker.grace) if worked else Beginning(now.monotonic, now.monotonic, fresh=True)
    lease = known.lease
    quiet = max(0.0, lease.quiet - (now.monotonic - known.since))
    work = now.monotonic + quiet
    if lease.holder == taker.holder:
        return Beginning(work, now.monotonic + lease.grace if quiet else -inf)
    if not lease.holder:
        return Beginning(work, now.monotonic + (lease.grace if lease.unanswered else 0.0))
    passed = 0.0 if taker.pod and lease.pod == taker.pod else known.over(now) or 0.0
    return Beginning(work, now.monotonic + max(0.0, lease.grace - passed))


def _made(now: float, grace: float) -> Beginning:
    return Beginning(now + QUIET, now + QUIET + max(GRACE, grace))


def lease_of(manifest: Mapping[str, Any]) -> Lease:
    """Return what a manifest says; others may have written anything into it."""
    metadata, spec = _table(manifest.get("metadata")), _table(manifest.get("spec"))
    notes = _table(metadata.get("annotations"))
    return Lease(
        str(spec.get("holderIdentity") or ""),
        _time(spec.get("renewTime")),
        _seconds(spec.get("leaseDurationSeconds"), DURATION),
        str(metadata.get("resourceVersion") or ""),
        str(notes.get(WANTED) or ""),
        str(notes.get(POD) or ""),
        unanswered=bool(notes.get(UNANSWERED)),
        grace=_seconds(notes.get(GRACE_NOTE), GRACE),
        quiet=_seconds(notes.get(QUIET_NOTE), 0.0),
        versions=str(notes.get(VERSIONS) or ""),
    )


def body_of(lease: Lease) -> dict[str, Any]:
    """Return what to write, as a merge patch (RFC 7396) or a new object; it names the version that it was made from."""
    notes = {WANTED: lease.wanted or None, POD: lease.pod or None, UNANSWERED: "true" if lease.unanswered else None}
    notes |= {GRACE_NOTE: f"{lease.grace:g}", QUIET_NOTE: f"{lease.quiet:g}" if lease.quiet > 0 else None}
    notes |= {VERSIONS: lease.versions or None}
    version = {"resourceVersion": lease.version} if lease.version else {}
    spec = {"holderIdentity": lease.holder, "leaseDurationSeconds": int(lease.seconds), "renewTime": _text(lease)}
    return {"metadata": {"annotations": notes, **version}, "spec": spec}


def _text(lease: Lease) -> str | None:
    """Return the renewal in the form that a MicroTime must have: six digits, always."""
    return lease.renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if lease.renewed is not None else None


def _table(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _seconds(text: object, default: float) -> float:
    """Return a number of seconds; what is none, or not sensible, is taken to be the default."""
    try:
        found = float(str(text))
    except ValueError:
        return default
    return min(found, LONGEST) if found > 0 else default


def _time(text: object) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(str(text)))
    except (ValueError, OverflowError):
        return None
