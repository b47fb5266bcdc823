"""The metrics with their labels, from the registry that the operator serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from tools.site.markdown import code, plain, table

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.registry import Collector

ABOUT = """# Metrics

`GET /metrics` gives these. [Operations](../operations.md#health-and-metrics) says which of them to watch, and
each alert of the chart has a page under Runbooks. A histogram `NAME` is served as `NAME_bucket`,
`NAME_sum` and `NAME_count`.

"""


class Registry(CollectorRegistry):
    """A registry that remembers the labels of what it is given: a metric without a series shows none."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, tuple[str, ...]] = {}

    def register(self, collector: Collector) -> None:
        """Register a collector, and note its labels by the names of its metrics."""
        super().register(collector)
        named = getattr(collector, "_labelnames", ())  # the library shows them nowhere else
        self.labels |= {each.name: tuple(named) for each in collector.collect()}


def page(registry: Registry) -> str:
    """Return the page of the metrics in a registry."""
    rows = [
        [code(exported(each)), each.type, ", ".join(map(code, registry.labels[each.name])), plain(each.documentation)]
        for each in registry.collect()
    ]
    return ABOUT + table(["Metric", "Type", "Labels", "What it counts"], rows)


def exported(metric: Metric) -> str:
    """Return the name under which a metric is served."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name
