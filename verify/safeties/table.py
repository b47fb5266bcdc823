"""The table of switched-off safeties, as docs/safeties.md has it: read, brought up to date, and written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from verify.safeties.copy import ROOT
from verify.safeties.listed import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from verify.safeties.notice import Noticed

PAGE = ROOT / "docs" / "safeties.md"
BEGIN, END = "<!-- python -m verify safeties --write -->\n", "<!-- end -->\n"
HEAD = "| Promise | Safety switched off | Noticed by simulation | Noticed by tests |\n|---|---|---|---|\n"
UNTRIED = "not tried"
UNNOTICED = "**not noticed**"
OUTSIDE = "outside the simulated world"
LONGEST = 160
"""Characters of what was said that a cell shows."""
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Row:
    """A safety, and who noticed that it was off."""

    promise: str
    safety: str
    simulation: str = UNTRIED
    tests: str = UNTRIED

    def __str__(self) -> str:
        return f"| {self.promise} | {self.safety} | {self.simulation} | {self.tests} |"

    @property
    def is_noticed(self) -> bool:
        """Return whether anything has noticed."""
        return any(cell not in {UNTRIED, OUTSIDE} and not cell.startswith(UNNOTICED) for cell in self._cells)

    @property
    def _cells(self) -> tuple[str, str]:
        return self.simulation, self.tests


def cell(noticed: Noticed) -> str:
    """Return what was found out as a cell of the table."""
    seconds = f"{max(1.0, noticed.seconds):.0f} s"
    if not noticed.by:
        return f"{UNNOTICED} within {seconds}"
    text = noticed.sentence if len(noticed.sentence) <= LONGEST else f"{noticed.sentence[: LONGEST - 1].rstrip()}…"
    said = text.replace("`", "'").replace("|", "\\|").replace("<", "&lt;")
    by = noticed.by.replace("|", "\\|")
    return f"{by}, {seconds}: `{said}`" if said else f"{by}, {seconds}"


def rows(page: Path = PAGE) -> dict[str, Row]:
    """Return the rows of the table by safety: those of the page, in the order of the switches, and new ones."""
    text = page.read_text() if page.exists() else ""
    body = text.partition(BEGIN)[2].partition(END)[0].removeprefix(HEAD)
    found = {row.safety: row for row in map(_row, body.splitlines())}
    known = {switch.safety: Row(switch.promise, switch.safety) for switch in SWITCHES}
    return {safety: found.get(safety, row) for safety, row in known.items()}


def merged(row: Row, simulation: Noticed | None, tests: Noticed | None, *, simulated: bool) -> Row:
    """Return a row with what was found out just now; what was not tried stays as it was."""
    if simulation is not None:
        row = replace(row, simulation=cell(simulation))
    elif not simulated:
        row = replace(row, simulation=OUTSIDE)
    return row if tests is None else replace(row, tests=cell(tests))


def written(found: Mapping[str, Row], page: Path = PAGE) -> None:
    """Write the table into the page, between its markers."""
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}{table(found.values())}{END}{after}")


def table(found: Iterable[Row]) -> str:
    """Return the rows with their head."""
    return HEAD + "".join(f"{row}\n" for row in found)


def _row(line: str) -> Row:
    promise, safety, simulation, tests = (part.strip() for part in _BAR.split(line)[1:-1])
    return Row(promise, safety, simulation, tests)
