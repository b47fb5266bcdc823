"""The operator as a whole on a real API server, with jobs that only take notes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.core.records.record import FINALIZER
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.kube.credentials import Credentials, from_kubeconfig
from scim_operator.kube.operator import ApiServerLost, run_operator
from scim_operator.kube.parts import JobPorts, OperatorSettings
from tests.envtest.manifests import as_yaml, config, group, until, user
from tests.envtest.proxy import Answer, ErrorEvent, FaultProxy, Silence
from tests.support.waiting import HANG
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.cluster.controlplane import ControlPlane


# kopf closes its session at its end without waiting for TLS to say goodbye; under load the transport is then collected
# before it is closed, which Python notes in whatever test runs at that moment. It is none of our sockets.
pytestmark = [
    pytest.mark.usefixtures("collected"),
    pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function _SelectorTransport.__del__"),
]


class Notes:
    """Jobs that do nothing but remember what they were told; `trouble` is what they report as overdue."""

    def __init__(self, ports: JobPorts) -> None:
        self.ports = ports
        self.configs: dict[ConfigKey, dict[str, Any]] = {}
        self.reported: list[str] = []
        self.before_listed: list[str] = []
        self.trouble: list[str] = []
        self.failures = 0

    async def configure(self, key: ConfigKey, manifest: dict[str, Any]) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a bug")
        self.configs[key] = manifest
        self.reported.append(f"{key.name}:{manifest['metadata']['generation']}")

    async def remove(self, key: ConfigKey) -> None:
        del self.configs[key]
        self.reported.append(f"-{key.name}")

    async def seen(self, key: ConfigKey, status: Any) -> None:
        """No other operator is looked for here."""

    def listed(self, place: str | None) -> None:
        self.before_listed = self.before_listed or list(self.reported)

    def called(self, unlisted: tuple[str, ...]) -> None:
        """The Jobs that test this are the real ones."""

    async def stop(self) -> None:
        self.reported.append("stop")

    def problems(self) -> list[str]:
        return self.trouble


class Running:
    """A running operator."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.port = 0
        self.task: asyncio.Task[None] | None = None
        self.jobs: Notes | None = None

    @property
    def notes(self) -> Notes:
        assert self.jobs
        return self.jobs

    def make(self, ports: JobPorts) -> Notes:
        self.jobs = Notes(ports)
        return self.jobs

    def listening(self, port: int) -> None:
        self.port = port

    async def ask(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()

    async def is_ready(self) -> None:
        await until(lambda: self.port, "the port")
        await until(self._answers_ready, "readiness")

    async def _answers_ready(self) -> bool:
        return (await self.ask("/readyz"))[0] == 200


@contextlib.asynccontextmanager
async def operating(credentials: Credentials, *namespaces: str, **settings: Any) -> AsyncIterator[Running]:
    running = Running()
    chosen = OperatorSettings(credentials, namespaces, listen="127.0.0.1:0", **settings)
    running.task = asyncio.create_task(run_operator(chosen, running.stop, running.make, running.listening))
    try:
        yield running
    finally:
        running.stop.set()
        await asyncio.gather(running.task, return_exceptions=True)


async def apply(plane: ControlPlane, *manifests: dict[str, Any]) -> None:
    await asyncio.to_thread(plane.kubectl, "apply", "--server-side", "-f", "-", input=as_yaml(*manifests))


async def delete(plane: ControlPlane, *args: str) -> None:
    await asyncio.to_thread(plane.kubectl, "delete", *args, "--wait=false")


async def test_configs_come_change_and_go(crds: ControlPlane, namespace: str) -> None:
    await apply(crds, config("early", namespace), user("ada", namespace), group("engine", namespace, "ada"))
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await running.is_ready()
        assert running.notes.ports.namespaces.is_synced(namespace)
        assert running.notes.before_listed == ["early:1"], "it is said that all are known when they are"
        await apply(crds, config("late", namespace))
        await until(lambda: "late:1" in running.notes.reported, "the config that came")
        changed = config("late", namespace)
        changed["spec"]["suspend"] = True
        await apply(crds, changed)
        await until(lambda: "late:2" in running.notes.reported, "its change")
        await delete(crds, "scpc", "late", "-n", namespace)
        await until(lambda: "-late" in running.notes.reported, "its removal")
    assert running.notes.reported == ["early:1", "late:1", "late:2", "-late", "stop"]


async def test_our_own_status_writes_wake_no_job(crds: ControlPlane, namespace: str) -> None:
    await apply(crds, config("vmware", namespace))
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await until(lambda: running.jobs and running.notes.reported, "the config")
        key, writer = ConfigKey(namespace, "vmware"), running.notes.ports.writer
        for done in range(3):
            await writer.report_config(key, {"progress": {"phase": "Users", "done": done}})
        await apply(crds, config("sentinel", namespace))
        await until(lambda: "sentinel:1" in running.notes.reported, "what came after")
        assert running.notes.reported == ["vmware:1", "sentinel:1"]


async def test_writes_meet_no_conflict_with_our_own_and_nothing_stays_remembered(
    crds: ControlPlane, namespace: str
) -> None:
    """A job may come with a record from before its last write, whether or not the watch has shown that since."""
    names = [f"user-{number}" for number in range(30)]
    await apply(crds, *(user(name, namespace) for name in names))
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await running.is_ready()
        writer, space = running.notes.ports.writer, running.notes.ports.namespaces.namespace(namespace)
        records = list(space.records(Kind.USER))
        await asyncio.gather(*map(writer.add_finalizer, records))
        entry = ServiceEntry("vmware", Verdict(Reason.PROVISIONED, "As it should be."), 1)
        await asyncio.gather(*(writer.report(record, entry) for record in records[:15]))
        await until(lambda: all(record.finalized for record in space.records(Kind.USER)), "the echo")
        await asyncio.gather(*(writer.report(record, entry) for record in records[15:]))
        assert writer.writes == 2 * len(names)
        await until(lambda: len(writer.recent) == 0, "the end of what is remembered")


async def test_a_feed_of_two_thousand(crds: ControlPlane, namespace: str) -> None:
    await apply(crds, *(user(f"user-{number}", namespace) for number in range(2000)))
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await running.is_ready()
        space = running.notes.ports.namespaces.namespace(namespace)
        assert space.count(Kind.USER) == 2000
        await asyncio.to_thread(crds.kubectl, "delete", "scimusers", "--all", "-n", namespace, "--wait=false")
        await until(lambda: space.count(Kind.USER) == 0, "all deletions")


async def test_a_config_that_fails_to_start_is_tried_again(crds: ControlPlane, namespace: str) -> None:
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await running.is_ready()
        running.notes.failures = 1
        await apply(crds, config("vmware", namespace), config("other", namespace))
        await until(lambda: len(running.notes.configs) == 2, "both configs")


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ([ErrorEvent(500)] * 3, "an ERROR in the stream, which ends kopf"),
        ([Answer("watch", 410)] * 3, "410 as the answer to a watch, which ends kopf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_jobs_survive_the_end_of_kopf(
    faults: list[Any], why: str, crds: ControlPlane, proxy: FaultProxy, namespace: str
) -> None:
    await apply(crds, config("vmware", namespace))
    proxy.faults.extend(faults)
    async with operating(Credentials(server=proxy.url), namespace) as running:
        await until(lambda: not proxy.faults, f"all three watches met with {why}")
        await apply(crds, config("later", namespace))
        await until(lambda: "later:1" in running.notes.reported, f"the next config after {why}")
        assert running.notes.reported.count("vmware:1") == 1, "the job was not started anew"


async def test_a_namespace_without_manifests_is_synced_when_all_are_watched(
    private_api_server: ControlPlane,
) -> None:
    plane = private_api_server
    async with operating(from_kubeconfig([plane.kubeconfig])) as running:
        await until(lambda: running.port, "the port")
        assert (await running.ask("/readyz"))[0] == 503
        await asyncio.to_thread(install_crds, plane)
        await apply(plane, config("vmware", "default"))
        await until(lambda: "vmware:1" in running.notes.reported, "the config, although the CRDs came after the start")
        await running.is_ready()
        await until(lambda: running.notes.ports.namespaces.is_synced("default"), "the empty namespace")
        await apply(plane, config("second", "default"))
        await until(lambda: "second:1" in running.notes.reported, "an event through kopf, restarted for the CRDs")


async def test_readiness_says_what_is_missing() -> None:
    async with operating(Credentials(server="http://127.0.0.1:9"), "identity") as running:
        await until(lambda: running.port, "the port")
        status, text = await running.ask("/readyz")
        assert status == 503
        assert "scimusers in namespace identity are not listed yet." in text


async def test_orphans_are_let_go_and_others_are_not(crds: ControlPlane, namespace: str) -> None:
    await apply(crds, config("vmware", namespace), user("ada", namespace, finalizers=[FINALIZER]))
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await running.is_ready()
        space = running.notes.ports.namespaces.namespace(namespace)
        await delete(crds, "scimuser", "ada", "-n", namespace)
        await until(lambda: (ada := space.get(Kind.USER, "ada")) and ada.deleting, "the deletion's mark")
        assert space.get(Kind.USER, "ada"), "a config is there, so its job decides"
        await delete(crds, "scpc", "vmware", "-n", namespace)
        await until(lambda: space.get(Kind.USER, "ada") is None, "the orphan's end")


async def test_health_readiness_and_metrics(crds: ControlPlane, proxy: FaultProxy, namespace: str) -> None:
    async with operating(Credentials(server=proxy.url), namespace) as running:
        await running.is_ready()
        assert await running.ask("/healthz") == (200, "ok\n")
        running.notes.trouble = ["The sweep of identity/vmware is overdue: the last one ended 4000 s ago."]
        assert await running.ask("/healthz") == (503, running.notes.trouble[0] + "\n")
        status, text = await running.ask("/metrics")
        assert status == 200
        assert f'scim_operator_watch_age_seconds{{namespace="{namespace}",resource="scimusers"}}' in text
        assert 'rest_client_requests_total{code="200",method="GET"}' in text


async def test_health_fails_when_the_watch_is_silent(crds: ControlPlane, proxy: FaultProxy, namespace: str) -> None:
    proxy.faults.extend([Silence()] * 1000)
    async with operating(Credentials(server=proxy.url), namespace, silence_limit=0.5) as running:
        await running.is_ready()
        answers: list[tuple[int, str]] = []

        async def tells_of_users() -> bool:  # either of the two watches may be silent first
            answers.append(await running.ask("/healthz"))
            return answers[-1][0] == 503 and "scimusers" in answers[-1][1]

        await until(tells_of_users, "the silence of the watch on users")
        _, text = answers[-1]
        assert "The watch on scimusers in namespace" in text
        assert "has been silent for" in text


async def test_gives_up_when_the_api_server_stays_away() -> None:
    settings = OperatorSettings(
        Credentials(server="http://127.0.0.1:9"), ("identity",), listen="127.0.0.1:0", give_up=0.5
    )
    running = Running()
    with pytest.raises(ApiServerLost, match=r"sent nothing for .* No answer from the API server at http://127.0.0.1:9"):
        await run_operator(settings, running.stop, running.make)
    assert running.notes.reported == ["stop"]


async def test_stops_within_its_limit_although_a_job_does_not(crds: ControlPlane, namespace: str) -> None:
    @dataclasses.dataclass
    class Stubborn(Notes):
        ports: JobPorts

        async def stop(self) -> None:
            await asyncio.Event().wait()

        def problems(self) -> list[str]:
            return []

    stop = asyncio.Event()
    settings = OperatorSettings(from_kubeconfig([crds.kubeconfig]), (namespace,), listen="127.0.0.1:0", stop_limit=0.2)
    task = asyncio.create_task(run_operator(settings, stop, Stubborn, lambda _: stop.set()))
    async with asyncio.timeout(HANG):
        await task
