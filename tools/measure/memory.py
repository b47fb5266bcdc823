"""Where the operator's memory goes: `python -m tools.measure.memory [N]...`, N objects, nine users to one group.

Each N is a process of its own, in which the operator's own job follows a tenant that exists on paper only
(`paper.py`): the manifests through the real parsing, the service through the real client. It tells what is resident
after the start, in sync and at the peak of a sweep, and what holds it, by owner, field and type.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import random
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.cli import run as _operator  # noqa: F401 - what the operator's process has loaded
from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.core.records.record import record_of
from scim_operator.core.seal import Seal
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.connection.world import World
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.job.supervisor import Supervisor
from scim_operator.kube import parts as _parts  # noqa: F401 - the same
from scim_operator.kube.collector import PythonsOwn
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.connect import client_over
from scim_operator.scim.egress import STRICT
from tools.measure.paper import KEY, NAMESPACE, PaperService, Tenant
from tools.measure.weighing import MEBIBYTE, Scales, Weight, peak, reset_peak, resident

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.secrecy.destinations import DataRef, To, Values
    from scim_operator.job.gather.knowledge import Knowledge

GROUPS = 10
"""One group to so many objects."""


class Nowhere:
    """A cluster that has one Secret and takes no write. `writes` counts those to manifests."""

    def __init__(self) -> None:
        self.writes = 0

    async def read(self, ref: DataRef, to: To) -> Values:
        """See `SecretReader.read`."""
        return {"token": b"token"}  # type: ignore[return-value]

    async def terminating(self, namespace: str) -> frozenset[Kind]:
        """See `TerminationCheck.terminating`."""
        return frozenset()

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        """See `Writer.add_finalizer`."""
        self.writes += 1
        return record

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """See `Writer.remove_finalizer`."""
        self.writes += 1

    async def report(self, record: SourceRecord, entry: object) -> None:
        """See `Writer.report`."""
        self.writes += 1

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """See `Writer.report_config`."""

    async def announce(self, about: object, *, warning: bool, reason: str, message: str) -> None:
        """See `Writer.announce`."""


@dataclass
class Scene:
    """One job over a tenant on paper."""

    tenant: Tenant
    namespaces: Namespaces
    supervisor: Supervisor
    service: PaperService
    cluster: Nowhere

    @classmethod
    def of(cls, tenant: Tenant) -> Scene:
        """Return the scene before anything was read."""
        clock, service, cluster = SystemClock(), PaperService(tenant), Nowhere()
        namespaces = Namespaces(clock.now)

        def opens(spec: Any, credentials: Any, **more: Any) -> Any:  # noqa: ANN401 - as open_client
            named = {name: more[name] for name in ("clock", "random", "budgets", "headers")}
            return client_over(service, spec, credentials, **named)

        connector = Connector(clock, STRICT, opens=opens, chance=random.Random(1))  # noqa: S311 - no secret
        world = World(connector.connect, cluster, cluster, collector=PythonsOwn())
        return cls(
            tenant, namespaces, Supervisor(namespaces, cluster, world, clock, Metrics(), Seal(KEY)), service, cluster
        )

    @property
    def session(self) -> Any:  # noqa: ANN401 - None at first
        return self.supervisor.job(ConfigKey(NAMESPACE, "vmware")).session

    @property
    def knowledge(self) -> Knowledge:
        """Return what the job knows."""
        found: Knowledge = self.session.knowledge
        return found

    async def list(self) -> None:
        """Take in the manifests as the API server lists them, page by page."""
        for kind in Kind:
            records: list[SourceRecord] = []
            manifests = self.tenant.manifests(kind)
            while page := _page(manifests):
                records += (record_of(kind, manifest) for manifest in page)
                del page
            for _ in self.namespaces.replacing(kind, NAMESPACE, tuple(records)):
                pass
            del records

    async def begin(self) -> None:
        """Begin the job, and wait for the end of its first sweep."""
        config = self.tenant.config
        await self.supervisor.configure(ConfigKey(NAMESPACE, "vmware"), config)
        self.supervisor.listed(None)
        while self.session is None or not self.session.resting:  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.05)

    async def edit(self, generation: int) -> None:
        """Give the config another generation, and wait for the end of the first sweep of the session that it begins."""
        config, before = self.tenant.config, self.session
        config["metadata"]["generation"], config["spec"]["interval"] = generation, f"{20 + generation}h"
        await self.supervisor.configure(ConfigKey(NAMESPACE, "vmware"), config)
        while self.session in (None, before) or not self.session.resting:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)

    async def sweep(self) -> None:
        """Sweep once more."""
        before = self.session.sweeps.finished
        self.session.sweeps.sweep_now()
        while self.session.sweeps.finished == before or not self.session.resting:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)


def _page(manifests: Iterator[bytes]) -> list[dict[str, Any]]:
    body = b"[" + b",".join(islice(manifests, 500)) + b"]"
    found: list[dict[str, Any]] = orjson.loads(body)
    return found


async def follow(objects: int, *, details: bool) -> None:
    """Measure one tenant, and print what was found."""
    groups = objects // GROUPS
    scene = Scene.of(Tenant(objects - groups, groups))
    base = resident()
    say("at the start", base, base, objects)
    await scene.list()
    say("manifests listed", resident(), base, objects)
    await scene.begin()
    say("in sync", resident(), base, objects)
    say("peak so far", peak(), base, objects)
    for number in range(1, 4):
        reset_peak()
        await scene.sweep()
        say(f"peak of sweep {number}", peak(), base, objects)
        say(f"after sweep {number}", resident(), base, objects)
    for number in range(2, 4):
        reset_peak()
        await scene.edit(number)
        say(f"peak of edit {number}", peak(), base, objects)
        say(f"after edit {number}", resident(), base, objects)
    print(f"writes: {scene.service.writes} to the service, {scene.cluster.writes} to manifests")
    if details:
        for line in owners(scene, objects):
            print(line)
    await scene.supervisor.stop()


def say(when: str, found: int, base: int, objects: int) -> None:
    """Print what is resident."""
    print(f"{when:20} {found / MEBIBYTE:8.1f} MiB {(found - base) / objects:8.0f} bytes an object", flush=True)


def owners(scene: Scene, objects: int) -> Iterator[str]:
    """Yield the owners of what is held, one a line, with the types below them."""
    gc.collect()
    known, scales = scene.knowledge, Scales()
    scales.ignore(known.settings, scene.supervisor)
    records = known.namespace.all_records()
    for name, weight in scales.fields(records).items():
        yield from lines(f"record.{name}", weight, objects)
    entries = [entry for _, entry in known.entries.all()]
    for name, weight in scales.fields(entries).items():
        yield from lines(f"entry.{name}", weight, objects)
    parts = {
        "entries": known.entries,
        "index of the service": known.index,
        "topology": known.namespace.topology,
        "namespace": known.namespace,
        "claims": known.claims,
        "presence": known.desired.presence,
        "scopes": known.desired.scopes,
        "knowledge": known,
        "session": scene.session,
    }
    scales.ignore(*parts.values())
    for name, part in parts.items():
        yield from lines(name, _alone(scales, part), objects)
    yield from lines("all else that is tracked", scales.weigh(gc.get_objects()), objects)


def _alone(scales: Scales, part: object) -> Weight:
    """Weigh a part that is to count for no other."""
    return scales.weigh(gc.get_referents(part))


def lines(name: str, weight: Weight, objects: int) -> Iterator[str]:
    """Yield one owner, and the types that make most of it."""
    if weight.bytes < objects:
        return
    yield f"{name:28} {weight.bytes / objects:8.1f}"
    for kind, held in weight.types.most_common(6):
        if held >= 4 * objects:
            yield f"    {kind:24} {held / objects:8.1f}  ({weight.counts[kind] / objects:.2f} an object)"


def measure(objects: int, details: bool) -> None:  # noqa: FBT001 - of the command line
    """Measure in this process."""
    asyncio.run(follow(objects, details=details))


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.measure.memory", description=__doc__.splitlines()[0])
    parser.add_argument("objects", nargs="*", type=int, default=[1000, 10_000])
    parser.add_argument("--brief", action="store_true", help="only what is resident")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for objects in options.objects:
        print(f"\n{objects} objects")
        child = context.Process(target=measure, args=(objects, not options.brief))
        child.start()
        child.join()


if __name__ == "__main__":
    main()
