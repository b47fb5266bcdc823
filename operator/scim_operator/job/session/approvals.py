"""Says once for each plan that it waits for approval, and once that an approved one is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.api.notifications import Topic
from scim_operator.core.decision.announced import deleted_by_mistake
from scim_operator.core.plan.plan import summary
from scim_operator.core.report.config_status import clause, release
from scim_operator.core.report.notice import approval_required, recovered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.plan.plan import PlanCounts
    from scim_operator.core.report.notice import Notice
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.namespace import Namespace


class Approvals:
    """The Events and notifications about one config's held plans; `status` says what was announced before.

    `approver` says who approved, "" where that is not known.
    """

    def __init__(
        self,
        key: ConfigKey,
        writer: Writer,
        notify: Callable[[Notice], None],
        status: Mapping[str, Any],
        approver: str = "",
    ) -> None:
        self._key = key
        self.approver = approver
        self._writer = writer
        self._notify = notify
        self._announced = _held_digest(status)

    async def announce(self, gate: Gate, namespace: Namespace) -> None:
        """Announce what is held, unless it was announced; what was released in between is announced again."""
        if gate.held.digest == self._announced:
            return
        self._announced = gate.held.digest
        if not gate.held.digest:
            return
        counts = gate.held.counts
        why, how = clause(gate.held.because), release(gate.held.digest, gate.held.protected)
        mistaken = deleted_by_mistake(gate.held.count_among(namespace.deleting), self._key.namespace)
        message = f"Held: {summary(counts)}{why}. To release it, {how}. {mistaken}".strip()
        self._notify(approval_required(gate.held.digest, counts))
        await self._writer.announce(self._key, warning=True, reason="ApprovalRequired", message=message)

    async def released(self, digest: str, counts: PlanCounts) -> None:
        """Announce that an approved plan is carried out now."""
        by = f" ({self.approver})" if self.approver else ""
        message = f"The plan {digest} was approved{by} and is carried out: {summary(counts)}."
        await self._writer.announce(self._key, warning=False, reason="PlanReleased", message=message)
        self._notify(recovered(Topic.APPROVAL_REQUIRED, f"Approved, and carried out: {summary(counts)}."))


def _held_digest(status: Mapping[str, Any]) -> str:
    """Return the digest of the plan that waited for approval when the status was written, "" when none did."""
    plan = status.get("plan") or {}
    return str(plan.get("digest") or "") if plan.get("held") else ""
