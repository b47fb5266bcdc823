"""One ProvisioningConfig at work, from its first sight to its removal: connect, work, and connect again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import Mode
from scim_operator.core.backoff import LONGEST, Backoff
from scim_operator.core.report.config_status import service_taken
from scim_operator.core.report.standing import standing_from_json
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.base.writing import let_go, persistently
from scim_operator.job.connection.connections import Connections
from scim_operator.job.connection.serving import asked
from scim_operator.job.gather.inheriting import release
from scim_operator.job.report.internal_errors import InternalErrors
from scim_operator.job.report.reporter import Report, Reporter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.connection.world import World
    from scim_operator.job.session.session import Session
    from scim_operator.job.session.surroundings import Surroundings


class Job:
    """The job of one config. `configure` gives it a new spec, which it takes up at once.

    `ahead` is the config that this one waits for, or takes over from until its own first sweep has ended.
    """

    def __init__(
        self,
        key: ConfigKey,
        manifest: Mapping[str, Any],
        around: Surroundings,
        world: World,
        serving_configs: ServingConfigs,
    ) -> None:
        self.key = key
        self.uid: str = manifest["metadata"]["uid"]
        self.ahead = ""
        self._around = around
        self._serving_configs = serving_configs
        self._serving = ""
        self._manifest = manifest
        self._changed = asyncio.Event()
        self._reporter = _reporter(key, manifest, around)
        self.internal_errors = InternalErrors(key, around.metrics, self._reporter.report)
        self.connections = Connections(key, around, world, self._reporter, manifest, self._swept)
        # A config that waits for another has not tried its spec, so no earlier quarantine binds it.
        waited = self._reporter.reason("Ready") == "ServiceTaken"
        self._tried = None if waited else self._reporter.status.get("observedGeneration")

    def configure(self, manifest: Mapping[str, Any]) -> None:
        """Note that the spec changed, or someone asks for a look now."""
        before, self._manifest = self._manifest, manifest
        if asked(before) != asked(manifest):
            self.ahead = ""
        is_asked = self.connections.requested.taken_from(manifest)
        if is_asked and before["metadata"]["generation"] == manifest["metadata"]["generation"]:
            self.connections.requested.came_during(self.session)
            self.connections.hurry()
        else:
            self._changed.set()

    def reconsider(self) -> None:
        """Look again after the namespace's configs changed: another may serve the service now."""
        if self._serving != self._serving_configs.serving(self.key):
            self._changed.set()

    @property
    def session(self) -> Session | None:
        """Return the session of the connection that is there now, None while there is none."""
        return self.connections.session

    async def run(self) -> None:
        """Work until cancelled. An error in the operator itself is reported, and after a pause work begins again."""
        backoff = Backoff()
        while True:
            began = self._around.clock.monotonic()
            try:
                await self._one_generation()
            except Exception as error:  # noqa: BLE001
                if self._around.clock.monotonic() - began > LONGEST:
                    backoff.reset()
                await self._broke(error, backoff.next())

    async def _broke(self, error: Exception, pause: float) -> None:
        self.internal_errors.see_outside(error)
        await self._reporter.write()
        await wait_for(self._changed, self._around.clock, pause)

    async def stop(self) -> None:
        """Finish what is under way within a few seconds; the caller cancels `run` afterwards."""
        await self.connections.close()

    def release(self) -> None:
        """Forget what the job knew, after its end."""
        if self.connections.former is not None:
            release(self.connections.former.knowledge)

    def is_done_with(self, record: SourceRecord, name: str) -> bool:
        """Return whether nothing more is to be done with a manifest that is being deleted.

        `name` is whose part is asked about: this config's own, or that of one that waits for it to leave the service.
        """
        session, former = self.connections.session, self.connections.former
        if session is not None:
            # It looks at every manifest that is being deleted, and says itself when it is done.
            return session.knowledge.entries.parted(record)
        if former is None:
            return not has_any(record, {self.key.name, name, self.ahead})
        entries, others = former.knowledge.entries, {name, self.ahead} - {self.key.name}
        return entries.parted(record) or (entries.is_done_with(record) and not has_any(record, others))

    async def _one_generation(self) -> None:
        """Work under one spec, until there is another."""
        report = self._reporter.report
        generation = self._manifest["metadata"]["generation"]
        report.standing = report.standing.taken_up(generation)
        self._around.peers.begins(self._manifest)
        self._serving = self._take_up()
        self._changed.clear()
        try:
            settings = settings_of(self._manifest)
        except InvalidSpec as error:
            report.standing = report.standing.refused(str(error))
            self._around.metrics.connected(self.key, connected=False)
            await self._pause_for_good()
            return
        report.profile = settings.profile.name
        if settings.spec.suspend:
            report.standing = report.standing.paused()
            self._around.metrics.forget(self.key)  # for the same reason as in _stand_back
            await self._pause_for_good()
            return
        if self._serving != self.key.name:
            await self._stand_back()
            return
        self._serving_configs.take(self.key)
        self.connections.quarantine_keeper.show(settings)
        self._around.metrics.interval(self.key, settings.spec.interval.total_seconds())
        changed, self._tried = generation != self._tried, generation
        await self._until_changed(self._serve(settings, at_once=changed))

    async def _serve(self, settings: Settings, *, at_once: bool) -> None:
        await self._claim(settings)
        await self.connections.keep(settings, at_once=at_once)

    def _take_up(self) -> str:
        """Let go of a service that is no longer served; return the config that serves the one asked for."""
        if not self._serving_configs.leave(self.key):
            self._reporter.report.claimed_url = ""
        return self._serving_configs.serving(self.key)

    async def _stand_back(self) -> None:
        """Handle that another config serves the service, or that this is not known yet."""
        if not self._serving:
            await self._changed.wait()
            return
        self.ahead = self._serving
        self._around.peers.rests(for_good=True)
        # Gauges that no longer move would alarm for ever.
        self._around.metrics.forget(self.key)
        shares = self._serving_configs.evidence(self.key)
        report = self._reporter.report
        report.standing = report.standing.behind(self._serving, shares)
        if self._reporter.reason("Ready") != "ServiceTaken":
            said = service_taken(self._serving, shares)
            await self._around.writer.announce(self.key, warning=True, reason="ServiceTaken", message=said)
        await self._until_changed(self._let_others_go_on())

    async def _let_others_go_on(self) -> None:
        """Report it, and no longer hold up manifests that are being deleted: the other config does what is due."""
        await self._persist(self._reporter.write_durably)
        around = self._around
        await let_go(around.namespace.all_records(), around.parted, around.clock, self.key)
        await self._changed.wait()

    async def _claim(self, settings: Settings) -> None:
        """Record that this config serves the service before anything is sent: a restart must know."""
        if settings.spec.mode is Mode.PLAN:
            return
        self._reporter.report.claimed_url = settings.spec.service.url
        if self._reporter.status.get("claimedUrl") != settings.spec.service.url:
            await self._persist(self._reporter.write_durably)

    async def _pause_for_good(self) -> None:
        self._around.peers.rests(for_good=True)
        await self._until_changed(self._reported())

    async def _reported(self) -> None:
        """Report why the job is idle, and stay idle: no sweep will come to report it later."""
        await self._persist(self._reporter.write_durably)
        await self._changed.wait()

    async def _persist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Try a write until the API server takes it."""
        await persistently(write, self._around.clock, self.key)

    async def _until_changed(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task, changed = asyncio.ensure_future(work), asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait((task, changed), return_when=asyncio.FIRST_COMPLETED)
            if changed.done():
                await self.connections.close()
            if task.done():
                task.result()
        finally:
            for each in (task, changed):
                each.cancel()
            await asyncio.gather(task, changed, return_exceptions=True)

    def _swept(self) -> None:
        self.ahead = ""


def _reporter(key: ConfigKey, manifest: Mapping[str, Any], around: Surroundings) -> Reporter:
    """Return what writes the status of a config, beginning with the status that was found."""
    status = manifest.get("status") or {}
    url = (status.get("service") or {}).get("url", "")
    standing = standing_from_json(status, manifest["metadata"]["generation"])
    uid = manifest["metadata"]["uid"]
    report = Report(standing, profile="", seal=around.seal, owner=f"{key} {uid}", url=url)
    report.operator = around.operator
    report.handled = status.get("lastHandledReconcileAt", "")
    report.claimed_url = status.get("claimedUrl") or ""
    return Reporter(key, around.writer, around.clock, report, dict(status))


def has_any(record: SourceRecord, names: set[str]) -> bool:
    """Return whether one of these configs has a resource of the manifest's, by the manifest's status."""
    bodies = (body for body in record.status.get("services", ()) if body.get("config") in names)
    return any(body.get("id") or body.get("unprovenId") for body in bodies)
