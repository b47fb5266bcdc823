"""Writes a config's status: at once where someone waits for it, now and then during work, never without news."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.api.common import format_duration
from scim_operator.core.approval.ledger import ledger_to_json
from scim_operator.core.connection.expiry import expiry_to_json
from scim_operator.core.connection.quarantine import quarantine_to_json
from scim_operator.core.plan.plan import PlanCounts
from scim_operator.core.records.status import condition_of
from scim_operator.core.report.approval import approval_to_json
from scim_operator.core.report.config_status import (
    capabilities_to_json,
    conditions,
    held_to_json,
    plan_to_json,
    totals_to_json,
)
from scim_operator.core.report.standing import Phase, Standing
from scim_operator.core.service.capabilities import BY_TYPE
from scim_operator.core.service.quirks import quirks_to_json
from scim_operator.core.wording import rfc3339
from scim_operator.errors import NotWritten
from scim_operator.job.base.writing import written

if TYPE_CHECKING:
    from scim_operator.core.approval.ledger import Ledger
    from scim_operator.core.connection.expiry import Expiry
    from scim_operator.core.connection.quarantine import Quarantine
    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.tombstones import Tombstones
    from scim_operator.core.report.approval import Approval
    from scim_operator.core.seal import Seal
    from scim_operator.core.service.quirks import InForce
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.report.sweeps import SweepRecord
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

PACE = 2.0
"""Seconds between two writes of a status while work goes on."""
_NEVER = float("-inf")


@dataclass(slots=True)
class Report:
    """Everything that a config's status is made of; the job changes it and asks for it to be written."""

    standing: Standing
    profile: str
    seal: Seal
    owner: str
    """Whose ledger it is: the config's key and uid."""
    url: str = ""
    in_force: InForce | None = None
    done: int = 0
    total: int = 0
    counts: PlanCounts = field(default_factory=PlanCounts)
    first: tuple[Plan, ...] = ()
    last_sweep: SweepRecord | None = None
    ledger: Ledger | None = None
    failures: tuple[tuple[str, int], ...] | None = None
    quarantine: Quarantine | None = None
    tombstones: Tombstones | None = None
    handled: str = ""
    claimed_url: str = ""
    expiry: Expiry | None = None
    operator: str = ""
    """The name of this operator, "" where it has none to be known by."""


class Reporter:
    """Writes one config's status. Nothing is written unless it is new; a time alone is not new."""

    def __init__(self, key: ConfigKey, writer: Writer, clock: Clock, report: Report, status: dict[str, Any]) -> None:
        self.report = report
        self.approval: Approval | None = None
        """The last plan that was released since the operator began."""
        self._key = key
        self._writer = writer
        self._clock = clock
        self._status = status
        self._written_at = _NEVER

    @property
    def status(self) -> dict[str, Any]:
        """Return the status as last written, or as found."""
        return self._status

    def reason(self, type: str) -> str:
        """Return the reason of a condition, as last written or found; "" where there is no such condition."""
        return str(condition_of(self._status, type).get("reason", ""))

    async def write_sometimes(self) -> None:
        """Write, unless that was done a moment ago."""
        if self._clock.monotonic() - self._written_at >= PACE:
            await self.write()

    async def repeat(self) -> None:
        """Write what was said and is not there any more, as where etcd was restored or someone wiped the status."""
        if self._written_at != _NEVER:
            await self.write()

    async def write(self) -> None:
        """Write the status if it says anything new; what the API server does not take now waits."""
        try:
            await self.write_durably()
        except NotWritten as error:
            logger.warning("%s: the status was not written: %s", self._key, error)

    async def write_durably(self) -> None:
        """Write the status as it stands, if it says anything new; raises NotWritten.

        Whether it does is for the writer to say: someone may have wiped what we wrote.
        """
        status = self._render()
        await written(self._writer.report_config(self._key, status))
        self._status, self._written_at = {**self._status, **status}, self._clock.monotonic()

    def _render(self) -> dict[str, Any]:
        report, standing = self.report, self.report.standing
        status: dict[str, Any] = {
            "observedGeneration": standing.generation,
            "conditions": conditions(standing, self._status, rfc3339(self._clock.now())),
            **({"lastHandledReconcileAt": report.handled} if report.handled else {}),
            "totals": totals_to_json(standing.users, standing.groups),
            "progress": self._progress(),
            **({"operator": report.operator} if report.operator else {}),
            **({"lastApproval": approval_to_json(self.approval)} if self.approval else {}),
            **self._claim(),
            **self._expiry(),
        }
        if report.in_force is not None:
            status["service"] = self._service(report.in_force)
        known = report.counts or standing.held.objects or standing.planning_only or "plan" in self._status
        if known and not standing.recalled:
            held = standing.held
            shown = plan_to_json(report.counts, held.digest, held=bool(held.objects), first=report.first)
            status["plan"] = {**shown, **held_to_json(held)}
        sweep, before = report.last_sweep, self._status.get("lastSweep")
        if sweep is not None and (not before or sweep.is_news(before.get("drift", 0))):
            status["lastSweep"] = _sweep(sweep)
        if report.ledger is not None:
            status["limits"] = ledger_to_json(report.ledger, report.seal, report.owner)
        if report.failures is not None:
            status["failures"] = [{"reason": reason, "count": number} for reason, number in report.failures]
        if report.quarantine is not None or self._status.get("quarantine"):
            status["quarantine"] = quarantine_to_json(report.quarantine)
        if report.tombstones is not None:
            status["tombstones"] = report.tombstones.to_json()
        return status

    def _claim(self) -> dict[str, Any]:
        url = self.report.claimed_url
        return {"claimedUrl": url or None} if url or self._status.get("claimedUrl") else {}

    def _expiry(self) -> dict[str, Any]:
        known = self.report.expiry is not None or self._status.get("tokenExpiry")
        return {"tokenExpiry": expiry_to_json(self.report.expiry)} if known else {}

    def _service(self, known: InForce) -> dict[str, Any]:
        url = {"url": self.report.url} if self.report.url else {}
        # What no longer differs for one resource type is taken out of the status.
        in_force = {**dict.fromkeys(BY_TYPE), **capabilities_to_json(known.capabilities)}
        quirks = quirks_to_json(known.quirks) or None
        return {**url, "profile": self.report.profile, "capabilities": in_force, "quirks": quirks}

    def _progress(self) -> dict[str, Any]:
        report = self.report
        finished = report.standing.phase is Phase.DONE
        percent = 100 if finished else report.done * 100 // report.total if report.total else 0
        return {
            "phase": str(report.standing.phase),
            "done": report.done,
            "total": report.total,
            "percent": percent,
        }


def _sweep(sweep: SweepRecord) -> dict[str, Any]:
    return {
        "startedAt": rfc3339(sweep.started_at),
        "duration": format_duration(sweep.duration),
        "requests": {"read": sweep.reads, "write": sweep.writes},
        "drift": sweep.drift,
    }
