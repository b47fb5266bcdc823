"""What is said of an end of access that the service refuses: nothing in the manifest is at fault, or could help."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.plan.parts import only_takes_access
from scim_operator.errors import DependencyNotReady, Rejected

if TYPE_CHECKING:
    from scim_operator.core.plan.plan import Plan

_UNENDED = "Access is to end, whatever the manifest says besides: it is tried again each hour."
_DISABLE = (
    f"{_UNENDED} Ask the service's administrator, or disable the user there; where users cannot be disabled, set "
    "whenDeleted and whenOutOfScope to Delete."
)
_REMOVE = f"{_UNENDED} Ask the service's administrator, or take it away there."


def of_an_end(error: Rejected | DependencyNotReady, plan: Plan) -> Rejected | DependencyNotReady:
    """Return the refusal of a plan, with what to do next where that takes access and does nothing else."""
    if not (only_takes_access(plan) and error.happened):
        return error
    disables = any(change.path == ACTIVE for change in plan.changes)
    message = f"{error.happened}. {_DISABLE if disables else _REMOVE}"
    if isinstance(error, DependencyNotReady):
        said = copy(error)
        said.alone = message if error.alone else ""
        return said
    refusal = Rejected(
        message,
        status=error.status,
        scim_type=error.scim_type,
        in_scim=error.in_scim,
    )
    refusal.may_pass = True
    return refusal
