"""One ProvisioningConfig at work, from its first sight to its removal: connect, work, and connect again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import Mode
from scim_operator.core.records.record import request_in
from scim_operator.core.report.config_status import service_taken
from scim_operator.core.report.standing import Trouble, standing_from_json
from scim_operator.errors import InvalidSpec, ScimOperatorError, TerminalError, TooManyFailures
from scim_operator.job.base.ports import Silence
from scim_operator.job.base.settings import Settings, settings_of
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.base.writing import let_go, persistently
from scim_operator.job.connection.expiring import Expiring
from scim_operator.job.connection.outage import Outage
from scim_operator.job.connection.quarantine import QuarantineKeeper
from scim_operator.job.connection.serving import asked
from scim_operator.job.report.internal_errors import InternalErrors
from scim_operator.job.report.reporter import Report, Reporter
from scim_operator.job.session.session import Session
from scim_operator.observability.provisioning_log.processed import Nowhere

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.ports import Notifier, SecretReader, Service, TerminationCheck
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.session.surroundings import Surroundings
    from scim_operator.observability.provisioning_log.processed import Sink

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds before the first attempt to connect again, and the most before any."""
PATIENCE = 5.0
"""Seconds that requests under way get to finish when a session ends normally."""


@dataclass(frozen=True, slots=True)
class World:
    """What a job needs beyond its sessions' surroundings: how to reach a service, what configs refer to, and where."""

    connect: Callable[[Settings, SecretReader], Awaitable[Service]]
    secret_reader: SecretReader
    termination: TerminationCheck
    notifier: Notifier = field(default_factory=Silence)
    log: Sink = field(default_factory=Nowhere)


class Job:
    """The job of one config. `configure` gives it a new spec, which it takes up at once."""

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
        self._around = around
        self._world = world
        self._serving_configs = serving_configs
        self._serving = ""
        self.ahead = ""
        """The config that this one waits for, or takes over from until its own first sweep has ended."""
        self._manifest = manifest
        self._changed = asyncio.Event()
        self._session: Session | None = None
        self._former: Session | None = None
        self._asked_of: Session | None = None
        self._asked_at = 0
        self._settings: Settings | None = None
        status = manifest.get("status") or {}
        url = (status.get("service") or {}).get("url", "")
        standing = standing_from_json(status, manifest["metadata"]["generation"])
        report = Report(standing, profile="", seal=around.seal, owner=f"{key} {self.uid}", url=url)
        report.handled = status.get("lastHandledReconcileAt", "")
        report.claimed_url = status.get("claimedUrl") or ""
        self._reporter = Reporter(key, around.writer, around.clock, report, dict(manifest.get("status") or {}))
        self.internal_errors = InternalErrors(key, around.metrics, report)
        self._quarantine_keeper = QuarantineKeeper(around, world.secret_reader, self._reporter)
        self._outage = Outage(around.notifier, around.clock)
        self._expiring = Expiring(around, world.secret_reader, self._reporter)
        # A config that waits for another has not tried its spec, so no earlier quarantine binds it.
        waited = self._reporter.reason("Ready") == "ServiceTaken"
        self._tried = None if waited else status.get("observedGeneration")

    def configure(self, manifest: Mapping[str, Any]) -> None:
        """Note that the spec changed, or someone asks for a look now."""
        before, self._manifest = self._manifest, manifest
        if asked(before) != asked(manifest):
            self.ahead = ""
        if before["metadata"]["generation"] == manifest["metadata"]["generation"] and self._is_asked(before):
            self._asked_of = self._session
            self._asked_at = self._session.sweeps.begun if self._session is not None else 0
            self.hurry()
        else:
            self._changed.set()

    def reconsider(self) -> None:
        """Look again after the namespace's configs changed: another may serve the service now."""
        if self._serving != self._serving_configs.serving(self.key):
            self._changed.set()

    @property
    def session(self) -> Session | None:
        """Return the session of the connection that is there now, None while there is none."""
        return self._session

    @property
    def _requested(self) -> str:
        return request_in(self._manifest["metadata"].get("annotations") or {})

    def _is_asked(self, before: Mapping[str, Any]) -> bool:
        return self._requested != request_in(before["metadata"].get("annotations") or {})

    def hurry(self) -> None:
        """Sweep, or try the connection, at once because someone asks for it, also in quarantine."""
        if self._session is not None:
            self._session.hurry()
        else:
            self._quarantine_keeper.hurry()

    async def run(self) -> None:
        """Work until cancelled. An error in the operator itself is reported, and after a pause work begins again."""
        pauses = 0
        while True:
            began = self._around.clock.monotonic()
            try:
                await self._one_generation()
            except Exception as error:  # noqa: BLE001
                lasted = self._around.clock.monotonic() - began > LONGEST_PAUSE
                pauses = 0 if lasted else pauses + 1
                await self._broke(error, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(pauses, 16)))

    async def _broke(self, error: Exception, pause: float) -> None:
        self.internal_errors.see_outside(error)
        await self._tell()
        await wait_for(self._changed, self._around.clock, pause)

    async def stop(self) -> None:
        """Finish what is under way within a few seconds; the caller cancels `run` afterwards."""
        if self._session is not None:
            await self._session.close(PATIENCE)

    def is_done_with(self, record: SourceRecord, name: str) -> bool:
        """Return whether nothing more is to be done with a manifest that is being deleted.

        `name` is whose part is asked about: this config's own, or that of one that waits for it to leave the service.
        """
        if self._session is not None:
            # It looks at every manifest that is being deleted, and says itself when it is done.
            return self._session.knowledge.entries.parted(record)
        if self._former is None:
            return not _has_any(record, {self.key.name, name, self.ahead})
        entries, others = self._former.knowledge.entries, {name, self.ahead} - {self.key.name}
        return entries.parted(record) or (entries.is_done_with(record) and not _has_any(record, others))

    def problem(self) -> str:
        """Return what is overdue, as a sentence; "" when nothing is."""
        session, settings = self._session, self._settings
        if session is None or settings is None or session.sweeps.listed_at is None:
            return ""
        age = self._around.clock.monotonic() - session.sweeps.listed_at
        limit = max(900.0, 3 * settings.spec.interval.total_seconds())
        return f"The sweep of {self.key} is overdue: the last one ended {age:.0f} s ago." if age > limit else ""

    async def _one_generation(self) -> None:
        """Work under one spec, until there is another."""
        report = self._reporter.report
        generation = self._manifest["metadata"]["generation"]
        report.standing = report.standing.taken_up(generation)
        self._around.peers.begins(self._manifest)
        self._serving = self._take_up()
        self._changed.clear()
        try:
            self._settings = settings_of(self._manifest)
        except InvalidSpec as error:
            report.standing = report.standing.refused(str(error))
            await self._pause_for_good()
            return
        report.profile = self._settings.profile.name
        if self._settings.spec.suspend:
            report.standing = report.standing.paused()
            await self._pause_for_good()
            return
        if self._serving != self.key.name:
            await self._stand_back()
            return
        self._serving_configs.take(self.key)
        self._quarantine_keeper.show(self._settings)
        changed, self._tried = generation != self._tried, generation
        await self._until_changed(self._connected_for_ever(self._settings, at_once=changed))

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
            await self._announce(warning=True, reason="ServiceTaken", message=service_taken(self._serving, shares))
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
            if changed.done() and self._session is not None:
                await self._session.close(PATIENCE)
            if task.done():
                task.result()
        finally:
            for each in (task, changed):
                each.cancel()
            await asyncio.gather(task, changed, return_exceptions=True)

    async def _connected_for_ever(self, settings: Settings, *, at_once: bool) -> None:
        await self._claim(settings)
        pause = FIRST_PAUSE
        if self._quarantine_keeper.quarantine is not None and not at_once:
            await self._sit_out(settings)
        while True:
            before = self._former
            error = await self._connected_once(settings)
            if self._former is not before and self._former is not None and self._former.sweeps.listed_at is not None:
                pause = FIRST_PAUSE
            await self._lost(settings, error)
            if self._quarantine_keeper.quarantine is not None:
                await self._sit_out(settings)
                pause = FIRST_PAUSE
            else:
                await self._quarantine_keeper.pause(settings, pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _sit_out(self, settings: Settings) -> None:
        self._around.peers.rests(for_good=False)
        await self._tell()
        await self._quarantine_keeper.sit_out(settings)

    async def _connected_once(self, settings: Settings) -> ScimOperatorError:
        """One session; returns what ended it."""
        service: Service | None = None
        try:
            service = await self._world.connect(settings, self._world.secret_reader)
            await service.probe()
            await service.discover()
            await self._expiring.look(settings)
            await self._found()
            self._session = Session(settings, service, self._around, self._reporter, self._assess)
            if self._former is not None:
                self._session.inherit(self._former)
            await self._session.run()
        except ScimOperatorError as error:
            return error
        finally:
            self._former, self._session = self._session if self._session is not None else self._former, None
            if service is not None:
                await service.close()
        raise AssertionError("a session ends only with an error")

    async def _found(self) -> None:
        report = self._reporter.report
        if report.standing.connected is False:
            await self._announce(warning=False, reason="Connected", message="The service answers again.")
        logger.info("%s: connected.", self.key)
        report.standing = report.standing.found()
        self._around.metrics.connected(self.key, connected=True)
        await self._tell()

    async def _assess(self, session: Session) -> None:
        """Note that a sweep has come to its end: it lifts a quarantine, or is the reason for one."""
        self.ahead = ""
        self._quarantine_keeper.assess(session)
        await self._quarantine_keeper.lift(session.settings)
        self._outage.end(session.settings)
        await self._expiring.look(session.settings)
        # A sweep that had begun before someone asked may have read what they did not yet see.
        if session is not self._asked_of or session.sweeps.begun > self._asked_at:
            await self._acknowledge()

    async def _acknowledge(self) -> None:
        report = self._reporter.report
        if report.handled != self._requested:
            report.handled = self._requested
            await self._tell()

    async def _lost(self, settings: Settings, error: ScimOperatorError) -> None:
        self._around.peers.rests(for_good=False)
        if not isinstance(error, TooManyFailures):
            await self._disconnected(error)
        await self._quarantine_keeper.note(settings, error)
        if self._quarantine_keeper.quarantine is None:
            self._outage.note(settings, error)
        await self._tell()

    async def _disconnected(self, error: ScimOperatorError) -> None:
        report = self._reporter.report
        if report.standing.connected is not False or report.standing.trouble.reason != error.reason:
            await self._announce(warning=True, reason=error.reason, message=str(error))
        logger.warning("%s: not connected (%s): %s", self.key, error.reason, error)
        invalid = str(error) if isinstance(error, InvalidSpec) else ""
        trouble = Trouble(error.reason, str(error))
        report.standing = report.standing.lost(trouble, invalid if isinstance(error, TerminalError) else None)
        self._around.metrics.connected(self.key, connected=False)

    async def _announce(self, *, warning: bool, reason: str, message: str) -> None:
        await self._around.writer.announce(self.key, warning=warning, reason=reason, message=message)

    async def _tell(self) -> None:
        """Write the status; go on where the API server does not take it."""
        await self._reporter.write()


def _has_any(record: SourceRecord, names: set[str]) -> bool:
    """Return whether one of these configs has a resource of the manifest's, by the manifest's status."""
    bodies = (body for body in record.status.get("services", ()) if body.get("config") in names)
    return any(body.get("id") or body.get("unprovenId") for body in bodies)
