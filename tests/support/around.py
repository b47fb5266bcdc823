"""What is around the parts of a job that keep its connection: a vault, a writer of statuses and Events, a notifier."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from scim_operator.core.report.standing import Standing
from scim_operator.core.seal import Seal
from scim_operator.job.report.reporter import Report, Reporter
from scim_operator.observability.metrics import Metrics
from tests.scim.virtual import VirtualClock
from tests.support.knowing import CONFIG, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.report.notice import Notice
    from scim_operator.core.secrecy.destinations import DataRef, To


class Steady(random.Random):
    """A chance that always falls in the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class Around:
    """The surroundings of one config in a test. `events`, `heard` and `writes` are what came out of it."""

    def __init__(self, status: dict[str, Any] | None = None, **spec: Any) -> None:
        self.clock = VirtualClock()
        self.random = Steady()
        self.seal = Seal(b"k" * 32)
        self.metrics = Metrics()
        self.settings = settings(**spec)
        self.secrets: dict[str, bytes] = {"token": b"a-token"}
        self.error: Exception | None = None
        """Raised in place of a Secret."""
        self.events: list[tuple[bool, str, str]] = []
        self.heard: list[Notice] = []
        self.writes: list[dict[str, Any]] = []
        self.report = Report(Standing(1), "generic", self.seal, str(CONFIG))
        self.reporter = Reporter(CONFIG, self, self.clock, self.report, status or {})

    @property
    def writer(self) -> Around:
        """Itself, as a writer."""
        return self

    @property
    def notifier(self) -> Around:
        """Itself, as a notifier."""
        return self

    async def read(self, ref: DataRef, to: To) -> dict[str, bytes]:
        """Return the Secret's values."""
        if self.error is not None:
            raise self.error
        return {key: self.secrets[key] for key in (*ref.keys, *ref.optional) if key in self.secrets}

    async def report_config(self, key: ConfigKey, status: dict[str, Any]) -> None:
        """Keep the status."""
        assert key == CONFIG
        self.writes.append(status)

    async def announce(self, about: object, *, warning: bool, reason: str, message: str) -> None:
        """Keep the Event."""
        assert about == CONFIG
        self.events.append((warning, reason, message))

    def notify(self, key: ConfigKey, targets: Sequence[object], notice: Notice) -> None:
        """Keep the notice."""
        assert (key, targets) == (CONFIG, self.settings.spec.notifications)
        self.heard.append(notice)

    def metric(self, name: str) -> float | None:
        """Return a metric of the config."""
        return self.metrics.registry.get_sample_value(name, {"config": str(CONFIG)})
