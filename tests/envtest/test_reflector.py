"""The reflector on a real API server, with everything going wrong that does go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.kube.client import KubeClient
from scim_operator.kube.credentials import from_kubeconfig
from scim_operator.kube.reflector import Change, Dropped, Portion, Put, Reflector, Replaced
from tests.envtest.manifests import as_yaml, until, user
from tests.envtest.proxy import Answer, ErrorEvent, Fault, FaultProxy, Silence
from tools.cluster.controlplane import is_ready
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.cluster.controlplane import ControlPlane


class Seen:
    """What a reflector said so far, and the users that exist in consequence."""

    def __init__(self, reflector: Reflector) -> None:
        self.reflector = reflector
        self.changes: list[Change] = []
        self.users: dict[str, str] = {}

    def take(self, change: Change) -> None:
        self.changes.append(change)
        match change:
            case Replaced(records=records):
                self.users = {record.key.name: record.resource_version for record in records}
            case Put(record):
                self.users[record.key.name] = record.resource_version
            case Dropped(key, _):
                self.users.pop(key.name, None)

    @property
    def lists(self) -> int:
        return sum(isinstance(change, Replaced) for change in self.changes)


@contextlib.asynccontextmanager
async def reflecting(client: KubeClient, namespace: str | None, **options: float) -> AsyncIterator[Seen]:
    seen = Seen(Reflector(client, Kind.USER, namespace, **options))  # type: ignore[arg-type]

    async def run() -> None:
        async for change in seen.reflector.changes():
            seen.take(change)

    task = asyncio.create_task(run())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def apply(plane: ControlPlane, *manifests: dict[str, object]) -> None:
    await asyncio.to_thread(plane.kubectl, "apply", "--server-side", "-f", "-", input=as_yaml(*manifests))


async def test_lists_then_follows_adds_changes_and_deletions(
    crds: ControlPlane, client: KubeClient, namespace: str
) -> None:
    await apply(crds, user("ada", namespace), user("bob", namespace))
    async with reflecting(client, namespace, portion=Portion(page=1)) as seen:
        await until(lambda: seen.reflector.pulse.synced, "the listing")
        assert set(seen.users) == {"ada", "bob"}, "pages of one object are joined"
        before = seen.users["ada"]
        await apply(crds, user("ada", namespace, labels={"team": "engine"}), user("eve", namespace))
        await until(lambda: "eve" in seen.users and seen.users["ada"] != before, "the changes")
        await asyncio.to_thread(crds.kubectl, "delete", "scimuser", "bob", "-n", namespace)
        await until(lambda: "bob" not in seen.users, "the deletion")
        assert seen.lists == 1
        dropped = next(change for change in seen.changes if isinstance(change, Dropped))
        assert dropped.key == ObjectKey(Kind.USER, namespace, "bob")
        assert dropped.uid


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ([Answer("list", 503)], "an API server that starts answers 503"),
        ([Answer("list", 410)], "a continue token that is too old answers 410: kopf would exit"),
        ([Answer("list", 429, {"Retry-After": "0"})], "priority and fairness throttles"),
        ([Answer("list", 403)], "RBAC is edited while we run"),
        ([Answer("list", 401)], "a token has just rotated"),
        ([Answer("watch", 410)], "410 as the answer to a watch: kopf would exit"),
        ([ErrorEvent(410)], "410 inside the stream, as etcd compacts"),
        ([ErrorEvent(500)], "etcd changes its leader: kopf would exit"),
        ([Answer("watch", 403)], "RBAC is edited while we run"),
        ([Answer("watch", 401)], "a token has just rotated"),
        ([Answer("watch", 429, {"Retry-After": "0"})], "priority and fairness throttles"),
        ([Answer("watch", 500)] * 3, "the watch fails thrice, so the version is not trusted any more"),
        ([Silence()], "a load balancer has forgotten the connection"),
        ([Silence(), Answer("watch", 410), Answer("list", 500), ErrorEvent(500)], "everything after another"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_survives(
    faults: list[Fault], why: str, crds: ControlPlane, proxy: FaultProxy, proxied: KubeClient, namespace: str
) -> None:
    await apply(crds, user("ada", namespace))
    proxy.faults.extend(faults)
    async with reflecting(proxied, namespace, silence=1.0) as seen:
        await until(lambda: not proxy.faults and seen.users, f"recovery when {why}")
        await apply(crds, user("bob", namespace))
        await until(lambda: set(seen.users) == {"ada", "bob"}, f"the next change when {why}")
        await asyncio.to_thread(crds.kubectl, "delete", "scimuser", "ada", "-n", namespace)
        await until(lambda: set(seen.users) == {"bob"}, f"the next deletion when {why}")


async def test_an_expired_version_is_listed_again_and_names_what_went_meanwhile(
    crds: ControlPlane, proxy: FaultProxy, proxied: KubeClient, namespace: str
) -> None:
    """Deletions that a broken watch never told of come out of the next complete listing."""
    await apply(crds, user("ada", namespace), user("bob", namespace))
    proxy.faults.extend([Silence(), ErrorEvent(410)])
    async with reflecting(proxied, namespace, silence=2.0) as seen:
        await until(lambda: set(seen.users) == {"ada", "bob"}, "the first listing")
        await asyncio.to_thread(crds.kubectl, "delete", "scimuser", "bob", "-n", namespace)
        await until(lambda: seen.lists >= 2, "the second listing")
        assert set(seen.users) == {"ada"}


async def test_a_deaf_watch_shows_although_the_listings_go_on(
    crds: ControlPlane, proxy: FaultProxy, proxied: KubeClient, namespace: str
) -> None:
    proxy.faults.extend([Silence()] * 1000)
    async with reflecting(proxied, namespace, silence=0.2) as seen:
        await until(lambda: seen.lists, "the first listing")
        await apply(crds, user("ada", namespace))
        await until(lambda: "ada" in seen.users, "a listing that shows what the watch kept quiet about")
        lists, pulse = seen.lists, replace(seen.reflector.pulse)
        await until(lambda: seen.lists > lists + 1, "more listings, without anything new")
        assert seen.reflector.pulse.stirred == pulse.stirred, "they are no sign of life of the watch"
        assert seen.reflector.pulse.heard > pulse.heard, "but the API server is there"
        proxy.faults.clear()
        changes = 0
        while seen.reflector.pulse.deaf:  # a listing may be quicker than the watch, so one change is not enough
            changes += 1
            assert changes < 30, "the watch works again and told nothing"
            await apply(crds, user("ada", namespace, labels={"change": str(changes)}))
        assert seen.reflector.pulse.stirred > pulse.stirred


async def test_a_quiet_cluster_is_no_deaf_watch(
    crds: ControlPlane, proxy: FaultProxy, proxied: KubeClient, namespace: str
) -> None:
    """The API server sends no bookmarks for a kind that has not changed since it started."""
    await apply(crds, user("ada", namespace))
    proxy.faults.extend([Silence()] * 1000)
    async with reflecting(proxied, namespace, silence=0.2) as seen:
        first = seen.reflector.pulse.stirred
        await until(lambda: seen.lists >= 4, "listings after silence")
        assert seen.reflector.pulse.stirred > first, "each of them is a sign of life"


async def test_an_outage_is_no_silence(
    crds: ControlPlane, proxy: FaultProxy, proxied: KubeClient, namespace: str
) -> None:
    async with reflecting(proxied, namespace, silence=0.2) as seen:
        await until(lambda: seen.lists, "the first listing")
        proxy.faults.extend([Answer("*", 503)] * 100)
        await until(lambda: "answered 503" in seen.reflector.pulse.problem, "the outage")
        heard, stirred = seen.reflector.pulse.heard, seen.reflector.pulse.stirred
        await until(lambda: seen.reflector.pulse.stirred > stirred, "errors that are seen and logged, a sign of life")
        assert seen.reflector.pulse.heard == heard


async def test_a_page_that_cannot_be_continued_is_asked_for_in_one_piece(
    crds: ControlPlane, proxy: FaultProxy, proxied: KubeClient, namespace: str
) -> None:
    await apply(crds, *(user(f"user-{number}", namespace) for number in range(5)))
    proxy.faults.append(Answer("list", 410))
    async with reflecting(proxied, namespace, portion=Portion(page=2)) as seen:
        await until(lambda: seen.lists, "the listing")
        assert len(seen.users) == 5
        assert proxy.seen[:2] == ["list", "list"]
        assert proxy.seen.count("list") == 2, "the second listing had no pages"


async def test_survives_the_death_of_the_api_server(private_api_server: ControlPlane) -> None:
    plane = private_api_server
    install_crds(plane)
    async with (
        KubeClient(from_kubeconfig([plane.kubeconfig])) as client,
        reflecting(client, None, silence=5.0) as seen,
    ):
        await apply(plane, user("ada", "default"))
        await until(lambda: "ada" in seen.users, "the first user")
        with killed_and_restarted(plane):
            await until(lambda: is_ready(plane), "the API server's return")
            await apply(plane, user("bob", "default"))
            await until(lambda: set(seen.users) == {"ada", "bob"}, "the change after the outage")


@contextlib.contextmanager
def killed_and_restarted(plane: ControlPlane):
    """SIGKILL the API server and start it again with the same command; ended with the block."""
    pid = plane.processes[1].pid
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    os.kill(pid, signal.SIGKILL)
    plane.children[1].wait()
    with (plane.folder / "again.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()
