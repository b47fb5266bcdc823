"""The list of safeties that can be switched off fits the source, and its table is the one in the documentation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import scim_operator
from verify.crashes.scenarios import SCENARIOS
from verify.safeties.copy import ROOT, must_be, without
from verify.safeties.hunt import KINDS, is_life
from verify.safeties.listed import SWITCHES
from verify.safeties.notice import Noticed
from verify.safeties.switch import Change, Switch
from verify.safeties.table import OUTSIDE, PAGE, Row, cell, merged, rows, table

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.safety)
def test_what_a_switch_replaces_is_there_once(switch: Switch, tmp_path: Path) -> None:
    source = Path(scim_operator.__file__).parent
    for change in switch.changes:
        copy = tmp_path / change.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            shutil.copy(source / change.file, copy)
        change.make(tmp_path)
        compile(copy.read_text(), change.file, "exec")


def test_a_text_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text("one\n")
    with pytest.raises(ValueError, match="0 times"):
        Change("some.py", "two", "three").make(tmp_path)


def is_there(path: str, *names: str) -> bool:
    """Return whether a test file is there, and has a class or function of each name."""
    file = ROOT / path
    text = file.read_text() if file.is_file() else ("" if file.is_dir() else None)
    return text is not None and all(f"class {name}" in text or f"def {name}(" in text for name in names)


def test_what_is_to_notice_is_there() -> None:
    places = {test for switch in SWITCHES for test in switch.tests}
    assert [place for place in sorted(places) if not is_there(*place.split("::"))] == []
    assert {name.split()[0] for switch in SWITCHES for name in switch.scenarios} <= set(SCENARIOS)
    assert all(each.split()[0] in KINDS and is_life(each) for switch in SWITCHES for each in switch.lives)
    assert not KINDS.keys() & SCENARIOS.keys(), "a place is one or the other"
    assert all(switch.tests for switch in SWITCHES)
    assert len({switch.safety for switch in SWITCHES}) == len(SWITCHES)


@pytest.mark.parametrize(
    ("place", "expected"), [("17", True), ("guarded 5", True), ("fencing 7067", True), ("leaver", False)]
)
def test_where_the_simulation_looks_first(place: str, expected: bool) -> None:
    assert is_life(place) is expected


def test_each_promise_has_a_safety() -> None:
    assert {switch.promise for switch in SWITCHES} == {*(f"S{number}" for number in range(1, 11)), *OTHERS}


OTHERS = ("end first", "alone", "one writer", "stable")


def test_the_table_names_exactly_the_switches() -> None:
    """`python -m verify safeties --write` brings it up to date."""
    assert table(rows().values()) in PAGE.read_text()


def test_each_safety_that_is_switched_off_is_noticed_by_something() -> None:
    assert [safety for safety, row in rows().items() if not row.is_noticed] == []


def test_a_copy_is_what_a_new_process_imports() -> None:
    with without(Switch("nothing", "", (), ())) as folder:
        must_be(folder)
        with pytest.raises(RuntimeError, match="comes from"):
            must_be(folder / "elsewhere")


def _noticed() -> Iterator[tuple[Row, bool]]:
    row, missed, by = Row("S1", "it"), Noticed("", 60.0), Noticed("campaign `3`", 4.0, "S1 at 3.000: a | b")
    yield row, False
    yield merged(row, missed, None, simulated=True), False
    yield merged(row, None, None, simulated=False), False
    yield merged(row, missed, by, simulated=True), True
    yield merged(row, by, missed, simulated=True), True


@pytest.mark.parametrize(("row", "expected"), list(_noticed()))
def test_a_row_says_whether_anything_noticed(row: Row, expected: bool) -> None:
    assert row.is_noticed is expected


def test_a_row_is_read_as_it_was_written(tmp_path: Path) -> None:
    said = Noticed("test `a.py::test[x|y]`", 4.0, "a | b `c`")
    kept = merged(Row("S1", SWITCHES[0].safety), None, said, simulated=False)
    assert kept.simulation == OUTSIDE
    assert cell(said) == "test `a.py::test[x\\|y]`, 4 s: `a \\| b 'c'`"
    page = tmp_path / "page.md"
    page.write_text(f"<!-- python -m verify safeties --write -->\n{table([kept])}<!-- end -->\n")
    assert rows(page)[SWITCHES[0].safety] == kept
