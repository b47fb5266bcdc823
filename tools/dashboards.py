"""Grafana's dashboards of the chart, made of a line or two for each panel; `make chart` writes them as JSON.

Numbers of a config are taken by `max` or `sum` over pods, so that a new pod draws no second line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 24, 7
OF = '{config=~"$config"}'
"""The configs that the person chose."""


@dataclass(frozen=True)
class Panel:
    """One panel. `queries` are expressions of PromQL by legend."""

    title: str
    about: str
    queries: dict[str, str]
    unit: str = "short"
    width: int = 8
    kind: str = "timeseries"
    texts: dict[str, tuple[str, str]] | None = None
    """What is shown, and in which colour, for a value."""


YES_NO = {"1": ("yes", "green"), "0": ("no", "red")}
NO_YES = {"0": ("no", "green"), "1": ("yes", "red")}
ROWS: dict[str, list[Panel]] = {
    "Health by config": [
        Panel(
            "Connected",
            "Whether the service answers and accepts the operator.",
            {"{{config}}": f"max by (config) (scim_connected{OF})"},
            width=6,
            kind="stat",
            texts=YES_NO,
        ),
        Panel(
            "Quarantined",
            "Whether the service is left alone, because it refuses the operator or most of what is sent.",
            {"{{config}}": f"max by (config) (scim_quarantined{OF})"},
            width=6,
            kind="stat",
            texts=NO_YES,
        ),
        Panel(
            "Plan held",
            "Whether removals wait for an approval: people who leave keep their access until then.",
            {"{{config}}": f"max by (config) (scim_held{OF})"},
            width=6,
            kind="stat",
            texts=NO_YES,
        ),
        Panel(
            "Credentials end in",
            "When the first of the config's secrets ends, where that is known.",
            {"{{config}}": f"min by (config) (scim_token_expires_timestamp_seconds{OF}) - time()"},
            unit="s",
            width=6,
            kind="stat",
        ),
    ],
    "Objects and sweeps": [
        Panel(
            "Objects by state",
            "Users and groups by what became of them. Failed ones need a person.",
            {"{{state}} ({{kind}})": f"sum by (kind, state) (scim_objects{OF})"},
        ),
        Panel(
            "Failed and retrying",
            "Users and groups that the service has not taken.",
            {"{{config}}": 'sum by (config) (scim_objects{config=~"$config", state=~"failed|retrying"})'},
        ),
        Panel(
            "Changed by others",
            "Resources that sweeps found changed by someone else, and repaired.",
            {"{{config}}": f"sum by (config) (increase(scim_drift_total{OF}[$__rate_interval]))"},
        ),
        Panel(
            "Sweep duration",
            "How long the last sweep took. It should be well below the interval.",
            {
                "{{config}}": f"max by (config) (scim_sweep_duration_seconds{OF})",
                "interval of {{config}}": f"max by (config) (scim_sweep_interval_seconds{OF})",
            },
            unit="s",
            width=12,
        ),
        Panel(
            "Since the last successful sweep",
            "More than three intervals means that drift is no longer found.",
            {"{{config}}": f"time() - max by (config) (scim_last_success_timestamp_seconds{OF})"},
            unit="s",
            width=12,
        ),
    ],
    "The service": [
        Panel(
            "Requests by outcome",
            "Requests to the service by the status of its answer, or by the error where there was none.",
            {"{{status}}": f"sum by (status) (rate(scim_requests_total{OF}[$__rate_interval]))"},
            unit="reqps",
        ),
        Panel(
            "Request duration",
            "How long 95 of 100 requests take at most.",
            {
                "{{method}}": "histogram_quantile(0.95, sum by (le, method) "
                f"(rate(scim_request_duration_seconds_bucket{OF}[$__rate_interval])))"
            },
            unit="s",
        ),
        Panel(
            "Allowed requests",
            "What the service is sent at most now, as the budget and its answers of 429 say.",
            {"{{config}}": f"max by (config) (scim_allowed_requests_per_second{OF})"},
            unit="reqps",
        ),
        Panel(
            "Waiting for the budget",
            "Time that requests waited because of the budget, in seconds for each second.",
            {"{{config}}": f"sum by (config) (rate(scim_rate_limit_wait_seconds_total{OF}[$__rate_interval]))"},
            unit="s",
            width=12,
        ),
        Panel(
            "Notifications given up",
            "Notifications that were not delivered after five attempts.",
            {
                "{{config}} by {{channel}}": "sum by (config, channel) "
                f"(increase(scim_notifications_failed_total{OF}[$__rate_interval]))"
            },
            width=12,
        ),
    ],
    "The queue": [
        Panel(
            "Queue depth",
            "Users and groups that wait to be looked at.",
            {"{{name}}": 'sum by (name) (workqueue_depth{name=~"$config"})'},
        ),
        Panel(
            "Time in the queue",
            "How long 95 of 100 users and groups wait at most before work on them begins.",
            {
                "{{name}}": "histogram_quantile(0.95, sum by (le, name) "
                '(rate(workqueue_queue_duration_seconds_bucket{name=~"$config"}[$__rate_interval])))'
            },
            unit="s",
        ),
        Panel(
            "Retries",
            "Users and groups that were put back after a failure.",
            {"{{name}}": 'sum by (name) (rate(workqueue_retries_total{name=~"$config"}[$__rate_interval]))'},
            unit="ops",
        ),
    ],
    "The operator": [
        Panel(
            "Memory",
            "Memory of each pod's process. Compare it with the limit of the container.",
            {"{{pod}}": "process_resident_memory_bytes and on (instance) scim_operator_key_lasts"},
            unit="bytes",
        ),
        Panel(
            "Processor",
            "Processors that each pod uses.",
            {"{{pod}}": "rate(process_cpu_seconds_total[$__rate_interval]) and on (instance) scim_operator_key_lasts"},
        ),
        Panel(
            "Internal errors",
            "Errors that the operator should not have: each is a bug, and its log has the reference.",
            {"{{config}}": f"sum by (config) (increase(scim_internal_errors_total{OF}[$__rate_interval]))"},
        ),
        Panel(
            "Requests to the API server",
            "Requests to the Kubernetes API server by the status of its answer.",
            {"{{code}}": "sum by (code) (rate(rest_client_requests_total[$__rate_interval]))"},
            unit="reqps",
        ),
        Panel(
            "Age of the watches",
            "Time since the API server last sent something. Above five minutes, edits are not seen.",
            {"{{resource}}": "max by (resource) (scim_operator_watch_age_seconds)"},
            unit="s",
        ),
        Panel(
            "Records of the provisioning log",
            "Records written, by place.",
            {"{{place}}": "sum by (place) (rate(scim_provisioning_log_records_total[$__rate_interval]))"},
            unit="ops",
        ),
    ],
}


def boards() -> dict[str, str]:
    """Return each dashboard's text by the name of its file."""
    return {"overview.json": json.dumps(overview(), indent=2) + "\n"}


def overview() -> dict[str, Any]:
    """Return the one that shows everything."""
    return {
        "uid": "scim-operator-overview",
        "id": None,
        "title": "scim-operator / Overview",
        "description": "What scim-operator provisions, and what keeps it from doing so. Names configs, never people.",
        "tags": ["scim-operator"],
        "editable": False,
        "schemaVersion": 41,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "",
        "templating": {"list": [data_source(), configs()]},
        "annotations": {"list": []},
        "panels": laid_out(),
    }


def data_source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def configs() -> dict[str, Any]:
    query = "label_values(scim_connected, config)"
    return {
        "name": "config",
        "label": "Config",
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": query, "refId": "config"},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
    }


def laid_out() -> list[dict[str, Any]]:
    """Return the panels, row by row, from left to right."""
    made: list[dict[str, Any]] = []
    top = 0
    for title, panels in ROWS.items():
        made.append(row(title, len(made) + 1, top))
        left, top = 0, top + 1
        for panel in panels:
            if left + panel.width > WIDTH:
                left, top = 0, top + HEIGHT
            place = {"x": left, "y": top, "w": panel.width, "h": HEIGHT}
            made.append(drawn(panel, len(made) + 1, place))
            left += panel.width
        top += HEIGHT
    return made


def row(title: str, number: int, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": place}


def drawn(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${datasource}"}
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0} if panel.kind == "timeseries" else {"unit": panel.unit}
    if panel.texts:
        options = {value: {"text": text, "color": colour} for value, (text, colour) in panel.texts.items()}
        defaults["mappings"] = [{"type": "value", "options": options}]
    targets = [
        {"refId": "ABCDEF"[number], "datasource": source, "expr": expression, "legendFormat": legend}
        for number, (legend, expression) in enumerate(panel.queries.items())
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": source,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {} if panel.kind == "timeseries" else {"textMode": "value_and_name", "graphMode": "none"},
        "targets": targets,
    }
