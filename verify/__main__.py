"""Proves the promises by attacking them: `make verify`, or

    python -m verify [--minutes 60] [--seed 1] [--processes 2]
    python -m verify campaign 17 [--steps FILE]
    python -m verify safeties [--only WORDS] [--column tests] [--seconds 10] [--write]

The first runs campaigns, then crashes and views that lie, campaigns with limits and approvals, in a quarantine, of
two configs, over the presets of other profiles and over an independent service, schedules of several operators, and
fuzzing. It prints how much was tried, and ends with 1 where a promise was broken. The second lives through one
campaign again, of a seed or of the steps in a file, and prints what happened. The third switches one safety of the
operator off at a time, and ends with 1 where neither the tests notice nor, within --seconds, the simulation.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from verify.campaigns import guarded, neighbours, profiles, quarantined, servers
from verify.campaigns.many import Lived, campaigns, live, lives, shortest
from verify.campaigns.run import judged
from verify.campaigns.steps import read, written
from verify.counts import VIOLATIONS, Counts
from verify.crashes.many import crashes
from verify.fencing.schedule import lived
from verify.fuzzing.many import TARGETS, counts_of, fuzzed
from verify.replaying import fix_order_of_sets
from verify.safeties.attempt import Column, Wanted, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from verify.campaigns.guarded import Guarded
    from verify.campaigns.neighbours import Beside
    from verify.campaigns.profiles import Profiled
    from verify.campaigns.quarantined import Quarantined
    from verify.campaigns.servers import Elsewhere

EVERY = 15.0
"""Seconds between two lines of progress."""


def main(arguments: list[str]) -> int:
    """Do what the command line asks for; return the exit status."""
    logging.getLogger("scim_operator").addHandler(logging.NullHandler())  # what it logs of the weather is no news
    logging.getLogger("scim_operator").propagate = False
    parser = argparse.ArgumentParser(prog="python -m verify", description="Prove the promises by attacking them.")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to attack")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--failures", type=Path, default=Path(".verify"), help="where what failed is written")
    commands = parser.add_subparsers(dest="command")
    one = commands.add_parser("campaign", help="live through one campaign again")
    one.add_argument("of", type=int, metavar="SEED")
    one.add_argument("--steps", type=Path, help="a file with its steps, in place of those of the seed")
    safeties = commands.add_parser("safeties", help="switch off one safety at a time")
    safeties.add_argument("--only", default="", metavar="WORDS", help="those whose words contain these")
    safeties.add_argument("--untried", action="store_true", help="those that docs/safeties.md lacks")
    safeties.add_argument("--column", type=Column, choices=list(Column), help="who is to notice; both unless given")
    safeties.add_argument("--seconds", type=float, default=10.0, help="of a processor, for the simulation of each")
    safeties.add_argument("--write", action="store_true", help="write what comes of it into docs/safeties.md")
    given = parser.parse_args(arguments)
    if given.command == "safeties":
        columns = frozenset({given.column} if given.column else Column)
        wanted = Wanted(given.only, given.untried, columns, given.seconds, given.seed)
        return attempt(wanted, write=given.write)
    return _again(given.of, given.steps) if given.command else _attack(given)


def _again(seed: int, file: Path | None) -> int:
    verdict = judged(seed, read(file.read_text())) if file else live(seed).verdict
    print(verdict.history)
    print("\n".join(verdict.faults) or "No promise was broken.")
    return int(bool(verdict.faults))


def _attack(given: argparse.Namespace) -> int:
    """Attack, and print what was counted, also where a part of it breaks off."""
    counts = Counts()
    try:
        _attack_with_all(given, counts)
    finally:
        print(counts.text())
    return int(counts[VIOLATIONS] > 0)


def _attack_with_all(given: argparse.Namespace, counts: Counts) -> None:
    share = partial(_share, given.minutes * 60)
    for one in _told(campaigns(given.seed, share("campaigns"), given.processes)):
        counts.update(one.counts())
        if one.verdict.faults:
            _report(one, given.failures)
    for found in crashes(given.seed, share("crashes") / 60, given.processes):
        counts.update(found.counts)
        print(*found.violations, sep="\n", end="\n" if found.violations else "")
    for name, live_one in _ELSEWHERE.items():
        for elsewhere in lives(live_one, given.seed, share(name), given.processes):
            counts.update(elsewhere.counts())
            print(*elsewhere.lines(), sep="\n", end="\n" if elsewhere.verdict.faults else "")
    for schedule in lives(lived, given.seed, share("fencing"), given.processes):
        counts.update(schedule.counts())
        print(*schedule.lines(), sep="\n", end="\n" if schedule.faults else "")
    counts["parsers at which anything was thrown"] = len(TARGETS)
    for thrown in fuzzed(given.seed, share("fuzzing"), given.processes):
        counts.update(counts_of(thrown))
        print(*thrown.lines(), sep="\n", end="\n" if thrown.failures else "")


def _share(seconds: float, of: str) -> float:
    return seconds * _SHARES[of]


_SHARES = {
    "campaigns": 0.25,
    "crashes": 0.25,
    "guarded": 0.1,
    "quarantined": 0.05,
    "neighbours": 0.05,
    "profiles": 0.05,
    "servers": 0.05,
    "fuzzing": 0.1,
    "fencing": 0.1,
}
"""Of the time that there is."""
_ELSEWHERE: dict[str, Callable[[int], Beside | Elsewhere | Guarded | Profiled | Quarantined]] = {
    "guarded": guarded.live,
    "neighbours": neighbours.live,
    "profiles": profiles.live,
    "quarantined": quarantined.live,
    "servers": servers.live,
}
"""Campaigns of other kinds, each with seeds of its own."""


def _told(many: Iterable[Lived]) -> Iterator[Lived]:
    """Pass campaigns on, and say now and then how many there were."""
    news = time.monotonic()
    for number, one in enumerate(many, 1):
        if time.monotonic() - news > EVERY:
            news = time.monotonic()
            print(f"… {number} campaigns", file=sys.stderr)
        yield one


def _report(broken: Lived, folder: Path) -> None:
    """Print what a campaign broke, and write down the fewest steps that break it."""
    steps = shortest(broken)
    folder.mkdir(exist_ok=True)
    file = folder / f"campaign-{broken.seed}.steps"
    file.write_text(written(steps) + "\n")
    print(f"Campaign {broken.seed}:", *broken.verdict.faults, sep="\n  ")
    print(f"  {len(steps)} of its steps suffice: python -m verify campaign {broken.seed} --steps {file}")


if __name__ == "__main__":
    fix_order_of_sets("verify")
    sys.exit(main(sys.argv[1:]))
