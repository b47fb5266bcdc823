"""Looks for what the simulation makes of a source: campaigns and crashes in turns, for some seconds of a processor.

    python -m verify.safeties.hunt SECONDS SEED [PLACE …]

A place is the seed of a campaign, or of one of another kind, as `guarded 5`, a case of a crash or view, or a scenario.
It runs over whatever `scim_operator` is imported, and prints a line of JSON for each case that fails.
"""

from __future__ import annotations

import itertools
import json
import logging
import random
import signal
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from verify.campaigns import guarded, profiles, quarantined
from verify.campaigns.many import live
from verify.crashes.__main__ import case_of
from verify.crashes.scenarios import SCENARIOS
from verify.crashes.sweep import check, everything, undisturbed
from verify.crashes.views import Sight
from verify.fencing import schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from verify.crashes.sweep import Case


@dataclass(frozen=True, slots=True)
class Found:
    """Something that fails: the suite, what is given to play it again, as what, and after how many seconds."""

    suite: str
    case: str
    sentence: str
    seconds: float = 0.0


CAMPAIGN = "campaign"
KINDS: dict[str, Callable[[int], Sequence[str]]] = {
    CAMPAIGN: lambda seed: live(seed).verdict.faults,
    "guarded": lambda seed: guarded.live(seed).verdict.faults,
    "profiles": lambda seed: profiles.live(seed).verdict.faults,
    "quarantined": lambda seed: quarantined.live(seed).verdict.faults,
    "fencing": lambda seed: schedule.lived(seed).faults,
}
"""What lives through the seed of a campaign, or of a schedule of several operators, and says what is wrong."""
FAR = 1_000_000
"""Campaigns that there is never time for."""
LONGEST = 15.0
"""Seconds of a processor for one case: without a safety, the operator may write until its virtual days are over."""


class Endless(SystemExit):
    """A case takes too long. It is no error that a part of the operator could catch."""


def hunt(seconds: float, seed: int, places: Sequence[str]) -> Iterator[Found]:
    """Yield what fails. Campaigns and crashes get as much time as each other, unless `places` names campaigns alone."""
    first = [f"{CAMPAIGN} {each}" if each.isdecimal() else each for each in places if is_life(each)]
    cases = [case_of(*each.split(maxsplit=2)) for each in places if ":" in each]
    scenarios = [each for each in places if not is_life(each) and ":" not in each]
    if not (first or cases or scenarios):
        scenarios = list(SCENARIOS)
    crashes = [_crashes(seed, scenarios, cases)] if cases or scenarios else []
    ways = [*crashes, _lives(itertools.chain(first, (f"{CAMPAIGN} {each}" for each in range(seed, seed + FAR))))]
    spent = [0.0] * len(ways)
    while (began := time.process_time()) < seconds:
        way = spent.index(min(spent))
        found = next(ways[way])
        spent[way] += time.process_time() - began
        if found is not None:
            yield replace(found, seconds=time.process_time())


def is_life(place: str) -> bool:
    """Return whether a place is the seed of a campaign, or the name of another kind and a seed."""
    return place.isdecimal() or place.split(maxsplit=1)[0] in KINDS


def _lives(places: Iterable[str]) -> Iterator[Found | None]:
    for each in places:
        yield again(*each.split())


def _crashes(seed: int, scenarios: Sequence[str], first: Iterable[Case]) -> Iterator[Found | None]:
    yield from map(_tried, first)
    for turn in itertools.count(seed):
        sound = []
        for name in scenarios:
            found = again("scenario", f"{name} {turn}")
            yield found
            sound += [] if found else [name]
        cases = everything(turn, sound)
        random.Random(turn).shuffle(cases)  # noqa: S311 - an order
        for case in cases:
            yield _tried(case)
        if not cases:
            yield None


def _tried(case: Case) -> Found | None:
    suite = "view" if isinstance(case.wrong, Sight) else "crash"
    return again(suite, f"{case.scenario} {case.seed} {case.wrong}")


def again(suite: str, case: str) -> Found | None:
    """Play a case again over the source that is imported here; return None where nothing is wrong."""
    signal.signal(signal.SIGVTALRM, _end)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        wrong = _played(suite, case)
    except Endless:
        wrong = "It goes on without end."
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
    return Found(suite, case, " ".join(wrong.split())[:300]) if wrong else None


def _end(*_: object) -> None:
    raise Endless


def _played(suite: str, case: str) -> str:
    if suite in KINDS:
        return next(iter(KINDS[suite](int(case))), "")
    if suite == "scenario":
        return _trouble(*case.split())
    return check(case_of(*case.split(maxsplit=2))).partition("\n")[2]


def _trouble(scenario: str, seed: str) -> str:
    try:
        undisturbed(scenario, int(seed))
    except AssertionError as error:
        said = str(error).partition(": ")[2]
        return said if said.startswith("It does not end as") else said.partition("\n")[0] or "It has no ending."
    return ""


def main(words: Sequence[str]) -> None:
    """Do what the command line asks for."""
    logging.getLogger("scim_operator").addHandler(logging.NullHandler())
    logging.getLogger("scim_operator").propagate = False
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # what is left of a case that was ended is no news
    seconds, seed, *places = words
    for found in hunt(float(seconds), int(seed), places):
        print(json.dumps(asdict(found)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
