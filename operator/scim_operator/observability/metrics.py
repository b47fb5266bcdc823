"""Metrics for Prometheus. Names are those that dashboards know: client-go's workqueue_*, and scim_* for our own.

Labels name configs, kinds, methods and states: never a user or a group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from scim_operator.observability.provisioning_log.meters import LogMetrics
from scim_operator.observability.queues import QueueMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prometheus_client.metrics import MetricWrapperBase

    from scim_operator.core.keys import ConfigKey, ResourceType

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_DURATIONS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 600.0)


class Metrics:
    """All metrics of one operator. Every method is cheap and never fails."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._requests = self._counter("scim_requests", "Requests sent to the service.", "config", "method", "status")
        self._request_seconds = self._histogram(
            "scim_request_duration_seconds", "How long they took.", "config", "method"
        )
        self._waits = self._counter(
            "scim_rate_limit_wait_seconds", "Time that requests waited for the budget.", "config"
        )
        self._pace = self._gauge("scim_allowed_requests_per_second", "What the service is sent at most now.", "config")
        self._objects = self._gauge("scim_objects", "Objects by what became of them.", "config", "kind", "state")
        self._sweep_seconds = self._gauge("scim_sweep_duration_seconds", "How long the last sweep took.", "config")
        self._success = self._gauge("scim_last_success_timestamp_seconds", "When a sweep last succeeded.", "config")
        self._interval = self._gauge("scim_sweep_interval_seconds", "How often a sweep is to begin.", "config")
        self._drift = self._counter("scim_drift", "Resources that a sweep found changed by someone else.", "config")
        self._held = self._gauge("scim_held", "1 while a plan waits for approval.", "config")
        self._connected = self._gauge("scim_connected", "1 while the service answers and accepts us.", "config")
        self._quarantined = self._gauge("scim_quarantined", "1 while the service is left alone.", "config")
        self._another = self._gauge("scim_another_operator", "1 while another operator works on the config.", "config")
        self._internal = self._counter(
            "scim_internal_errors", "Unexpected exceptions in the operator itself; see its log.", "config"
        )
        self._token_expires = self._gauge(
            "scim_token_expires_timestamp_seconds", "When the token of the config ends, where that is known.", "config"
        )
        self._sent = self._counter("scim_notifications_sent", "Notifications delivered.", "config", "channel")
        self._unsent = self._counter("scim_notifications_failed", "Notifications given up.", "config", "channel")
        self._api_requests = self._counter("rest_client_requests", "Requests to the API server.", "code", "method")
        self._watch_age = self._gauge(
            "scim_operator_watch_age_seconds", "Time since the API server last sent something.", "resource", "namespace"
        )
        self._own_key = Gauge(
            "scim_operator_key_lasts", "0 while proofs in statuses end with this process.", registry=self.registry
        )
        self._unproven = self._counter("scim_unproven", "What a status says without a proof.", "config", "kind")
        self._states: dict[tuple[ConfigKey, ResourceType], set[str]] = {}
        self.queues = QueueMetrics(self.registry, _DURATIONS)
        self.provisioning_log = LogMetrics(self.registry)
        ProcessCollector(registry=self.registry)

    def request(self, config: ConfigKey, method: str, status: str, seconds: float) -> None:
        """Note a request to the service, answered with HTTP `status`, or failed with an error's name as `status`."""
        self._requests.labels(str(config), method, status).inc()
        self._request_seconds.labels(str(config), method).observe(seconds)

    def waited(self, config: ConfigKey, seconds: float, allowed: float) -> None:
        """Note that a request waited for the service's budget, which is `allowed` requests a second now."""
        self._waits.labels(str(config)).inc(seconds)
        self._pace.labels(str(config)).set(allowed)

    def objects(self, config: ConfigKey, type: ResourceType, states: Mapping[str, int]) -> None:
        """Set the number of objects of a type in each state; a state that is not named has none."""
        known = self._states.setdefault((config, type), set())
        known.update(states)
        for state in known:
            self._objects.labels(str(config), type.value, state).set(states.get(state, 0))

    def swept(self, config: ConfigKey, *, seconds: float, drift: int, at: float) -> None:
        """Note that a sweep succeeded at `at` (Unix time) after `seconds`, with `drift` changed resources."""
        self._sweep_seconds.labels(str(config)).set(seconds)
        self._success.labels(str(config)).set(at)
        self._drift.labels(str(config)).inc(drift)

    def interval(self, config: ConfigKey, seconds: float) -> None:
        """Set how often a sweep is to begin, by which an alert can say that one is overdue."""
        self._interval.labels(str(config)).set(seconds)

    def held(self, config: ConfigKey, *, held: bool) -> None:
        """Set whether a plan waits for approval."""
        self._held.labels(str(config)).set(held)

    def connected(self, config: ConfigKey, *, connected: bool) -> None:
        """Set whether the service answers and accepts us."""
        self._connected.labels(str(config)).set(connected)

    def internal_error(self, config: ConfigKey | None) -> None:
        """Note an unexpected error in the work of a config; None where the config is not known."""
        self._internal.labels(str(config or "")).inc()

    def quarantined(self, config: ConfigKey, *, quarantined: bool) -> None:
        """Set whether the service is left alone."""
        self._quarantined.labels(str(config)).set(quarantined)

    def token_expires(self, config: ConfigKey, at: float | None) -> None:
        """Set when the token expires (Unix time); None where unknown."""
        if at is None:
            self._token_expires.remove_by_labels({"config": str(config)})
        else:
            self._token_expires.labels(str(config)).set(at)

    def notified(self, config: ConfigKey, channel: str, *, delivered: bool) -> None:
        """Note that a notification was delivered by webhook, email or apprise, or given up."""
        (self._sent if delivered else self._unsent).labels(str(config), channel).inc()

    def api_request(self, method: str, code: str) -> None:
        """Note that the API server answered a request."""
        self._api_requests.labels(code, method).inc()

    def own_key(self, *, lasting: bool) -> None:
        """Set whether the operator's key outlives the process."""
        self._own_key.set(lasting)

    def unproven(self, config: ConfigKey, kind: str, count: int) -> None:
        """Note ids or tombstones of a status that were not believed, because no proof of ours covers them."""
        self._unproven.labels(str(config), kind).inc(count)

    def watch_age(self, resource: str, namespace: str, age: Callable[[], float]) -> None:
        """Show the age of a watch's last event, asked for at each scrape."""
        self._watch_age.labels(resource, namespace).set_function(age)

    def another_operator(self, config: ConfigKey, *, present: bool) -> None:
        """Set whether another operator works on the config too."""
        self._another.labels(str(config)).set(int(present))

    def forget(self, config: ConfigKey) -> None:
        """Remove the series of a config that is gone."""
        for metric in self._of_config():
            metric.remove_by_labels({"config": str(config)})
        self._states = {place: states for place, states in self._states.items() if place[0] != config}
        self.queues.forget(config)

    def render(self) -> bytes:
        """Return the exposition in Prometheus' text format."""
        return generate_latest(self.registry)

    def _of_config(self) -> list[MetricWrapperBase]:
        return [
            self._requests,
            self._request_seconds,
            self._waits,
            self._pace,
            self._objects,
            self._sweep_seconds,
            self._success,
            self._interval,
            self._drift,
            self._held,
            self._connected,
            self._quarantined,
            self._another,
            self._token_expires,
            self._internal,
            self._sent,
            self._unsent,
            self._unproven,
        ]

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, registry=self.registry, buckets=_DURATIONS)
