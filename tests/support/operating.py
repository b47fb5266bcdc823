"""The operator as a process of its own under a ServiceAccount, and tenants: a namespace, a service, and who applies.

The services are simulated ones that speak TLS under a private authority, so that a config needs its CA bundle.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from scim_operator.core.secrecy.destinations import INSECURE_FLAG, destination_of
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import from_kubeconfig
from scim_operator.kube.resources import CONFIG_MAPS, CONFIGS, EVENTS, GROUPS, SECRETS, USERS, ApiResource
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.envtest import manifests
from tests.support.waiting import until  # noqa: F401 - tests have `until` from here
from tests.support.witness import Witness
from tools.cluster import processes
from tools.cluster.controlplane import free_ports
from tools.cluster.kubeconfig import write_kubeconfig
from tools.cluster.progress import tail
from tools.live.programs import PROGRAM, Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scim_operator.kube.client import Manifest
    from tests.support.witness import Right
    from tools.cluster.controlplane import ControlPlane

TLS = Path(__file__).parents[1] / "scim" / "tls"
ACCOUNT = "scim-operator"
TOKEN = "tenant-token"
CONFIG = "vmware"


@dataclass
class Tenant:
    """A namespace with a service of its own. What is done here is done as the administrator."""

    plane: ControlPlane
    namespace: str
    admin: KubeClient
    simulator: Simulator

    async def create(self, resource: ApiResource, manifest: Manifest) -> None:
        body = {"apiVersion": resource.api_version, "kind": resource.kind, **manifest}
        assert await self.admin.create(Target(resource, self.namespace), body), f"{resource.plural} are not served"

    async def edit(self, resource: ApiResource, name: str, **changes: Any) -> None:
        assert await self.admin.patch(Target(resource, self.namespace, name), changes), f"there is no {name}"

    async def user(self, name: str) -> None:
        await self.create(USERS, manifests.user(name, self.namespace))

    async def group(self, name: str, *members: str) -> None:
        await self.create(GROUPS, manifests.group(name, self.namespace, *members))

    async def delete(self, resource: ApiResource, name: str) -> None:
        await asyncio.to_thread(
            self.plane.kubectl, "delete", resource.plural, name, f"--namespace={self.namespace}", "--wait=false"
        )

    async def get(self, resource: ApiResource, name: str) -> Manifest:
        """The manifest as it stands, {} when there is none."""
        return await self.admin.get(Target(resource, self.namespace, name)) or {}

    async def condition(self, resource: ApiResource, name: str, type: str = "Ready") -> tuple[str, str, str]:
        """Status, reason and message of a condition; empty where it is not set."""
        listed = (await self.get(resource, name)).get("status", {}).get("conditions", ())
        found = [(one["status"], one["reason"], one["message"]) for one in listed if one["type"] == type]
        return found[0] if found else ("", "", "")

    async def events(self) -> dict[str, int]:
        """The Events of the namespace: how often each reason was told."""
        listed = await self.admin.page(Target(EVENTS, self.namespace), limit=0)
        return {event["reason"]: event["count"] for event in listed.items}

    @property
    def url(self) -> str:
        """The service's URL, by the name in its certificate."""
        return self.simulator.url.replace("127.0.0.1", "localhost")

    @property
    def host(self) -> str:
        """What a Secret names to go there."""
        return str(destination_of(self.url))

    async def furnish(self, token: str = TOKEN) -> None:
        """Create what a config refers to, and the config."""
        await self.create(
            SECRETS, {"metadata": {"name": "vmware-scim"}, "stringData": {"token": token, "hosts": self.host}}
        )
        authority = (TLS / "ca.pem").read_text()
        await self.create(
            CONFIG_MAPS, {"metadata": {"name": "vc-ca"}, "data": {"ca.crt": authority, "hosts": self.host}}
        )
        config = manifests.config(CONFIG, self.namespace, self.url)
        config["spec"]["service"] |= {
            "allowInsecure": True,
            "tls": {"caBundleRef": {"kind": "ConfigMap", "name": "vc-ca", "key": "ca.crt"}},
        }
        await self.create(CONFIGS, {**config, "spec": {**config["spec"], "scope": "All"}})

    def has_user(self, name: str, **wanted: Any) -> bool:
        """Whether the service has the user, with these attributes."""
        found = self.simulator.user(f"{name}@corp.example")
        return found is not None and all(found.get(key) == value for key, value in wanted.items())

    def members(self, group: str) -> set[str]:
        """The names of the members of a group at the service."""
        listed = (self.simulator.group(group.title()) or {}).get("members", ())
        users = self.simulator.users
        return {users[member["value"]]["userName"].removesuffix("@corp.example") for member in listed}

    @property
    def writes(self) -> list[str]:
        """The requests for a change that the service got, as METHOD /Type."""
        entries = self.simulator.log.since(0)
        return [f"{e.method} /{e.path.split('/')[1]}" for e in entries if e.method != "GET"]


@contextlib.asynccontextmanager
async def tenant(plane: ControlPlane, namespace: str) -> AsyncIterator[Tenant]:
    """A tenant in a namespace that is there already; nothing is in it yet."""
    settings = Settings(token=TOKEN, certificate=TLS / "localhost.pem", key=TLS / "localhost.key")
    async with Simulator(settings) as simulator, KubeClient(from_kubeconfig([plane.kubeconfig])) as admin:
        yield Tenant(plane, namespace, admin, simulator)


@dataclass
class Running:
    """A running operator: what it asked of the API server, and what it says."""

    witness: Witness
    program: Program
    session: aiohttp.ClientSession = field(repr=False)

    @property
    def log(self) -> str:
        return self.program.log.read_text()

    async def ask(self, path: str) -> tuple[int, str]:
        """GET from its own HTTP server; status 0 before that listens."""
        try:
            async with self.session.get(f"http://{self.program.listen}{path}") as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientConnectionError:
            return 0, ""

    async def is_ready(self) -> bool:
        return (await self.ask("/readyz"))[0] == 200


@contextlib.asynccontextmanager
async def operator(
    plane: ControlPlane, home: str, folder: Path, *options: str, conflicts: Iterable[Right] = ()
) -> AsyncIterator[Running]:
    """Run `scim-operator run` with these options, as the ServiceAccount in the namespace `home`."""
    async with Witness(plane, conflicts=list(conflicts)).running() as witness, aiohttp.ClientSession() as session:
        kubeconfig = folder / f"{home}.kubeconfig"
        token = await asyncio.to_thread(plane.service_account_token, ACCOUNT, home)
        write_kubeconfig(kubeconfig, witness.url, plane.certificate, token, namespace=home)
        running = Running(witness, _start(folder / f"{home}.log", f"--kubeconfig={kubeconfig}", *options), session)
        try:
            yield running
        except AssertionError as error:
            error.add_note(f"The end of the operator's log:\n{tail(running.program.log)}")
            raise
        finally:
            await asyncio.to_thread(running.program.stop)


def _start(log: Path, *options: str) -> Program:
    [port] = free_ports(1)
    listen = f"127.0.0.1:{port}"
    command = [str(PROGRAM), "run", f"--listen={listen}", "--log-format=text", INSECURE_FLAG, *options]
    return Program(processes.spawn(command, log, die_with_parent=True), log, listen)
