"""Switches off one safety after the other, prints who noticed, and keeps the table up to date."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from verify.safeties.listed import SWITCHES
from verify.safeties.notice import by_simulation, by_tests
from verify.safeties.table import HEAD, UNTRIED, merged, rows, written

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from verify.safeties.switch import Switch
    from verify.safeties.table import Row


class Column(StrEnum):
    """Who is to notice."""

    SIMULATION = "simulation"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to try: switches whose words contain `only`, those that the table lacks alone if `untried`; and how."""

    only: str = ""
    untried: bool = False
    columns: AbstractSet[Column] = frozenset(Column)
    seconds: float = 10.0
    seed: int = 1

    def of(self, switch: Switch, row: Row) -> tuple[bool, bool]:
        """Return whether to try a switch by simulation, and by tests."""
        if self.only.lower() not in switch.safety.lower():
            return False, False
        simulation = switch.simulated and not (self.untried and row.simulation != UNTRIED)
        tests = not (self.untried and row.tests != UNTRIED)
        return simulation and Column.SIMULATION in self.columns, tests and Column.TESTS in self.columns


def attempt(wanted: Wanted, *, write: bool) -> int:
    """Try the switches. Return 1 where one of them was noticed by nothing."""
    sys.stdout.write(HEAD)
    missed = 0
    for switch in SWITCHES:
        simulates, tests = wanted.of(switch, rows()[switch.safety])
        if not (simulates or tests):
            continue
        seconds = max(wanted.seconds, switch.seconds)
        by_lives = by_simulation(switch, seconds, wanted.seed) if simulates else None
        by_suite = by_tests(switch) if tests else None
        found = rows()  # again for each, because another process may fill the other column
        row = merged(found[switch.safety], by_lives, by_suite, simulated=switch.simulated)
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
        missed += not row.is_noticed
        if write:
            written({**found, switch.safety: row})
    return int(missed > 0)
