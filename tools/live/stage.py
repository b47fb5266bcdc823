"""A namespace, a simulated service and the operator, all real processes on a real API server."""

from __future__ import annotations

import asyncio
import itertools
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.live import kube as api
from tools.live import programs, service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tools.cluster.controlplane import ControlPlane

CRDS = Path(__file__).parents[2] / "crds"
CONFIG, SECRET = "vmware", "vmware-scim"
SWEEP_SECONDS = 300.0
UNLIMITED = {"percent": 100, "min": 1_000_000, "max": 1_000_000}


@dataclass
class Stage:
    """Everything at hand. The operator starts and stops as the caller likes, and ends with the stage."""

    plane: ControlPlane
    kube: api.Kube
    service: service.ServiceView
    simulator: programs.Program
    folder: Path
    operator: programs.Program | None = None
    installed: Path = programs.PROGRAM
    """The `scim-operator` that is started."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start_operator(self, *options: str) -> programs.Program:
        """Start it for the stage's namespace, with more options; it is ready when this returns."""
        return self.start_operator_for(f"--namespace={self.kube.namespace}", *options)

    def start_operator_for(self, watched: str, *options: str) -> programs.Program:
        """Start it with the option that says which namespaces are `watched`."""
        log = self.folder / f"operator-{next(self._numbers)}.log"
        self.operator = programs.start_operator(log, self.plane.kubeconfig, watched, *options, installed=self.installed)
        return self.operator

    def started(self) -> programs.Program:
        """Return the operator, which must have been started."""
        if self.operator is None:
            raise programs.ProgramError("the operator was not started")
        return self.operator

    def stop_operator(self) -> None:
        """Stop it in good order, if it runs."""
        if self.operator is not None:
            self.operator.stop()

    async def metric(self, name: str) -> float:
        """Return a metric of the operator that has one series; 0 where it is not there yet."""
        text = await self.service.text(f"http://{self.started().listen}/metrics")
        found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def config(self, *, nested: bool = False, **spec: Any) -> api.Manifest:  # noqa: ANN401 - JSON
        """Return the config: all of the namespace, no limits, no sweep for a day; `spec` overrides parts of it."""
        return {
            "apiVersion": api.API_VERSION,
            "kind": "ProvisioningConfig",
            "metadata": {"name": CONFIG, "namespace": self.kube.namespace},
            "spec": {
                "service": {
                    "url": self.service.url,
                    "allowInsecure": True,
                    "auth": {"bearer": {"secretRef": {"name": SECRET, "key": "token"}}},
                    "budget": {"requestsPerSecond": 1000, "concurrency": 16},
                    "capabilities": {"nestedGroups": nested},
                },
                "scope": "All",
                "users": {"externalId": "Generated"},
                "interval": "24h",
                "groups": {"whenOutOfScope": "Delete", "whenDeleted": "Delete"},
                "limits": dict.fromkeys(
                    ("disables", "userDeletes", "groupDeletes", "memberRemovals", "renames"), UNLIMITED
                ),
                **spec,
            },
        }

    async def swept(self, seconds: float = SWEEP_SECONDS) -> None:
        """Wait until the config's status shows that its newest spec was swept."""
        async with asyncio.timeout(seconds):
            while not _is_swept(await self.kube.get(api.CONFIGS, CONFIG)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    async def first_sweep(self) -> None:
        """Wait until the running operator has ended its first sweep."""
        async with asyncio.timeout(SWEEP_SECONDS):
            while not await self.metric("scim_last_success_timestamp_seconds"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    async def create_secret(self) -> None:
        """Create the Secret with the token that the config refers to."""
        body = {
            "metadata": {"name": SECRET},
            "stringData": {"token": programs.TOKEN, "hosts": urlsplit(self.service.url).netloc},
        }
        await self.kube.create("secrets", {"apiVersion": "v1", "kind": "Secret", **body})


def _is_swept(config: api.Manifest) -> bool:
    status = config.get("status") or {}
    newest: bool = status.get("observedGeneration") == config["metadata"]["generation"]
    return newest and (status.get("progress") or {}).get("phase") == "Done"


@asynccontextmanager
async def staged(plane: ControlPlane, namespace: str, folder: Path, *simulator: str) -> AsyncIterator[Stage]:
    """Provide a stage in an existing namespace; `simulator` are options of `scim-operator simulate`."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - once
    program, url = programs.start_simulator(folder / "simulator.log", *simulator)
    with program:
        async with api.opened(plane, namespace) as opened, service.viewing(url) as view:
            stage = Stage(plane, opened, view, program, folder)
            await stage.create_secret()
            try:
                yield stage
            finally:
                stage.stop_operator()
