"""The operator as a whole: its parts, its start, its health and its shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.keys import ConfigKey, ObjectKey
from scim_operator.core.members.selection import room_in
from scim_operator.core.seal import Seal
from scim_operator.errors import TransientError
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.kube.client import KubeClient
from scim_operator.kube.configs import ConfigBook, ConfigDesk, Jobs
from scim_operator.kube.events import EventPoster
from scim_operator.kube.feed import Feed
from scim_operator.kube.health import health_app, serving
from scim_operator.kube.kopf_thread import KopfThread
from scim_operator.kube.memory_limit import memory_limit
from scim_operator.kube.operator_key import OperatorKey
from scim_operator.kube.orphans import Orphanage
from scim_operator.kube.permissions import RightsCheck
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.kube.termination import KubeTerminationCheck
from scim_operator.kube.writer import KubeWriter
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.egress import STRICT

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.credentials import Credentials
    from scim_operator.kube.reflector import Reflector
    from scim_operator.scim.egress import Egress

logger = logging.getLogger(__name__)

WATCHDOG_SECONDS = 5.0


class ApiServerLost(TransientError):  # noqa: N818 - the name reads as the reason
    """The API server was silent for so long that a fresh process, perhaps on another node, is the better bet."""

    reason = "ApiServerLost"


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """Options of the operator. No `namespaces` means all of them; times are in seconds.

    egress: which services may be talked to.
    listing_limit: bytes that the listings of all configs may take together; None: what the container has room for.
    key_secret: the Secret, in the namespace of the credentials, that holds the operator's own key.
    silence_limit: a watch without any sign of life for longer makes /healthz fail.
    give_up: without any word from the API server for longer, the process ends.
    stop_limit: how long jobs may take to finish what they have in flight.
    """

    credentials: Credentials
    namespaces: tuple[str, ...] = ()
    listen: str = "0.0.0.0:8080"
    egress: Egress = STRICT
    key_secret: str = "scim-operator-key"  # noqa: S105 - its name
    silence_limit: float = 420.0
    give_up: float = 900.0
    stop_limit: float = 8.0
    listing_limit: int | None = None


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


class Operator:
    """All parts, put together. `make_jobs` builds the supervisor from its surroundings."""

    def __init__(
        self,
        settings: OperatorSettings,
        client: KubeClient,
        metrics: Metrics,
        make_jobs: Callable[[JobPorts], Supervisor],
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._namespaces = Namespaces(memberships=room_in(memory_limit()))
        self._book = ConfigBook()
        self._events = EventPoster(client, self._uid_of)
        self._rights = RightsCheck(client, settings.namespaces)
        self._writer = KubeWriter(client, self._book, self._events, shown=self._shown)
        self._orphanage = Orphanage(self._writer, self._book)
        self._feed = Feed(
            client, settings.namespaces, self._namespaces, [self._writer, self._orphanage], metrics=metrics
        )
        seal = Seal(secrets.token_bytes(32))
        self._key = OperatorKey(client, settings.credentials.namespace, settings.key_secret, seal, metrics)
        self._jobs = make_jobs(self._ports(client, seal))
        self._desk = ConfigDesk(
            client, settings.namespaces, self._book, self._jobs, cover=self._feed.cover, on_served=self._restart_kopf
        )
        self._kopf = KopfThread(
            settings.credentials, settings.namespaces, changed=self._desk.changed, deleted=self._desk.deleted
        )
        self._show_watch_ages()

    def _ports(self, client: KubeClient, seal: Seal) -> JobPorts:
        """Return the ports through which jobs use the cluster and the operator."""
        return JobPorts(
            self._namespaces,
            self._writer,
            KubeSecretReader(client, self._settings.egress),
            KubeTerminationCheck(client),
            self._metrics,
            seal,
            self._settings.egress,
            self._settings.listing_limit,
        )

    async def run(self, stop: asyncio.Event, on_listening: Callable[[int], None] = lambda port: None) -> None:
        """Work until `stop` is set. Raises ApiServerLost, or the error that ended a part which should never end."""
        app = health_app(self._metrics, alive=self.alive, ready=self.ready)
        async with serving(app, self._settings.listen) as port:
            on_listening(port)
            logger.info("Started; watching %s.", ", ".join(self._settings.namespaces) or "all namespaces")
            tasks = self._start(stop)
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                await self._shut_down(tasks)

    def alive(self) -> list[str]:
        """Return the problems that a restart of this process may fix: silent watches, and jobs that are overdue."""
        limit = self._settings.silence_limit
        silent = [_silence(r) for r in self._feed.reflectors if r.silent_for > limit]
        return [*silent, *self._jobs.problems()]

    def ready(self) -> list[str]:
        """Return the problems that keep the operator from working."""
        unsynced = [_unsynced(r) for r in self._feed.reflectors if not r.pulse.synced]
        configs = [] if self._book.complete else [self._desk.problem or "The ProvisioningConfigs are not listed yet."]
        return [*unsynced, *configs]

    def _start(self, stop: asyncio.Event) -> list[asyncio.Task[object]]:
        parts = {
            "stop": stop.wait(),
            "feed": self._feed.run(),
            "roll call": self._key.before(self._desk.run),
            "kopf": self._key.before(self._kopf.run),
            "orphans": self._orphanage.run(),
            "events": self._events.run(),
            "rights": self._rights.run(),
            "watchdog": self._watch_over(),
        }
        return [asyncio.create_task(part, name=name) for name, part in parts.items()]

    async def _shut_down(self, tasks: list[asyncio.Task[object]]) -> None:
        # Jobs first: what they have in flight still needs the writer, and their last status the client.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.stop_limit):
                await self._desk.close()
                await self._jobs.stop()
                await self._events.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        logger.info("Stopped.")

    async def _watch_over(self) -> None:
        while True:
            await asyncio.sleep(min(WATCHDOG_SECONDS, self._settings.give_up / 4))
            age = min(reflector.last_event_age for reflector in self._feed.reflectors)
            if age > self._settings.give_up:
                problems = {r.pulse.problem for r in self._feed.reflectors if r.pulse.problem}
                raise ApiServerLost(f"The API server has sent nothing for {age:.0f} s. {' '.join(sorted(problems))}")

    def _restart_kopf(self) -> None:
        self._kopf.restart()

    def _uid_of(self, about: ConfigKey | ObjectKey) -> str:
        if isinstance(about, ConfigKey):
            known = self._book.get(about)
            return known.uid if known else ""
        record = self._shown(about)
        return record.uid if record else ""

    def _shown(self, key: ObjectKey) -> SourceRecord | None:
        return self._namespaces.namespace(key.namespace).get(key.kind, key.name)

    def _show_watch_ages(self) -> None:
        for reflector in self._feed.reflectors:
            plural, namespace = reflector.target.resource.plural, reflector.namespace or ""
            self._metrics.watch_age(plural, namespace, partial(_age, reflector))


def _age(reflector: Reflector) -> float:
    return reflector.last_event_age


def _silence(reflector: Reflector) -> str:
    return f"The watch on {reflector.target} has been silent for {reflector.silent_for:.0f} s."


def _unsynced(reflector: Reflector) -> str:
    return f"{reflector.target} are not listed yet. {reflector.pulse.problem}".strip()


async def run_operator(
    settings: OperatorSettings,
    stop: asyncio.Event,
    make_jobs: Callable[[JobPorts], Supervisor],
    on_listening: Callable[[int], None] = lambda port: None,
    metrics: Metrics | None = None,
) -> None:
    """Run the operator until `stop` is set; raises ApiServerLost when the API server stays away too long."""
    metrics = metrics or Metrics()
    async with KubeClient(settings.credentials, on_answer=metrics.api_request) as client:
        await Operator(settings, client, metrics, make_jobs).run(stop, on_listening)
