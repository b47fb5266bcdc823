"""Measures what a hostile service costs all others: `python -m tools.hostile_page [SHAPE …]`, half a minute each.

Two configs run in a process of their own, as the operator runs them: one at a simulated service, one at a service that
answers every listing with a page of 28 MiB. Measured from outside: the memory of that process, with and without the
hostile page, how long /healthz takes, and how long an edit of a manifest takes to arrive at the good service.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.core.seal import Seal
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.connection.world import World
from scim_operator.job.supervisor import Supervisor
from scim_operator.kube.health import health_app, serving
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.clock import SystemClock
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1024 * 1024
SIZE = 28 * MIB
SECONDS = 15.0
SHAPES: dict[str, Callable[[], bytes]] = {
    "none": lambda: b'{"totalResults":0,"Resources":[]}',
    "entries": lambda: _filled(b'{"id":"1234"}'),
    "arrays": lambda: _filled(b"[[]]"),
    "objects": lambda: _filled(b'{"a":{}}'),
    "long": lambda: b'{"Resources":[{"id":"1","title":"' + b"x" * SIZE + b'"}]}',
    "wide": lambda: b'{"Resources":[{"id":"1","title":"' + b"x" * SIZE + "😀".encode() + b'"}]}',
    "members": lambda: _members(150),
    "light": lambda: b'{"totalResults":90000,"Resources":[' + b",".join([b'{"id":"1"}'] * 90_000) + b"]}",
}
"""Answers to each listing; every shape but `members` and `light` is of 28 MiB."""


def _filled(entry: bytes) -> bytes:
    return b'{"totalResults":1,"Resources":[' + b",".join([entry] * (SIZE // (len(entry) + 1))) + b"]}"


def _members(width: int) -> bytes:
    member = b'{"value":"%036d","display":"' + b"d" * (width - 70) + b'"}'
    members = b",".join(member % number for number in range(100_000))
    return b'{"totalResults":1,"Resources":[{"id":"g","members":[' + members + b"]}]}"


async def _hostile(body: bytes) -> tuple[web.AppRunner, str]:
    async def answer(request: web.Request) -> web.Response:
        if "filter" in request.query or request.path.endswith("ServiceProviderConfig"):
            return web.json_response({"totalResults": 0, "Resources": []})
        return web.Response(body=body, content_type="application/scim+json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/scim/v2"


def _spec(url: str, seconds: int) -> dict[str, Any]:
    return {
        "service": {
            "url": url,
            "allowInsecure": True,
            "auth": {"bearer": {"secretRef": {"name": "scim", "key": "token"}}},
            "budget": {"requestsPerSecond": 500, "concurrency": 8},
        },
        "scope": "All",
        "interval": f"{seconds}s",
        "users": {"adoption": "IfUnowned"},
    }


async def _operator(good: str, evil: str) -> None:
    """Run the process under test: it writes a line with its port, and one for each edit to be timed."""
    clock, metrics = SystemClock(), Metrics()
    clusters = {"good": Cluster(clock, "good"), "evil": Cluster(clock, "evil")}
    seal, supervisors = Seal(bytes(32)), []
    for (name, cluster), url in zip(clusters.items(), (good, evil), strict=True):
        cluster.secrets["scim", "token"] = b"local"
        cluster.secrets["scim", "hosts"] = url.split("/")[2].encode()
        directory = cluster.watch()
        world = World(Connector(clock, cluster.egress).connect, cluster, cluster)
        supervisor = Supervisor(directory, cluster, world, clock, metrics, seal)
        manifest = {
            "metadata": {"namespace": name, "name": name, "uid": name, "generation": 1},
            "spec": _spec(url, 2_400),
        }
        await supervisor.configure(ConfigKey(name, name), manifest)
        supervisor.listed(None)
        supervisors.append(supervisor)
    app = health_app(metrics, alive=list, ready=list)
    async with serving(app, "127.0.0.1:0") as port:
        _say(port=port)
        for number in count():
            body = {"userName": f"user{number}", "externalId": f"id-{number}", "active": True}
            body |= {"name": {"givenName": "U", "familyName": str(number)}}
            body |= {"emails": [{"type": "work", "value": f"user{number}@corp.example"}]}
            clusters["good"].apply(Kind.USER, f"user{number}", body)
            _say(user=f"user{number}")
            await asyncio.sleep(0.2)


def _say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def _measured(shape: str) -> dict[str, float]:
    runner, evil = await _hostile(SHAPES[shape]())
    async with Simulator(Settings(token="local")) as simulator:  # noqa: S106 - of a simulator
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tools.hostile_page", "--operator", simulator.url, evil, stdout=subprocess.PIPE
        )
        assert process.stdout is not None  # noqa: S101 - it was asked for
        port = json.loads(await process.stdout.readline())["port"]
        arrivals, probes = asyncio.create_task(_arrivals(process.stdout, simulator)), asyncio.create_task(_probes(port))
        await asyncio.sleep(SECONDS)
        for task in (arrivals, probes):
            task.cancel()
        await asyncio.gather(arrivals, probes, return_exceptions=True)
        peak = _peak(process.pid)
        process.kill()
        await process.wait()
    await runner.cleanup()
    return {"peak MiB": peak, "slowest edit s": max(_TIMES["edit"]), "slowest /healthz s": max(_TIMES["probe"])}


_TIMES: dict[str, list[float]] = {"edit": [], "probe": []}


async def _arrivals(lines: asyncio.StreamReader, simulator: Simulator) -> None:
    while line := await lines.readline():
        user, began = json.loads(line)["user"], time.monotonic()
        while simulator.user(user) is None:  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.005)
        _TIMES["edit"].append(time.monotonic() - began)


async def _probes(port: int) -> None:
    while True:
        began = time.monotonic()
        await asyncio.to_thread(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").read())
        _TIMES["probe"].append(time.monotonic() - began)
        await asyncio.sleep(0.02)


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main(arguments: list[str]) -> None:
    """Measure each shape, and print one line for each."""
    if arguments[:1] == ["--operator"]:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_operator(*arguments[1:]))
        return
    for shape in arguments or SHAPES:
        _TIMES.update(edit=[], probe=[])
        found = asyncio.run(_measured(shape))
        sys.stdout.write(f"{shape:10} " + ", ".join(f"{name} {value:.2f}" for name, value in found.items()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
