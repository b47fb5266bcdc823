"""From the operator's ports to its jobs: the one place that knows both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.job.connection.connecting import Connector
from scim_operator.job.connection.world import World
from scim_operator.job.supervisor import Supervisor
from scim_operator.kube.collector import PythonsOwn
from scim_operator.kube.memory_limit import memory_limit
from scim_operator.observability.notifications.channels import Ways
from scim_operator.observability.notifications.post import Post
from scim_operator.observability.provisioning_log.processed import Nowhere
from scim_operator.observability.tracing.requests import Server, trace_request
from scim_operator.observability.tracing.spans import Untraced
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.memory import listing_memory

if TYPE_CHECKING:
    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.kube.parts import JobPorts
    from scim_operator.observability.metrics import Metrics
    from scim_operator.observability.provisioning_log.processed import Sink
    from scim_operator.observability.tracing.spans import Tracer
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.exchange import Sent


def supervise(ports: JobPorts, log: Sink | None = None, tracer: Tracer | None = None) -> Supervisor:
    """Build the supervisor on the machine's clock, with clients whose requests are counted.

    `log` takes the records, and `tracer` the traces.
    """
    clock = SystemClock()
    memory = ports.listing_limit or listing_memory(memory_limit())
    connector = Connector(clock, ports.egress, memory, write_limit=ports.write_limit)

    async def connect(settings: Settings, secret_reader: SecretReader) -> ScimClient:
        client = await connector.connect(settings, secret_reader)
        observe_requests(client, settings, ports.metrics)
        return client

    post = Post(Ways(ports.secret_reader, ports.egress), ports.writer, clock, ports.metrics)
    where = (ports.secret_reader, ports.termination, post, log or Nowhere())
    world = World(
        connect, *where, operator=ports.name, leases=ports.leases, collector=PythonsOwn(), tracer=tracer or Untraced()
    )
    return Supervisor(ports.namespaces, ports.writer, world, clock, ports.metrics, ports.seal)


def observe_requests(client: ScimClient, settings: Settings, metrics: Metrics) -> None:
    """Let each request of a client show in metrics and traces; the status "none" means that no answer came."""
    server = Server.of(settings.spec.service.url)

    def observe(sent: Sent) -> None:
        metrics.request(settings.key, sent.method.value, str(sent.status or "none"), sent.seconds)
        metrics.waited(settings.key, sent.waited, client.exchange.allowed)
        trace_request(sent, server)

    client.exchange.observe = observe
