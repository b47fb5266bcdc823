"""The six steps of a record, each with its outcome: how far the object came, and what was found on the way. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.records.status import Reason
from scim_operator.core.wording import counted
from scim_operator.observability.provisioning_log.processed import SHOWN, Step, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.observability.provisioning_log.processed import Processed

Outcome = tuple[str, str]
"""Entra's status of a step, and a sentence."""

NAMES: Mapping[Step, str] = {
    Step.IMPORT: "Read the manifest",
    Step.SCOPING: "Determine scope",
    Step.MATCHING: "Match with a resource",
    Step.PROCESSING: "Determine changes",
    Step.REFERENCES: "Resolve references",
    Step.EXPORT: "Send changes",
}

_STOPS: Mapping[Reason, Step] = {
    Reason.AMBIGUOUS: Step.MATCHING,
    Reason.NOT_OWNED: Step.MATCHING,
    Reason.OWNED_BY_OTHER: Step.MATCHING,
    Reason.CONFLICT: Step.MATCHING,
    Reason.INVALID_SPEC: Step.PROCESSING,
    Reason.UNDECIDED: Step.SCOPING,
}
"""The step at which a verdict other than an error ends the processing."""

_WAITS = frozenset(
    {Reason.HELD, Reason.NEEDED, Reason.PLANNED, Reason.ACTION_OFF, Reason.SUSPENDED, Reason.QUARANTINED}
)


def steps(processed: Processed) -> list[dict[str, Any]]:
    """Return all six, in order; those after the one that failed are skipped."""
    stop = processed.failed or (None if processed.sent else _STOPS.get(processed.verdict.reason))
    reached, result = True, []
    for step in Step:
        if not reached:
            outcome = ("skipped", "Not reached.")
        elif step is stop:
            outcome, reached = ("failure", processed.verdict.message), False
        else:
            outcome = _OUTCOMES[step](processed)
        result.append(_rendered(step, outcome))
    return result


def _rendered(step: Step, outcome: Outcome) -> dict[str, Any]:
    status, description = outcome
    return {"name": NAMES[step], "provisioningStepType": str(step), "status": status, "description": description}


def _import(processed: Processed) -> Outcome:
    record = processed.record
    if record is None:
        return "success", f"The manifest of {processed.key} is gone."
    going = " It is being deleted." if record.deleting else ""
    return "success", f"{processed.key} was read at generation {record.generation}.{going}"


def _scoping(processed: Processed) -> Outcome:
    if processed.scope is None:
        return "skipped", "Not asked."
    return "success" if processed.scope.in_scope else "skipped", processed.scope.message


def _matching(processed: Processed) -> Outcome:
    found = processed.found
    if found.by:
        return "success", f"Matched by {found.by}: resource {found.id}."
    return "success", "No resource at the service matches."


def _processing(processed: Processed) -> Outcome:
    reason, message = processed.verdict.reason, processed.verdict.message
    if reason in _WAITS:
        return "skipped", message
    if reason is Reason.IMMUTABLE:
        return "warning", message
    drift = " Someone else had changed it at the service." if processed.trigger is Trigger.DRIFT else ""
    if processed.verb is None:
        return "success", f"Nothing is to be sent. {message}".strip()
    return "success", f"{processed.verb}: {_counts(processed)}.{drift}"


def _counts(processed: Processed) -> str:
    parts = [counted(len(processed.changes), "attribute")]
    if processed.gained.count:
        parts.append(f"{counted(processed.gained.count, 'member')} added")
    if processed.lost.count:
        parts.append(f"{counted(processed.lost.count, 'member')} removed")
    return ", ".join(parts)


def _references(processed: Processed) -> Outcome:
    pending = processed.pending
    if pending.count:
        more = " and others" if pending.count > len(pending.names[:SHOWN]) else ""
        listed = ", ".join(pending.names[:SHOWN])
        return "warning", f"Still to be provisioned: {counted(pending.count, 'member')} ({listed}{more})."
    if processed.gained.count or processed.lost.count:
        return "success", "Every member that changes is known at the service."
    return "skipped", "Nothing refers to other objects."


def _export(processed: Processed) -> Outcome:
    if processed.sent:
        return "success", f"{processed.verb} was sent, and the service took it."
    return "skipped", "Nothing was sent."


_OUTCOMES: Mapping[Step, Callable[[Processed], Outcome]] = {
    Step.IMPORT: _import,
    Step.SCOPING: _scoping,
    Step.MATCHING: _matching,
    Step.PROCESSING: _processing,
    Step.REFERENCES: _references,
    Step.EXPORT: _export,
}
