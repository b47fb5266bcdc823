"""The operator's parts, put together."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.keys import ConfigKey, ObjectKey
from scim_operator.core.leases.lease import GRACE
from scim_operator.core.members.selection import room_in
from scim_operator.core.seal import Seal
from scim_operator.job.base.leases import Sole
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.job.report.others import own_name
from scim_operator.kube.configs import ConfigBook, ConfigDesk, Jobs
from scim_operator.kube.events import EventPoster
from scim_operator.kube.feed import Feed
from scim_operator.kube.hold import Office, Self
from scim_operator.kube.kopf_thread import KopfThread
from scim_operator.kube.lease_store import LeaseStore
from scim_operator.kube.leases import LeaseKeeper
from scim_operator.kube.log_endpoint import LogEndpoint
from scim_operator.kube.marks import Marks
from scim_operator.kube.memory_limit import memory_limit
from scim_operator.kube.operator_key import OperatorKey
from scim_operator.kube.orphans import Orphanage
from scim_operator.kube.permissions import RightsCheck
from scim_operator.kube.replicas import Replicas
from scim_operator.kube.roll_call import RollCall, reread
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.kube.termination import KubeTerminationCheck
from scim_operator.kube.writer import KubeWriter
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.egress import STRICT

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.leases import Leases
    from scim_operator.kube.client import KubeClient
    from scim_operator.kube.credentials import Credentials
    from scim_operator.kube.log_endpoint import LogReading
    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.egress import Egress


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """Options of the operator. No `namespaces` means all of them; times are in seconds.

    egress: which services may be talked to.
    listing_limit: bytes that the listings of all configs may take together; None: what the container has room for.
    key_secret: the Secret, in the namespace of the credentials, that holds the operator's own key.
    silence_limit: a watch without any sign of life for longer makes /healthz fail.
    give_up: without any word from the API server for longer, the process ends.
    stop_limit: how long jobs may take to finish what they have in flight.
    write_limit: how long a request that changes something may take; whoever takes over waits for so long.
    pod: the uid of the pod that this runs in, "" outside of one.
    reading: where the provisioning log may be read, None for nowhere.
    """

    credentials: Credentials
    namespaces: tuple[str, ...] = ()
    listen: str = "0.0.0.0:8080"
    egress: Egress = STRICT
    key_secret: str = "scim-operator-key"  # noqa: S105 - its name
    silence_limit: float = 420.0
    give_up: float = 900.0
    stop_limit: float = 11.0
    listing_limit: int | None = None
    write_limit: float = GRACE
    pod: str = ""
    reading: LogReading | None = None


class Supervisor(Jobs, Protocol):
    """Runs the jobs; `job.supervisor.Supervisor` is the real one."""

    async def stop(self) -> None:
        """Stop all jobs; requests in flight are finished or given up within seconds."""

    def problems(self) -> list[str]:
        """Return one sentence for each thing that is overdue."""


@dataclass(frozen=True, slots=True)
class JobPorts:
    """The parts of the operator that the jobs work with."""

    namespaces: Namespaces
    writer: KubeWriter
    secret_reader: KubeSecretReader
    termination: KubeTerminationCheck
    metrics: Metrics
    seal: Seal
    egress: Egress = STRICT
    listing_limit: int | None = None
    write_limit: float = GRACE
    leases: Leases = field(default_factory=Sole)
    name: str = field(default_factory=own_name)


@dataclass(frozen=True, slots=True)
class Manifests:
    """What is known of the manifests of the cluster."""

    namespaces: Namespaces
    book: ConfigBook

    def shown(self, key: ObjectKey) -> SourceRecord | None:
        """Return a manifest as the API server last showed it."""
        return self.namespaces.namespace(key.namespace).get(key.kind, key.name)

    def uid_of(self, about: ConfigKey | ObjectKey) -> str:
        """Return the uid of a manifest or config, "" where there is none."""
        known = self.book.get(about) if isinstance(about, ConfigKey) else self.shown(about)
        return known.uid if known else ""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the operator that run, or are asked how it is."""

    events: EventPoster
    rights: RightsCheck
    orphanage: Orphanage
    feed: Feed
    key: OperatorKey
    jobs: Supervisor
    desk: ConfigDesk
    kopf: KopfThread
    roll_call: RollCall
    leases: LeaseKeeper
    log: LogEndpoint | None


def assemble(
    settings: OperatorSettings, client: KubeClient, metrics: Metrics, make_jobs: Callable[[JobPorts], Supervisor]
) -> Parts:
    """Return the parts over one client. `make_jobs` builds the supervisor from its surroundings."""
    watched = settings.namespaces
    manifests = Manifests(Namespaces(memberships=room_in(memory_limit())), ConfigBook())
    events = EventPoster(client, manifests.uid_of)
    marks = Marks()
    writer = KubeWriter(client, manifests.book, events, shown=manifests.shown, marks=marks)
    orphanage = Orphanage(writer, manifests.book)
    feed = Feed(client, watched, manifests.namespaces, [writer, orphanage], metrics=metrics, marks=marks)
    seal = Seal(secrets.token_bytes(32))
    leases = keeper_of(settings, client, feed)
    key = OperatorKey(client, settings.credentials.namespace, settings.key_secret, seal, metrics)
    jobs = make_jobs(
        JobPorts(
            manifests.namespaces,
            writer,
            KubeSecretReader(client, settings.egress),
            KubeTerminationCheck(client),
            metrics,
            seal,
            settings.egress,
            settings.listing_limit,
            settings.write_limit,
            leases,
            leases.office.me.name,
        )
    )
    desk = ConfigDesk(manifests.book, jobs, cover=feed.cover)
    kopf = KopfThread(settings.credentials, watched, changed=desk.changed, deleted=desk.deleted)
    leases.before_work(partial(reread, client, desk, feed), feed.versions)
    roll_call = RollCall(client, watched, desk, jobs, on_served=kopf.restart)
    log = LogEndpoint(settings.reading, client, watched, seal) if settings.reading else None
    rights = RightsCheck(client, watched)
    return Parts(events, rights, orphanage, feed, key, jobs, desk, kopf, roll_call, leases, log)


def keeper_of(settings: OperatorSettings, client: KubeClient, feed: Feed) -> LeaseKeeper:
    """Return the keeper of the operator's Leases, in the namespace that it runs in and those that it watches."""
    home = settings.credentials.namespace
    me = Self(own_name(), settings.pod, settings.write_limit, lambda: all(r.pulse.synced for r in feed.reflectors))
    store = LeaseStore(client, home, settings.namespaces)
    replicas = Replicas(store, home, settings.namespaces, me.name, me.pod)
    return LeaseKeeper(Office(store, me, SystemClock(), random.Random()), replicas)  # noqa: S311 - jitter
