"""An import costs little more than a bare script that only parses the table and dumps YAML."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from click.testing import CliRunner

from scim_operator.cli import main
from tools.measure.imports import PEOPLE, bare, bare_again, measure_imports, move, table

if TYPE_CHECKING:
    from pathlib import Path


def test_ten_thousand_people_cost_at_most_three_times_a_bare_script(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    table(file)
    began = time.process_time()
    bare(file, tmp_path / "bare")
    script = time.process_time() - began
    result = CliRunner().invoke(main, ["import", "csv", str(file), str(tmp_path / "people")])
    ours = time.process_time() - began - script
    assert result.exit_code == 0, result.output
    assert f"Wrote {PEOPLE} users and 820 groups" in result.stdout
    said = f"{ours:.1f} s of a processor, and a bare script takes {script:.1f} s: {ours / script:.2f} times as much"
    sys.stdout.write(f"{PEOPLE} people take {said}\n")
    assert ours <= 3 * script, said


def test_an_update_of_ten_thousand_costs_at_most_three_times_a_bare_script(tmp_path: Path) -> None:
    file, people = tmp_path / "people.csv", tmp_path / "people"
    table(file)
    assert CliRunner().invoke(main, ["import", "csv", str(file), str(people)]).exit_code == 0
    move(file)
    began = time.process_time()
    bare_again(file, people, tmp_path / "bare")
    script = time.process_time() - began
    result = CliRunner().invoke(main, ["import", "csv", str(file), str(people), "--update"])
    ours = time.process_time() - began - script
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(f"{PEOPLE // 10} moves; {PEOPLE // 10} files changed.\n")
    said = f"{ours:.1f} s of a processor, and a bare script takes {script:.1f} s: {ours / script:.2f} times as much"
    sys.stdout.write(f"An update of {PEOPLE} people takes {said}\n")
    assert ours <= 3 * script, said


def test_the_benchmark_of_it_measures_both_beside_a_script(tmp_path: Path) -> None:
    figures = measure_imports(tmp_path / "imports", people=40)
    assert [each.what for each in figures] == [
        f"40 people: {name}{part}"
        for name in ("`import csv`", "`import csv --update`, a tenth moved")
        for part in ("", ": bare script", ": CPU / bare script")
    ]
    assert all(each.value.endswith(" MiB") for each in figures if "/" not in each.what)
