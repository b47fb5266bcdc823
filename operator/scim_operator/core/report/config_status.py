"""The status of a ProvisioningConfig, as a value: what its conditions say, given how the job stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.status import STALLED, Reason, condition, stamped
from scim_operator.core.report.excerpt import excerpt_to_json
from scim_operator.core.report.standing import Phase
from scim_operator.core.service.capabilities import BY_TYPE, Setting, Source
from scim_operator.core.wording import camel, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scim_operator.core.plan.plan import Plan, PlanCounts
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.report.standing import HeldChanges, Standing, Tallied
    from scim_operator.core.service.capabilities import Capabilities


FAILED = STALLED | {Reason.RETRYING, Reason.INTERNAL_ERROR}
"""The reasons of objects that fail, whether or not they are retried."""


def failure_of(entry: ServiceEntry | None) -> Reason | None:
    """Return why an object fails; None where it does not, or no one has looked at it yet."""
    return entry.verdict.reason if entry is not None and entry.verdict.reason in FAILED else None


def failures_by_reason(entries: Iterable[ServiceEntry]) -> tuple[tuple[str, int], ...]:
    """Return how many objects fail, by reason; those that wait for approval or their turn do not count."""
    return failures_in_order(Counter(entry.verdict.reason for entry in entries))


def failures_in_order(counts: Mapping[Reason, int]) -> tuple[tuple[str, int], ...]:
    """Return those of the counts that are of objects that fail, by reason."""
    return tuple(sorted((reason.value, counts[reason]) for reason in FAILED if counts.get(reason)))


def conditions(standing: Standing, previous: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    """Ready and Connected always; the others while they hold (kstatus)."""
    wanted = [_ready(standing), _connected(standing)]
    if standing.invalid:
        wanted.append(_true("Stalled", "InvalidSpec", standing.invalid, standing))
    elif standing.waits_for:
        wanted.append(_true("Stalled", "ServiceTaken", service_taken(standing.waits_for, standing.shares), standing))
    elif standing.quarantine and not standing.suspended:
        wanted += [
            _true("Stalled", "Quarantined", standing.quarantine.message, standing),
            _true("Quarantined", *standing.quarantine, standing),
        ]
    elif not standing.suspended and standing.phase is not Phase.DONE:
        wanted.append(_true("Reconciling", str(standing.phase), _at_work(standing), standing))
    if standing.held.objects:
        wanted.append(_true("ApprovalRequired", "ChangesHeld", _approval(standing), standing))
    if standing.other_operator:
        wanted.append(_true("AnotherOperator", "StatusWritten", beside(standing.other_operator), standing))
    return stamped(wanted, previous, now)


def beside(other: str) -> str:
    """Return what it means that another operator works on a config too."""
    return (
        f"Another operator, {other}, writes this status too: each keeps the change limits on its own, so that together "
        "they may pass them, and where names need not be unique, both may create one resource. Stop one of them."
    )


def _ready(standing: Standing) -> dict[str, Any]:
    ok, reason, message = _judge(standing)
    return condition("Ready", ok, reason, message, generation=standing.generation)


def _judge(standing: Standing) -> tuple[bool, str, str]:
    """Return status, reason and message of Ready: the first obstacle decides."""
    obstacles = ((reason, message) for holds, reason, message in _obstacles(standing) if holds)
    reason, message = next(obstacles, ("", ""))
    if reason:
        return False, reason, message
    if standing.planning_only:
        return True, "Planned", "spec.mode is Plan: status.plan and the objects show what Apply would send."
    return True, "Provisioned", "The service holds what the manifests in scope ask for."


def _obstacles(standing: Standing) -> Iterable[tuple[bool, str, str]]:
    """Return what keeps a config from being ready, the most fundamental first: whether it holds, reason, message."""
    failed = standing.users.failed + standing.groups.failed
    yield bool(standing.invalid), "InvalidSpec", standing.invalid
    yield standing.suspended, "Suspended", "spec.suspend is true: nothing is changed at the service."
    yield bool(standing.waits_for), "ServiceTaken", service_taken(standing.waits_for, standing.shares)
    yield bool(standing.quarantine), "Quarantined", standing.quarantine.message
    yield bool(standing.internal), "InternalError", standing.internal
    yield standing.connected is False, "NotConnected", standing.trouble.message
    yield bool(standing.unswept), "NotSwept", _unswept(standing)
    yield standing.phase is not Phase.DONE, "Progressing", _at_work(standing)
    yield bool(standing.held.objects), "ApprovalRequired", _approval(standing)
    yield (
        bool(failed),
        "ObjectsFailed",
        f"{counted(failed, 'object')} cannot go on without a person: kubectl get scim shows which, and why.",
    )
    retrying = standing.users.retrying + standing.groups.retrying
    yield (
        bool(retrying),
        "ObjectsRetrying",
        f"The service did not take {counted(retrying, 'object')}, for a reason that may pass: tried again, and counted "
        "as failed after ten tries.",
    )
    pending = 0 if standing.planning_only else standing.users.pending + standing.groups.pending
    yield bool(pending), "ObjectsPending", f"Changes of {counted(pending, 'object')} are still to be made."


def _unswept(standing: Standing) -> str:
    return (
        "The service cannot be listed as a whole, so that what others change there is not seen; edits of manifests "
        f"and the end of access go on by recorded ids. {standing.unswept}"
    )


def service_taken(name: str, shares: str = "") -> str:
    """Return why a config waits for another that serves its service; `shares`: what both list at two addresses."""
    if shares:
        return (
            f"ProvisioningConfig {name} of this namespace serves this service by another address, for both list "
            f"{shares}: nothing is sent. Delete one of them, give one another namespace, or set its spec.mode to Plan; "
            "if these are two services, name each config in spec.service.distinctFrom of the other."
        )
    return (
        f"ProvisioningConfig {name} of this namespace serves spec.service.url, and two would undo each other's work: "
        "nothing is sent. Delete one of them, give one another service or namespace, or set its spec.mode to Plan."
    )


def _connected(standing: Standing) -> dict[str, Any]:
    if standing.connected is None:
        return condition("Connected", None, "NotTried", "Not tried yet.", generation=standing.generation)
    reason, message = (
        ("TestPassed", f"The service answered Test Connection. {standing.expiring}".strip())
        if standing.connected
        else standing.trouble
    )
    return condition("Connected", standing.connected, reason, message, generation=standing.generation)


def _true(type: str, reason: str, message: str, standing: Standing) -> dict[str, Any]:
    return condition(type, True, reason, message, generation=standing.generation)  # noqa: FBT003


def _at_work(standing: Standing) -> str:
    if standing.connected is False:
        return "Not connected: it is tried again."
    return f"A sweep is at work: {standing.phase}."


def _approval(standing: Standing) -> str:
    held = standing.held
    if standing.recalled:
        return standing.recalled
    if held.used_up:
        return (
            f"The changes of {counted(held.objects, 'object')} are those of a plan that was approved and carried out "
            "before. An approval holds once: remove spec.approvedPlan, then set it again, to carry them out once more."
        )
    return (
        f"The changes of {counted(held.objects, 'object')} are held{clause(held.because)}. "
        f"Review status.plan, then {release(held.digest, held.protected)}."
    )


def clause(because: str) -> str:
    """Return why something is held, as the end of a sentence."""
    return f": {because}" if because else ""


NAMED = 5


def release(digest: str, protected: Sequence[str] = ()) -> str:
    """Return what to set so that a held plan is released, in words."""
    reported = f"set spec.approvedPlan to {digest}"
    if not protected:
        return reported
    listed = ", ".join(protected) if len(protected) <= NAMED else "all that status.plan.protected lists"
    return f"{reported} and spec.approvedProtected to {listed}"


MOST_PROTECTED = 1000
"""Names that a status lists."""


def held_to_json(held: HeldChanges) -> dict[str, Any]:
    """Return what `status.plan` says of a plan that waits, beside its digest."""
    return {"reason": held.because[:2048] or None, "protected": list(held.protected[:MOST_PROTECTED]) or None}


_OF_BULK = frozenset({"bulk", "bulk_operations", "bulk_payload"})


def capabilities_to_json(capabilities: Capabilities) -> dict[str, Any]:
    """Return what is in force, and where each setting came from; by resource type only where the types differ.

    Nothing of bulk requests where no one has spoken of them.
    """
    left_out = _OF_BULK if capabilities.sources.get("bulk", Source.PROFILE) is Source.PROFILE else frozenset()
    names = [field.name for field in fields(capabilities) if field.name not in {"sources", *BY_TYPE, *left_out}]
    settings = {
        name: Setting(getattr(capabilities, name), capabilities.sources.get(name, Source.PROFILE)) for name in names
    }
    own = {name: each for name in BY_TYPE if (each := _settings_to_json(getattr(capabilities, name)))}
    return {**_settings_to_json(settings), **own}


def _settings_to_json(settings: Mapping[str, Setting]) -> dict[str, Any]:
    return {camel(name): {"value": each.value, "source": str(each.source)} for name, each in settings.items()}


def plan_to_json(counts: PlanCounts, digest: str, *, held: bool, first: Iterable[Plan] = ()) -> dict[str, Any]:
    """`status.plan`; `first` are the plans that it shows one by one."""
    body = {camel(name): number for name, number in asdict(counts).items()}
    return {**body, "digest": digest or None, "held": held, "first": excerpt_to_json(first)}


def totals_to_json(users: Tallied, groups: Tallied) -> dict[str, Any]:
    """`status.totals`."""
    return {
        "inScope": users.in_scope + groups.in_scope,
        "retrying": users.retrying + groups.retrying,
        "failed": users.failed + groups.failed,
        "users": _tallied(users),
        "groups": _tallied(groups),
    }


def _tallied(one: Tallied) -> dict[str, int]:
    return {camel(name): number for name, number in asdict(one).items()}
