"""The rights that the operator asks for: with them all its work is done, and without any one of them some is not."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
import yaml

from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.core.record import record_of
from scim_operator.core.status import Reason, ServiceEntry, Verdict
from scim_operator.kube.client import Forbidden, KubeClient, Target
from scim_operator.kube.configs import ConfigBook
from scim_operator.kube.credentials import from_kubeconfig
from scim_operator.kube.events import EventPoster
from scim_operator.kube.kopf_thread import KopfThread
from scim_operator.kube.reflector import Put, Reflector, Replaced
from scim_operator.kube.resources import CONFIGS, EVENTS, OF_KIND, SECRETS, USERS
from scim_operator.kube.rights import RIGHTS
from scim_operator.kube.vault import KubeVault
from scim_operator.kube.writer import KubeWriter
from tests.envtest.manifests import as_yaml, config, group, until, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scim_operator.kube.client import Manifest
    from tools.cluster.controlplane import ControlPlane

VERBS = [(right.group, right.resource, verb) for right in RIGHTS for verb in right.verbs]
NAMES = itertools.count(1)


def role(namespace: str, account: str, without: tuple[str, str, str] | None) -> list[Manifest]:
    """A ServiceAccount with all rights but one."""
    rules = [
        {"apiGroups": [right.group], "resources": [right.resource], "verbs": verbs}
        for right in RIGHTS
        if (verbs := [verb for verb in right.verbs if (right.group, right.resource, verb) != without])
    ]
    metadata = {"name": account, "namespace": namespace}
    rbac = "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": account},
            "subjects": [subject],
        },
    ]


class Work:
    """What the operator does with the API server, step by step, as somebody."""

    def __init__(self, plane: ControlPlane, admin: KubeClient, client: KubeClient, namespace: str) -> None:
        self.plane, self.admin, self.client, self.namespace = plane, admin, client, namespace
        self.book = ConfigBook()
        self.now = 1000.0
        self.events = EventPoster(client, lambda _: "uid", clock=lambda: self.now)
        self.writer = KubeWriter(client, self.book, self.events)
        self.vault = KubeVault(client)

    async def feed(self, kind: Kind) -> None:
        reflector = Reflector(self.client, kind, self.namespace)
        make = user if kind is Kind.USER else group
        async for change in reflector.changes():
            match change:
                case Replaced():
                    await self.apply(make(f"new-{next(NAMES)}", self.namespace))
                case Put():
                    return

    async def write(self, kind: Kind) -> None:
        make = user if kind is Kind.USER else group
        created = await self.admin.create(
            Target(OF_KIND[kind], self.namespace), make(f"w{next(NAMES)}", self.namespace)
        )
        assert created
        old = record_of(kind, created)
        await self.apply(
            {**make(old.key.name, self.namespace), "metadata": {**self.meta(old.key.name), "labels": {"a": "b"}}}
        )
        claimed = await self.writer.claim(old)  # meets a conflict, and so reads
        assert claimed
        await self.writer.report(claimed, ServiceEntry("vmware", Verdict(Reason.PROVISIONED, ""), 1))

    async def configs(self) -> None:
        name = f"c{next(NAMES)}"
        created = await self.admin.create(Target(CONFIGS, self.namespace), config(name, self.namespace))
        assert created
        self.book.see(created)
        await self.apply({**config(name, self.namespace), "metadata": {**self.meta(name), "labels": {"a": "b"}}})
        await self.writer.report_config(ConfigKey(self.namespace, name), {"observedGeneration": 1})

    async def secrets(self) -> None:
        await self.vault.read("Secret", self.namespace, "vmware-scim", "token")
        await self.vault.read("ConfigMap", self.namespace, "vc-ca", "ca.crt")

    async def tell(self) -> None:
        """Post and count an Event. The poster harms nobody, so look at what the API server has."""
        task = asyncio.create_task(self.events.run())
        about = ConfigKey(self.namespace, f"e{next(NAMES)}")
        for _ in range(2):
            self.events.post(about, warning=False, reason="Swept", message="Done.")
            await self.events.drain()
            self.now += 301
        task.cancel()
        listed = await self.admin.page(Target(EVENTS, self.namespace), limit=0)
        counts = [event["count"] for event in listed.items if event["involvedObject"]["name"] == about.name]
        if counts != [2]:
            raise Forbidden("events")

    async def kopf(self) -> None:
        seen: list[str] = []

        async def changed(manifest: Manifest) -> None:
            seen.append(manifest["metadata"]["name"])

        thread = KopfThread(self.client._credentials, [self.namespace], changed=changed, deleted=changed)
        task = asyncio.create_task(thread.run())
        try:
            await self.apply(config(f"k{next(NAMES)}", self.namespace))
            await until(lambda: seen, "the first configs", limit=5)
            late = f"k{next(NAMES)}"
            await self.apply(config(late, self.namespace))
            await until(lambda: late in seen, "a config that came later", limit=5)
        except AssertionError as error:
            raise Forbidden(str(error)) from error
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def meta(self, name: str) -> dict[str, str]:
        return {"name": name, "namespace": self.namespace}

    async def apply(self, manifest: Manifest) -> None:
        await asyncio.to_thread(
            self.plane.kubectl, "apply", "--server-side", "--force-conflicts", "-f", "-", input=as_yaml(manifest)
        )

    def steps(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "scimusers": lambda: self.write(Kind.USER),
            "scimgroups": lambda: self.write(Kind.GROUP),
            "scimusers feed": lambda: self.feed(Kind.USER),
            "scimgroups feed": lambda: self.feed(Kind.GROUP),
            "provisioningconfigs": self.configs,
            "provisioningconfigs feed": self.kopf,
            "secrets": self.secrets,
            "events": self.tell,
        }


@pytest.fixture
async def admin(client: KubeClient) -> KubeClient:
    return client


@pytest.fixture
async def working(
    crds: ControlPlane, admin: KubeClient, namespace: str
) -> AsyncIterator[Callable[..., Awaitable[Work]]]:
    clients: list[KubeClient] = []

    async def make(without: tuple[str, str, str] | None) -> Work:
        manifests = role(namespace, "operator", without)
        crds.kubectl("create", "secret", "generic", "vmware-scim", "--from-literal=token=t", "-n", namespace)
        crds.kubectl("create", "configmap", "vc-ca", "--from-literal=ca.crt=PEM", "-n", namespace)
        crds.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(manifests))
        client = KubeClient(from_kubeconfig([crds.service_account_kubeconfig("operator", namespace)]))
        clients.append(await client.__aenter__())
        await granted(client, namespace, without)
        return Work(crds, admin, client, namespace)

    yield make
    for client in clients:
        await client.__aexit__(None, None, None)


async def granted(client: KubeClient, namespace: str, without: tuple[str, str, str] | None) -> None:
    """Wait until the API server's authorizer has heard of the Role."""
    probes = {("", "secrets", "get"): SECRETS, ("scim-operator.io", "scimusers", "get"): USERS}
    resource = next(resource for verb, resource in probes.items() if verb != without)
    for _ in range(500):
        try:
            await client.get(Target(resource, namespace, "absent"))
        except Forbidden:
            await asyncio.sleep(0.01)
        else:
            return
    pytest.fail("the Role did not come into force")


async def test_with_all_rights_all_work_is_done(working: Callable[..., Awaitable[Work]]) -> None:
    work = await working(None)
    for step in work.steps().values():
        async with asyncio.timeout(30):
            await step()


@pytest.mark.parametrize("without", VERBS, ids=lambda verb: f"{verb[2]}-{verb[1].replace('/', '-')}")
async def test_without_any_one_some_work_is_not(
    without: tuple[str, str, str], working: Callable[..., Awaitable[Work]]
) -> None:
    work = await working(without)
    plural, verb = without[1].split("/")[0], without[2]
    plural = "secrets" if plural == "configmaps" else plural
    step = work.steps()[f"{plural} feed" if verb in ("list", "watch") else plural]
    with pytest.raises((Forbidden, TimeoutError)):
        async with asyncio.timeout(3 if plural != "provisioningconfigs" else 30):
            await step()
