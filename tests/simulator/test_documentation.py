"""docs/simulator.md says what the catalogue has, and every fault has a test over HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scim_operator.simulator.catalogue import CATALOGUE, FaultName
from scim_operator.simulator.faults import Fault

TEXT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
SOURCES = "".join(path.read_text() for path in Path(__file__).parent.glob("test_faults*.py"))
PITFALLS = dict(re.findall(r"^\| (\d+) \|(.*)$", TEXT, re.MULTILINE))


@pytest.mark.parametrize("name", list(FaultName))
def test_fault_is_in_the_table(name):
    entry = CATALOGUE[name]
    values = f"{entry.values} (default {entry.default})" if entry.pattern else ""
    assert f"| `{name.value}` | {values} | {entry.help} |" in TEXT


def test_every_pitfall_has_its_row():
    assert list(PITFALLS) == [str(number) for number in range(1, 32)]


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if entry.row])
def test_fault_is_named_in_the_row_of_its_pitfall(name):
    assert f"`{name.value}" in PITFALLS[str(CATALOGUE[name].row)]


@pytest.mark.parametrize("text", re.findall(r"`([a-z-]+(?:=[^`]*)?)`", "".join(PITFALLS.values())))
def test_switch_is_one_that_can_be_written(text):
    if not text.startswith("--") and text not in {"id", "primary"}:
        assert Fault.parse(text)


@pytest.mark.parametrize("name", list(FaultName))
def test_fault_is_switched_on_by_a_test(name):
    assert re.search(rf'"{name.value}[";=]', SOURCES)
