"""When a manifest that is being deleted may go: once every config of its namespace is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import ConfigKey
from scim_operator.job.base.writing import written
from scim_operator.job.job import has_any

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.job import Job
    from scim_operator.job.owners.tenancy import Tenancy
    from scim_operator.job.work import Work


@dataclass(frozen=True, slots=True)
class Parting:
    """Takes the finalizer off."""

    work: Work
    tenancy: Tenancy
    serving_configs: ServingConfigs
    writer: Writer

    async def parted(self, record: SourceRecord) -> None:
        """Note that one config is done with a manifest; when all of its namespace are, the manifest may go."""
        keys = [key for key in self.work.jobs if key.namespace == record.key.namespace]
        done = all(self._answering(key).is_done_with(record, key.name) for key in keys)
        if keys and done and not self._concerns_others(record):
            await written(self.writer.remove_finalizer(record))

    def _answering(self, key: ConfigKey) -> Job:
        """Return the job that does what a config would have done: its own, or that of the config for which it waits."""
        job = self.work.jobs[key]
        waits = job.ahead and self.serving_configs.serving(key) == job.ahead
        return self.work.jobs.get(ConfigKey(key.namespace, job.ahead), job) if waits else job

    def _concerns_others(self, record: SourceRecord) -> bool:
        """Return whether another replica may have something to do with a manifest, by the manifest's status."""
        names = {key.name for key in self.tenancy.elsewhere(record.key.namespace)}
        return bool(names) and (bool(record.creating) or has_any(record, names))
