"""Configs on three replicas: how soon they are shared, what the death of one costs, and an update under load."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

from tools.cluster.progress import say
from tools.live import kube, programs
from tools.measure.people import create_all, user
from tools.measure.report import Figure
from tools.measure.rounds import PATIENCE, fresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path
    from typing import Any

    from tools.cluster.controlplane import ControlPlane
    from tools.live.kube import Manifest
    from tools.live.service import Entry
    from tools.live.stage import Stage

REPLICAS = 3
SHARED, SWEPT = 10.0, 20.0
"""Seconds within which the configs are shared, and within which those of a dead replica are swept again."""
CALM = 6.0
"""Seconds without a change after which the Leases have found their holders; who is chosen asks within two."""
LEAST = 20.0
"""Users a second that are provisioned of all configs at least, or something is wrong."""
BETWEEN = 0.2
"""Seconds between two changes of the load under which the replicas are replaced."""
TEAMS = 20
"""Groups of each config, with one user each; the load gives each another one."""
LEASES = "/apis/coordination.k8s.io/v1/leases?labelSelector=scim-operator.io/lease%3Dservice"


class What(StrEnum):
    """What a change asks for."""

    TITLE = "another title"
    MEMBER = "a new member"
    USER = "a new user"


@dataclass(frozen=True)
class Edit:
    """A change that was applied: what it asks for, of whom (by `userName` or `displayName`), where, and when.

    `config` is a number, and `at` on the monotonic clock.
    """

    config: int
    what: What
    name: str
    at: float


@dataclass
class Estate:
    """Configs, each with a namespace and a service of its own, and the replicas that share them."""

    plane: ControlPlane
    folder: Path
    stages: list[Stage]
    users: int
    replicas: list[programs.Program] = field(default_factory=list)
    asked: Counter[tuple[int, What]] = field(default_factory=Counter)
    """By config, how often each was asked for; of each user and group once."""
    started: int = 0

    async def start(self) -> programs.Program:
        """Start one more replica, which watches all namespaces as the chart has it, and wait until it is ready."""
        self.started += 1
        log = self.folder / f"replica-{self.started}.log"
        started = await asyncio.to_thread(programs.start_operator, log, self.plane.kubeconfig, "--all-namespaces")
        self.replicas.append(started)
        return started

    async def holders(self) -> dict[str, str]:
        """Return who holds the Lease of each namespace's service; those that no one holds are not there."""
        found = (await self.stages[0].kube.call("GET", LEASES))["items"]
        held = {one["metadata"]["namespace"]: one["spec"].get("holderIdentity") for one in found}
        ours = {stage.kube.namespace for stage in self.stages}
        return {place: holder for place, holder in held.items() if holder and place in ours}

    async def served(self, replica: programs.Program) -> list[int]:
        """Return the configs that a replica serves, by its metrics."""
        text = await self.stages[0].service.text(f"http://{replica.listen}/metrics")
        named = set(re.findall(r'^scim_connected\{config="([^/"]+)/[^"]*"\} 1', text, re.MULTILINE))
        return [number for number, stage in enumerate(self.stages) if stage.kube.namespace in named]

    async def ask(self, config: int, what: What) -> Edit | None:
        """Ask for something at a config; None where all of its users, or groups, were asked for."""
        number, namespace = self.asked[config, what], self.stages[config].kube.namespace
        if number >= (TEAMS if what is What.MEMBER else self.users):
            return None
        self.asked[config, what] += 1
        manifest = {
            What.TITLE: lambda: user(number, namespace, title="Countess"),
            What.MEMBER: lambda: team(number, namespace, 2),
            What.USER: lambda: user(self.users + number, namespace),
        }[what]()
        await self.stages[config].kube.apply(manifest)
        return Edit(config, what, name_of(manifest["spec"]), time.monotonic())

    async def requests(self, since: list[int]) -> list[list[Entry]]:
        """Return the requests at each service after a mark."""
        pairs = zip(self.stages, since, strict=True)
        return list(await asyncio.gather(*(stage.service.entries(mark) for stage, mark in pairs)))

    async def marks(self) -> list[int]:
        """Return the number of the newest request at each service."""
        return list(await asyncio.gather(*(stage.service.last() for stage in self.stages)))


async def measure_replicas(plane: ControlPlane, folder: Path, *, configs: int, users: int) -> list[Figure]:
    """Share configs with so many users each among three replicas, kill one, and replace all of them under load."""
    async with estate(plane, folder, configs, users) as it:
        figures = [*await shared(it), *await killed(it), *await replaced(it)]
        return [*figures, *await whole(it)]


@asynccontextmanager
async def estate(plane: ControlPlane, folder: Path, configs: int, users: int) -> AsyncIterator[Estate]:
    """Provide the configs with their manifests, not provisioned, and no replica."""
    async with AsyncExitStack() as stack:
        names = [f"shared-{number}" for number in range(configs)]
        stages = [await stack.enter_async_context(fresh(plane, folder, name, users)) for name in names]
        for stage in stages:
            await create_all(stage.kube, (team(number, stage.kube.namespace, 1) for number in range(TEAMS)))
            await stage.kube.create(kube.CONFIGS, stage.config())
        it = Estate(plane, folder, stages, users)
        say(f"{configs} configs with {users} users each")
        try:
            yield it
        finally:
            for replica in it.replicas:
                replica.stop()


async def shared(it: Estate) -> list[Figure]:
    """Start the replicas, and provision everything."""
    await asyncio.gather(*(it.start() for _ in range(REPLICAS)))
    ready, seen, moved = time.monotonic(), await it.holders(), time.monotonic()
    while len(seen) < len(it.stages) or time.monotonic() - moved < CALM:
        await asyncio.sleep(BETWEEN)
        if (now := await it.holders()) != seen:
            seen, moved = now, time.monotonic()
    shares = sorted(Counter(seen.values()).values(), reverse=True)
    seconds, slowest = max(0.0, moved - ready), len(it.stages) * it.users / LEAST
    async with AsyncExitStack() as stack:
        mirrors = [await stack.enter_async_context(stage.kube.following(kube.USERS)) for stage in it.stages]
        await asyncio.gather(*(mirror.all_ready(it.users, PATIENCE + slowest) for mirror in mirrors))
    what = f"{len(it.stages)} configs of {it.users} users each, {REPLICAS} replicas"
    share = " + ".join(map(str, shares))
    return [
        Figure(f"{what}: shared after the last is ready", f"{seconds:.1f} s", f"≤ {SHARED:.0f} s", seconds <= SHARED),
        Figure(f"{what}: configs each", share),
        Figure(f"{what}: all provisioned", f"{time.monotonic() - ready:.0f} s"),
    ]


async def killed(it: Estate) -> list[Figure]:
    """Kill the replica that serves most, and see when its configs are swept and served again."""
    served = {number: await it.served(replica) for number, replica in enumerate(it.replicas)}
    victim = max(served, key=lambda number: len(served[number]))
    theirs, marks = served[victim], await it.marks()
    say(f"a replica with {len(theirs)} configs is killed")
    died = time.monotonic()
    it.replicas.pop(victim).kill()
    edits = [edit for config in theirs if (edit := await it.ask(config, What.TITLE))]
    swept = await it_is(it, marks, lambda found: all(swept_in(found[config]) for config in theirs))
    again = max(min(entry.came for entry in swept_in(swept[config])) for config in theirs) - died
    written = await arrived(it, edits, marks)
    what = f"one with {len(theirs)} of them killed (SIGKILL)"
    return [
        Figure(f"{what}: all of its configs swept again", f"{again:.1f} s", f"≤ {SWEPT:.0f} s", again <= SWEPT),
        Figure(f"{what}: changes sent again, when its last request has certainly ended", f"{max(written):.1f} s"),
    ]


async def replaced(it: Estate) -> list[Figure]:
    """Replace one replica after the other, as a rolling update does, while edits come."""
    await it.start()
    marks, edits, over = await it.marks(), list[Edit](), asyncio.Event()

    async def load() -> None:
        for number in count():
            if over.is_set():
                return
            if edit := await it.ask(number // len(What) % len(it.stages), [*What][number % len(What)]):
                edits.append(edit)
            await asyncio.sleep(BETWEEN)

    loading = asyncio.create_task(load())
    for former in tuple(it.replicas):
        await it.start()
        await asyncio.sleep(CALM)
        await asyncio.to_thread(former.stop)
        it.replicas.remove(former)
    await asyncio.sleep(CALM)
    over.set()
    await loading
    seconds = await arrived(it, edits, marks)
    what = f"all {REPLICAS} replaced, one by one, under {1 / BETWEEN:.0f} changes/s: apply → service"
    late = statistics.quantiles(seconds, n=100, method="inclusive")[-1]
    of = {each: [took for took, edit in zip(seconds, edits, strict=True) if edit.what is each] for each in What}
    return [
        Figure(f"{what}, median of {len(seconds)}", f"{statistics.median(seconds):.3f} s"),
        Figure(f"{what}, 99th percentile", f"{late:.2f} s"),
        *(Figure(f"{what}, longest for {each.value}, of {len(of[each])}", f"{max(of[each]):.2f} s") for each in What),
    ]


async def whole(it: Estate) -> list[Figure]:
    """Compare what each service got and holds with what was asked for."""
    double = lost = 0
    for config, requests in enumerate(await it.requests([0] * len(it.stages))):
        asked = {what: it.asked[config, what] for what in What}
        due = {
            ("POST", "/Users"): it.users + asked[What.USER],
            ("POST", "/Groups"): TEAMS,
            ("PATCH", "/Users"): asked[What.TITLE],
            ("PATCH", "/Groups"): asked[What.MEMBER],
        }
        sent = Counter((entry.method, endpoint(entry)) for entry in requests if entry.writes)
        double += sum(max(0, number - due.get(what, 0)) for what, number in sent.items())
        found = await it.stages[config].service.dump()
        titles = {one["userName"]: one.get("title") for one in found["Users"]}
        members = {one["displayName"]: len(one.get("members", [])) for one in found["Groups"]}
        lost += sum(titles.get(name) != title for name, title in _titles(it, asked).items())
        lost += sum(members.get(f"Team {one}") != 1 + (one < asked[What.MEMBER]) for one in range(TEAMS))
    return [
        Figure("double writes at the services, over all of this", str(double), "0", double == 0),
        Figure("objects that are lost or not as asked for in the end", str(lost), "0", lost == 0),
    ]


def _titles(it: Estate, asked: Mapping[What, int]) -> dict[str, str]:
    """Return the title that each user of a config is to have."""
    numbers = range(it.users + asked[What.USER])
    return {
        user(number, "")["spec"]["userName"]: "Countess" if number < asked[What.TITLE] else "Engineer"
        for number in numbers
    }


def team(number: int, namespace: str, size: int) -> Manifest:
    """Return a group with the first so many users."""
    members = [{"userRef": {"name": user(one, namespace)["metadata"]["name"]}} for one in range(size)]
    metadata = {"name": f"team-{number}", "namespace": namespace}
    spec = {"displayName": f"Team {number}", "members": members}
    return {"apiVersion": kube.API_VERSION, "kind": "ScimGroup", "metadata": metadata, "spec": spec}


def name_of(resource: Mapping[str, Any]) -> str:
    """Return what a user or group is called."""
    return str(resource.get("userName") or resource["displayName"])


def endpoint(entry: Entry) -> str:
    """Return the endpoint of a request."""
    return "/Groups" if "/Groups" in entry.path else "/Users"


async def arrived(it: Estate, edits: list[Edit], marks: list[int]) -> list[float]:
    """Return after how many seconds each change came to its service."""
    asked = Counter(edit.config for edit in edits)

    def all_came(found: list[list[Entry]]) -> bool:
        return all(sum(entry.writes for entry in found[config]) >= number for config, number in asked.items())

    async with asyncio.timeout(PATIENCE):
        while True:
            came = await first_writes(it, await it_is(it, marks, all_came))
            if all((edit.config, edit.name) in came for edit in edits):
                return [max(0.0, came[edit.config, edit.name] - edit.at) for edit in edits]
            await asyncio.sleep(1.0)


async def first_writes(it: Estate, requests: list[list[Entry]]) -> dict[tuple[int, str], float]:
    """Return when the first of these writes to each user and group came, by config and name."""
    came: dict[tuple[int, str], float] = {}
    for config, found in enumerate(requests):
        held = await it.stages[config].service.dump()
        names = {one["id"]: name_of(one) for one in (*held["Users"], *held["Groups"])}
        for entry in (each for each in found if each.writes):
            came.setdefault((config, names[entry.resource_id]), entry.came)
    return came


async def it_is(it: Estate, marks: list[int], holds: Callable[[list[list[Entry]]], bool]) -> list[list[Entry]]:
    """Return the requests at the services after a mark, once something holds of them."""
    async with asyncio.timeout(PATIENCE):
        while not holds(found := await it.requests(marks)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(BETWEEN)
    return found


def swept_in(requests: list[Entry]) -> list[Entry]:
    """Return those that list users."""
    read = (entry for entry in requests if entry.method == "GET" and not entry.filtered)
    return [entry for entry in read if entry.path.endswith("/Users")]
