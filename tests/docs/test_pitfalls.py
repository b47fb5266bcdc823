"""docs/pitfalls.md: each pitfall and each behaviour of VMware's, with a switch and a test that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from scim_operator.cli.simulate import command as simulate
from scim_operator.simulator.catalogue import CATALOGUE
from scim_operator.simulator.faults import Fault
from tests.docs.markdown import ROOT, rows

PAGE = ROOT / "docs" / "pitfalls.md"
ROWS = rows(PAGE, "#")
NOT_SWITCHES = {"id", "primary", "PUT", "exp"}
OPTIONS = {option for parameter in simulate.params for option in (*parameter.opts, *parameter.secondary_opts)}


def test_every_pitfall_and_every_behaviour_has_its_row() -> None:
    assert [row[0] for row in ROWS] == [*map(str, range(1, 32)), *(f"V{number}" for number in range(1, 27))]
    assert {len(row) for row in ROWS} == {5}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_names_a_switch_that_exists(row: list[str]) -> None:
    switch = row[3]
    assert switch
    for text in set(re.findall(r"`([^`]+)`", switch)) - NOT_SWITCHES:
        if text.startswith("--"):
            assert text in OPTIONS, f"{text} is no option of simulate"
        else:
            assert Fault.parse(text)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_names_tests_that_exist(row: list[str]) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", row[4])
    assert named, "no row without a test"
    for file, name in named:
        tree = ast.parse((ROOT / "tests" / file).read_text())
        defined = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in defined, f"{file} has no {name}"


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if entry.row])
def test_a_fault_is_named_in_the_row_of_its_pitfall(name: str) -> None:
    assert f"`{name}" in ROWS[(CATALOGUE[name].row or 0) - 1][3]


def test_the_tests_are_below_tests() -> None:
    assert Path(__file__).parents[1] == ROOT / "tests"
