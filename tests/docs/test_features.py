"""docs/features.md: a row for each thing that is promised or complained of, and no row without a test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from scim_operator.api.enums import Operator
from scim_operator.core.expressions.library import FUNCTIONS

TESTS = Path(__file__).parents[1]
TEXT = (TESTS.parent / "docs" / "features.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| (`.*) \|$", TEXT, re.MULTILINE)


@cache
def defined_in(file: str) -> frozenset[str]:
    """The names of all functions of a file of tests, however deep."""
    nodes = ast.walk(ast.parse((TESTS / file).read_text()))
    return frozenset(each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_names_tests_that_exist(row: tuple[str, str, str]) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", row[2])
    assert named, "no row without a test"
    for file, name in named:
        assert name in defined_in(file), f"{file} has no {name}"


def test_no_row_is_malformed() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| There")]
    assert len(rows) == len(ROWS)


def test_each_function_complaint_ask_and_operator_has_its_row() -> None:
    there = {row[0] for row in ROWS}
    assert {f"`{name}`" for name in FUNCTIONS} <= there
    assert {row.partition(".")[0] for row in there} >= {*map(str, range(1, 13)), *"ABCDEFGHIJ"}
    assert {row for row in there if row.startswith("`")} >= {f"`{each}`" for each in list(Operator)[:14]}
