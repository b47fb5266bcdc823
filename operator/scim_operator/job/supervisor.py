"""Runs one job per ProvisioningConfig, and restarts a job that a bug has ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ConfigKey
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.report.config_status import conditions
from scim_operator.core.report.standing import Standing
from scim_operator.core.unexpected import trace, unexpected
from scim_operator.core.wording import rfc3339
from scim_operator.errors import ScimOperatorError
from scim_operator.job.base.settings import prepare
from scim_operator.job.base.writing import let_go, written
from scim_operator.job.connection.serving import ServingConfigs
from scim_operator.job.job import Job
from scim_operator.job.owners.registry import Registry
from scim_operator.job.session.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.seal import Seal
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.connection.world import World
    from scim_operator.job.gather.namespace import Namespaces
    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

RESTART = 10.0
"""Seconds before a job that a bug has ended is restarted."""


class Supervisor:
    """The jobs of all configs."""

    def __init__(
        self, namespaces: Namespaces, writer: Writer, world: World, clock: Clock, metrics: Metrics, seal: Seal
    ) -> None:
        self._namespaces = namespaces
        self._writer = writer
        self._world = world
        self._clock = clock
        self._metrics = metrics
        self._seal = seal
        self._jobs: dict[ConfigKey, Job] = {}
        self._arrived: dict[ConfigKey, Mapping[str, Any]] = {}
        self._tasks: dict[ConfigKey, asyncio.Task[None]] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._serving_configs = ServingConfigs(self._reconsider)
        self._registry = Registry(namespaces, self._serving_configs, clock, seal)

    async def configure(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Start the job of a config, or give it a new spec. A config recreated under an old name starts afresh."""
        manifest = {**manifest, "status": readable_config_status(manifest.get("status"))}
        try:
            self._arrived[key] = manifest
            await prepare(manifest, self._clock)
            if self._arrived.get(key) is manifest:  # else it has been removed meanwhile, or changed again
                await self._configure(key, manifest)
        except Exception as error:
            if key in self._jobs:
                self._jobs[key].internal_errors.see_outside(error)
            else:
                self._metrics.internal_error(key)
                self._begin(self._tell(key, manifest, error), f"the trouble of {key}")
            raise

    async def _tell(self, key: ConfigKey, manifest: Mapping[str, Any], error: Exception) -> None:
        """Report in the config's status that it could not be taken up: it has no job to do so."""
        standing = Standing(manifest["metadata"]["generation"], internal=str(unexpected(error)))
        said = conditions(standing, manifest["status"], rfc3339(self._clock.now()))
        try:
            await self._writer.report_config(key, {"observedGeneration": standing.generation, "conditions": said})
        except ScimOperatorError as refused:
            logger.warning("%s: the status was not written: %s", key, refused)

    async def _configure(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        job = self._jobs.get(key)
        if job is not None and job.uid != manifest["metadata"]["uid"]:
            await self.remove(key)
            job = None
        self._serving_configs.see(key, manifest)
        if job is not None:
            job.configure(manifest)
            return
        self._registry.holdings.begin(key, manifest)
        self._jobs[key] = self._made(key, manifest)
        self._tasks[key] = asyncio.create_task(self._keep_running(key), name=f"job {key}")

    def _made(self, key: ConfigKey, manifest: Mapping[str, Any]) -> Job:
        """Return the job of a config; where it cannot begin with what the status remembers, it begins without."""
        around = self._surroundings(key)
        try:
            return Job(key, manifest, around, self._world, self._serving_configs)
        except Exception as error:  # noqa: BLE001
            job = Job(key, {**manifest, "status": {}}, around, self._world, self._serving_configs)
            job.internal_errors.see_outside(error)
            return job

    def listed(self, place: str | None) -> None:
        """Note that all configs of a namespace have been seen, or with None those of all namespaces."""
        self._serving_configs.listed(place)
        if place is None:
            self.called(())

    def called(self, unlisted: tuple[str, ...]) -> None:
        """Note that all configs were asked for; those of these namespaces could never be listed."""
        self._registry.inventory.called(unlisted)
        for job in self._jobs.values():
            self._begin(job.connections.others.roll_call(), f"other operators at {job.key}")

    async def seen(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """Note that the API server shows this status of a config now."""
        if (job := self._jobs.get(key)) is not None:
            await job.connections.others.seen(str(status.get("operator") or ""))

    async def remove(self, key: ConfigKey) -> None:
        """Stop the job of a config that is gone, leave the service as it is, and let go of what waited for it alone."""
        self._arrived.pop(key, None)
        if (job := self._jobs.get(key)) is not None:
            # Another config may begin at the same service once this one is forgotten.
            await job.stop()
        await self._end(key)
        self._serving_configs.forget(key)
        self._registry.forget(key)
        self._metrics.forget(key)
        self._world.notifier.forget(key)
        # No other job looks at them any more.
        records = self._namespaces.namespace(key.namespace).all_records()
        self._begin(let_go(records, self._parted, self._clock, key), f"manifests that waited for {key}")

    def _begin(self, chore: Coroutine[Any, Any, None], name: str) -> None:
        """Do something in the background, which the end of the operator cuts off."""
        task = asyncio.create_task(self._seen(chore), name=name)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _seen(self, chore: Coroutine[Any, Any, None]) -> None:
        """Run a chore, and log its exceptions."""
        try:
            await chore
        except Exception as error:  # noqa: BLE001
            self._metrics.internal_error(None)
            logger.error("A chore failed: %s", trace(error))  # noqa: TRY400 - the traceback may quote a person

    async def stop(self) -> None:
        """Stop all jobs cleanly."""
        self._arrived.clear()
        await asyncio.gather(*(job.stop() for job in self._jobs.values()))
        for key in tuple(self._jobs):
            await self._end(key)
        for chore in self._chores:
            chore.cancel()
        self._registry.inventory.close()
        await self._world.notifier.close()

    @property
    def configs(self) -> tuple[ConfigKey, ...]:
        """Return the configs that have a job."""
        return tuple(self._jobs)

    def job(self, key: ConfigKey) -> Job:
        """Return the job of a config; KeyError where it has none."""
        return self._jobs[key]

    def problems(self) -> list[str]:
        """Return what is overdue, as sentences."""
        return [problem for job in self._jobs.values() if (problem := job.connections.overdue())]

    def _surroundings(self, key: ConfigKey) -> Surroundings:
        return Surroundings(
            namespace=self._namespaces.namespace(key.namespace),
            writer=self._writer,
            clock=self._clock,
            random=self._world.random,
            metrics=self._metrics,
            parted=self._parted,
            termination=self._world.termination,
            seal=self._seal,
            notifier=self._world.notifier,
            log=self._world.log,
            peers=self._registry.view(key),
            operator=self._world.operator,
        )

    def _reconsider(self, namespace: str) -> None:
        self._registry.holdings.moved()
        for key, job in self._jobs.items():
            if key.namespace == namespace:
                job.reconsider()

    async def _parted(self, record: SourceRecord) -> None:
        """Note that one config is done with a manifest; when all of its namespace are, the manifest may go."""
        keys = [key for key in self._jobs if key.namespace == record.key.namespace]
        if keys and all(self._answering(key).is_done_with(record, key.name) for key in keys):
            await written(self._writer.remove_finalizer(record))

    def _answering(self, key: ConfigKey) -> Job:
        """Return the job that does what a config would have done: its own, or that of the config for which it waits."""
        job = self._jobs[key]
        waits = job.ahead and self._serving_configs.serving(key) == job.ahead
        return self._jobs.get(ConfigKey(key.namespace, job.ahead), job) if waits else job

    async def _keep_running(self, key: ConfigKey) -> None:
        while True:
            try:
                await self._jobs[key].run()
            except Exception as error:  # noqa: BLE001
                self._jobs[key].internal_errors.see_outside(error)
                await self._clock.sleep(RESTART)

    async def _end(self, key: ConfigKey) -> None:
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._jobs.pop(key, None)
