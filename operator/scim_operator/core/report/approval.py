"""The last approval, as a config's status keeps it: an Event about it is gone after an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.core.printing import one_line
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A plan that was approved: by whom, when it was released, and what it is, in words."""

    plan: str
    by: str
    at: datetime
    released: str


def approval_to_json(approval: Approval) -> dict[str, Any]:
    """`status.lastApproval`; who approved is left out where it is not known."""
    said = {"plan": approval.plan, "releasedAt": rfc3339(approval.at), "released": approval.released}
    return {**said, "by": one_line(approval.by) or None}
