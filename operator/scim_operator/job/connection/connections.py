"""One connection after another under one spec: connect, work, lose it, wait, and connect again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scim_operator.core.backoff import Backoff
from scim_operator.core.report.standing import Trouble
from scim_operator.errors import InvalidSpec, ScimOperatorError, TerminalError, TooManyFailures
from scim_operator.job.connection.expiring import Expiring
from scim_operator.job.connection.outage import Outage
from scim_operator.job.connection.quarantine import QuarantineKeeper
from scim_operator.job.connection.requested import RequestedLook
from scim_operator.job.report.others import OtherOperators
from scim_operator.job.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.connection.world import World
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.surroundings import Surroundings

logger = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that requests under way get to finish when a session ends normally."""


class Connections:
    """The connections of one config.

    `session` works over the one that is there now, None while there is none; `former` worked over the last one.
    `swept` is called first when a sweep has come to its end.
    """

    def __init__(
        self,
        key: ConfigKey,
        around: Surroundings,
        world: World,
        reporter: Reporter,
        manifest: Mapping[str, Any],
        swept: Callable[[], None],
    ) -> None:
        self.session: Session | None = None
        self.former: Session | None = None
        self.requested = RequestedLook(reporter, manifest)
        self.quarantine_keeper = QuarantineKeeper(around, world.secret_reader, reporter)
        self._key = key
        self._around = around
        self._world = world
        self._reporter = reporter
        self._swept = swept
        self._outage = Outage(around.notifier, around.clock)
        self.others = OtherOperators(key, reporter, around.writer, around.metrics, around.clock)
        self._expiring = Expiring(around, world.secret_reader, reporter)

    def hurry(self) -> None:
        """Sweep, or try the connection, at once because someone asks for it, also in quarantine."""
        if self.session is not None and not self.session.settings.is_restrained:
            self.session.hurry()
        else:
            self._forgive()
            self.quarantine_keeper.hurry()

    def _forgive(self) -> None:
        """Have the next session try at once what failed in the last one."""
        if self.former is not None:
            self.former.forgive()

    async def close(self) -> None:
        """Finish what is under way within a few seconds."""
        if self.session is not None:
            await self.session.close(PATIENCE)

    def overdue(self) -> str:
        """Return a sentence on the sweep that should have ended by now; "" when none should."""
        session = self.session
        if session is None or session.settings.is_restrained or session.sweeps.listed_at is None:
            return ""
        age = self._around.clock.monotonic() - session.sweeps.listed_at
        limit = max(900.0, 3 * session.settings.spec.interval.total_seconds())
        return f"The sweep of {self._key} is overdue: the last one ended {age:.0f} s ago." if age > limit else ""

    async def keep(self, settings: Settings, *, at_once: bool) -> None:
        """Work until cancelled. A quarantine that holds is waited out first, unless it is to be tried `at_once`."""
        backoff = Backoff()
        if self.quarantine_keeper.quarantine is not None and not at_once:
            await self._sit_out(settings)
        while True:
            error = await self._one(settings, backoff)
            await self._lost(settings, error)
            if self.quarantine_keeper.quarantine is not None:
                await self._sit_out(settings)
                backoff.reset()
            else:
                await self.quarantine_keeper.pause(settings, backoff.next())

    def _listed_since(self, began: float) -> bool:
        """Return whether the last session has listed the service since then."""
        listed_at = self.former.sweeps.listed_at if self.former is not None else None
        return listed_at is not None and listed_at >= began

    async def _sit_out(self, settings: Settings) -> None:
        self._forgive()
        self._around.peers.rests(for_good=False)
        await self._reporter.write()
        waiting = asyncio.ensure_future(self.quarantine_keeper.sit_out(settings))
        ending = asyncio.ensure_future(self._end_access(settings))
        try:
            await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                ending.result()
            await waiting
            await self.close()
        finally:
            for each in (waiting, ending):
                each.cancel()
            await asyncio.gather(waiting, ending, return_exceptions=True)
        self._forgive()

    async def _end_access(self, settings: Settings) -> None:
        """Go on with the end of access while everything else waits, as long as the service answers and accepts us."""
        backoff = Backoff()
        while self.quarantine_keeper.takes_some:
            began = self._around.clock.monotonic()
            error = await self._one(settings.restrained, backoff)
            self._around.peers.rests(for_good=False)
            await self._disconnected(error)
            await self._reporter.write()
            if self.quarantine_keeper.is_refused(error, answered=self._listed_since(began)):
                return
            await self._around.clock.sleep(backoff.next())

    async def _one(self, settings: Settings, backoff: Backoff) -> ScimOperatorError:
        """Work in one session; return what ended it. `backoff` begins again where it has listed the service."""
        service: Service | None = None
        try:
            service = await self._world.connect(settings, self._world.secret_reader)
            await service.probe()
            await service.discover()
            await self._expiring.look(settings)
            await self._found()
            self.session = Session(settings, service, self._around, self._reporter, self._assess)
            if self.former is not None:
                self.session.inherit(self.former)
                self.former.knowledge.index.release()
                self.former = None
            await self.session.run()
        except ScimOperatorError as error:
            return error
        finally:
            if self.session is not None and self.session.sweeps.finished:
                self._world.collector.unsettled()
            if self.session is not None and self.session.sweeps.listed_at is not None:
                backoff.reset()
            self.former, self.session = self.session if self.session is not None else self.former, None
            if service is not None:
                await service.close()
        raise AssertionError("a session ends only with an error")

    async def _found(self) -> None:
        report = self._reporter.report
        if report.standing.connected is False:
            await self._announce(warning=False, reason="Connected", message="The service answers again.")
        logger.info("%s: connected.", self._key)
        report.standing = report.standing.found()
        self._around.metrics.connected(self._key, connected=True)
        await self._reporter.write()

    async def _assess(self, session: Session) -> None:
        """Note that a sweep has come to its end: it lifts a quarantine, or is the reason for one.

        Not where it has sent no more than what ends access: that proves nothing.
        """
        if session.sweeps.finished == 1:
            self._world.collector.settled()
        if session.settings.is_restrained:
            return
        self._swept()
        await self.quarantine_keeper.assess(session)
        await self.quarantine_keeper.lift(session.settings)
        self._outage.end(session.settings)
        await self._expiring.look(session.settings)
        await self.requested.acknowledge(session)

    async def _lost(self, settings: Settings, error: ScimOperatorError) -> None:
        self._around.peers.rests(for_good=False)
        if not isinstance(error, TooManyFailures):
            await self._disconnected(error)
        await self.quarantine_keeper.note(settings, error)
        if self.quarantine_keeper.quarantine is None:
            self._outage.note(settings, error)
        await self._reporter.write()

    async def _disconnected(self, error: ScimOperatorError) -> None:
        report = self._reporter.report
        if report.standing.connected is not False or report.standing.trouble.reason != error.reason:
            await self._announce(warning=True, reason=error.reason, message=str(error))
        logger.warning("%s: not connected (%s): %s", self._key, error.reason, error)
        invalid = str(error) if isinstance(error, InvalidSpec) else ""
        trouble = Trouble(error.reason, str(error))
        report.standing = report.standing.lost(trouble, invalid if isinstance(error, TerminalError) else None)
        self._around.metrics.connected(self._key, connected=False)

    async def _announce(self, *, warning: bool, reason: str, message: str) -> None:
        await self._around.writer.announce(self._key, warning=warning, reason=reason, message=message)
