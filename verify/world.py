"""A simulated world: one API server, one service, a network between, and operators that come and go."""

from __future__ import annotations

import asyncio
import base64
import itertools
import random
from typing import TYPE_CHECKING, Any

from scim_operator.core.secrecy.destinations import HOSTS
from scim_operator.core.wording import rfc3339
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, OF_KIND, SECRETS
from scim_operator.simulator.settings import Settings
from verify.apiserver import ApiServer
from verify.history import History
from verify.network import Network
from verify.process import Process
from verify.service import TOKEN, URL, SimulatedService
from verify.virtual import VirtualClock
from verify.weather import Weather

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.core.keys import Kind
    from verify.process import Machine

NAMESPACE = "identity"
CONFIG = "vmware"
INTERVAL = 600.0
"""Seconds between the sweeps of the configs of a simulated world."""
QUIET = 4500.0
"""Seconds without a write after which a world is at rest: longer than the longest pause of an object that fails."""
LONGEST = 60 * 3600.0
"""Seconds after which a world that still writes is said never to come to rest: quarantine takes up to a day."""


class Restless(AssertionError):  # noqa: N818 - it says what the world is
    """A world still writes although nothing changes any more."""


class World:
    """Everything there is. Made in a running virtual loop; the seed decides everything that chance decides."""

    def __init__(
        self,
        seed: int,
        settings: Settings | None = None,
        *,
        kind: type[SimulatedService] = SimulatedService,
        namespace: str = NAMESPACE,
        **spec: Any,  # noqa: ANN401 - of the config
    ) -> None:
        self.seed = seed
        self.namespace = namespace
        random.seed(seed)  # jitter of the parts that draw from Python's own source
        self.random = random.Random(seed)  # noqa: S311 - a simulation
        self.clock = VirtualClock()
        self.history = History()
        self.weather = Weather(random.Random(seed + 1))  # noqa: S311
        self.network = Network(self.weather, self.history)
        self.server = ApiServer(lambda: rfc3339(self.clock.now()))
        self.service = kind(settings or Settings(), random.Random(seed + 2))  # noqa: S311
        self.machines: Callable[[], Machine] | None = None
        """Makes what each operator runs on, where several are to share the work; None where there is only one."""
        self.processes: list[Process] = []
        self.neighbours: frozenset[str] = frozenset()
        """The other namespaces whose configs work with the service."""
        self._numbers = itertools.count(1)
        self.spec = config_spec(**spec)
        self.secret(TOKEN)
        self.configure()

    @property
    def now(self) -> float:
        """Return the seconds since this world began."""
        return self.clock.monotonic()

    def start(self) -> Process:
        """Start one more operator."""
        number = next(self._numbers)
        name = f"operator-{number}"
        machine = self.machines() if self.machines is not None else None
        process = Process(name, self.seed + number, self.server, self.network, self.service, machine)
        self.processes.append(process)
        self.note(f"{name} starts")
        process.start()
        return process

    async def kill(self, process: Process | None = None) -> None:
        """Kill an operator, the oldest where none is named."""
        process = process or self.processes[0]
        self.processes.remove(process)
        self.note(f"{process.life.name} is killed")
        await process.kill()

    async def end(self) -> None:
        """End everything."""
        for process in tuple(self.processes):
            await self.kill(process)

    def note(self, words: str) -> None:
        """Write into the history what someone did."""
        self.history.note(self.now, words)

    def secret(self, token: str) -> None:
        """Write the Secret with the token."""
        data = {"token": token, HOSTS: "tenant.example"}
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        self.server.apply(Target(SECRETS, self.namespace, "vmware-scim"), encoded)

    def configure(self, **changes: Any) -> None:  # noqa: ANN401 - of the spec
        """Change the config's spec, top-level fields by name; None removes one."""
        self.spec = {name: value for name, value in {**self.spec, **changes}.items() if value is not None}
        self.server.apply(Target(CONFIGS, self.namespace, CONFIG), self.spec)

    def apply(self, kind: Kind, name: str, spec: Mapping[str, Any], **metadata: Any) -> None:  # noqa: ANN401 - JSON
        """Do what `kubectl apply` does with a user or a group."""
        self.server.apply(Target(OF_KIND[kind], self.namespace, name), dict(spec), **metadata)

    def delete(self, kind: Kind, name: str) -> None:
        """Do what `kubectl delete` does."""
        self.server.delete(Target(OF_KIND[kind], self.namespace, name))

    def manifests(self, kind: Kind) -> dict[str, dict[str, Any]]:
        """Return the manifests of a kind by name, those that are being deleted too."""
        return {one["metadata"]["name"]: one for one in self.server.list(Target(OF_KIND[kind], self.namespace))}

    @property
    def config(self) -> dict[str, Any]:
        """Return the config as it stands."""
        return self.server.get(Target(CONFIGS, self.namespace, CONFIG)) or {}

    def must_work(self) -> None:
        """Raise where the config is not connected: a world in which nothing happens proves nothing."""
        conditions = {one["type"]: one for one in (self.config.get("status") or {}).get("conditions", ())}
        if conditions.get("Connected", {}).get("status") != "True":
            raise AssertionError(f"The config does not work: {list(conditions.values())}")

    async def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        await asyncio.sleep(seconds)

    async def rest(self) -> float:
        """Wait until nothing was written for a long while; return when the last write was. Raises Restless."""
        began, last, writes = self.now, self.now, self.history.writes
        while self.now - last < self._patience:
            await asyncio.sleep(INTERVAL / 4)
            if self.history.writes != writes:
                last, writes = self.now, self.history.writes
            self.must_rest(began)
        return last

    def must_rest(self, began: float) -> None:
        """Raise Restless where it still writes, and has been waited for since too long ago."""
        if self.now - began > LONGEST:
            raise Restless(f"It still writes after {LONGEST / 3600:.0f} hours:\n{self.history.text(last=40)}")

    @property
    def _patience(self) -> float:
        """Return the seconds of silence that mean rest: in quarantine, the next attempt may be a day away."""
        conditions = (self.config.get("status") or {}).get("conditions", ())
        quarantined = any(one["type"] == "Quarantined" and one["status"] == "True" for one in conditions)
        return 27 * 3600.0 if quarantined else QUIET


def config_spec(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - of the spec
    """Return the spec of the config, with changes to its top-level fields."""
    spec = {
        "service": {
            "url": URL,
            "auth": {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}},
            "budget": {"requestsPerSecond": 50, "concurrency": 4},
        },
        "scope": "All",
        "interval": f"{INTERVAL / 60:.0f}m",
        "users": {"externalId": "Generated"},
    }
    return {**spec, **changes}
