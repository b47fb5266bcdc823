"""The status of a ProvisioningConfig, as a value: what its conditions say, given how the job stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from scim_operator.core.records.status import PARKED, Reason, condition, stamped
from scim_operator.core.report.excerpt import excerpt_to_json
from scim_operator.core.report.standing import Phase
from scim_operator.core.service.capabilities import BY_TYPE, Setting, Source
from scim_operator.core.wording import camel, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scim_operator.core.plan.plan import Plan, PlanCounts
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.report.standing import HeldChanges, Standing, Tallied
    from scim_operator.core.service.capabilities import Capabilities


FAILED = PARKED | {Reason.RETRYING, Reason.INTERNAL_ERROR}
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
    """Ready and Connected always; Stalled or Reconciling while not Ready (kstatus); the others while they hold."""
    obstacle = next(_obstacles(standing), None)
    wanted = [_ready(standing, obstacle), _connected(standing)]
    if obstacle is not None:
        # kstatus takes Ready=False alone for something that goes on, and shows the message of these.
        reason = str(standing.phase) if obstacle.reason == PROGRESSING else obstacle.reason
        wanted.append(_true("Stalled" if obstacle.stalls else "Reconciling", reason, obstacle.message, standing))
    if standing.quarantine and not (standing.invalid or standing.waits_for or standing.suspended):
        wanted.append(_true("Quarantined", *standing.quarantine, standing))
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


def _ready(standing: Standing, obstacle: Obstacle | None) -> dict[str, Any]:
    reason, message = (obstacle.reason, obstacle.message) if obstacle is not None else _as_asked(standing)
    return condition("Ready", obstacle is None, reason, message, generation=standing.generation)


def _as_asked(standing: Standing) -> tuple[str, str]:
    if standing.planning_only:
        return "Planned", "spec.mode is Plan: status.plan and the objects show what Apply would send."
    return "Provisioned", "The service holds what the manifests in scope ask for."


class Obstacle(NamedTuple):
    """What keeps a config from being Ready. `stalls`: it does not go on before someone acts, or for hours."""

    reason: str
    message: str
    stalls: bool = False


PROGRESSING = "Progressing"


def _obstacles(standing: Standing) -> Iterator[Obstacle]:
    """Yield what keeps a config from being ready, the most fundamental first."""
    if standing.invalid:
        yield Obstacle("InvalidSpec", standing.invalid, stalls=True)
    if standing.suspended:
        yield Obstacle("Suspended", "spec.suspend is true: nothing is changed at the service.", stalls=True)
    if standing.waits_for:
        yield Obstacle("ServiceTaken", service_taken(standing.waits_for, standing.shares), stalls=True)
    if standing.quarantine:
        yield Obstacle("Quarantined", standing.quarantine.message, stalls=True)
    yield from _not_swept(standing)
    yield from _unfinished(standing)


def _not_swept(standing: Standing) -> Iterator[Obstacle]:
    """Yield what keeps a sweep from its end."""
    if standing.internal:
        yield Obstacle("InternalError", standing.internal)
    if standing.connected is False:
        yield Obstacle("NotConnected", standing.trouble.message)
    if standing.unswept:
        yield Obstacle("NotSwept", _unswept(standing))
    if standing.phase is not Phase.DONE:
        yield Obstacle(PROGRESSING, f"A sweep is at work: {standing.phase}.")


def _unfinished(standing: Standing) -> Iterator[Obstacle]:
    """Yield what is left after a sweep."""
    if standing.held.objects:
        yield Obstacle("ApprovalRequired", _approval(standing), stalls=True)
    if failed := standing.users.failed + standing.groups.failed:
        what = f"{counted(failed, 'object')} cannot go on without a person: kubectl get scim shows which, and why."
        yield Obstacle("ObjectsFailed", what, stalls=True)
    if retrying := standing.users.retrying + standing.groups.retrying:
        yield Obstacle(
            "ObjectsRetrying",
            f"The service did not take {counted(retrying, 'object')}, for a reason that may pass: tried again, and "
            "counted as failed after ten tries.",
        )
    pending = standing.users.pending + standing.groups.pending
    if pending and not standing.planning_only:
        yield Obstacle("ObjectsPending", f"Changes of {counted(pending, 'object')} are still to be made.")


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
        f"Review status.plan, then {release(held.digest, held.protected)}. {held.mistaken}".strip()
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
