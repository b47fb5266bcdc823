"""Campaigns over an independent service, without the weather that needs the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.campaigns.drawing import Drawing
from verify.campaigns.run import judged
from verify.counts import VIOLATIONS, Counts
from verify.servers import Scim2Server
from verify.world import World, config_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.campaigns.run import Verdict
    from verify.campaigns.steps import Step

CALM = frozenset(["user", "group", "delete", "again", "rename", "swap", "config", "hand", "kill", "start", "look"])
"""The deeds that need nothing of the service but SCIM."""
STEPS = 20


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One campaign over another service, and what it showed."""

    seed: int
    steps: tuple[Step, ...]
    verdict: Verdict

    def counts(self) -> Counts:
        """Return what it adds to the counts."""
        return Counts({"servers: campaigns over scim2-server": 1, VIOLATIONS: len(self.verdict.faults)})

    def lines(self) -> list[str]:
        """Return what it broke, with the lines that show it again."""
        if not self.verdict.faults:
            return []
        again = f"from verify.campaigns.servers import live; print(live({self.seed}).verdict)"
        return [f"Campaign {self.seed} over scim2-server:", *self.verdict.faults, f"  python -c '{again}'"]


def steps_of(seed: int, count: int = STEPS) -> list[Step]:
    """Return the steps of such a campaign."""
    return [step for step in Drawing(seed).steps(count) if step.deed in CALM]


def judged_elsewhere(seed: int, steps: Sequence[Step]) -> Verdict:
    """Live through steps at scim2-server, then through a fresh tenant there, and compare."""
    return judged(seed, steps, _made)


def live(seed: int, count: int = STEPS) -> Elsewhere:
    """Live through the campaign of a seed at scim2-server."""
    steps = steps_of(seed, count)
    return Elsewhere(seed, tuple(steps), judged_elsewhere(seed, steps))


def _made(seed: int) -> World:
    # Groups within groups are laid flat, as the checks expect it.
    service = {**config_spec()["service"], "profile": "generic", "capabilities": {"nestedGroups": False}}
    return World(seed, kind=Scim2Server, service=service)
