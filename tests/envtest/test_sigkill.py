"""The operator is killed in the middle of its initial sweep, again and again, and ends where it would have ended."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from tests.support.waiting import HANG
from tools.live import kube
from tools.live.stage import Stage, staged
from tools.live.sweeps import quiet_sweep
from tools.measure.people import create_all, group, user

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane

USERS, GROUPS = 300, 120
"""So many groups that there is much to do yet after the last kill, however quick the operator is."""
KILLS = (20, 95, 150, 230, 304)
"""Writes at the service after which it is killed, about: from near the start to among the groups."""
PATIENCE = 2 * HANG
IN_ONE_POD = ("--pod-uid=one", "--write-limit=1")
"""As a container that restarts in its pod, which has no other's Lease to wait for."""


async def kill_after(stage: Stage, writes: int) -> None:
    """Let it run until the service has seen so many writes since the beginning, then SIGKILL."""
    operator = stage.start_operator(*IN_ONE_POD)
    seen = await stage.service.until_writes(writes, 0, PATIENCE)
    operator.kill()
    assert len(seen) >= writes, "it went on where it had been killed"


async def test_sigkill_in_the_initial_sweep_leaves_no_trace(
    private_crds: ControlPlane, private_namespace: str, tmp_path: Path
) -> None:
    jitter = random.Random(7)
    async with (
        staged(private_crds, private_namespace, tmp_path) as stage,
        stage.kube.following(kube.USERS, kube.GROUPS) as mirror,
    ):
        await create_all(stage.kube, (user(number, private_namespace) for number in range(USERS)))
        await create_all(stage.kube, (group(number, USERS, private_namespace) for number in range(GROUPS)))
        await stage.kube.create(kube.CONFIGS, stage.config())
        for writes in KILLS:
            await kill_after(stage, writes + jitter.randrange(5))
            assert mirror.unready, "it was killed before it was done"
        stage.start_operator(*IN_ONE_POD)
        await mirror.all_ready(USERS + GROUPS, PATIENCE)
        await stage.swept()
        await assert_as_without_a_kill(stage, mirror)
        assert (await quiet_sweep(stage)).silent


async def assert_as_without_a_kill(stage: Stage, mirror: kube.Mirror) -> None:
    """Everybody once, each group with its members, and each manifest with the id of its own resource."""
    dump, posts = await stage.service.dump(), Counter[str]()
    posts.update(e.path for e in await stage.service.writes() if e.method == "POST" and e.status == 201)
    assert posts == {"/Users": USERS, "/Groups": GROUPS}, "each was created once, whatever answers were lost"
    names = {one["id"]: one["userName"].partition("@")[0] for one in dump["Users"]}
    assert sorted(names.values()) == sorted(name for plural, name in mirror.objects if plural == kube.USERS)
    assert {one["active"] for one in dump["Users"]} == {True}
    members = {one["displayName"]: {names[m["value"]] for m in one["members"]} for one in dump["Groups"]}
    assert members == {
        manifest["spec"]["displayName"]: {member["userRef"]["name"] for member in manifest["spec"]["members"]}
        for (plural, _), manifest in mirror.objects.items()
        if plural == kube.GROUPS
    }
    recorded = {
        manifest["status"]["services"][0]["id"]: name
        for (plural, name), manifest in mirror.objects.items()
        if plural == kube.USERS
    }
    assert recorded == names
