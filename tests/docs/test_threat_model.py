"""docs/threat-model.md: every attack names a promise and tests that exist, and every attack test has its row."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import ROOT, rows

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "threat-model.md"
TESTS = ROOT / "tests"
SECTIONS = ["Ownership", "One claimant", "Limits", "Secrets", "Review", "Hostile service", "Leaks", "Chart"]
ATTACKS = rows(PAGE, "Attack")


def named(cell: str) -> list[tuple[str, str]]:
    return re.findall(r"`([\w/]+\.py)::(\w+)`", cell)


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: row[0])
def test_each_attack_names_its_promise_and_tests_that_exist(row: list[str]) -> None:
    attack, promise, tests = row
    assert attack
    assert promise
    assert named(tests), "no attack without a test"
    assert [one for one in named(tests) if one[1] not in defined(TESTS / one[0])] == []


def defined(file: Path) -> set[str]:
    tree = ast.parse(file.read_text()) if file.is_file() else ast.Module([], [])
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_part_has_its_section_and_no_table_is_malformed() -> None:
    text = PAGE.read_text().partition("\n## Attacks\n")[2]
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == SECTIONS
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == len(ATTACKS) + len(SECTIONS)


def test_each_file_of_attacks_is_in_the_table() -> None:
    """An attack test that the table does not know would be missed by who reads it to trust us."""
    reported = {file for row in ATTACKS for file, _ in named(row[2])}
    files = {str(path.relative_to(TESTS)) for path in (TESTS / "security").glob("test_*.py")}
    assert files <= reported
