"""A job at work in a test: a cluster in memory, a real simulated service on loopback, and the real supervisor between."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.job.connecting import Connector
from scim_operator.job.job import World
from scim_operator.job.supervisor import Supervisor
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.clock import SystemClock
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings as SimulatorSettings
from tests.support.cluster import NAMESPACE, Cluster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from scim_operator.simulator.log import Entry

KEY = ConfigKey(NAMESPACE, "vmware")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Rig:
    """One namespace, one config, one service. `settle` waits until nothing is left to do."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.cluster = Cluster(SystemClock())
        self.cluster.secrets["vmware-scim", "token"] = simulator.token.encode()
        self.spec: dict[str, Any] = {
            "service": {
                "url": simulator.url,
                "allowInsecure": True,
                "auth": {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}},
                "budget": {"requestsPerSecond": 1000, "concurrency": 8},
            },
            "scope": "All",
        }
        self._generation = 0
        self._supervisor: Supervisor | None = None
        self._directory: Any = None

    async def start(self) -> None:
        """Start the operator's part, as a new process would."""
        clock = SystemClock()
        self._directory = self.cluster.watch()
        world = World(Connector(clock).connect, self.cluster)
        self._supervisor = Supervisor(self._directory, self.cluster, world, clock, Metrics())
        await self.configure()

    async def stop(self) -> None:
        """Stop in good order."""
        if self._supervisor is not None:
            await self._supervisor.stop()
            self.cluster.unwatch(self._directory)
            self._supervisor = None

    async def crash(self) -> None:
        """End at once: what is under way is cut off wherever it stands."""
        assert self._supervisor is not None
        tasks = list(self._supervisor._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.cluster.unwatch(self._directory)
        self._supervisor = None

    async def configure(self, **changes: Any) -> None:
        """Change the config's spec, top-level fields by name."""
        self.spec = {**self.spec, **changes}
        self._generation += 1
        metadata = {"namespace": NAMESPACE, "name": KEY.name, "uid": "config-uid", "generation": self._generation}
        status = self.cluster.config_status.get(KEY.name, {})
        assert self._supervisor is not None
        await self._supervisor.configure(KEY, {"metadata": metadata, "spec": self.spec, "status": status})

    @property
    def status(self) -> dict[str, Any]:
        """The config's status."""
        return self.cluster.config_status.get(KEY.name, {})

    def condition(self, type: str) -> tuple[str, str]:
        """Status and reason of a condition of the config."""
        found = [c for c in self.status.get("conditions", ()) if c["type"] == type]
        return (found[0]["status"], found[0]["reason"]) if found else ("", "")

    async def settle(self, generation: int | None = None) -> None:
        """Wait until the config's newest spec was swept and nothing is queued."""
        await self.until(lambda: self._at_rest(generation or self._generation))

    def _at_rest(self, generation: int) -> bool:
        session = self.job._session
        swept = self.status.get("observedGeneration") == generation
        done = self.status.get("progress", {}).get("phase") == "Done"
        return bool(
            swept
            and done
            and session is not None
            and session._queue.idle
            and session._gate.settled
            and session._sweep is None
        )

    @property
    def job(self) -> Any:
        """The job under test."""
        assert self._supervisor is not None
        return self._supervisor._jobs[KEY]

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until something holds; fail when it does not within `seconds`."""
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)

    async def sweep(self) -> None:
        """Have the job sweep now, and wait for the end of it."""
        session = self.job._session
        before = session.listed_at
        session._sweep_now.set()
        await self.until(lambda: session.listed_at != before and session._queue.idle)

    def writes(self, since: int = 0) -> list[str]:
        """The writes that the service got, as "METHOD path-without-id"."""
        return [f"{e.method} /{e.path.split('/')[1]}" for e in self.entries(since) if e.method in WRITES]

    def entries(self, since: int = 0) -> Iterable[Entry]:
        """The service's request log."""
        return self.simulator.log.since(since)

    def mark(self) -> int:
        """A place in the request log, for `writes(since)`."""
        return self.simulator.log.last

    def user(self, name: str, **spec: Any) -> None:
        """Apply a ScimUser with all that VMware Identity Service requires."""
        labels = spec.pop("labels", None)
        body = {
            "userName": f"{name}@corp.example",
            "active": True,
            "name": {"givenName": name.title(), "familyName": "Example"},
            "emails": [{"type": "work", "value": f"{name}@corp.example", "primary": True}],
            **spec,
        }
        self.cluster.apply(Kind.USER, name, body, labels)

    def group(self, name: str, members: list[str] | None, **spec: Any) -> None:
        """Apply a ScimGroup; a member that begins with "@" is a group."""
        body: dict[str, Any] = {"displayName": name, **spec}
        if members is not None:
            body["members"] = [_member(member) for member in members]
        self.cluster.apply(Kind.GROUP, name, body)

    def members(self, group: str) -> set[str]:
        """The userNames (without the domain) in a group at the service."""
        document = self.simulator.group(group)
        users = self.simulator.users
        ids = [member["value"] for member in (document or {}).get("members", ())]
        return {users[id]["userName"].split("@")[0] for id in ids if id in users}


def _member(name: str) -> dict[str, Any]:
    return {"groupRef": {"name": name[1:]}} if name.startswith("@") else {"userRef": {"name": name}}


@asynccontextmanager
async def rig(**settings: Any) -> AsyncIterator[Rig]:
    """A rig over a fresh service; settings are the simulator's."""
    async with Simulator(SimulatorSettings(token="rig-token", **settings)) as simulator:
        made = Rig(simulator)
        try:
            yield made
        finally:
            await made.stop()
