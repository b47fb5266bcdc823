"""The jobs at work, each in a task of its own, behind the fence of the Lease that it is done under."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.scim.fence import behind

if TYPE_CHECKING:
    from scim_operator.core.keys import ConfigKey
    from scim_operator.job.job import Job
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.fence import Fence

RESTART = 10.0
"""Seconds before a job that a bug has ended is restarted."""


class Work:
    """The jobs of the configs that this operator works on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.jobs: dict[ConfigKey, Job] = {}
        self.tasks: dict[ConfigKey, asyncio.Task[None]] = {}

    def begin(self, job: Job, fence: Fence) -> None:
        """Begin a job."""
        self.jobs[job.key] = job
        self.tasks[job.key] = asyncio.create_task(self._keep_running(job, fence), name=f"job {job.key}")

    def cut_off(self, key: ConfigKey) -> asyncio.Task[None] | None:
        """End a job wherever it stands; return the task that ends, None where there was none."""
        self.jobs.pop(key, None)
        task = self.tasks.pop(key, None)
        if task is not None:
            task.cancel()
        return task

    async def end(self, key: ConfigKey) -> None:
        """End a job, and wait until nothing of it runs any more."""
        task = self.tasks.get(key)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.cut_off(key)

    def reconsider(self, namespace: str) -> None:
        """Have the jobs of a namespace look again at who serves what."""
        for key, job in self.jobs.items():
            if key.namespace == namespace:
                job.reconsider()

    async def _keep_running(self, job: Job, fence: Fence) -> None:
        try:
            with behind(fence):
                await self._run(job)
        finally:
            job.release()

    async def _run(self, job: Job) -> None:
        while True:
            try:
                await job.run()
            except Exception as error:  # noqa: BLE001
                job.internal_errors.see_outside(error)
                await self._clock.sleep(RESTART)
