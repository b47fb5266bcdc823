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
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.memory import listing_memory

if TYPE_CHECKING:
    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.kube.parts import JobPorts
    from scim_operator.observability.metrics import Metrics
    from scim_operator.observability.provisioning_log.processed import Sink
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.protocol import Method


def supervise(ports: JobPorts, log: Sink | None = None) -> Supervisor:
    """Build the supervisor on the machine's clock, with clients whose requests are counted; `log` takes the records."""
    clock = SystemClock()
    memory = ports.listing_limit or listing_memory(memory_limit())
    connector = Connector(clock, ports.egress, memory, write_limit=ports.write_limit)

    async def connect(settings: Settings, secret_reader: SecretReader) -> ScimClient:
        client = await connector.connect(settings, secret_reader)
        count_requests(client, settings, ports.metrics)
        return client

    post = Post(Ways(ports.secret_reader, ports.egress), ports.writer, clock, ports.metrics)
    where = (ports.secret_reader, ports.termination, post, log or Nowhere())
    world = World(connect, *where, operator=ports.name, leases=ports.leases, collector=PythonsOwn())
    return Supervisor(ports.namespaces, ports.writer, world, clock, ports.metrics, ports.seal)


def count_requests(client: ScimClient, settings: Settings, metrics: Metrics) -> None:
    """Let each request of a client show in the metrics; the status "none" means that no answer came."""

    def observe(method: Method, status: int, seconds: float, waited: float) -> None:
        metrics.request(settings.key, method.value, str(status or "none"), seconds)
        metrics.waited(settings.key, waited, client.exchange.allowed)

    client.exchange.observe = observe
