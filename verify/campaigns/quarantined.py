"""Campaigns whose service refuses so much for a while that it is left alone, but for the end of access (ADR 0012).

Someone changes the title, nickname or display name of nearly everyone, and the service does not take that. While the
quarantine lasts people leave in every way, come and change, and the operator is killed. Then the service takes all
again, at once or some retries later, and the end is that of a fresh tenant. What is sent meanwhile, and how soon
access ends, the checks judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.record import REQUESTS
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from verify.campaigns.acts import PEOPLE, TEAMS
from verify.campaigns.deeds import Deeds
from verify.campaigns.drawing import Drawing, Theme
from verify.campaigns.guarded import approve_all
from verify.campaigns.run import judged, world_of
from verify.campaigns.steps import Step
from verify.counts import VIOLATIONS, Counts
from verify.promises.leaving import FAILURES
from verify.world import CONFIG, INTERVAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.campaigns.run import Verdict
    from verify.world import World

STEPS = 24
SWEEPS = 12
"""Sweeps after which too many have failed, or never will: someone has left, or has no account."""
PAST = "2020-01-01T00:00:00Z"
WAITS = (0.0, 0.3, 2.0, 60.0, 400.0, 400.0, 5000.0)
REFUSED = ("title", "nickName", "displayName")
POLICIES: tuple[dict[str, Any], ...] = (
    {"minimum": 2, "percent": 30},
    {"minimum": 3, "percent": 20, "retries": ["1h", "2h"]},
    {"minimum": 2, "percent": 100, "totalCount": 3, "retries": ["90m"]},
)
"""When too much fails in a tenant of nine objects, and when it is tried again."""
_WEIGHTS = {
    "user": 10,
    "group": 8,
    "leave": 22,
    "delete": 6,
    "again": 3,
    "join": 10,
    "rename": 2,
    "kill": 8,
    "look": 10,
    "outage": 2,
    "config": 2,
    "request": 2,
}


def has_floor(seed: int) -> bool:
    """Return whether in a campaign the groups are to have a member at least, so that a person has to approve."""
    return seed % 4 == 3


class QuarantinedDrawing(Drawing):
    """The choices of such a campaign."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._theme, self._rivalry = Theme.ALL, False
        self._weights = dict(_WEIGHTS)

    def steps(self, count: int) -> list[Step]:
        """See `Drawing.steps`. The refusals begin when all is there, and may end before the last step."""
        drawn = super().steps(0)
        refused = Step(30.0, "refuse", self._refuse())
        within = [self._step() for _ in range(count)]
        if self._random.random() < 0.5:
            within.insert(self._random.randrange(count // 2, count), Step(60.0, "accept"))
        return [*drawn, refused, *within]

    def _last(self) -> list[Step]:
        return []

    def _refuse(self) -> dict[str, Any]:
        """Draw what the service refuses from now on, and whose it is."""
        kept = self._one(0, 0, 1)
        return {"path": self._one(*REFUSED), "who": sorted(self._random.sample(PEOPLE, len(PEOPLE) - kept))}

    def _leave(self) -> dict[str, Any]:
        """Take one or several away, at times with another change in the same edit."""
        how = self._one("delete", "inactive", "out", "group", "groups")
        who = self._random.sample(TEAMS if how in {"group", "groups"} else PEOPLE, self._one(1, 1, 2))
        return {"who": sorted(who), "how": how, "also": self._one({}, {}, {"userType": "Left"})}

    def _wait(self) -> float:
        """Return moments, minutes, and now and then hours: a retry is among them."""
        return round(self._random.choice(WAITS) * self._random.uniform(0.5, 1.5), 3)

    def _config(self) -> dict[str, Any]:
        chosen: dict[str, Any] = self._one(
            {"whenDeleted": "Delete"}, {"whenDeleted": "Disable"}, {"whenOutOfScope": "Delete"}
        )
        return chosen


@dataclass(slots=True)
class Stay:
    """What was seen of the quarantine of one campaign: how often it was entered, and who left in it."""

    entered: int = 0
    left: list[str] = field(default_factory=list)


class QuarantinedDeeds(Deeds):
    """Does the steps of such a campaign."""

    def __init__(self, world: World) -> None:
        self.stay = Stay()
        super().__init__(world)

    async def end(self) -> None:
        """See `Deeds.end`: the names that people exchange are no part of this.

        A quarantine ends by itself. What was refused outside of one is tried again once someone asks for that.
        """
        await self.heal()
        if not self._is_in():
            self._request()
        await self.rest(self.world)

    async def rest(self, world: World) -> None:
        """Let a world come to rest, and approve until nothing waits."""
        await approve_all(world)

    def config(self) -> dict[str, Any]:
        """See `Deeds.config`."""
        seed = self.world.seed
        floor = {"protected": {"minMembers": 1}} if has_floor(seed) else {}
        return {**super().config(), **floor, "quarantine": POLICIES[seed % len(POLICIES)]}

    async def _refuse(self, path: str, who: Sequence[str]) -> None:
        """Have the service refuse an attribute, change it of many, and wait until that is too much."""
        self.world.service.faults.add(f"refused-attribute={path}")
        for name in who:
            self._edit(name, {path: f"{name} the great"})
        for _ in range(SWEEPS):
            if self._is_in():
                self.stay.entered += 1
                return
            await self.world.pass_time(INTERVAL / 2)

    def _request(self) -> None:
        """Ask for a look at all, as `kubectl scim reconcile` does: in a quarantine too."""
        asked = {REQUESTS[0]: f"{self.world.now}"}
        self.world.server.apply(Target(CONFIGS, self.world.namespace, CONFIG), self.world.spec, annotations=asked)

    def _accept(self) -> None:
        self.world.service.faults.clear()

    def _leave(self, who: Sequence[str], how: str, also: dict[str, Any]) -> None:
        self.stay.left += who if self._is_in() else ()
        for name in who:
            if how == "groups":
                self._delete(group=name)
            elif how == "group":
                self._regroup(name, set(), set(PEOPLE))
            elif how == "delete":
                self._delete(user=name)
            else:
                self._edit(name, {**({"active": False} if how == "inactive" else {"notAfter": PAST}), **also})

    def _is_in(self) -> bool:
        found = (self.world.config.get("status") or {}).get("quarantine") or {}
        return found.get("reason") in FAILURES


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One such campaign, and what it showed."""

    seed: int
    steps: tuple[Step, ...]
    verdict: Verdict
    stay: Stay

    def counts(self) -> Counts:
        """Return what it adds to the counts."""
        return Counts(
            {
                "quarantined: campaigns in which a service refuses too much": 1,
                "quarantined: campaigns that came into a quarantine": int(self.stay.entered > 0),
                "quarantined: times someone, or a group's members, left in one": len(self.stay.left),
                VIOLATIONS: len(self.verdict.faults),
            }
        )

    def lines(self) -> list[str]:
        """Return what it broke, with the line that shows it again."""
        if not self.verdict.faults:
            return []
        again = f"from verify.campaigns.quarantined import live; print(live({self.seed}).verdict)"
        return [f"Quarantined campaign {self.seed}:", *self.verdict.faults, f"  PYTHONHASHSEED=0 python -c '{again}'"]


def steps_of(seed: int, count: int = STEPS) -> list[Step]:
    """Return the steps of such a campaign."""
    return QuarantinedDrawing(seed).steps(count)


def live(seed: int, count: int = STEPS) -> Quarantined:
    """Live through the campaign of a seed."""
    steps = steps_of(seed, count)
    stay, verdict = lived(seed, steps)
    return Quarantined(seed, tuple(steps), verdict, stay)


def lived(seed: int, steps: Sequence[Step]) -> tuple[Stay, Verdict]:
    """Live through steps of such a campaign, then through a fresh tenant, and compare."""
    stays: list[Stay] = []

    def deeds_of(world: World) -> QuarantinedDeeds:
        deeds = QuarantinedDeeds(world)
        stays.append(deeds.stay)
        return deeds

    verdict = judged(seed, steps, world_of, deeds_of)
    return stays[0], verdict
