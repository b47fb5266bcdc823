"""Reports a connection that stays lost, once, because no one may be looking at the conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.notifications import Topic
from scim_operator.core.report.notice import disconnected, recovered

if TYPE_CHECKING:
    from scim_operator.core.report.notice import Notice
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.base.ports import Notifier
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.clock import Clock

PATIENCE = 600.0
"""Seconds that a connection may be lost without a word: services restart, and certificates are renewed."""


class Outage:
    """How long one job has finished no sweep for want of a connection, and whether that was reported.

    A connection that passes its test and is lost by the first writes, again and again, counts as lost all the time.
    """

    def __init__(self, notifier: Notifier, clock: Clock) -> None:
        self._notifier = notifier
        self._clock = clock
        self._since: float | None = None
        self._reported = False

    def note(self, settings: Settings, error: ScimOperatorError) -> None:
        """Note that the connection was lost, or not made."""
        now = self._clock.monotonic()
        if self._since is None:
            self._since = now
        if not self._reported and now - self._since >= PATIENCE:
            self._reported = True
            self._notify(settings, disconnected(error.reason, round((now - self._since) / 60)))

    def end(self, settings: Settings) -> None:
        """Note that a sweep has come to its end."""
        if self._reported:
            self._notify(settings, recovered(Topic.CONNECTION, "The service is worked with again."))
        self._since, self._reported = None, False

    def _notify(self, settings: Settings, notice: Notice) -> None:
        self._notifier.notify(settings.key, settings.spec.notifications, notice)
