"""The sweep: each scenario, with each blow at each of its effects, and with each lie at each of its places."""

from __future__ import annotations

import functools
import itertools
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verify.counts import VIOLATIONS, Counts
from verify.crashes.allowed import ALL, as_restored, compared, twice
from verify.crashes.blows import Blow, Death
from verify.crashes.endings import endings
from verify.crashes.play import Played, play
from verify.crashes.scenarios import SCENARIOS
from verify.crashes.views import Lie, Sight
from verify.fates import Fate, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from verify.crashes.ending import Ending
    from verify.crashes.people import Scenario

CRASH_POINTS = "crash points, with what befell the request"
VIEWS = "views that lied"
FATES = tuple(fate for fate in Fate if fate is not Fate.FINE)
_SAME_AS_A_DEATH_ALONE = frozenset({Fate.LOST, Fate.ANSWER_LOST, Fate.RESET})
"""Fates that no one is left to see: lost with a death is a death before, an answer lost with one is a death after."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario, a seed and a blow: enough to play it again."""

    scenario: str
    seed: int
    wrong: Blow | Sight

    def __str__(self) -> str:
        return f"{self.scenario} {self.seed} {str(self.wrong)!r}"


@dataclass(slots=True)
class Swept:
    """What was tried, and what was found. A violation begins with the line that plays it again."""

    counts: Counts = field(default_factory=Counts)
    violations: list[str] = field(default_factory=list)

    def add(self, case: Case) -> None:
        """Try one case, and count it."""
        found = check(case)
        self.counts[CRASH_POINTS if isinstance(case.wrong, Blow) else VIEWS] += 1
        self.counts[f"cases of the scenario {case.scenario}"] += 1
        self.counts[VIOLATIONS] += bool(found)
        self.violations += [found] if found else []


def sweep(minutes: float, seed: int = 1, scenarios: tuple[str, ...] = tuple(SCENARIOS)) -> Swept:
    """Try all cases in an order that the seed draws, round after round with the next seed, for so many minutes."""
    swept, until = Swept(), time.monotonic() + minutes * 60
    for turn in itertools.count(seed):
        found = everything(turn, scenarios)
        random.Random(turn).shuffle(found)  # noqa: S311 - an order
        for case in found:
            if time.monotonic() >= until:
                return swept
            swept.add(case)
        swept.counts["whole rounds of all scenarios"] += 1
    raise AssertionError("unreachable")


def everything(seed: int, scenarios: Iterable[str] = tuple(SCENARIOS)) -> list[Case]:
    """Return all cases of these scenarios with one seed."""
    chosen = [SCENARIOS[name] for name in scenarios]
    return [case for one in chosen for case in (*cases(one, seed), *sights(one, seed))]


def blows_at(effect: int) -> Iterator[Blow]:
    """Yield everything that is tried at one effect."""
    yield from (Blow(effect, death) for death in (Death.BEFORE, Death.SENT, Death.AFTER))
    yield from (Blow(effect, fate=fate) for fate in FATES)
    for fate in FATES:
        if fate not in _SAME_AS_A_DEATH_ALONE:
            yield Blow(effect, Death.SENT if fate is Fate.DELAYED else Death.AFTER, fate)
    yield from (Blow(effect, Death.AFTER, again=again) for again in (1, 2, 4))
    yield from (Blow(effect, death, stale=True) for death in (Death.BEFORE, Death.AFTER))


def cases(scenario: Scenario, seed: int) -> Iterator[Case]:
    """Yield the whole sweep of a scenario, effect by effect."""
    for effect in range(1, undisturbed(scenario.name, seed).effects + 1):
        blows = (blow for blow in blows_at(effect) if not (blow.stale and scenario.timed))
        yield from (Case(scenario.name, seed, blow) for blow in blows)


def sights(scenario: Scenario, seed: int) -> Iterator[Case]:
    """Yield all lies about a scenario, place by place."""
    if scenario.timed:
        return
    plain = undisturbed(scenario.name, seed)
    for lie in (*(view for view in View if view is not View.TRUE), *Lie):
        places = plain.events if Sight(1, lie).of_event else plain.effects
        yield from (Case(scenario.name, seed, Sight(at, lie)) for at in range(1, places + 1))


@functools.cache
def undisturbed(name: str, seed: int) -> Played:
    """Return how a scenario goes where nothing goes wrong. Raises where that is not as it is written down."""
    played = play(SCENARIOS[name], seed)
    if played.trouble or not played.ending:
        raise AssertionError(f"{name}: {played.trouble}\n{played.history}")
    if wrong := endings()[name].differences(played.ending, ALL):
        raise AssertionError(f"{name}: It does not end as it is written down in endings.json.\n{wrong}")
    return played


def check(case: Case) -> str:
    """Play a case; return what is wrong with it, empty where nothing."""
    played, model = play(SCENARIOS[case.scenario], case.seed, case.wrong), undisturbed(case.scenario, case.seed)
    wrong = played.trouble or _compared(case, model.ending, played.ending)
    return f"python -m verify.crashes {case}\n{wrong}" if wrong else ""


def _compared(case: Case, model: Ending | None, ending: Ending | None) -> str:
    if model is None or ending is None:
        return "It has no ending."
    wanted, found = as_restored(model, case.wrong), as_restored(ending, case.wrong)
    return wanted.differences(found, compared(case.scenario, case.wrong)) or twice(ending)
