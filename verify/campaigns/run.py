"""Runs one campaign to its end, and says what is wrong with it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from verify.campaigns.acts import PEOPLE
from verify.campaigns.deeds import Deeds
from verify.campaigns.drawing import Theme, is_prompt, theme_of
from verify.campaigns.finale import lacking
from verify.campaigns.outcome import Allowance, differences, outcome_of
from verify.promises.checker import Checker
from verify.virtual import Deadlock, run
from verify.world import Restless, World, config_spec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from verify.campaigns.outcome import Outcome
    from verify.campaigns.steps import Step


SLOW = 0.3
"""The longest that one way takes in a slow world, in seconds."""
MOST = 5
"""Violations of one campaign that are told; the first is what matters."""


@dataclass(slots=True)
class Verdict:
    """What a campaign showed. `faults` are sentences; `history` is what happened, to be printed where there are any."""

    faults: list[str] = field(default_factory=list)
    history: str = ""
    requests: int = 0
    seconds: float = 0.0
    """Virtual seconds that were lived."""


class Errors(logging.Handler):
    """Keeps what the operator logs as errors: in a world where nothing is broken but the weather there is none."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(f"logged: {record.getMessage()}"[:300])


def judged(
    seed: int,
    steps: Sequence[Step],
    made: Callable[[int], World] | None = None,
    deeds_of: Callable[[World], Deeds] | None = None,
) -> Verdict:
    """Live through a campaign, then through a fresh tenant of the same manifests, and compare.

    `made` makes worlds in place of those that the seed draws, and `deeds_of` what does the steps.
    """
    return run(_lived(seed, steps, made or world_of, deeds_of or _deeds_of))


def _deeds_of(world: World) -> Deeds:
    return Deeds(world, prompt=is_prompt(world.seed))


async def _lived(
    seed: int, steps: Sequence[Step], made: Callable[[int], World], deeds_of: Callable[[World], Deeds]
) -> Verdict:
    world = made(seed)

    async def live() -> list[str]:
        checker = Checker(world)
        deeds = deeds_of(world)
        for step in steps:
            await deeds.do(step)
        await deeds.end()
        faults: list[str] = []
        if not deeds.rivalry:
            fresh = await fresh_of(made(seed), deeds)
            faults += differences(outcome_of(world), fresh, allowed_of(deeds))
        faults += lacking(world, deeds.given)
        violations = checker.violations if deeds.prompt else checker.check_rest()
        return [*faults, *map(str, violations[:MOST])]

    return await verdict_on(world, live)


async def verdict_on(world: World, live: Callable[[], Awaitable[list[str]]]) -> Verdict:
    """Return what a life in a world showed, which says itself what is wrong; the world ends with it."""
    errors, verdict = Errors(), Verdict()
    logging.getLogger("scim_operator").addHandler(errors)
    try:
        verdict.faults += await live()
        verdict.faults += [repr(each.failure) for each in world.processes if each.failure]
    except (Restless, Deadlock) as error:
        verdict.faults.append(f"{type(error).__name__}: {error}"[:3000])
    finally:
        await world.end()
        logging.getLogger("scim_operator").removeHandler(errors)
    verdict.faults += errors.lines
    verdict.history, verdict.seconds = world.history.text(), world.now
    verdict.requests = len(world.history.entries)
    return verdict


def world_of(seed: int) -> World:
    """Return the world of a campaign.

    In some of them the service takes two members a request, lists three resources a page, or is slow, so that requests
    queue up.
    """
    service = config_spec()["service"]
    if seed % 3 == 0 or theme_of(seed) is Theme.MEMBERS:
        service["capabilities"] = {"memberChunk": 2}
    if seed % 5 == 0:
        service["budget"]["concurrency"] = 2
    world = World(seed, Settings(page_cap=3 if seed % 7 == 0 else 100), service=service)
    world.weather.slowness = SLOW if seed % 5 == 0 else world.weather.slowness
    return world


async def fresh_of(new: World, deeds: Deeds) -> Outcome:
    """Return how a tenant ends to which the last manifests are applied at once."""
    old = deeds.world
    try:
        new.configure(**deeds.config())
        for foreign in deeds.strangers:
            if deeds.is_foreign(foreign["id"]):
                new.service.by_hand("POST", "/Users", {k: v for k, v in foreign.items() if k not in {"id", "meta"}})
        for kind in Kind:
            for name, manifest in old.manifests(kind).items():
                if "deletionTimestamp" not in manifest["metadata"]:
                    new.apply(kind, name, manifest["spec"], labels=manifest["metadata"].get("labels", {}))
        new.start()
        await deeds.rest(new)
        new.must_work()
        return outcome_of(new)
    finally:
        await new.end()


def allowed_of(deeds: Deeds) -> Allowance:
    """Return what may differ from a fresh tenant after these deeds."""
    groups = {name: one["spec"] for name, one in deeds.world.manifests(Kind.GROUP).items()}
    additive = {name for name, one in groups.items() if one.get("membershipPolicy") == "Additive"}
    # One out of scope keeps the name that it had in scope (campaign 560144).
    titles = {title: name for name in additive | deeds.parted - groups.keys() for title in (name, f"{name} team")}
    titles |= {groups[name]["displayName"]: name for name in additive}
    # Who was in a group that was left as it was is a guest of the additive one that has its name by now.
    open_to_all = {name for name in titles.values() if deeds.late or name in deeds.left}
    # Whoever was let go as they were is a guest of an additive group that had put them in (guarded campaign 700035).
    guests = {
        title: frozenset({*deeds.guests[name], *deeds.left, *(PEOPLE if name in open_to_all else ())})
        for title, name in titles.items()
    }
    unmanaged = {
        *(() if deeds.wishes.get("managers", True) else ("manager",)),
        *(() if deeds.wishes.get("computed") else ("costCenter",)),
    }
    return Allowance(frozenset(deeds.touched), guests, frozenset(deeds.left), frozenset(unmanaged))
