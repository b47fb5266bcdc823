"""Everything that a job needs beyond its sessions' surroundings."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.job.base.leases import Sole
from scim_operator.job.base.ports import Silence, Unconcerned
from scim_operator.job.report.others import own_name
from scim_operator.observability.provisioning_log.processed import Nowhere
from scim_operator.observability.tracing.spans import Untraced

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.job.base.leases import Leases
    from scim_operator.job.base.ports import Collector, Notifier, SecretReader, Service, TerminationCheck
    from scim_operator.job.base.settings import Settings
    from scim_operator.observability.provisioning_log.processed import Sink
    from scim_operator.observability.tracing.spans import Tracer


@dataclass(frozen=True, slots=True)
class World:
    """The ways to reach a service, and the places that a config refers to."""

    connect: Callable[[Settings, SecretReader], Awaitable[Service]]
    secret_reader: SecretReader
    termination: TerminationCheck
    notifier: Notifier = field(default_factory=Silence)
    log: Sink = field(default_factory=Nowhere)
    operator: str = field(default_factory=own_name)
    """The name of this operator in the statuses of configs."""
    random: random.Random = field(default_factory=random.SystemRandom)
    """What jitter and RandomString draw from; the latter may be a password, so only a simulation's can be foreseen."""
    leases: Leases = field(default_factory=Sole)
    collector: Collector = field(default_factory=Unconcerned)
    tracer: Tracer = field(default_factory=Untraced)
