"""A job at work in a test: a cluster in memory, a simulated service on loopback, and the real supervisor between."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.core.seal import Seal
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.connection.world import World
from scim_operator.job.supervisor import Supervisor
from scim_operator.kube.supervising import observe_requests
from scim_operator.observability.metrics import Metrics
from scim_operator.observability.notifications.channels import Ways
from scim_operator.observability.notifications.post import Post
from scim_operator.observability.provisioning_log.processed import Nowhere
from scim_operator.observability.tracing.spans import Untraced
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings as SimulatorSettings
from tests.support.cluster import NAMESPACE, Cluster
from tests.support.hurried import DatedLog, HurriedClock
from tests.support.present import present
from tests.support.waiting import HANG, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from datetime import datetime

    from scim_operator.job.base.ports import Notifier, SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Namespaces
    from scim_operator.observability.provisioning_log.processed import Sink
    from scim_operator.observability.tracing.spans import Tracer
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.clock import Clock
    from scim_operator.simulator.log import Entry
    from tests.support.effects import Effects

KEY = ConfigKey(NAMESPACE, "vmware")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Rig:
    """One namespace, one config, one service. `settle` waits until nothing is left to do."""

    def __init__(self, simulator: Simulator, clock: Clock) -> None:
        self.key = KEY
        self.simulator = simulator
        self.clock = clock
        self.cluster = Cluster(clock)
        self.cluster.secrets["vmware-scim", "token"] = simulator.token.encode()
        self.cluster.bind("vmware-scim", simulator.url)
        self.spec: dict[str, Any] = without_sign_in(
            {
                "service": {
                    "url": simulator.url,
                    "allowInsecure": True,
                    "auth": {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}},
                    "budget": {"requestsPerSecond": 1000, "concurrency": 8},
                },
                "scope": "All",
            }
        )
        self.binds = True
        """Whether who applies a config also lets its Secret go to the config's service, as in a company of one."""
        self.log: Sink | None = None
        self.tracer: Tracer = Untraced()
        self.sealing_key = b"the operator's key, over restarts"
        """What proofs are made with; another one is what a lost Secret leads to."""
        self.operator_name = "operator"
        """How the operator is known in statuses, over restarts."""
        self.notifier: Notifier | None = None
        """Takes the notices instead of those whom the config names."""
        self.generation = 0
        self._annotations: dict[str, str] = {}
        self.connector = Connector(clock, self.cluster.egress)
        self._supervisor: Supervisor | None = None
        self._directory: Any = None

    async def start(self, effects: Effects | None = None) -> None:
        """Start the operator's part, as a new process would; `effects` counts what it does."""
        await self._begin(effects)
        await self.configure()
        self.listed()

    async def _begin(self, effects: Effects | None, directory: Namespaces | None = None) -> None:
        self._directory = directory or self.cluster.watch()
        self.cluster.around = effects.around if effects else None
        self.connector = Connector(self.clock, self.cluster.egress)
        connect = effects.connector(self.clock) if effects else self._connect
        self.metrics = Metrics()
        post = Post(Ways(self.cluster, self.cluster.egress), self.cluster, self.clock, self.metrics)
        notifier, log = self.notifier or post, self.log or Nowhere()
        world = World(connect, self.cluster, self.cluster, notifier, log, self.operator_name, tracer=self.tracer)
        seal = Seal(self.sealing_key)
        self._supervisor = Supervisor(self._directory, self.cluster, world, self.clock, self.metrics, seal)

    async def _connect(self, settings: Settings, reader: SecretReader) -> ScimClient:
        client = await self.connector.connect(settings, reader)
        if self.tracer.on:
            observe_requests(client, settings, self.metrics)
        return client

    async def stop(self) -> None:
        """Stop in good order."""
        if self._supervisor is not None:
            await self._supervisor.stop()
            self.cluster.unwatch(self._directory)
            self._supervisor = None

    async def crash(self) -> None:
        """End at once: what is under way is cut off wherever it stands."""
        tasks = list(self.supervisor._work.tasks.values())  # noqa: SLF001 - no method does to the operator what SIGKILL does
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.cluster.unwatch(self._directory)
        self._supervisor = None

    @property
    def running(self) -> bool:
        """Whether the operator's part has been started."""
        return self._supervisor is not None

    @property
    def supervisor(self) -> Supervisor:
        """The operator's part, which must have been started."""
        return present(self._supervisor)

    async def configure(self, **changes: Any) -> None:
        """Change the config's spec, top-level fields by name."""
        self.spec = without_sign_in({**self.spec, **changes})
        self.generation += 1
        await self._configure(self.key, self.spec, self.generation)

    async def start_without_config(self, effects: Effects | None = None, directory: Namespaces | None = None) -> None:
        """Start the operator's part before any config was seen; `listed` says that all were."""
        await self._begin(effects, directory)

    def listed(self) -> None:
        """All configs that there are have been seen."""
        self.supervisor.listed(None)

    async def annotate_config(self, **annotations: str) -> None:
        """Change the config's annotations, which is no new generation."""
        self._annotations |= annotations
        await self._configure(self.key, self.spec, self.generation)

    async def configure_other(self, name: str, generation: int, **changes: Any) -> None:
        """Make or change a second config, whose spec is that of the first with these changes."""
        spec = without_sign_in({**self.spec, **changes})
        await self._configure(ConfigKey(NAMESPACE, name), spec, generation)

    async def remove_config(self, name: str = KEY.name) -> None:
        """Delete a config."""
        await self.supervisor.remove(ConfigKey(NAMESPACE, name))

    async def _configure(self, key: ConfigKey, spec: dict[str, Any], generation: int) -> None:
        metadata: dict[str, Any] = {"namespace": key.namespace, "name": key.name, "uid": f"uid-of-{key.name}"}
        metadata |= {"generation": generation, "annotations": dict(self._annotations)}
        status = self.cluster.config_status.get(key.name, {})
        if self.binds:
            self.cluster.bind("vmware-scim", spec["service"]["url"])
        await self.supervisor.configure(key, {"metadata": metadata, "spec": spec, "status": status})

    @property
    def status(self) -> dict[str, Any]:
        """The config's status."""
        return self.cluster.config_status.get(self.key.name, {})

    def condition(self, type: str, config: str = "") -> tuple[str, str]:
        """Status and reason of a condition of a config."""
        conditions = self.cluster.config_status.get(config or self.key.name, {}).get("conditions", ())
        return next(((c["status"], c["reason"]) for c in conditions if c["type"] == type), ("", ""))

    def ready_of(self, config: str) -> tuple[str, str]:
        """Status and reason of the condition Ready of a config."""
        return self.condition("Ready", config)

    async def settle(self) -> None:
        """Wait until the config's newest spec was swept and nothing is queued."""
        await self.until(self.at_rest)

    def at_rest(self) -> bool:
        """Whether the config's newest spec was swept and nothing is left to do."""
        session = self.job.session
        swept = session and session.sweeps.finished and session.settings.generation == self.generation
        return bool(swept and self.rested)

    @property
    def rested(self) -> bool:
        """Whether nothing is queued, under way or waiting to be judged."""
        session = self.job.session
        return bool(session and session.idle)

    async def rest(self) -> None:
        """Wait until everything that was applied is done, as far as it can be."""
        await self.until(lambda: self.rested)

    @property
    def job(self) -> Any:
        """The job under test."""
        return self.supervisor.job(self.key)

    async def until(self, holds: Callable[[], bool], seconds: float = HANG) -> None:
        """Wait until something holds; `seconds` is when it hangs, and says nothing of how quick it must be."""
        __tracebackhide__ = True
        await until(holds, limit=seconds)

    async def pass_time(self, seconds: float) -> None:
        """Let so many seconds of the job's time go by."""
        began = self.clock.monotonic()
        await self.until(lambda: self.clock.monotonic() - began > seconds)

    def times(self, write: str, since: int = 0) -> list[float]:
        """When the service got this write, such as "DELETE /Users": seconds of the job's clock."""
        log = self.simulator.log
        assert isinstance(log, DatedLog)
        return [log.came[e.sequence] for e in self.entries(since) if f"{e.method} /{e.path.split('/')[1]}" == write]

    async def sweep(self) -> None:
        """Have the job sweep now, and wait for the end of it."""
        session = self.job.session
        before = session.sweeps.finished
        session.sweeps.sweep_now()
        await self.until(lambda: session.sweeps.finished > before and self.rested)

    async def check_quiet(self) -> None:
        """Sweep twice, and fail where the second still writes, to the service or to Kubernetes."""
        await self.sweep()
        mark, writes = self.mark(), self.cluster.writes
        await self.sweep()
        assert self.writes(mark) == []
        assert self.cluster.writes == writes

    async def sweep_and_lose(self) -> None:
        """Have the job sweep, and wait until that has cost it the connection."""
        session = self.job.session
        session.sweeps.sweep_now()
        await self.until(lambda: self.job.session is not session)

    def writes(self, since: int = 0) -> list[str]:
        """The writes that the service got, as "METHOD path-without-id"."""
        return [f"{e.method} /{e.path.split('/')[1]}" for e in self.entries(since) if e.method in WRITES]

    def entries(self, since: int = 0) -> Iterable[Entry]:
        """The service's request log."""
        return self.simulator.log.since(since)

    def mark(self) -> int:
        """A place in the request log, for `writes(since)`."""
        return self.simulator.log.last

    def user(self, name: str, /, **spec: Any) -> None:
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

    def group(self, name: str, members: list[str] | None, /, **spec: Any) -> None:
        """Apply a ScimGroup; a member that begins with "@" is a group, "label=value" selects users."""
        body: dict[str, Any] = {"displayName": name, **spec}
        if members is not None:
            body["members"] = [_member(member) for member in members]
        self.cluster.apply(Kind.GROUP, name, body)

    def soon(self, seconds: float) -> str:
        """The point in time so many seconds of the job's time from now, as a manifest writes it."""
        return (self.clock.now() + timedelta(seconds=seconds)).isoformat()

    def at_service(self, name: str) -> dict[str, Any] | None:
        """The user of that name at the service."""
        return self.simulator.user(f"{name}@corp.example")

    def id_of(self, name: str) -> str:
        """The id at the service of the user of that name."""
        found = self.at_service(name)
        assert found is not None, f"{name} is not at the service"
        return str(found["id"])

    def group_id(self, name: str) -> str:
        """The id at the service of the group of that displayName."""
        found = self.simulator.group(name)
        assert found is not None, f"{name} is not at the service"
        return str(found["id"])

    def by_hand(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        """What an administrator does at the service."""
        reply = self.simulator.by_hand(method, path, document)
        assert reply.status < 300, reply.body
        return orjson.loads(reply.body) if reply.body else {}

    def patch_by_hand(self, path: str, *operations: dict[str, Any]) -> None:
        """PATCH by hand."""
        self.by_hand("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def patch_members(self, path: str, *ids: str) -> None:
        """Add members to a group by hand."""
        self.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": id} for id in ids]})

    def reason(self, name: str, kind: Kind = Kind.USER) -> str:
        """The reason of the manifest's Ready condition."""
        return self.cluster.ready(kind, name)[1]

    def message(self, name: str, kind: Kind = Kind.USER) -> str:
        """The message of the manifest's Ready condition."""
        manifest = self.cluster.get(kind, name) or {}
        conditions = (manifest.get("status") or {}).get("conditions", ())
        return next((str(c["message"]) for c in conditions if c["type"] == "Ready"), "")

    def events(self) -> list[tuple[str, str]]:
        """Reason and message of all Events."""
        return self.cluster.events

    def rotate(self, token: str) -> None:
        """From now on the service takes only this token."""
        self.simulator.settings = replace(self.simulator.settings, token=token)

    def entry(self, name: str, kind: Kind = Kind.USER, config: str = "") -> dict[str, Any]:
        """The config's entry in the manifest's status; {} when there is none."""
        manifest, config = self.cluster.get(kind, name) or {}, config or self.key.name
        entries = (manifest.get("status") or {}).get("services", ())
        return next((body for body in entries if body["config"] == config), {})

    def members(self, group: str) -> set[str]:
        """The userNames (without the domain) in a group at the service."""
        document = self.simulator.group(group)
        users = self.simulator.users
        ids = [member["value"] for member in (document or {}).get("members", ())]
        return {users[id]["userName"].split("@")[0] for id in ids if id in users}


def _member(name: str) -> dict[str, Any]:
    if name.startswith("@"):
        return {"groupRef": {"name": name[1:]}}
    label, sign, value = name.partition("=")
    return {"userSelector": {"matchLabels": {label: value}}} if sign else {"userRef": {"name": name}}


def without_sign_in(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec of a config to whose service no one signs in, so that users need no externalId; unless it says else."""
    return {**spec, "users": {"externalId": "Generated", **spec.get("users", {})}}


def service_user(name: str, **changes: Any) -> dict[str, Any]:
    """A user as somebody else would create it at the service."""
    return {
        "schemas": [CORE_USER],
        "userName": f"{name}@corp.example",
        "externalId": f"foreign-{name}",
        "active": True,
        "name": {"givenName": name.title(), "familyName": "Example"},
        "emails": [{"type": "work", "value": f"{name}@corp.example", "primary": True}],
        **changes,
    }


def service_group(name: str, members: Iterable[str] = (), **changes: Any) -> dict[str, Any]:
    """A group as somebody else would create it at the service; members are ids."""
    listed = [{"value": id} for id in members]
    return {
        "schemas": [CORE_GROUP],
        "displayName": name,
        "externalId": f"foreign-{name}",
        **({"members": listed} if listed else {}),
        **changes,
    }


@asynccontextmanager
async def rig(haste: float = 1, start: datetime | None = None, **settings: Any) -> AsyncIterator[Rig]:
    """A rig over a fresh service, whose job's time runs `haste` times as fast, from `start` on or from now.

    Settings are the simulator's.
    """
    clock = HurriedClock(haste, start)
    service = Simulator(SimulatorSettings(token="rig-token", **settings))
    service.log = DatedLog(clock, service.settings)
    service.faults.clock = clock.monotonic  # what the service asks for by Retry-After it counts on the job's clock
    async with service as simulator:
        made = Rig(simulator, clock)
        try:
            yield made
        finally:
            await made.stop()
