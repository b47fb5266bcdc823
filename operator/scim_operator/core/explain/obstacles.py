"""Obstacles between a plan and the service: the state of its config, and an approval that it needs first.

Both follow from the config's spec and from what the operator last wrote into the config's status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.api.config import Mode
from scim_operator.core.approval.judge import Allowances, Hold, judge
from scim_operator.core.approval.ledger import Base, Window, remembered_ledger
from scim_operator.core.connection.quarantine import TAKES_SOME, quarantine_from_json, said
from scim_operator.core.plan.parts import ending
from scim_operator.core.plan.plan import Tally
from scim_operator.core.records.status import Reason, condition_of
from scim_operator.core.report.config_status import release
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.approval.ledger import Ledger
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.status import ServiceEntry

    Status = Mapping[str, Any]
    """The status of a ProvisioningConfig."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The reason why a config sends nothing now, as a sentence; `once` is what it waits for, to follow "once"."""

    reason: str
    message: str
    once: str
    spares_endings: bool = False
    """Whether what ends access is sent all the same."""


def obstacles(
    spec: ProvisioningConfigSpec, status: Status, generation: int, *, deleting: bool = False
) -> tuple[Obstacle, ...]:
    """Everything that keeps the config from sending, the most fundamental first."""
    return tuple(_obstacles(spec, status, generation, deleting=deleting))


def _obstacles(spec: ProvisioningConfigSpec, status: Status, generation: int, *, deleting: bool) -> Iterator[Obstacle]:
    if deleting:
        yield _DELETED
    if spec.suspend:
        # A suspended config is not tried: its status of the connection is old.
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
    """Return the obstacle that the operator has not seen this spec: it is down, starting, or serves elsewhere."""
    before = status.get("observedGeneration")
    reported = f"it last reported on generation {before}" if before else "it has reported nothing"
    return Obstacle(
        "NotTakenUp",
        f"The operator has not taken up generation {generation} of the ProvisioningConfig; {reported}. "
        "If that lasts, see whether it runs and serves this namespace.",
        "the operator has taken up the ProvisioningConfig",
    )


def _taken(status: Status) -> tuple[Obstacle, ...]:
    reported = condition_of(status, "Ready")
    if reported.get("reason") != "ServiceTaken":
        return ()
    return (
        Obstacle("ServiceTaken", reported.get("message", ""), "no other ProvisioningConfig serves spec.service.url"),
    )


def _quarantined(status: Status) -> tuple[Obstacle, ...]:
    found = quarantine_from_json(status.get("quarantine"))
    if found is None:
        return ()
    attempt = f"at {rfc3339(found.next_attempt)}" if found.next_attempt else "when the Secret or the spec changes"
    message = f"In quarantine since {rfc3339(found.began)} ({found.cause}): {said(found)}"
    once = f"the quarantine is over, which is tried {attempt}"
    return (Obstacle("Quarantined", message, once, spares_endings=found.cause in TAKES_SOME),)


def _disconnected(status: Status) -> tuple[Obstacle, ...]:
    reported = condition_of(status, "Connected")
    if reported.get("status") != "False":
        return ()
    message = f"The operator is not connected ({reported.get('reason', '')}): {reported.get('message', '')}"
    return (Obstacle("NotConnected", message.strip(), "the operator is connected again"),)


def in_the_way(found: Iterable[Obstacle], plan: Plan) -> tuple[Obstacle, ...]:
    """Return those of the obstacles that keep a plan from being sent."""
    ends = ending(plan) is plan
    return tuple(each for each in found if not (ends and each.spares_endings))


def hold(plan: Plan, entry: ServiceEntry | None, spec: ProvisioningConfigSpec, status: Status, now: datetime) -> str:
    """Return why a plan waits for approval, as a sentence, else "". `entry` is the last report on its object.

    The operator judges all that is due as a whole. One plan alone is not enough: what is already held counts too.
    """
    ledger = _ledger(spec, status, now)
    judgement = judge((plan,), ledger, spec, _base(status, ledger), now, beside=_others(status))
    if not judgement.fitting and not judgement.waiting:
        return ""
    if _is_held(entry, status):
        return "" if _is_approved(spec, status, ledger) else f"The operator holds it: {_release(status)}"
    if not judgement.waiting:
        return ""
    return f"It would be held ({judgement.hold.because}): {_release(status)}"


ALONE = "It was judged alone, and by what is held; what falls due at the same time is judged together with it."
"""A caution about a plan that takes something away and seems to pass."""


def limits_of(spec: ProvisioningConfigSpec, status: Status, now: datetime) -> tuple[str, ...]:
    """Return what each limit allows within its window, and what of that is spent."""
    ledger = _ledger(spec, status, now)
    return Allowances(ledger, spec.limits, _base(status, ledger), now).lines()


def _ledger(spec: ProvisioningConfigSpec, status: Status, now: datetime) -> Ledger:
    """Return what the operator remembers. Anyone who may read the status sees it; nothing is sent because of it."""
    return remembered_ledger(status, Window(now, spec.limits.window, spec.approved_plan), proven=True)


def _is_approved(spec: ProvisioningConfigSpec, status: Status, ledger: Ledger) -> bool:
    """Return whether spec.approvedPlan releases all that the operator holds."""
    given = spec.approved_plan if spec.approved_plan != ledger.used else ""
    held = Hold(_held(status).get("digest") or "", protected=tuple(_held(status).get("protected") or ()))
    return bool(given) and held.is_released_by(given, spec.approved_protected)


def _is_held(entry: ServiceEntry | None, status: Status) -> bool:
    """Return whether the operator reported that it holds the plan, which it does until the digest changes."""
    return bool(_held(status)) and entry is not None and entry.verdict.reason is Reason.HELD


def _held(status: Status) -> Mapping[str, Any]:
    plan = status.get("plan") or {}
    return plan if plan.get("held") else {}


def _others(status: Status) -> Tally:
    """Return what is held by now: it is judged with whatever joins it."""
    held = _held(status)
    groups, renames = held.get("groupDeletes", 0), held.get("renames", 0)
    return Tally(
        disables=held.get("disables", 0),
        user_deletes=held.get("deletes", 0) - groups,
        group_deletes=groups,
        member_removals=held.get("memberRemovals", 0),
        user_renames=renames,
        group_renames=renames,
        adoptions=held.get("adoptions", 0),
        recreations=held.get("recreations", 0),
    )


def _base(status: Status, ledger: Ledger) -> Base:
    """Return what the config owns, as last found; before its first sweep, as far as it has been counted."""
    if ledger.owned:
        return ledger.owned[-1].base
    totals = status.get("totals") or {}
    return Base(*((totals.get(kind) or {}).get("provisioned", 0) for kind in ("users", "groups")))


def _release(status: Status) -> str:
    digest = _held(status).get("digest")
    if digest:
        reported = release(digest, _held(status).get("protected") or ())
        return f"review status.plan of the ProvisioningConfig, then {reported}."
    return "review status.plan of the ProvisioningConfig once it names the plan, then set spec.approvedPlan to it."
