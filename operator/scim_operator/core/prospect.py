"""What stands between a plan and the service: how its config stands, and whether somebody must approve it first.

Both are told from the config's spec and from what the operator last wrote into the config's status.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scim_operator.api.config import Approval, Mode
from scim_operator.core.approval import is_released
from scim_operator.core.guard import Base, concerns, digest_of, fits, judged, ledger_from_json
from scim_operator.core.plan import Tally
from scim_operator.core.quarantine import quarantine_from_json, said
from scim_operator.core.status import Reason, condition_of
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.guard import Ledger
    from scim_operator.core.plan import Plan
    from scim_operator.core.status import ServiceEntry

    Status = Mapping[str, Any]
    """The status of a ProvisioningConfig."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a config sends nothing now, as a sentence; `once` is what must come about, in words that follow "once"."""

    reason: str
    message: str
    once: str


def obstacles(
    spec: ProvisioningConfigSpec, status: Status, generation: int, *, deleting: bool = False
) -> tuple[Obstacle, ...]:
    """Everything that keeps the config from sending, the most fundamental first."""
    return tuple(_obstacles(spec, status, generation, deleting=deleting))


def _obstacles(spec: ProvisioningConfigSpec, status: Status, generation: int, *, deleting: bool) -> Iterator[Obstacle]:
    if deleting:
        yield _DELETED
    if spec.suspend:
        # A suspended config is not tried: what its status says of the connection is old.
        yield _SUSPENDED
    elif status.get("observedGeneration") != generation:
        yield _not_taken_up(status, generation)
    else:
        yield from _taken(status) or _quarantined(status) or _disconnected(status)
    if spec.mode is Mode.PLAN:
        yield _PLANNING


_DELETED = Obstacle(
    "Deleted",
    "The ProvisioningConfig is being deleted: nothing is sent for it any more.",
    "there is a ProvisioningConfig that stays",
)
_SUSPENDED = Obstacle(
    "Suspended",
    "spec.suspend of the ProvisioningConfig is true: nothing is sent.",
    "spec.suspend of the ProvisioningConfig is false",
)
_PLANNING = Obstacle("Planned", "spec.mode is Plan: nothing is sent.", "spec.mode is Apply")


def _not_taken_up(status: Status, generation: int) -> Obstacle:
    """The operator has said nothing of this spec: it does not run, is just starting, or does not serve the place."""
    before = status.get("observedGeneration")
    told = f"it last reported on generation {before}" if before else "it has reported nothing"
    return Obstacle(
        "NotTakenUp",
        f"The operator has not taken up generation {generation} of the ProvisioningConfig; {told}. "
        "If that lasts, see whether it runs and serves this namespace.",
        "the operator has taken up the ProvisioningConfig",
    )


def _taken(status: Status) -> tuple[Obstacle, ...]:
    told = condition_of(status, "Ready")
    if told.get("reason") != "ServiceTaken":
        return ()
    return (Obstacle("ServiceTaken", told.get("message", ""), "no other ProvisioningConfig serves spec.service.url"),)


def _quarantined(status: Status) -> tuple[Obstacle, ...]:
    found = quarantine_from_json(status.get("quarantine"))
    if found is None:
        return ()
    attempt = f"at {rfc3339(found.next_attempt)}" if found.next_attempt else "when the Secret or the spec changes"
    message = f"In quarantine since {rfc3339(found.began)} ({found.cause}): {said(found)}"
    return (Obstacle("Quarantined", message, f"the quarantine is over, which is tried {attempt}"),)


def _disconnected(status: Status) -> tuple[Obstacle, ...]:
    told = condition_of(status, "Connected")
    if told.get("status") != "False":
        return ()
    message = f"The operator is not connected ({told.get('reason', '')}): {told.get('message', '')}"
    return (Obstacle("NotConnected", message.strip(), "the operator is connected again"),)


def hold(plan: Plan, entry: ServiceEntry | None, spec: ProvisioningConfigSpec, status: Status, now: datetime) -> str:
    """Why a plan waits for approval, as a sentence; "" where it does not. `entry` is what was last told of its object.

    The operator judges all that is due as a whole. One plan alone tells less: what is held already counts with it.
    """
    manual, ledger = spec.approval is Approval.MANUAL, _ledger(spec, status)
    if not concerns(plan, everything=manual) or _is_approved(plan, entry, spec, status, ledger):
        return ""
    if _is_held(entry, status):
        return f"The operator holds it: {_release(status)}"
    if manual:
        return f"spec.approval is Manual, so that every change waits: {_release(status)}"
    if plan.asks:
        return f"It waits for approval whatever the limits allow: {_release(status)}"
    due, spent = plan.tally + _others(status), ledger.spent(now, spec.limits.window)
    return "" if fits(due, spent, spec.limits, _base(status)) else f"It exceeds the limits: {_release(status)}"


ALONE = "It was judged alone, and by what is held; what falls due at the same time is judged together with it."
"""What a person must know of a plan that takes something away and seems to pass."""


def meanwhile(plan: Plan, spec: ProvisioningConfigSpec) -> Plan:
    """What of a held plan goes on: what takes nothing away, or with Manual approval nothing at all (`job.gate`)."""
    return plan.stopped(plan.verdict) if spec.approval is Approval.MANUAL else plan.meanwhile


def limits_of(spec: ProvisioningConfigSpec, status: Status, now: datetime) -> tuple[str, ...]:
    """What each limit allows within its window, and what of that is spent."""
    limits = spec.limits
    spent = _ledger(spec, status).spent(now, limits.window)
    return tuple(
        f"{what}: {number} spent; the larger of {limit.count} and {limit.percent} %"
        for what, number, limit in (
            ("disables", spent.disables, limits.disables),
            ("deletes", spent.user_deletes + spent.group_deletes, limits.deletes),
            ("member removals", spent.member_removals, limits.member_removals),
        )
    )


def _ledger(spec: ProvisioningConfigSpec, status: Status) -> Ledger:
    """What the operator remembers; what was released holds as long as the spec gives that approval."""
    ledger = ledger_from_json(status.get("limits") or {})
    return ledger if ledger.used == spec.approved_plan else replace(ledger, used="", released=frozenset())


def _is_approved(
    plan: Plan, entry: ServiceEntry | None, spec: ProvisioningConfigSpec, status: Status, ledger: Ledger
) -> bool:
    """Whether spec.approvedPlan releases the plan: as what is left of a released one, alone, or with what is held."""
    if is_released(plan, ledger.released, everything=spec.approval is Approval.MANUAL):
        return True
    given = spec.approved_plan if spec.approved_plan != ledger.used else ""
    alone = judged(plan, everything=spec.approval is Approval.MANUAL)
    named = {digest_of((alone,)), _held(status).get("digest") if _is_held(entry, status) else ""}
    return bool(given) and given in named


def _is_held(entry: ServiceEntry | None, status: Status) -> bool:
    """Whether the operator has said that it holds the object's plan; it does so until that has another digest."""
    return bool(_held(status)) and entry is not None and entry.verdict.reason is Reason.HELD


def _held(status: Status) -> Mapping[str, Any]:
    plan = status.get("plan") or {}
    return plan if plan.get("held") else {}


def _others(status: Status) -> Tally:
    """What is held by now: it is judged with whatever joins it."""
    held = _held(status)
    return Tally(held.get("disables", 0), held.get("deletes", 0), member_removals=held.get("memberRemovals", 0))


def _base(status: Status) -> Base:
    totals = status.get("totals") or {}
    provisioned = sum((totals.get(kind) or {}).get("provisioned", 0) for kind in ("users", "groups"))
    # Memberships are not counted in the status; without them a percentage allows no more than the count does.
    return Base(provisioned, 0)


def _release(status: Status) -> str:
    digest = _held(status).get("digest")
    if digest:
        return f"review status.plan of the ProvisioningConfig, then set spec.approvedPlan to {digest}."
    return "review status.plan of the ProvisioningConfig once it names the plan, then set spec.approvedPlan to it."
