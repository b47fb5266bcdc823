"""Runs one job for each ProvisioningConfig whose service's Lease is held (ADR 0028)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.report.config_status import conditions
from scim_operator.core.report.standing import Standing
from scim_operator.core.unexpected import unexpected
from scim_operator.core.wording import rfc3339
from scim_operator.errors import ScimOperatorError
from scim_operator.job.base.chores import Chores
from scim_operator.job.base.settings import prepare
from scim_operator.job.base.traced import Traced
from scim_operator.job.base.writing import let_go
from scim_operator.job.connection.serving import ServingConfigs
from scim_operator.job.job import Job
from scim_operator.job.owners.registry import Registry
from scim_operator.job.owners.tenancy import Tenancy
from scim_operator.job.parting import Parting
from scim_operator.job.session.surroundings import Surroundings
from scim_operator.job.work import Work
from scim_operator.scim.fence import behind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.leases.lease import Place
    from scim_operator.core.seal import Seal
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.connection.world import World
    from scim_operator.job.gather.namespace import Namespaces
    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)


class Supervisor:
    """The jobs of all configs."""

    def __init__(
        self, namespaces: Namespaces, writer: Writer, world: World, clock: Clock, metrics: Metrics, seal: Seal
    ) -> None:
        self._namespaces = namespaces
        self._writer = Traced(writer) if world.tracer.on else writer
        self._world = world
        self._clock = clock
        self._metrics = metrics
        self._seal = seal
        self._arrived: dict[ConfigKey, Mapping[str, Any]] = {}
        self._work = Work(clock)
        self._chores = Chores(metrics)
        self._serving_configs = ServingConfigs(self._reconsider)
        self._tenancy = Tenancy(world.leases, world.operator)
        self._registry = Registry(namespaces, self._serving_configs, clock, seal, self._tenancy.expects)
        world.leases.serve(self)

    async def configure(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Start the job of a config, or give it a new spec. A config recreated under an old name starts afresh."""
        manifest = {**manifest, "status": readable_config_status(manifest.get("status"))}
        try:
            self._arrived[key] = manifest
            await prepare(manifest, self._clock)
            if self._arrived.get(key) is manifest:  # else it has been removed meanwhile, or changed again
                await self._configure(key, manifest)
        except Exception as error:
            self._failed(key, manifest, error)
            raise

    def _failed(self, key: ConfigKey, manifest: Mapping[str, Any], error: Exception) -> None:
        """Report that a config could not be taken up, where it is ours to report on it."""
        if key in self._work.jobs:
            self._work.jobs[key].internal_errors.see_outside(error)
            return
        self._metrics.internal_error(key)
        self._tenancy.enter(key, manifest)
        if (fence := self._tenancy.begin(key)) is not None:
            trouble = _tell(self._writer, self._clock, key, manifest, error)
            self._chores.begin(trouble, f"the trouble of {key}", fence)

    async def _configure(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        job = self._work.jobs.get(key)
        if job is not None and job.uid != manifest["metadata"]["uid"]:
            await self.remove(key)
        self._tenancy.enter(key, manifest)
        if key not in self._work.jobs:
            self._take_up(key)
        elif self._tenancy.goes_on(key):
            self._serving_configs.see(key, manifest)
            self._work.jobs[key].configure(manifest)
        else:
            # It names another service now, which needs another Lease: finish at the one that it named before.
            await self._work.jobs[key].stop()
            self._drop(key)

    def _take_up(self, key: ConfigKey) -> None:
        """Begin the job of a config, unless another replica has its Lease."""
        manifest = self._tenancy.manifest(key)
        fence = self._tenancy.begin(key)
        if fence is None:
            self._serving_configs.rest(key, manifest)
        else:
            self._serving_configs.see(key, manifest)
        self._registry.holdings.begin(key, manifest)
        if fence is None:
            self._registry.holdings.rest(key, for_good=True)
            return
        job = _made(key, manifest, self._surroundings(key), self._world, self._serving_configs)
        self._work.begin(job, fence)

    def gained(self, place: Place, statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        """Note that a Lease is held: begin the jobs of its configs, by what their statuses say now."""
        for key, status in statuses.items():
            self._tenancy.note_status(key, status)
        keys = [key for key in self._tenancy.at(place) if key not in self._work.jobs]
        for key in keys:
            self._serving_configs.forget(key)
            self._serving_configs.see(key, self._tenancy.manifest(key))
        for key in keys:
            self._take_up(key)

    def lost(self, place: Place) -> None:
        """Note that a Lease is not held any more: end the jobs of its configs wherever they stand."""
        for key in self._tenancy.at(place):
            if key in self._work.jobs:
                self._drop(key)

    async def give(self, place: Place) -> None:
        """Let the jobs of a Lease finish what is under way within a few seconds, and end them."""
        keys = [key for key in self._tenancy.at(place) if key in self._work.jobs]
        await asyncio.gather(*(self._work.jobs[key].stop() for key in keys))
        tasks = [self._work.tasks[key] for key in keys if key in self._work.tasks]
        self.lost(place)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _drop(self, key: ConfigKey) -> None:
        """End the job of a config that is another replica's by now, and forget what it knew."""
        self._work.cut_off(key)
        self._tenancy.end(key)
        self._registry.forget(key)
        self._metrics.forget(key)
        self._world.notifier.forget(key)
        self._take_up(key)

    def listed(self, place: str | None) -> None:
        """Note that all configs of a namespace have been seen, or with None those of all namespaces."""
        self._serving_configs.listed(place)
        if place is None:
            self.called(())

    def called(self, unlisted: tuple[str, ...]) -> None:
        """Note that all configs were asked for; those of these namespaces could never be listed."""
        self._registry.inventory.called(unlisted)
        for key, job in self._work.jobs.items():
            others = job.connections.others.roll_call()
            self._chores.begin(others, f"other operators at {key}", self._tenancy.fence(key))

    async def seen(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """Note that the API server shows this status of a config now."""
        manifest = self._tenancy.note_status(key, status)
        if (job := self._work.jobs.get(key)) is not None:
            with behind(self._tenancy.fence(key)):
                await job.connections.others.seen(str(status.get("operator") or ""))
        elif manifest is not None:
            self._serving_configs.rest(key, manifest)

    async def remove(self, key: ConfigKey) -> None:
        """Stop the job of a config that is gone, leave the service as it is, and let go of what waited for it alone."""
        self._arrived.pop(key, None)
        if key not in self._tenancy:
            return
        fence = None
        if (job := self._work.jobs.get(key)) is not None:
            # Another config may begin at the same service once this one is forgotten.
            fence = self._tenancy.fence(key)
            await job.stop()
        await self._work.end(key)
        self._serving_configs.forget(key)
        self._registry.forget(key)
        self._metrics.forget(key)
        self._world.notifier.forget(key)
        place = self._tenancy.leave(key)
        if fence is None:
            self._tenancy.release(place)
        else:
            self._chores.begin(self._let_go(key, place), f"manifests that waited for {key}", fence)

    async def _let_go(self, key: ConfigKey, place: Place) -> None:
        """Let go of the manifests that waited for a config alone: no other job looks at them any more."""
        records = self._namespaces.namespace(key.namespace).all_records()
        await let_go(records, self._parting.parted, self._clock, key)
        self._tenancy.release(place)

    async def stop(self) -> None:
        """Stop all jobs cleanly."""
        self._tenancy.close()  # a Lease that is gained now is only released
        self._arrived.clear()
        await asyncio.gather(*(job.stop() for job in self._work.jobs.values()))
        for key in tuple(self._work.jobs):
            await self._work.end(key)
        self._chores.cut_off()
        self._registry.inventory.close()
        await self._world.notifier.close()

    @property
    def configs(self) -> tuple[ConfigKey, ...]:
        """Return the configs that have a job."""
        return tuple(self._work.jobs)

    def job(self, key: ConfigKey) -> Job:
        """Return the job of a config; KeyError where it has none."""
        return self._work.jobs[key]

    def problems(self) -> list[str]:
        """Return what is overdue, as sentences."""
        return [problem for job in self._work.jobs.values() if (problem := job.connections.overdue())]

    def _surroundings(self, key: ConfigKey) -> Surroundings:
        return Surroundings(
            namespace=self._namespaces.namespace(key.namespace),
            writer=self._writer,
            clock=self._clock,
            random=self._world.random,
            metrics=self._metrics,
            parted=self._parting.parted,
            termination=self._world.termination,
            seal=self._seal,
            notifier=self._world.notifier,
            log=self._world.log,
            tracer=self._world.tracer,
            peers=self._registry.view(key),
            operator=self._world.operator,
        )

    @property
    def _parting(self) -> Parting:
        return Parting(self._work, self._tenancy, self._serving_configs, self._writer)

    def _reconsider(self, namespace: str) -> None:
        self._registry.holdings.moved()
        self._work.reconsider(namespace)


async def _tell(writer: Writer, clock: Clock, key: ConfigKey, manifest: Mapping[str, Any], error: Exception) -> None:
    """Report in a config's status that it could not be taken up: it has no job to do so."""
    standing = Standing(manifest["metadata"]["generation"], internal=str(unexpected(error)))
    said = conditions(standing, manifest["status"], rfc3339(clock.now()))
    try:
        await writer.report_config(key, {"observedGeneration": standing.generation, "conditions": said})
    except ScimOperatorError as refused:
        logger.warning("%s: the status was not written: %s", key, refused)


def _made(
    key: ConfigKey, manifest: Mapping[str, Any], around: Surroundings, world: World, serving_configs: ServingConfigs
) -> Job:
    """Return the job of a config; where it cannot begin with what the status remembers, it begins without."""
    try:
        return Job(key, manifest, around, world, serving_configs)
    except Exception as error:  # noqa: BLE001
        job = Job(key, {**manifest, "status": {}}, around, world, serving_configs)
        job.internal_errors.see_outside(error)
        return job
