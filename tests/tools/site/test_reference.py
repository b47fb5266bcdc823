"""The reference has all that the code has: each field, command, option, metric, value and code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from prometheus_client import generate_latest

from scim_operator.cli import COMMANDS, main
from scim_operator.core.records.status import Reason
from scim_operator.observability.metrics import Metrics
from scim_operator.observability.provisioning_log.codes import RECOMMENDED
from tests.docs.markdown import ROOT
from tools import yamls
from tools.chart import described_values
from tools.site.building import reference
from tools.site.reference import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = reference()
CRDS = [yamls.read(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml"))]
VALUES = (ROOT / "charts" / "scim-operator" / "values.yaml").read_text()


def sections(page: str) -> dict[str, str]:
    """The text below each heading of the second level; that above the first by ""."""
    parts = re.split(r"^## (.+)$", PAGES[page], flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each field of a schema: the path of its object, its name, what the schema says of it."""
    for name, below in schema.get("properties", {}).items():
        yield path, name, below
        yield from fields(below, f"{path}.{name}" if path else name)
    if isinstance(items := schema.get("items"), dict):
        yield from fields(items, f"{path}[]")
    if isinstance(more := schema.get("additionalProperties"), dict):
        yield from fields(more, f"{path}.*")


@pytest.mark.parametrize("crd", CRDS, ids=lambda crd: crd["spec"]["names"]["kind"])
def test_every_field_of_a_kind_is_there_with_what_it_says(crd: dict[str, Any]) -> None:
    page = sections(f"reference/kinds/{crd['spec']['names']['kind']}.md")
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    found = list(fields(schema))
    assert len(found) > 50
    for path, name, below in found:
        (row,) = re.findall(rf"^\| `{re.escape(name)}` \|.*$", page[path], re.MULTILINE)
        said = "".join(re.findall(r"\w", below.get("description", "")))
        assert said in "".join(re.findall(r"\w", row)), row
        assert [value for value in below.get("enum", ()) if f"`{value}`" not in row] == []


def test_a_field_says_what_it_takes_and_what_is_refused() -> None:
    schema = {
        "description": "One.",
        "required": ["a"],
        "properties": {
            "a": {
                "description": "First_one.",
                "type": "string",
                "minLength": 1,
                "pattern": "^[A-Z]|x$",
                "x-kubernetes-validations": [{"message": "trim it"}],
            },
            "b": {"type": "array", "items": {"type": "string", "maxLength": 1000}, "default": []},
        },
        "x-kubernetes-validations": [{"message": "a or b; not both"}],
    }
    page = kinds.section(kinds.Object("spec", schema))
    assert "| `a` | string |  | **Required.** First\\_one. Takes: at least 1 long; pattern `^[A-Z]\\|x$`. |" in page
    assert "| `b` | list of string | `[]` | Takes: at most 1,000 long each. |" in page
    assert page.endswith("Refused with these words:\n\n- a or b; not both\n- a: trim it\n")


def commands() -> Iterator[tuple[str, str]]:
    """Each command by its words, with the help that it prints."""
    for name in COMMANDS:
        printed = CliRunner().invoke(main, [name, "--help"]).output
        below = re.findall(r"^  ([\w-]+) ", printed.partition("\nCommands:\n")[2], re.MULTILINE)
        if not below:
            yield name, printed
        for each in below:
            yield f"{name} {each}", CliRunner().invoke(main, [name, each, "--help"]).output


def test_every_command_is_there_with_its_options() -> None:
    page, found = sections("reference/commands.md"), dict(commands())
    assert set(found) == set(page) - {""}
    for name, printed in found.items():
        options = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", printed, re.MULTILINE)) - {"--help"}
        assert [each for each in options if f"`{each}`" not in page[name]] == [], name


def test_a_command_says_its_defaults_and_its_variables() -> None:
    page = sections("reference/commands.md")
    assert re.search(r"^\| `--timeout` `FLOAT RANGE` \| `300\.0` \|", page["apply"], re.MULTILINE)
    assert "Also set by `SCIM_OPERATOR_STATE`." in page["apply"]
    assert "\n    " not in page["apply"], "what a command says of itself is prose, and no code"


def test_every_metric_is_there_with_its_labels() -> None:
    served = set(re.findall(r"^# TYPE (\w+) ", generate_latest(Metrics().registry).decode(), re.MULTILINE))
    assert served == set(re.findall(r"^\| `(\w+)` \|", PAGES["reference/metrics.md"], re.MULTILINE))
    assert "| `scim_objects` | gauge | `config`, `kind`, `state` | Objects by" in PAGES["reference/metrics.md"]


def rows_of_values() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", PAGES["reference/values.md"], re.MULTILINE)
    return {path: rest.split(" | ") for path, rest in rows}


def leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else key)
    else:
        yield path


def test_every_value_of_the_chart_is_there_with_its_default_and_what_it_does() -> None:
    rows, values = rows_of_values(), yaml.safe_load(VALUES)
    for path in leaves(values):
        parts = path.split(".")
        above = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        nearest = next((each for each in above if each in rows), None)
        assert nearest is not None, path
        found = values
        for key in nearest.split("."):
            found = found[key]
        assert json.dumps(found, ensure_ascii=False) in rows[nearest][1].replace("\\|", "|"), path
    described = dict(described_values(VALUES))
    assert [path for path, said in described.items() if not rows[path][2].startswith(said[:10])] == []


def test_every_reason_and_code_is_there() -> None:
    page = sections("reference/codes.md")
    assert [each for each in Reason if f"| `{each.value}` |" not in page["Reasons of users and groups"]] == []
    assert [each for each in RECOMMENDED if f"| `{each}` |" not in page["Codes"]] == []
