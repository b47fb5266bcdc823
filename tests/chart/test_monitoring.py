"""What the chart makes for Prometheus, Grafana and `helm test`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.kube.health import health_app, serving
from scim_operator.observability.metrics import Metrics
from tests.chart.conftest import CHART, HelmError
from tests.chart.promql import exposed, metrics_in, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chart.conftest import Helm

BOARDS = {path.name: json.loads(path.read_text()) for path in sorted((CHART / "files" / "dashboards").glob("*.json"))}


def test_a_pod_monitor_reads_each_pod_without_a_service(helm: Helm) -> None:
    rendered = helm.template("podMonitor.enabled=true", "service.enabled=false", "podMonitor.labels.release=p")
    monitor = rendered.one("PodMonitor")
    labels = rendered.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert monitor["spec"]["podMetricsEndpoints"] == [{"port": "http", "path": "/metrics", "interval": "30s"}]
    assert monitor["metadata"]["labels"]["release"] == "p"
    assert not rendered.all("ServiceMonitor")


def test_nothing_is_read_twice(helm: Helm) -> None:
    with pytest.raises(HelmError, match="set one of them to false"):
        helm.template("podMonitor.enabled=true", "serviceMonitor.enabled=true")


def test_common_labels_are_on_every_object_and_on_no_selector(helm: Helm) -> None:
    everything = ["podMonitor", "prometheusRule", "dashboards", "simulator", "provisioningLog.persistence"]
    rendered = helm.template("commonLabels.team=id", *[f"{name}.enabled=true" for name in everything])
    without = [f"{one['kind']} {one['metadata']['name']}" for one in rendered.objects if not labelled(one)]
    assert without == []
    assert "team" not in str(rendered.one("Deployment")["spec"]["selector"])


def labelled(made: dict[str, Any]) -> bool:
    return made["kind"] == "CustomResourceDefinition" or made["metadata"]["labels"].get("team") == "id"


def test_a_label_of_ones_own_wins_over_a_common_one(helm: Helm) -> None:
    rendered = helm.template("podMonitor.enabled=true", "commonLabels.release=a", "podMonitor.labels.release=b")
    assert rendered.one("PodMonitor")["metadata"]["labels"]["release"] == "b"


def test_common_labels_do_not_take_the_place_of_the_charts_own(helm: Helm) -> None:
    with pytest.raises(
        HelmError, match=r"commonLabels: app\.kubernetes\.io/name is a label of the chart's own; leave it out"
    ):
        helm.template("commonLabels.app\\.kubernetes\\.io/name=mine")


# --- dashboards ---


def queries(board: dict[str, Any]) -> list[str]:
    """The expressions of a dashboard, with an interval in place of Grafana's variable."""
    found = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    return [one.replace("$__rate_interval", "5m") for one in found]


def test_each_dashboard_is_a_config_map_that_the_sidecar_finds(helm: Helm) -> None:
    rendered = helm.template("dashboards.enabled=true", "dashboards.annotations.grafana_folder=Identity")
    maps = rendered.all("ConfigMap")
    assert {key for one in maps for key in one["data"]} == set(BOARDS)
    for one in maps:
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert one["metadata"]["annotations"] == {"grafana_folder": "Identity"}
        for name, text in one["data"].items():
            assert json.loads(text) == BOARDS[name]


@pytest.mark.parametrize("name", BOARDS)
def test_every_expression_of_a_dashboard_can_be_read_by_prometheus(promtool: Path, tmp_path: Path, name: str) -> None:
    rules = [{"record": f"dashboard:{number}", "expr": one} for number, one in enumerate(queries(BOARDS[name]))]
    assert len(rules) > 10
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    passed, said = run(promtool, "check", "rules", str(tmp_path / "rules.yaml"))
    assert passed, said


@pytest.mark.parametrize("name", BOARDS)
def test_every_metric_of_a_dashboard_is_one_that_the_operator_shows(name: str) -> None:
    for one in queries(BOARDS[name]):
        assert metrics_in(one)
        assert metrics_in(one) <= exposed()


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_as_grafana_wants_it(name: str) -> None:
    """As its linter asks for: a data source and a config to choose, titles, units, and no panel over another."""
    board, panels = BOARDS[name], BOARDS[name]["panels"]
    assert board["schemaVersion"] >= 39
    assert (board["id"], board["editable"], board["refresh"]) == (None, False, "1m")
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "config"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    shown = [panel for panel in panels if panel["type"] != "row"]
    for panel in shown:
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEF")[: len(panel["targets"])]
    cells = [cell for panel in panels for cell in covered(panel["gridPos"])]
    assert len(cells) == len(set(cells)), "panels lie over one another"


def covered(place: dict[str, int]) -> list[tuple[int, int]]:
    assert place["x"] + place["w"] <= 24
    return [(x + place["x"], y + place["y"]) for x in range(place["w"]) for y in range(place["h"])]


def test_every_query_is_of_the_chosen_configs_or_of_the_process() -> None:
    free = {"process_resident_memory_bytes", "process_cpu_seconds_total", "scim_operator_watch_age_seconds"}
    free |= {"scim_operator_key_lasts", "rest_client_requests_total", "scim_provisioning_log_records_total"}
    for board in BOARDS.values():
        for one in queries(board):
            assert metrics_in(one) <= free or '=~"$config"' in one, one


# --- helm test ---


def pod_of_test(helm: Helm, *values: str) -> dict[str, Any]:
    return helm.template(*values).one("Pod", "scim-operator-test")


def test_the_test_pod_is_as_restricted_as_the_operator_and_has_no_token(helm: Helm) -> None:
    pod, operator = pod_of_test(helm), helm.template().pod()
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["securityContext"] == operator["securityContext"]
    assert container["securityContext"] == operator["containers"][0]["securityContext"]
    assert container["image"] == operator["containers"][0]["image"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert "resources" in container


def test_the_test_pod_is_let_in_where_metrics_are_for_some_only(helm: Helm) -> None:
    some = "networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus"
    (rule,) = helm.template(some).one("NetworkPolicy")["spec"]["ingress"]
    labels = pod_of_test(helm)["metadata"]["labels"]
    assert [peer["podSelector"]["matchLabels"].items() <= labels.items() for peer in rule["from"]] == [False, True]


def test_no_service_and_no_policy_of_the_operator_takes_the_test_pod_for_it(helm: Helm) -> None:
    rendered = helm.template()
    labels = pod_of_test(helm)["metadata"]["labels"].items()
    assert not rendered.one("Service")["spec"]["selector"].items() <= labels
    assert not rendered.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items() <= labels


def test_without_a_service_there_is_nothing_to_ask(helm: Helm) -> None:
    assert not helm.template("service.enabled=false").all("Pod")


@pytest.mark.parametrize(("problem", "passes"), [("", True), ("The manifests are not listed yet.", False)])
async def test_what_the_test_pod_runs_asks_the_operator(helm: Helm, problem: str, passes: bool) -> None:
    *command, address = pod_of_test(helm, "service.port=9090")["spec"]["containers"][0]["command"]
    assert (command[:2], address) == (["python3", "-c"], "http://scim-operator.identity.svc:9090")
    app = health_app(Metrics(), alive=list, ready=lambda: [problem] if problem else [])
    async with serving(app, "127.0.0.1:0") as port:
        words = [sys.executable, *command[1:], f"http://127.0.0.1:{port}", "0"]
        ended = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    assert (ended.returncode == 0) is passes, ended.stderr
    assert passes or "/readyz" in ended.stderr
