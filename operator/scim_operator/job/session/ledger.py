"""The ledger that a session begins with: a process knows itself; after a restart the status says it, with a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.approval.ledger import Base, Window, distrusted, is_proven, remembered_ledger
from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.approval.ledger import Ledger
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.scim.clock import Clock


def window_of(settings: Settings, clock: Clock) -> Window:
    """Return the window as it is now."""
    return Window(clock.now(), settings.spec.limits.window, settings.spec.approved_plan)


def ledger_of(settings: Settings, reporter: Reporter, clock: Clock) -> Ledger:
    """Return what the limits remember."""
    report, limits = reporter.report, reporter.status.get("limits") or {}
    if report.ledger is not None:
        return report.ledger
    proven = is_proven(limits, report.seal, report.owner)
    return remembered_ledger(reporter.status, window_of(settings, clock), proven=proven)


def doubt(gate: Gate, reporter: Reporter, records: Iterable[SourceRecord], clock: Clock) -> str:
    """Return the message that a ledger is gone; "" where it is not, or that was reported before.

    A config for which the objects' statuses have ids is not new: it has lost what its limits remember.
    """
    report, limits = reporter.report, reporter.status.get("limits") or {}
    unproven = not is_proven(limits, report.seal, report.owner)
    if gate.accounts.ledger.first and unproven and _has_recorded(records, gate.settings.key.name):
        gate.accounts.distrust(distrusted(window_of(gate.settings, clock)))
        report.ledger = gate.accounts.ledger
    until, reported = gate.accounts.ledger.full_until, limits.get("fullUntil")
    if until is None or reported == rfc3339(until):
        return ""
    return (
        f"What change limits remember (status.limits) is gone or was not written by this operator: until "
        f"{rfc3339(until)} all of them count as spent, so that whatever they count waits for spec.approvedPlan."
    )


def _has_recorded(records: Iterable[SourceRecord], config: str) -> bool:
    bodies = (body for record in records if record.packed_status for body in record.status.get("services", ()))
    return any(body.get("config") == config and (body.get("id") or body.get("lost")) for body in bodies)


def _recorded(knowledge: Knowledge, kind: Kind) -> int:
    """Return how many are on record as at the service, where that could not be listed."""
    entries = (entry for key, entry in knowledge.entries.all() if key.kind is kind)
    return sum(bool(entry.id) and not has_left(entry) for entry in entries)


def owned_by(knowledge: Knowledge) -> Base:
    """Return what percentages of change limits are of: what the config has at the service and no one has disabled."""
    users, groups = knowledge.index[ResourceType.USER], knowledge.index[ResourceType.GROUP]
    active = users.census.active if users.listed else _recorded(knowledge, Kind.USER)
    owned = groups.census.owned if groups.listed else _recorded(knowledge, Kind.GROUP)
    return Base(active, owned, groups.census.members)
