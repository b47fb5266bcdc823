"""Mutants: what is changed and what is left alone, where a change takes effect, and how the score is counted."""

from __future__ import annotations

import datetime as dt
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tools.mutants import mutations, report
from tools.mutants.gathering import BATCH, DEAR, TESTS, Gathered, Run, asked_files, batches, bits
from tools.mutants.selection import trial
from tools.mutants.trial import HUNG, KILLED, SURVIVED, UNTESTED, Outcome, Trial, Trials

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


def test_many_stories_go_in_one_turn_and_one_test_of_each_other_file(made: list) -> None:
    mutant = next(each for each in made if each.function)
    line, stories = bits(mutant.line, mutant.end), "tests/verify/test_stories.py"
    runs = {}
    for file, count in ((stories, 20), ("a.py", 2), ("b.py", 1)):
        names = [f"{file}::{number:02}" for number in range(count)]
        runs[file] = Run("", dict.fromkeys(names, 1.0), {name: {mutant.path: line} for name in names})
    chosen, _ = trial(mutant, Gathered(runs), 99.0)
    files = [test.partition("::")[0] for test in chosen.tests]
    assert files == ["a.py", "b.py", *[stories] * 16, "a.py", *[stories] * 4]


class Trying:
    """Trials whose children fail the tests of `fails`, and leave a file for each test that they ran."""

    def __init__(self, folder: Path, *fails: str) -> None:
        self.folder, self.fails, self.took = folder, fails, list[Outcome]()

    def run(self, trial: Trial) -> str:
        for test in trial.tests:
            runs = len(list(self.folder.glob(f"{test}-*")))
            (self.folder / f"{test}-{runs}").touch()
            if test in self.fails and not (test.startswith("now") and runs):
                return test
        return ""

    def outcome(self, *tests: str) -> tuple[str, str, list[str]]:
        """Try a mutant with these tests; its state, what noticed it, and what ran."""
        trials = Trials(self.run, self.took.append)
        mutant = mutations.Mutant("a.py", 1, 1, "f", frozenset(), "number", "x", "y", "")
        trials.begin(Trial(mutant, tests, 1.0))
        trials.end()
        [found] = self.took
        return found.state, found.by, sorted(path.name for path in self.folder.iterdir())


def test_a_mutant_is_noticed_where_a_test_fails_twice(tmp_path: Path) -> None:
    assert Trying(tmp_path, "b").outcome("a", "b", "c") == (KILLED, "b", ["a-0", "b-0", "b-1"])


def test_a_test_that_fails_now_and_then_notices_nothing(tmp_path: Path) -> None:
    assert Trying(tmp_path, "now").outcome("now", "a") == (SURVIVED, "", ["a-0", "now-0", "now-1"])


def test_the_others_are_asked_after_one_that_failed_once(tmp_path: Path) -> None:
    found = Trying(tmp_path, "now", "b").outcome("now", "a", "b")
    assert found == (KILLED, "b", ["a-0", "b-0", "b-1", "now-0", "now-1"])


def test_what_dies_or_does_not_start_is_noticed_at_once(tmp_path: Path) -> None:
    trying = Trying(tmp_path)
    trying.run = lambda trial: os.kill(os.getpid(), signal.SIGTERM)  # type: ignore[method-assign, return-value, assignment] # it dies
    assert trying.outcome("a")[:2] == (KILLED, "")
    other = Trying(tmp_path)
    other.run = lambda trial: 1 / 0  # type: ignore[method-assign, return-value, assignment] # it does not start
    assert other.outcome("a")[:2] == (KILLED, "does not start: ZeroDivisionError")


def test_files_are_run_in_parts() -> None:
    paths = [str(number) for number in range(BATCH + 1)]
    assert batches(paths) == [paths[:BATCH], paths[BATCH:]]
    assert batches([]) == []


def test_what_is_asked_costs_little() -> None:
    asked = {str(path.relative_to(mutations.ROOT)) for place in TESTS["job"] for path in asked_files(place)}
    assert not asked & set(DEAR)
    assert {path for path in DEAR if not (mutations.ROOT / path).exists()} == set()


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
