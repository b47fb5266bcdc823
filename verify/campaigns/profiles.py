"""Campaigns over the simulator's presets: services with the documented habits of each profile but VMware's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import ProfileName
from scim_operator.simulator.presets import PRESETS
from scim_operator.simulator.settings import Settings
from verify.campaigns.deeds import Deeds
from verify.campaigns.drawing import Drawing, Theme
from verify.campaigns.run import judged
from verify.counts import VIOLATIONS, Counts
from verify.manifests import user
from verify.world import World, config_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.campaigns.run import Verdict
    from verify.campaigns.steps import Step

STEPS = 20
NAMES = tuple(name for name in ProfileName if name is not ProfileName.VMWARE_IDENTITY_SERVICE)


MARKLESS = frozenset({ProfileName.SLACK, ProfileName.SNOWFLAKE, ProfileName.KEYCLOAK})
"""Where groups have no externalId, and so no mark by which a manifest that returns finds its former one."""


def profile_of(seed: int) -> ProfileName:
    """Return the profile of a campaign."""
    return NAMES[seed % len(NAMES)]


class ProfileDrawing(Drawing):
    """The choices of such a campaign, of everything that is no weather."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._theme, self._rivalry = Theme.ALL, False
        self._profile = profile_of(seed)
        self._weights = {**_WEIGHTS}

    def _user(self, name: str = "") -> dict[str, Any]:
        drawn = super()._user(name)
        if self._profile is ProfileName.DATABRICKS:  # there, a userName keeps its first value
            drawn["spec"]["userName"] = user(drawn["name"])["userName"]
        return drawn

    def _group(self, name: str = "") -> dict[str, Any]:
        drawn = super()._group(name)
        if self._profile in MARKLESS:  # one that was emptied keeps its name, and its successor cannot be renamed to it
            drawn["spec"]["displayName"] = drawn["name"]
        return drawn

    def _hand(self) -> dict[str, Any]:
        done = super()._hand()
        return {"stranger": "gus"} if done.get("path") == "userName" else done

    def _last(self) -> list[Step]:
        return []


class ProfileDeeds(Deeds):
    """Does the steps of such a campaign."""

    def config(self) -> dict[str, Any]:
        """See `Deeds.config`: the mappings are those of the profile, and GitLab has no groups."""
        found = super().config()
        users = {**found["users"], "mappings": []}
        groups = profile_of(self.world.seed) is not ProfileName.GITLAB and found["groups"]["enabled"]
        return {**found, "users": users, "groups": {"enabled": groups, "adoption": "IfUnowned"}}

    async def heal(self) -> None:
        """See `Deeds.heal`: the habits of the service stay."""
        await super().heal()
        self.world.service.faults.add(*PRESETS[profile_of(self.world.seed)].faults)

    async def end(self) -> None:
        """See `Deeds.end`: the names that people exchange are no part of this."""
        await self.heal()
        await self.rest(self.world)


@dataclass(frozen=True, slots=True)
class Profiled:
    """One such campaign, and what it showed."""

    seed: int
    steps: tuple[Step, ...]
    verdict: Verdict

    def counts(self) -> Counts:
        """Return what it adds to the counts."""
        return Counts({f"profiles: campaigns over {profile_of(self.seed)}": 1, VIOLATIONS: len(self.verdict.faults)})

    def lines(self) -> list[str]:
        """Return what it broke, with the line that shows it again."""
        if not self.verdict.faults:
            return []
        again = f"from verify.campaigns.profiles import live; print(live({self.seed}).verdict)"
        name = profile_of(self.seed)
        return [f"Campaign {self.seed} over {name}:", *self.verdict.faults, f"  PYTHONHASHSEED=0 python -c '{again}'"]


def steps_of(seed: int, count: int = STEPS) -> list[Step]:
    """Return the steps of such a campaign."""
    return ProfileDrawing(seed).steps(count)


def live(seed: int, count: int = STEPS) -> Profiled:
    """Live through the campaign of a seed."""
    steps = steps_of(seed, count)
    return Profiled(seed, tuple(steps), judged_over(seed, steps))


def judged_over(seed: int, steps: Sequence[Step]) -> Verdict:
    """Live through steps over the service of a seed's profile, then through a fresh tenant there, and compare."""
    return judged(seed, steps, _made, ProfileDeeds)


def _made(seed: int) -> World:
    name = profile_of(seed)
    preset = PRESETS[name]
    # Groups within groups are laid flat, as the checks expect it.
    service = {**config_spec()["service"], "profile": name.value, "capabilities": {"nestedGroups": False}}
    # Numbers as ids, which a user and a group share, would have the checks take one for the other.
    settings = replace(preset.applied(Settings()), numbered_ids=False)
    if name is ProfileName.GENERIC:
        settings = replace(settings, bulk=6)
    world = World(seed, settings, service=service)
    world.service.faults.add(*preset.faults)
    return world


_WEIGHTS = {
    "user": 30,
    "group": 18,
    "delete": 8,
    "again": 4,
    "config": 8,
    "kill": 6,
    "hand": 8,
    "join": 6,
    "pause": 2,
    "resume": 2,
}
