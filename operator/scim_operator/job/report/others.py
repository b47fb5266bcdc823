"""Notices another operator that works on the same config, as during an upgrade or with a second release.

Each operator puts its name into `status.operator` with what it writes. One that finds another name there, written after
its own, is not alone. Both answer at each roll call, so that both know. One that is alone writes nothing that is there.
"""

from __future__ import annotations

import logging
import platform
import secrets
from typing import TYPE_CHECKING

from scim_operator.core.report.config_status import beside

if TYPE_CHECKING:
    from scim_operator.core.keys import ConfigKey
    from scim_operator.job.base.ports import Writer
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

SILENCE = 180.0
"""Seconds without a word after which the other is taken to be gone: it answers within a roll call, about a minute."""


def own_name() -> str:
    """Return a name for this process: that of its pod, and a part of its own, for a container restarts in its pod."""
    return f"{platform.node()[:200]}-{secrets.token_hex(3)}"


class OtherOperators:
    """The other operator, if there is one, of one config."""

    def __init__(self, key: ConfigKey, reporter: Reporter, writer: Writer, metrics: Metrics, clock: Clock) -> None:
        self._key = key
        self._reporter = reporter
        self._writer = writer
        self._metrics = metrics
        self._clock = clock
        self._heard = 0.0

    async def seen(self, name: str) -> None:
        """Note that the config's status names this operator now. What was there before ours is a predecessor's."""
        own = self._reporter.report.operator
        if not name or name == own or self._reporter.status.get("operator") != own:
            return
        self._heard = self._clock.monotonic()
        if self._other != name:
            logger.warning("%s: %s", self._key, beside(name))
            await self._writer.announce(self._key, warning=True, reason="AnotherOperator", message=beside(name))
            await self._show(name)

    async def roll_call(self) -> None:
        """Answer another operator; note that it is gone when it has not been heard of for long.

        One that is alone sees to it that the status still says what it wrote.
        """
        self._metrics.another_operator(self._key, present=bool(self._other))
        if not self._other:
            await self._reporter.repeat()
        elif self._clock.monotonic() - self._heard > SILENCE:
            logger.info("%s: the other operator %s is gone.", self._key, self._other)
            await self._show("")
        else:
            await self._reporter.write()

    @property
    def _other(self) -> str:
        return self._reporter.report.standing.other_operator

    async def _show(self, name: str) -> None:
        report = self._reporter.report
        report.standing = report.standing.beside(name)
        self._metrics.another_operator(self._key, present=bool(name))
        await self._reporter.write()
