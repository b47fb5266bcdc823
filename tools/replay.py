"""Replay real access data through a real API server, the operator and a simulated service, and print the figures.

    python -m tools.replay DIRECTORY [--nested] [--changes N]

DIRECTORY has base.json, changes.jsonl and final.json of the Kubernetes project's organisations. Each change must cost
exactly the SCIM writes that it means, the service must equal final.json at the end, and a sweep after that must write
nothing. The change limits of the config are lifted: the data removes hundreds of people in one run, which is what the
limits are there to hold.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster import sharing
from tools.cluster.crds import install_crds
from tools.cluster.progress import ClusterError, tail
from tools.live import kube
from tools.live.stage import Stage, staged
from tools.live.sweeps import quiet_sweep
from tools.realdata import dataset, manifests
from tools.realdata.oracle import Oracle
from tools.realdata.replayer import Replayer, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.cluster.controlplane import ControlPlane

NAMESPACE = "kubernetes-org"


async def provision_base(replayer: Replayer) -> None:
    """Create the manifests, start the operator, and wait until all is at the service."""
    stage, started = replayer.stage, time.monotonic()
    await replayer.create_base()
    objects = len(replayer.access.people) + len(replayer.access.teams)
    print(f"base: {objects} manifests created in {time.monotonic() - started:.1f} s", flush=True)
    stage.start_operator()
    started = time.monotonic()
    await stage.kube.create(kube.CONFIGS, stage.config(nested=replayer.oracle.nested))
    await replayer.base_provisioned()
    seconds = time.monotonic() - started
    stats = await stage.service.stats()
    print(
        f"base: {objects} objects provisioned in {seconds:.1f} s, {objects / seconds:.0f} objects/s, "
        f"{stats['write']} writes and {stats['read']} reads at the service",
        flush=True,
    )


async def replay_all(replayer: Replayer, changes: Sequence[dataset.Change]) -> list[Step]:
    """Replay the changes in order, with a line for each that is not exact and for each fiftieth."""
    steps = []
    for number, change in enumerate(changes, 1):
        step = await replayer.replay(change)
        steps.append(step)
        if not step.exact:
            print(f"  {number}: {step}", flush=True)
        elif number % 50 == 0:
            print(f"  {number} of {len(changes)} changes", flush=True)
    return steps


def print_figures(steps: Sequence[Step], seconds: float) -> None:
    """Print the writes by what they are, and the latencies."""
    wanted, sent = Counter[str](), Counter[str]()
    for step in steps:
        wanted.update(f"{write.method} {write.endpoint}" for write in step.wanted.elements())
        sent.update(f"{write.method} {write.endpoint}" for write in step.sent.elements())
    print(f"\n{'write':<16}{'meant':>8}{'sent':>8}")
    for kind in sorted(wanted | sent):
        print(f"{kind:<16}{wanted[kind]:>8}{sent[kind]:>8}")
    latencies = sorted(step.seconds for step in steps if step.sent)
    exact = sum(step.exact for step in steps)
    print(
        f"\n{exact} of {len(steps)} changes cost exactly what they mean; "
        f"{seconds:.1f} s, {seconds / len(steps):.2f} s each"
    )
    if len(latencies) > 1:
        p95 = statistics.quantiles(latencies, n=20)[-1]
        print(f"first apply -> last write at the service: median {statistics.median(latencies):.3f} s, p95 {p95:.3f} s")


async def run(plane: ControlPlane, data: dataset.Dataset, folder: Path, *, nested: bool, count: int | None) -> int:
    changes = data.changes[:count]
    options = ["--nested-groups"] if nested else []
    async with (
        staged(plane, NAMESPACE, folder, *options) as stage,
        stage.kube.following(kube.USERS, kube.GROUPS) as mirror,
    ):
        replayer = Replayer(stage, mirror, data.base, Oracle(data.base, nested=nested))
        await provision_base(replayer)
        await stage.service.reset("log")
        started = time.monotonic()
        try:
            steps = await replay_all(replayer, changes)
        except AssertionError as error:
            print(f"{error}; the end of the operator's log:\n{tail(stage.started().log)}", file=sys.stderr)
            return 1
        print_figures(steps, time.monotonic() - started)
        return await verdict(stage, replayer, steps, data.final if count is None else replayer.access)


async def verdict(stage: Stage, replayer: Replayer, steps: Sequence[Step], wanted: dataset.Access) -> int:
    """Compare the service with the final state, sweep once more, and say how it went: the exit code."""
    differences = await replayer.difference(wanted)
    for sentence in differences[:20]:
        print(f"  {sentence}")
    print("the service equals the final state" if not differences else f"{len(differences)} differences")
    sweep = await quiet_sweep(stage)
    print(f"a sweep afterwards: {sweep}")
    return 0 if not differences and sweep.silent and all(step.exact for step in steps) else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.replay", description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--nested", action="store_true", help="the service nests groups; default: they are flattened")
    parser.add_argument("--changes", type=int, help="replay only so many")
    options = parser.parse_args()
    data = dataset.read(options.directory)
    teams = {*data.base.teams, *(name for change in data.changes for name in change.teams_added)}
    manifests.check_names(teams)
    with tempfile.TemporaryDirectory(prefix="scim-replay-") as folder:
        try:
            with sharing.private(Path(folder) / "plane") as plane:
                install_crds(plane)
                plane.kubectl("create", "namespace", NAMESPACE)
                return asyncio.run(
                    run(plane, data, Path(folder) / "logs", nested=options.nested, count=options.changes)
                )
        except ClusterError as error:
            print(error, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
