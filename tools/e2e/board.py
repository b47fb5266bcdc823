"""The chart's dashboard over what a real Prometheus has read of the run, drawn as a picture."""

from __future__ import annotations

import json
import math
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.e2e import shell
from tools.e2e.checks import left_out, require
from tools.e2e.prometheus import INTERVAL, Prometheus
from tools.measure.panels import Series, Shown, svg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tools.e2e.installation import Installation

DRAWN = "E2E_DASHBOARD"
BOARD = shell.ROOT / "charts/scim-operator/files/dashboards/overview.json"
POINTS = 100
# What Grafana puts in: four scrapes as the rate's interval, and every config.
VARIABLES = {"$__rate_interval": f"{4 * INTERVAL}s", "$config": ".+"}
# What a run may go without: no credentials end, and nothing goes wrong in the operator or with notifications.
MAY_BE_EMPTY = {"Credentials end in", "Internal errors", "Notifications given up"}
_running: list[Prometheus] = []


def read(run: Installation) -> str:
    """Start a Prometheus that reads the metrics from here on."""
    if not os.environ.get(DRAWN):
        return left_out(DRAWN, "it names the file that the dashboard is drawn to")
    prometheus = Prometheus(run)
    _running.append(prometheus)
    prometheus.start()
    return f"every {INTERVAL} s, with the chart's alerts loaded"


def end() -> None:
    """End what `read` started, if it did."""
    while _running:
        _running.pop().end()


def drawn(_: Installation) -> str:
    """Have Prometheus evaluate each expression of the dashboard, and draw the panels."""
    if not _running:
        return left_out(DRAWN, "no metrics were read")
    (prometheus,) = _running
    span = (prometheus.began, time.time())
    panels = shown(json.loads(BOARD.read_text()), lambda expression: answered(prometheus, expression, span))
    empty = [one.title for one in panels if one.kind != "row" and not one.series]
    require(set(empty) <= MAY_BE_EMPTY, f"panels without data: {', '.join(empty)}")
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    broken = [rule["name"] for rule in rules if rule["health"] != "ok"]
    require(rules and not broken, f"alerts that Prometheus cannot evaluate: {broken}")
    minutes = (span[1] - span[0]) / 60
    title = f"scim-operator / Overview, {minutes:.0f} minutes of an end-to-end run"
    Path(os.environ[DRAWN]).write_text(svg(title, panels, span))
    asked = sum(len(one.series) for one in panels)
    end()
    return f"{len(panels)} panels with {asked} series of {minutes:.1f} min; {len(rules)} alerts evaluated"


def answered(prometheus: Prometheus, expression: str, span: tuple[float, float]) -> list[dict[str, Any]]:
    """Return the series of an expression between two times."""
    begin, until = span
    step = max(float(INTERVAL), (until - begin) / POINTS)
    answer = prometheus.ask("query_range", query=expression, start=begin, end=until, step=step)
    found: list[dict[str, Any]] = answer["result"]
    return found


def shown(board: dict[str, Any], answer: Callable[[str], list[dict[str, Any]]]) -> list[Shown]:
    """Return the panels of a dashboard with the series that its expressions have."""
    return [
        Shown(
            panel["title"],
            panel["gridPos"],
            [one for target in panel.get("targets", ()) for one in series(target, answer)],
            panel.get("fieldConfig", {}).get("defaults", {}).get("unit", "short"),
            panel["type"],
            texts(panel),
        )
        for panel in board["panels"]
    ]


def series(target: dict[str, Any], answer: Callable[[str], list[dict[str, Any]]]) -> Iterable[Series]:
    """Return the lines of one expression, without what is no number."""
    expression = target["expr"]
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    for one in answer(expression):
        values = {float(when): float(value) for when, value in one["values"] if math.isfinite(float(value))}
        if values:
            yield Series(legend(target["legendFormat"], one["metric"]), values)


def legend(written: str, labels: dict[str, str]) -> str:
    """Return a legend with the labels in place, as Grafana does it."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), written)


def texts(panel: dict[str, Any]) -> dict[str, str]:
    """Return the words that a panel shows in place of values."""
    mappings = panel.get("fieldConfig", {}).get("defaults", {}).get("mappings", ())
    return {value: option["text"] for mapping in mappings for value, option in mapping["options"].items()}
