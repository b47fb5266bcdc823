"""client-go's workqueue metrics, by the names that its dashboards know; the label `name` is the config's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prometheus_client.metrics import MetricWrapperBase

    from scim_operator.core.keys import ConfigKey

_NAME = ("name",)


class QueueMetrics:
    """The metrics of all queues. `of` gives the meter of one queue; a new queue takes the old one's place."""

    def __init__(self, registry: CollectorRegistry, buckets: Sequence[float]) -> None:
        self.depth = Gauge("workqueue_depth", "Keys that wait.", _NAME, registry=registry)
        self.adds = Counter("workqueue_adds", "Keys added.", _NAME, registry=registry)
        self.retries = Counter("workqueue_retries", "Keys put back after a failure.", _NAME, registry=registry)
        self.waited = Histogram(
            "workqueue_queue_duration_seconds", "How long keys waited.", _NAME, registry=registry, buckets=buckets
        )
        self.worked = Histogram(
            "workqueue_work_duration_seconds", "How long a key took.", _NAME, registry=registry, buckets=buckets
        )
        self.unfinished = Gauge(
            "workqueue_unfinished_work_seconds", "Work in progress, summed.", _NAME, registry=registry
        )
        self.longest = Gauge(
            "workqueue_longest_running_processor_seconds", "The oldest work in progress.", _NAME, registry=registry
        )

    def of(self, config: ConfigKey) -> QueueMeter:
        """Return the meter of a config's queue."""
        return QueueMeter(self, str(config))

    def forget(self, config: ConfigKey) -> None:
        """Remove the series of a config that is gone."""
        for metric in self._all():
            metric.remove_by_labels({"name": str(config)})

    def _all(self) -> tuple[MetricWrapperBase, ...]:
        return (self.depth, self.adds, self.retries, self.waited, self.worked, self.unfinished, self.longest)


class QueueMeter:
    """The port of `job.apply.queue`: each method notes one event of one queue."""

    def __init__(self, metrics: QueueMetrics, name: str) -> None:
        self._depth = metrics.depth.labels(name)
        self._adds = metrics.adds.labels(name)
        self._retries = metrics.retries.labels(name)
        self._waited = metrics.waited.labels(name)
        self._worked = metrics.worked.labels(name)
        self._begun: dict[object, float] = {}
        metrics.unfinished.labels(name).set_function(self._unfinished)
        metrics.longest.labels(name).set_function(self._longest)

    def measure(self, depth: Callable[[], int]) -> None:
        """`depth` returns at each scrape how many keys wait."""
        self._depth.set_function(depth)

    def added(self) -> None:
        """Note that a key was queued that did not wait before."""
        self._adds.inc()

    def begun(self, key: object, waited: float) -> None:
        """Note that work on a key began, after it waited `waited` seconds."""
        self._waited.observe(waited)
        self._begun[key] = time.monotonic()

    def done(self, key: object) -> None:
        """Note that work on a key ended."""
        begun = self._begun.pop(key, None)
        if begun is not None:
            self._worked.observe(time.monotonic() - begun)

    def retried(self) -> None:
        """Note that a key was put back after a failure."""
        self._retries.inc()

    def _unfinished(self) -> float:
        now = time.monotonic()
        return sum(now - begun for begun in self._begun.values())

    def _longest(self) -> float:
        return time.monotonic() - min(self._begun.values()) if self._begun else 0.0
