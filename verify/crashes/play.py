"""Plays a scenario: with nothing wrong, or with one blow, or by a view that lies; and says how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.faults import Fault
from verify.crashes.blows import Blow, Death, Striker
from verify.crashes.ending import Ending, ending_of
from verify.crashes.people import lull
from verify.crashes.scenarios import nothing
from verify.crashes.trouble import Trouble
from verify.crashes.views import Lie, Sight
from verify.fates import Fate
from verify.manifests import UNLIMITED
from verify.promises.checker import Checker
from verify.virtual import Deadlock, run
from verify.world import Restless, World

if TYPE_CHECKING:
    from verify.crashes.people import Scenario

ARRIVE_LATE = frozenset({Fate.DUPLICATED, Fate.DELAYED, Fate.LATE})
"""Fates after which a create may arrive when no one waits for it any more: only the service can refuse the second."""


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario went. `trouble` says what no ending may have, and is empty where there is none."""

    ending: Ending | None
    effects: int
    events: int
    dealt: bool
    trouble: str
    history: str


def play(scenario: Scenario, seed: int, wrong: Blow | Sight | None = None) -> Played:
    """Play a scenario on a virtual clock of its own."""
    return run(_played(scenario, seed, wrong))


async def _played(scenario: Scenario, seed: int, wrong: Blow | Sight | None) -> Played:
    world = World(seed, scenario.settings, **{"limits": UNLIMITED, **scenario.spec})
    checker = Checker(world)
    if not is_unique(scenario, wrong):
        world.service.faults.add(Fault(FaultName.DUPLICATE_ALLOWED))
    scenario.begin(world)
    if scenario.filled:
        world.start()
        await lull(world)
    trouble, complaint, ending = _trouble(world, wrong), "", None
    try:
        ending = await _told(world, scenario, trouble)
    except (Restless, Deadlock) as error:
        complaint = str(error)
    complaint = complaint or _failures(world) or "\n".join(map(str, checker.violations))
    await world.end()
    return Played(ending, trouble.effects, trouble.events, trouble.dealt, complaint, world.history.text())


async def _told(world: World, scenario: Scenario, trouble: Trouble) -> Ending:
    if not scenario.filled:
        world.start()
    await scenario.act(world)
    if scenario.act is nothing:
        await lull(world)
    await trouble.finish()
    await world.rest()
    return ending_of(world)


def _trouble(world: World, wrong: Blow | Sight | None) -> Trouble:
    if wrong is None:
        return Trouble(world)
    return Striker(world, wrong) if isinstance(wrong, Blow) else wrong.trouble(world)


def is_unique(scenario: Scenario, wrong: Blow | Sight | None) -> bool:
    """Return whether the service itself keeps each resource from being there twice.

    Where it does not, only the operator's own care does. That is not enough for what arrives when no one waits for it
    any more, and for two operators at once: there the service has to refuse the second.
    """
    if isinstance(wrong, Blow):
        return scenario.unique or wrong.fate in ARRIVE_LATE or wrong.death is Death.SENT
    return scenario.unique or (wrong is not None and wrong.lie is Lie.SECOND)


def _failures(world: World) -> str:
    failures = [repr(process.failure) for process in world.processes if process.failure]
    return f"A part of the operator ended: {failures}" if failures else ""
