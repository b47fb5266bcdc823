"""docs/simulator.md says what the catalogue has, and every fault has a test over HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scim_operator.simulator.catalogue import CATALOGUE, FaultName

TEXT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
SOURCES = "".join(path.read_text() for path in Path(__file__).parent.glob("test_faults*.py"))


@pytest.mark.parametrize("name", list(FaultName))
def test_fault_is_in_the_table(name):
    entry = CATALOGUE[name]
    values = f"{entry.values} (default {entry.default})" if entry.pattern else ""
    assert f"| `{name.value}` | {values} | {entry.help} |" in TEXT


@pytest.mark.parametrize("name", list(FaultName))
def test_fault_is_switched_on_by_a_test(name):
    assert re.search(rf'"{name.value}[";=]', SOURCES)
