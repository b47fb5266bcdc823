"""The metrics of the provisioning log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class LogMetrics:
    """Metrics by place: stdout and store. `of` gives the meter of one place."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.records = Counter("scim_provisioning_log_records", "Records written.", ("place",), registry=registry)
        self.dropped = Counter(
            "scim_provisioning_log_dropped", "Records dropped because a place is away.", ("place",), registry=registry
        )
        self.up = Gauge("scim_provisioning_log_up", "1 while the place takes records.", ("place",), registry=registry)

    def of(self, place: str) -> LogMeter:
        """Return the meter of one place."""
        return LogMeter(self, place)


class LogMeter:
    """Notes what happens to the records of one place. Safe in threads."""

    def __init__(self, metrics: LogMetrics, place: str) -> None:
        self._records = metrics.records.labels(place)
        self._dropped = metrics.dropped.labels(place)
        self._up = metrics.up.labels(place)

    def written(self, number: int) -> None:
        """Count written records."""
        self._records.inc(number)

    def dropped(self, number: int) -> None:
        """Count lost records."""
        self._dropped.inc(number)

    def up(self, *, up: bool) -> None:
        """Set whether the place takes records now."""
        self._up.set(up)
