"""One operator process of a simulated world: the parts of `kube.parts.assemble`, with a simulated client below them."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from scim_operator.core.leases.lease import GRACE
from scim_operator.core.seal import Seal
from scim_operator.errors import ScimOperatorError
from scim_operator.job.base.leases import Sole
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.connection.world import World as Surroundings
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.job.gather.rest import Rest
from scim_operator.job.supervisor import Supervisor
from scim_operator.kube.client import Target
from scim_operator.kube.configs import ConfigBook, ConfigDesk
from scim_operator.kube.events import EventPoster
from scim_operator.kube.feed import Feed, Observer
from scim_operator.kube.hold import Office, Self
from scim_operator.kube.lease_store import LeaseStore
from scim_operator.kube.leases import LeaseKeeper
from scim_operator.kube.marks import Marks
from scim_operator.kube.orphans import Orphanage
from scim_operator.kube.parts import Manifests
from scim_operator.kube.replicas import Replicas
from scim_operator.kube.resources import CONFIGS
from scim_operator.kube.roll_call import RollCall, reread
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.kube.termination import KubeTerminationCheck
from scim_operator.kube.writer import KubeWriter
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.connect import client_over
from scim_operator.scim.egress import STRICT
from verify.api_client import SimulatedClient
from verify.network import Life
from verify.service import Wire
from verify.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from scim_operator.api.config import ServiceSpec
    from scim_operator.scim.auth import TokenSource
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.clock import Clock
    from verify.apiserver import ApiServer
    from verify.network import Network
    from verify.service import SimulatedService

SEALING_KEY = b"the operator's key, over restarts"
AGAIN = 1.0
"""Seconds after which the watch on configs is opened again."""


HOME = "scim-system"
"""The namespace that operators run in."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What one of several operators runs on: its pod, and how its clocks go: their rate, and how far they are off."""

    pod: str = ""
    rate: float = 1.0
    skew: float = 0.0
    turn: float = 0.0
    """The seconds until a task that lets the others have a turn has the next one: a machine with much to do."""


class OwnClock:
    """The clock of a process that may stand still, on a machine of its own."""

    def __init__(self, life: Life, machine: Machine) -> None:
        self._life, self._machine, self._true = life, machine, VirtualClock()

    def now(self) -> datetime:
        """Return the wall clock as this machine has it."""
        return self._true.now() + timedelta(seconds=self._machine.skew)

    def monotonic(self) -> float:
        """Return the seconds as this machine counts them."""
        return self._true.monotonic() * self._machine.rate

    async def sleep(self, seconds: float) -> None:
        """Wait, for as long as the process stands still too."""
        await self._true.sleep(max(seconds / self._machine.rate, self._machine.turn))
        await self._life.runs()


class Process:
    """An operator from its start to its end, which may come at any moment."""

    turn: ClassVar[float] = math.inf
    """Seconds that a list is taken in before others have a turn: what happens must not depend on the machine."""

    def __init__(
        self,
        name: str,
        seed: int,
        server: ApiServer,
        network: Network,
        service: SimulatedService,
        machine: Machine | None,
    ) -> None:
        self.life = Life(name)
        Rest.examined = seed % 2 == 1
        clock: Clock = VirtualClock() if machine is None else OwnClock(self.life, machine)
        self._random = random.Random(seed)  # noqa: S311 - a simulation
        self._service, self._network, self._clock = service, network, clock
        self.client = SimulatedClient(server, network, self.life)
        self.metrics = Metrics()
        manifests = Manifests(Namespaces(clock.now), ConfigBook())
        loop = asyncio.get_running_loop()
        self._events = EventPoster(self.client, manifests.uid_of, clock=loop.time)
        marks = Marks()
        writer = KubeWriter(
            self.client, manifests.book, self._events, shown=manifests.shown, now=clock.now, marks=marks
        )
        self._leases = None if machine is None else self._keeper(machine)
        self._orphanage = Orphanage(writer, manifests.book)
        observers: list[Observer] = [writer, self._orphanage]
        self._feed = Feed(
            self.client, (), manifests.namespaces, observers, turn=self.turn, metrics=self.metrics, marks=marks
        )
        self.supervisor = Supervisor(
            manifests.namespaces, writer, self._surroundings(), clock, self.metrics, Seal(SEALING_KEY)
        )
        self._desk = ConfigDesk(manifests.book, self.supervisor, cover=self._feed.cover)
        if self._leases is not None:
            self._leases.before_work(partial(reread, self.client, self._desk, self._feed), self._feed.versions)
        self._roll_call = RollCall(self.client, (), self._desk, self.supervisor)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to work."""
        parts: dict[str, Coroutine[Any, Any, None]] = {
            "feed": self._feed.run(),
            "roll call": self._roll_call.run(),
            "configs": self._follow_configs(),
            "orphans": self._orphanage.run(),
            "events": self._events.run(),
            **({"leases": self._leases.run()} if self._leases is not None else {}),
        }
        self._tasks = [asyncio.create_task(part, name=f"{self.life.name}: {name}") for name, part in parts.items()]

    async def stop(self) -> None:
        """End in good order."""
        if self._leases is not None:
            await self._leases.announce()
        await self._desk.close()
        await self.supervisor.stop()
        if self._leases is not None:
            await self._leases.release()
        await self.kill()

    async def kill(self) -> None:
        """End at once: nothing more is sent, wherever it stands. What is on its way arrives."""
        self.life.ended = True
        mine = [*self._tasks, *self.supervisor._work.tasks.values(), *self.supervisor._chores.tasks]  # noqa: SLF001 - as SIGKILL does
        mine += [] if self._leases is None else self._leases.office.tasks
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)

    @property
    def failure(self) -> BaseException | None:
        """Return the error that ended a part which should never end."""
        ended = (task for task in self._tasks if task.done() and not task.cancelled())
        return next((task.exception() for task in ended), None)

    def _surroundings(self) -> Surroundings:
        connector = Connector(self._clock, STRICT, opens=self._open, chance=self._random)
        reader = KubeSecretReader(self.client, STRICT)
        check = KubeTerminationCheck(self.client, asyncio.get_running_loop().time)
        leases = Sole() if self._leases is None else self._leases
        named: dict[str, Any] = {
            "operator": self.life.name,
            "random": self._random,
            "leases": leases,
            "log": self._network.log,
        }
        return Surroundings(connector.connect, reader, check, **named)

    def _keeper(self, machine: Machine) -> LeaseKeeper:
        me = Self(self.life.name, machine.pod, GRACE, lambda: all(one.pulse.synced for one in self._feed.reflectors))
        store = LeaseStore(self.client, HOME, ())
        office = Office(store, me, self._clock, self._random)
        return LeaseKeeper(office, Replicas(store, HOME, (), me.name, me.pod))

    def _open(self, spec: ServiceSpec, credentials: TokenSource, **more: Any) -> ScimClient:  # noqa: ANN401 - as open_client
        named = {name: more[name] for name in ("clock", "random", "budgets", "headers")}
        return client_over(Wire(self._service, self._network, self.life), spec, credentials, **named)

    async def _follow_configs(self) -> None:
        """Hand the configs over as they change, in kopf's place."""
        while True:
            try:
                page = await self.client.page(Target(CONFIGS, None), limit=0)
                for manifest in page.items:
                    await self._desk.changed(manifest)
                async for line in self.client.watch(Target(CONFIGS, None), page.resource_version, seconds=300):
                    await self._take(orjson.loads(line))
            except ScimOperatorError:
                await asyncio.sleep(AGAIN)

    async def _take(self, event: dict[str, Any]) -> None:
        if event["type"] == "DELETED":
            await self._desk.deleted(event["object"])
        elif event["type"] in {"ADDED", "MODIFIED"}:
            await self._desk.changed(event["object"])
