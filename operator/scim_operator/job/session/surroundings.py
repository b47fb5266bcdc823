"""The surroundings of a session, whatever it runs on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.job.base.ports import Silence
from scim_operator.job.gate.gate import Gate
from scim_operator.job.gather.peers import Peers
from scim_operator.observability.provisioning_log.processed import Nowhere
from scim_operator.observability.tracing.spans import Untraced

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from scim_operator.core.approval.ledger import Ledger
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.seal import Seal
    from scim_operator.job.base.ports import Notifier, TerminationCheck, Writer
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gate.gate import GateEvents
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.observability.metrics import Metrics
    from scim_operator.observability.provisioning_log.processed import Sink
    from scim_operator.observability.tracing.spans import Tracer
    from scim_operator.scim.clock import Clock


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session works with."""

    namespace: Namespace
    writer: Writer
    clock: Clock
    random: random.Random
    metrics: Metrics
    parted: Callable[[SourceRecord], Awaitable[None]]
    termination: TerminationCheck
    seal: Seal
    checks: bool = True
    """Whether what a status says needs a proof; not where the command itself made the statuses."""
    peers: Peers = field(default_factory=Peers)
    gate: Callable[[Settings, GateEvents, Clock, Ledger], Gate] = Gate
    """Makes the session's gate; `apply` without a cluster has one that knows a reviewed plan."""
    notifier: Notifier = field(default_factory=Silence)
    log: Sink = field(default_factory=Nowhere)
    tracer: Tracer = field(default_factory=Untraced)
    operator: str = ""
    """The name of this operator in the statuses of configs."""
