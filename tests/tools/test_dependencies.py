"""Each dependency that pyproject.toml asks for has its line in the record that says why."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from tools.check_lock import group

ROOT = Path(__file__).parents[2]


def asked_for() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *group(project, "dev")]
    return {Requirement(line).name for line in wanted}


def test_every_dependency_says_why_and_no_other_does() -> None:
    record = (ROOT / "docs" / "adr" / "0001-dependencies.md").read_text()
    rows = set(re.findall(r"^\| ([a-z0-9.-]+) \|", record, re.MULTILINE)) - {"package"}
    assert rows == asked_for()
