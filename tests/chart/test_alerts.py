"""The alerts: each goes off when it is to and not otherwise, by metrics that exist, and has its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.chart.conftest import CHART, HelmError
from tests.chart.promql import exposed, metrics_in, run

if TYPE_CHECKING:
    from tests.chart.conftest import Helm

SOURCE = CHART / "files" / "alerts.yaml"
CASES = Path(__file__).with_name("alerts.test.yaml")
RUNBOOKS = CHART.parents[1] / "docs" / "runbooks"
RULES: list[dict[str, Any]] = yaml.safe_load(SOURCE.read_text())["groups"][0]["rules"]
NAMES = [rule["alert"] for rule in RULES]


def test_the_names_in_an_expression_are_found() -> None:
    text = 'sum by (config) (rate(a_total{b="c"}[5m]) > 0 or d unless e offset 1h) / on (f) group_left (g) h'
    assert metrics_in(text) == {"a_total", "d", "e", "h"}


def test_the_rules_are_rules(promtool: Path) -> None:
    passed, said = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", str(SOURCE))
    assert passed, said


def test_every_alert_goes_off_as_its_cases_say(promtool: Path) -> None:
    passed, said = run(promtool, "test", "rules", str(CASES))
    assert passed, said


@pytest.mark.parametrize(
    "instead", [pytest.param("vector(1) == 0", id="never"), pytest.param("vector(1)", id="always")]
)
def test_alerts_that_always_or_never_went_off_would_be_seen(promtool: Path, tmp_path: Path, instead: str) -> None:
    changed = [{**rule, "expr": instead} for rule in RULES]
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump({"groups": [{"name": "changed", "rules": changed}]}))
    cases = {**yaml.safe_load(CASES.read_text()), "rule_files": ["alerts.yaml"]}
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases))
    passed, said = run(promtool, "test", "rules", str(tmp_path / "cases.yaml"))
    assert not passed
    assert set(re.findall(r'expr: "\S*alertname=\\"(Scim\w+)', said)) == set(NAMES)


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_it_says_what_a_person_needs(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert {"summary", "description", "runbook_url"} == set(rule["annotations"])
    assert rule["annotations"]["runbook_url"].endswith(f"/docs/runbooks/{rule['alert']}.md")


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_its_labels_and_texts_name_configs_and_no_person(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    grouped = re.match(r"\(?\s*(?:time\(\) - )?\w+ by \(([\w, ]+)\)", rule["expr"])
    assert named <= set(grouped[1].split(", ") if grouped else [])
    assert named <= {"config", "channel", "resource", "place"}


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_it_goes_by_metrics_that_the_operator_shows(rule: dict[str, Any]) -> None:
    asked = metrics_in(rule["expr"])
    assert asked
    assert asked <= exposed()


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")}
    assert pages == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_page_answers_the_four_questions(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["What it means", "How to look", "What to do", "When to escalate"]
    assert "```sh\n" in text, "commands to type"
    assert len(text.splitlines()) < 70, "a page for 3 a.m. is short"


def test_operations_lists_every_alert_with_its_severity() -> None:
    text = (CHART.parents[1] / "docs" / "operations.md").read_text()
    listed = re.findall(r"^\| \[(Scim\w+)\]\(runbooks/\1\.md\) \| (\w+) \|", text, re.MULTILINE)
    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]


def made(helm: Helm, *values: str) -> dict[str, dict[str, Any]]:
    (group,) = helm.template("prometheusRule.enabled=true", *values).one("PrometheusRule")["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_the_chart_makes_the_alerts_as_they_are(helm: Helm) -> None:
    assert made(helm) == {rule["alert"]: rule for rule in RULES}


def test_an_alert_can_be_changed_and_left_out(helm: Helm) -> None:
    held = "prometheusRule.alerts.ScimPlanHeld"
    found = made(helm, f"{held}.for=4h", f"{held}.severity=critical", f"{held}.team=id")
    assert found["ScimPlanHeld"]["for"] == "4h"
    assert found["ScimPlanHeld"]["labels"] == {"severity": "critical", "team": "id"}
    assert "ScimPlanHeld" not in made(helm, f"{held}.enabled=false")
    assert len(made(helm, f"{held}.enabled=false")) == len(NAMES) - 1
    with pytest.raises(HelmError, match=r"ScimPlanHold.*ScimPlanHeld"):
        helm.template("prometheusRule.alerts.ScimPlanHold.for=4h")


def test_the_pages_may_be_elsewhere(helm: Helm) -> None:
    found = made(helm, "prometheusRule.runbooks=https://wiki.example/scim/")
    assert found["ScimPlanHeld"]["annotations"]["runbook_url"] == "https://wiki.example/scim/ScimPlanHeld.md"


def test_each_alert_is_a_value_of_the_schema() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    assert set(schema["properties"]["prometheusRule"]["properties"]["alerts"]["properties"]) == set(NAMES)
