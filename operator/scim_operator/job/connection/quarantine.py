"""Enters a quarantine, waits it out and lifts it, across restarts (the core decides)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.api.notifications import Topic
from scim_operator.core.connection.quarantine import (
    TAKES_SOME,
    Cause,
    Quarantine,
    cause_of,
    count_failures,
    counts,
    entered,
    judge,
    quarantine_from_json,
    said,
)
from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.core.report.notice import quarantined, recovered
from scim_operator.core.report.standing import NO_TROUBLE, Trouble
from scim_operator.errors import ScimOperatorError, TooManyFailures, TransientError
from scim_operator.job.base.waiting import in_turn, wait_for
from scim_operator.job.connection import credentials

if TYPE_CHECKING:
    from scim_operator.core.report.notice import Notice
    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.session import Session
    from scim_operator.job.session.surroundings import Surroundings

logger = logging.getLogger(__name__)

PERSISTENCE = 600.0
"""Seconds that a service must refuse us before that is more than a slip: tokens and pages are in flux for a while."""
PEEK = 5.0
"""Seconds between two looks at the Secret while nothing is tried: a new token is taken up within that."""


class QuarantineKeeper:
    """The quarantine of one job, which may be empty."""

    def __init__(self, around: Surroundings, secret_reader: SecretReader, reporter: Reporter) -> None:
        self._around = around
        self._secret_reader = secret_reader
        self._reporter = reporter
        self._hurried = asyncio.Event()
        self._refused: tuple[Cause, float] | None = None
        self.quarantine = quarantine_from_json(reporter.status.get("quarantine"))
        # A config that is suspended meanwhile writes its status too, and must not forget the quarantine by that.
        reporter.report.quarantine = self.quarantine

    def hurry(self) -> None:
        """Try at once."""
        self._hurried.set()

    @property
    def takes_some(self) -> bool:
        """Return whether the service answers and accepts us meanwhile, so that the end of access goes on."""
        return self.quarantine is not None and self.quarantine.cause in TAKES_SOME

    def is_refused(self, error: ScimOperatorError, *, answered: bool) -> bool:
        """Return whether what ended a connection says, for too long, that nothing can be sent at all.

        `answered`: that connection had come about.
        """
        cause = cause_of(error)
        if cause is None or answered:
            self._refused = None
        return cause is not None and self._persists(cause)

    async def note(self, settings: Settings, error: ScimOperatorError) -> None:
        """Count an attempt that ended with this error: it may be one too many."""
        cause, why = Cause(error.cause) if isinstance(error, TooManyFailures) else cause_of(error), str(error)
        if cause is None:
            await self._note_outage(settings)
        elif isinstance(error, TooManyFailures) or self.quarantine is not None or self._persists(cause):
            await self._enter(settings, cause, why)

    async def lift(self, settings: Settings) -> None:
        """Note that the service takes what is sent."""
        self._refused = None
        if self.quarantine is not None:
            logger.info("%s: the quarantine is over.", settings.key)
            await self._announce(settings, warning=False, reason="QuarantineLifted", message="The service works again.")
            self._notify(settings, recovered(Topic.QUARANTINE, "The service works again."))
            self._keep(settings, None)
            await self._reporter.write()

    async def sit_out(self, settings: Settings) -> None:
        """Wait until the next attempt; a changed token or CA bundle, or `hurry`, ends it at once."""
        known = Known(self.quarantine.credentials if self.quarantine is not None else "")
        while self.quarantine is not None and not self._hurried.is_set():
            if known.differs_from(await self.fingerprint(settings)):
                break
            pause = PEEK
            if self.quarantine.next_attempt is not None:
                left = (self.quarantine.next_attempt - self._around.clock.now()).total_seconds()
                if left <= 0:
                    break
                pause = min(PEEK, left)
            await wait_for(self._hurried, self._around.clock, pause)
        self._hurried.clear()

    async def pause(self, settings: Settings, seconds: float) -> None:
        """Wait out the pause after a connection was lost; the same ends it at once."""
        known = Known(await self.fingerprint(settings))
        until = self._around.clock.monotonic() + seconds
        while (left := until - self._around.clock.monotonic()) > 0:
            if await wait_for(self._hurried, self._around.clock, min(PEEK, left)):
                break
            if known.differs_from(await self.fingerprint(settings)):
                break
        self._hurried.clear()

    async def fingerprint(self, settings: Settings) -> str:
        """A digest that changes with the token and the CA bundle, and reveals nothing without the operator's key.

        Where they cannot be used, the reason; "" while they cannot be read, as where the API server is away.
        """
        try:
            found = await credentials.fingerprint(self._secret_reader, settings)
        except TransientError:
            return ""
        except ScimOperatorError as error:
            return error.reason
        return self._around.seal.of("credentials", settings.uid, found)[:8]

    async def assess(self, session: Session) -> None:
        """Judge a sweep that has ended; raises TooManyFailures when more is failing than the config's bounds allow."""
        standing = self._reporter.report.standing
        unread = {type.kind for type in session.knowledge.index.overview.unread}
        tallied = {Kind.USER: standing.users, Kind.GROUP: standing.groups}
        objects = sum(each.in_scope for kind, each in tallied.items() if kind not in unread)
        # A short outage meets all objects at once, and is no reason: what backs off counts when it has failed often.
        # Nor is a resource type that the service does not answer for a reason to leave the other alone.
        counted = []
        async for key, entry in in_turn(session.knowledge.entries.all(), self._around.clock):
            lasts = entry.verdict.reason is not Reason.RETRYING or session.lasts(key)
            if key.kind not in unread and counts(entry) and lasts:
                counted.append((key, entry))
        failures = count_failures(counted, objects)
        verdict = judge(failures, session.settings.spec.quarantine)
        if verdict is not None:
            raise TooManyFailures(verdict[1], cause=verdict[0].value)

    def show(self, settings: Settings) -> None:
        """Put what holds into the status and the metrics."""
        self._keep(settings, self.quarantine)

    def _persists(self, cause: Cause) -> bool:
        now = self._around.clock.monotonic()
        if self._refused is None or self._refused[0] is not cause:
            self._refused = (cause, now)
        return now - self._refused[1] >= PERSISTENCE

    async def _note_outage(self, settings: Settings) -> None:
        """Continue a quarantine whose retry met an outage, which is no answer."""
        self._refused = None
        if self.quarantine is not None:
            await self._enter(settings, self.quarantine.cause, self.quarantine.error)

    async def _enter(self, settings: Settings, cause: Cause, error: str) -> None:
        before, jitter = self.quarantine, self._around.random.uniform(0.9, 1.1)
        now = self._around.clock.now()
        after = entered(before, cause, error, now, settings.spec.quarantine, jitter)
        self._keep(settings, replace(after, credentials=await self.fingerprint(settings) or after.credentials))
        logger.warning("%s: in quarantine (%s): %s", settings.key, cause, said(after))
        if before is None or before.cause is not cause:
            await self._announce(settings, warning=True, reason="Quarantined", message=f"{cause}: {said(after)}")
            self._notify(settings, quarantined(cause))
        await self._reporter.write()

    def _keep(self, settings: Settings, quarantine: Quarantine | None) -> None:
        self.quarantine = quarantine
        report = self._reporter.report
        report.quarantine = quarantine
        why = Trouble(quarantine.cause.value, said(quarantine)) if quarantine is not None else NO_TROUBLE
        report.standing = report.standing.quarantined(why)
        self._around.metrics.quarantined(settings.key, quarantined=quarantine is not None)

    def _notify(self, settings: Settings, notice: Notice) -> None:
        self._around.notifier.notify(settings.key, settings.spec.notifications, notice)

    async def _announce(self, settings: Settings, *, warning: bool, reason: str, message: str) -> None:
        await self._around.writer.announce(settings.key, warning=warning, reason=reason, message=message)


@dataclass(slots=True)
class Known:
    """The fingerprint that counts as known, "" until one could be read."""

    fingerprint: str

    def differs_from(self, found: str) -> bool:
        """Return whether one that was found is another; what cannot be read says nothing, neither before nor now."""
        before, self.fingerprint = self.fingerprint, self.fingerprint or found
        return bool(before and found) and before != found
