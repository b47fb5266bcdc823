"""Plays one case again and prints all that happened: `python -m verify.crashes leaver 1 '7:after:409'`.

Without a case it tries all for some minutes, ten unless given: `python -m verify.crashes 30`. With `endings` it writes
down how each scenario ends where nothing goes wrong.
"""

from __future__ import annotations

import logging
import sys

from verify.crashes.blows import Blow
from verify.crashes.endings import write_endings
from verify.crashes.play import play
from verify.crashes.scenarios import SCENARIOS
from verify.crashes.sweep import Case, check, sweep
from verify.crashes.views import Sight
from verify.replaying import fix_order_of_sets


def case_of(scenario: str, seed: str, wrong: str) -> Case:
    """Return the case that these words name."""
    kind = Blow if wrong.count(":") > 1 else Sight
    return Case(scenario, int(seed), kind.parse(wrong))


def again(case: Case) -> str:
    """Return the history of a case, and what is wrong with it."""
    played = play(SCENARIOS[case.scenario], case.seed, case.wrong)
    return f"{played.history}\n\n{check(case) or 'nothing is wrong'}"


def main(words: list[str]) -> int:
    """Do what the command line asks for; return 1 where something is wrong."""
    logging.getLogger("scim_operator").setLevel(logging.CRITICAL)
    if len(words) == 3:
        sys.stdout.write(f"{again(case_of(*words))}\n")
        return bool(check(case_of(*words)))
    if words == ["endings"]:
        write_endings()
        return 0
    swept = sweep(float(words[0]) if words else 10.0)
    sys.stdout.write("\n\n".join([*swept.violations, f"{swept.counts.text()}\n"]))
    return bool(swept.violations)


if __name__ == "__main__":
    fix_order_of_sets("verify.crashes")
    sys.exit(main(sys.argv[1:]))
