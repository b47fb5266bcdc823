"""Mutants: what is changed and what is left alone, where a change takes effect, and how the score is counted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tools.mutants import mutations, report
from tools.mutants.gathering import Gathered, Run, bits
from tools.mutants.selection import trial
from tools.mutants.trial import HUNG, KILLED, SURVIVED, UNTESTED, Outcome

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''\
"""A module."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 1

MOST: int = 3


class Shelf:
    """A shelf."""

    depth = 2

    def fits(self, books: "int" = 4) -> bool:
        """Return whether so many fit."""
        return books < MOST * self.depth
'''


@pytest.fixture
def made(tmp_path: Path) -> list[mutations.Mutant]:
    (tmp_path / "shelf.py").write_text(SOURCE)
    return [mutant for place in mutations.mutants(tmp_path / "shelf.py", tmp_path) if (mutant := place.make())]


def test_constants_defaults_and_functions_are_changed_and_words_and_types_are_not(made: list) -> None:
    changes = {(mutant.function, mutant.before, mutant.after) for mutant in made}
    assert changes == {
        ("", "MOST: int = 3", "MOST: int = 4"),
        ("", "MOST: int = 3", "MOST: int = None"),
        ("", "depth = 2", "depth = 3"),
        ("", "depth = 2", "depth = None"),
        ("", 'def fits(self, books: "int" = 4) -> bool:', 'def fits(self, books: "int" = 5) -> bool:'),
        ("Shelf.fits", "return books < MOST * self.depth", "return books <= MOST * self.depth"),
        ("Shelf.fits", "return books < MOST * self.depth", "return books < MOST / self.depth"),
    }


def test_what_takes_effect_on_import_says_what_it_binds(made: list) -> None:
    names = {mutant.before: mutant.names for mutant in made if not mutant.function}
    assert names == {
        "MOST: int = 3": {"MOST"},
        "depth = 2": {"Shelf", "depth"},
        'def fits(self, books: "int" = 4) -> bool:': {"Shelf", "fits"},
    }


def test_the_tests_that_run_the_line_try_it_the_fastest_first_within_the_budget(made: list) -> None:
    mutant = next(each for each in made if each.function)
    line = bits(mutant.line, mutant.end)
    run = Run("", {"t.py::a": 0.3, "t.py::b": 0.1, "t.py::c": 9.0, "t.py::d": 0.2}, {})
    run.lines = {test: {mutant.path: line} for test in ("t.py::a", "t.py::b", "t.py::c")}
    run.lines["t.py::d"] = {mutant.path: 1}
    chosen, on_import = trial(mutant, Gathered({"t.py": run}), 5.0)
    assert (chosen.tests, on_import) == (("t.py::b", "t.py::a"), False)


def _outcome(state: str, key: str) -> Outcome:
    return Outcome(f"core/a.py f: {key} => y", 1, "number", state, "", 0.1, 2)


def test_a_hang_is_noticed_and_an_explained_survivor_is_not() -> None:
    outcomes = [_outcome(KILLED, "a"), _outcome(HUNG, "b"), _outcome(SURVIVED, "c"), _outcome(UNTESTED, "d")]
    counts = report.score(outcomes, {"core/a.py f: c => y": "the same"})
    assert counts == report.Score(tried=4, killed=2, hung=1, survived=2, explained=1)
    assert counts.share.startswith("50.0%")
    assert counts.adjusted == "66.7%"


def test_the_page_lists_what_survived_with_its_reason() -> None:
    page = report.page({"core": [_outcome(SURVIVED, "a | b"), _outcome(UNTESTED, "d")]}, 1, dt.date(2026, 3, 1))
    assert r"| `core/a.py f` | `a \| b => y` | open |" in page
    assert "| `core/a.py f` | `d => y` | open: no test runs it |" in page


@pytest.mark.parametrize(("hits", "of", "low", "high"), [(0, 0, 0, 1), (90, 100, 0.826, 0.945), (5, 5, 0.566, 1)])
def test_the_interval_of_a_share(hits: int, of: int, low: float, high: float) -> None:
    assert report.interval(hits, of) == pytest.approx((low, high), abs=0.001)
