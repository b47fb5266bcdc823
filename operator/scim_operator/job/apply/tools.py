"""What objects are brought to rest with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.job.apply.executor import Executor
    from scim_operator.job.apply.queue import DirtyQueue
    from scim_operator.job.base.ports import TerminationCheck, Writer
    from scim_operator.job.base.retries import Retries
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.report.internal_errors import InternalErrors
    from scim_operator.job.report.provisioning_log import ProvisioningLog
    from scim_operator.job.report.traces import Traces


@dataclass(frozen=True, slots=True)
class Tools:
    """What objects are brought to rest with."""

    knowledge: Knowledge
    executor: Executor
    gate: Gate
    writer: Writer
    queue: DirtyQueue
    retries: Retries
    termination: TerminationCheck
    provisioning_log: ProvisioningLog
    internal_errors: InternalErrors
    traces: Traces
