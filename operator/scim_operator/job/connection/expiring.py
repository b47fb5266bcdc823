"""Checks when what proves a config expires, and reports it in advance (`core.connection.expiry` decides)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.notifications import Topic
from scim_operator.core.connection.expiry import expiry_from_json, sentence
from scim_operator.core.report.notice import expiring, recovered
from scim_operator.errors import HostNotNamed, InvalidSpec, ScimOperatorError
from scim_operator.job.connection.credentials import first_end

if TYPE_CHECKING:
    from scim_operator.core.connection.expiry import Expiry
    from scim_operator.core.report.notice import Notice
    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.surroundings import Surroundings


class Expiring:
    """When the proofs of one job end; what people heard of it is in the status, so that a restart repeats nothing."""

    def __init__(self, around: Surroundings, secret_reader: SecretReader, reporter: Reporter) -> None:
        self._around = around
        self._secret_reader = secret_reader
        self._reporter = reporter
        reporter.report.expiry = expiry_from_json(reporter.status.get("tokenExpiry"))

    async def look(self, settings: Settings) -> None:
        """Read the Secret again: the token may be another one, and the end has come nearer.

        Raises HostNotNamed where the Secret does not name the service any more: the session is to end then.
        """
        report, now = self._reporter.report, self._around.clock.now()
        try:
            found = await first_end(self._secret_reader, settings)
        except InvalidSpec as error:
            await self._say(str(error))
            return
        except HostNotNamed:
            raise
        except ScimOperatorError:
            return  # a token in use stays in use until the service refuses it
        before, after = report.expiry, None if found is None else self._kept(found)
        step = 0 if after is None else after.step(now)
        self._around.metrics.token_expires(settings.key, None if found is None else found.at.timestamp())
        if after is not None and step and (not after.reported or step < after.reported):
            await self._warn(settings, expiring(after, step))
            after = replace(after, reported=step)
        if before is not None and before.reported and not step:
            self._notify(settings, recovered(Topic.EXPIRING, "There is a new one that lasts longer."))
        report.expiry = after
        await self._say("" if after is None else sentence(after, now), changed=after != before)

    async def _say(self, text: str, *, changed: bool = False) -> None:
        report = self._reporter.report
        if changed or report.standing.expiring != text:
            report.standing = report.standing.expires(text)
            await self._reporter.write()

    def _kept(self, found: Expiry) -> Expiry:
        """Keep what was reported of the same token; the status has whole seconds."""
        known = self._reporter.report.expiry
        found = replace(found, at=found.at.replace(microsecond=0))
        return replace(found, reported=known.reported) if known is not None and known.at == found.at else found

    async def _warn(self, settings: Settings, notice: Notice) -> None:
        self._notify(settings, notice)
        await self._around.writer.announce(settings.key, warning=True, reason=notice.reason, message=notice.text)

    def _notify(self, settings: Settings, notice: Notice) -> None:
        self._around.notifier.notify(settings.key, settings.spec.notifications, notice)
