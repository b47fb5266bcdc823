"""Errors of the operator itself while it works for a config: seen in log, metric and conditions."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from scim_operator.core.unexpected import unexpected
from scim_operator.errors import InternalError, ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.job.report.reporter import Report
    from scim_operator.observability.metrics import Metrics

    About = TypeVar("About")

logger = logging.getLogger(__name__)


class InternalErrors:
    """The unexpected exceptions of one config. `report` is what its status is made of."""

    def __init__(self, config: ConfigKey, metrics: Metrics, report: Report) -> None:
        self._config = config
        self._metrics = metrics
        self._report = report
        self.outside = 0
        """How many happened outside of any one object, whose condition could have said it."""

    def see(self, error: Exception, about: ObjectKey | None = None) -> ScimOperatorError:
        """Return the error to report for an exception: ours unchanged; others are logged and counted."""
        named = unexpected(error)
        if isinstance(named, InternalError):
            self._metrics.internal_error(self._config)
            logger.error("%s: %s. Unexpected: %s", self._config, about or "the config", named.trace)
        return named

    def see_outside(self, error: Exception, about: ObjectKey | None = None) -> None:
        """Do the same where no object's condition shows it: the config's Ready does, until a sweep ends without one."""
        self.outside += 1
        self._report.standing = self._report.standing.broke(str(self.see(error, about)))

    def settle(self, before: int) -> None:
        """Note that a sweep has ended, at whose beginning there were `before` outside of objects."""
        if self.outside == before:
            self._report.standing = self._report.standing.broke("")

    def guarding(self, hear: Callable[[About], None]) -> Callable[[About], None]:
        """Return the listener so wrapped that its exceptions do not reach the caller."""

        def guarded(about: About) -> None:
            try:
                hear(about)
            except Exception as error:  # noqa: BLE001
                self.see_outside(error)

        return guarded
