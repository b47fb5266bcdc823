"""The workers: whatever waits for them, all else that runs has its turns."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.service.capabilities import Capabilities
from scim_operator.job.session.crew import Crew

KEYS = [ObjectKey(Kind.USER, "identity", f"user-{number}") for number in range(1000)]


async def test_objects_that_wait_for_nothing_leave_others_their_turns() -> None:
    """Ten thousand whose adoption was held were looked at in one go, and no Lease was renewed meanwhile."""
    waiting, seen = list(KEYS), list[ObjectKey]()
    done = asyncio.Event()

    async def take(*lanes: Any) -> ObjectKey:
        if not waiting:
            done.set()
            await asyncio.Event().wait()
        return waiting.pop()

    async def reconcile(key: ObjectKey) -> None:
        seen.append(key)

    def nothing(key: ObjectKey) -> None:
        """Take a note."""

    parts: Any = SimpleNamespace(
        queue=SimpleNamespace(take=take, done=nothing),
        reconciler=SimpleNamespace(reconcile=reconcile),
        totals=SimpleNamespace(moved=nothing),
        sweeps=SimpleNamespace(settled=nothing),
        retries=SimpleNamespace(later=nothing),
    )
    service: Any = SimpleNamespace(capabilities=Capabilities())
    tasks = [asyncio.create_task(work) for work in Crew(parts, service, SimpleNamespace(), 1).tasks()]  # type: ignore[arg-type]
    turns = 0
    while not done.is_set():
        await asyncio.sleep(0)
        turns += 1
    assert len(seen) == len(KEYS)
    assert turns > len(KEYS) // (2 * len(tasks))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
