"""Campaigns in which limits, protected objects and a policy of adoption hold things back until a person approves them.

The person approves some of what waits, withdraws it, approves what was held before, and at the end all of it. So the
end is that of a fresh tenant in which everything was approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import ProfileName
from scim_operator.core.keys import Kind
from scim_operator.simulator.presets import PRESETS
from scim_operator.simulator.settings import Settings
from verify.campaigns.acts import PEOPLE, TEAMS
from verify.campaigns.deeds import Deeds, stranger
from verify.campaigns.drawing import Drawing, Theme
from verify.campaigns.outcome import own_name
from verify.campaigns.run import judged, world_of
from verify.campaigns.steps import Step
from verify.counts import VIOLATIONS, Counts
from verify.manifests import user
from verify.world import Restless, World, config_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.campaigns.run import Verdict

STEPS = 30
MOST_APPROVALS = 30
"""Plans that are approved one after the other until nothing waits: a tenant of nine objects has no more to ask."""
OURS, THEIRS = "corp-eu", "corp-us"
"""The owners of the config where all is handed over at the end."""
_CLASSES = ("disables", "userDeletes", "groupDeletes", "memberRemovals", "renames")
_WEIGHTS = {
    "user": 14,
    "group": 10,
    "delete": 6,
    "again": 2,
    "join": 6,
    "leave": 12,
    "approve": 12,
    "former": 3,
    "withdraw": 3,
    "config": 6,
    "restrain": 4,
    "protect": 6,
    "hand": 4,
    "kill": 6,
    "outage": 2,
    "weather": 2,
    "calm": 2,
}


def finds_people(seed: int) -> bool:
    """Return whether others make accounts for the people of a campaign; in the others, people get other userNames."""
    return seed % 2 == 0


def hands_over(seed: int) -> bool:
    """Return whether at the end of a campaign all is handed over to another owner, and taken by that one."""
    return seed % 3 == 2


class GuardedDrawing(Drawing):
    """The choices of such a campaign."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._theme, self._rivalry = Theme.ALL, False
        self._finds = finds_people(seed)
        self._weights = {**_WEIGHTS, **({"found": 6} if self._finds else {})}

    def steps(self, count: int) -> list[Step]:
        """See `Drawing.steps`. The limits come after the first day."""
        drawn = super().steps(0)
        return [*drawn, Step(30.0, "restrain", self._restrain()), *(self._step() for _ in range(count))]

    def _last(self) -> list[Step]:
        return []

    def _user(self, name: str = "") -> dict[str, Any]:
        drawn = super()._user(name)
        if self._finds:
            drawn["spec"]["userName"] = user(drawn["name"])["userName"]
        return drawn

    def _leave(self) -> dict[str, Any]:
        """Take several away at once."""
        how = self._one("delete", "inactive", "out", "groups")
        return {"who": self._some(TEAMS if how == "groups" else PEOPLE), "how": how}

    def _approve(self) -> dict[str, Any]:
        """Approve what waits, mostly with the protected objects that it touches."""
        return {"protected": self._random.random() < 0.8}

    def _restrain(self) -> dict[str, Any]:
        allowed = {name: self._one(0, 1, 1, 2) for name in _CLASSES}
        return {"limits": self._one({}, *[{name: {"min": n, "max": n} for name, n in allowed.items()}] * 3)}

    def _protect(self) -> dict[str, Any]:
        users: list[dict[str, Any]] = [{"userRef": {"name": name}} for name in self._some(PEOPLE)[:2]]
        users += self._one([], [], [{"selector": {"matchLabels": {"team": "red"}}}])
        groups = [{"groupRef": {"name": name}, "minMembers": self._one(1, 2)} for name in self._some(TEAMS)[:2]]
        floor = {"minMembers": self._one(1, 2)}
        chosen: dict[str, Any] = self._one({}, {"users": users}, {"users": users, "groups": groups}, floor)
        return chosen

    def _config(self) -> dict[str, Any]:
        chosen: dict[str, Any] = self._one(
            *({"whenDeleted": way} for way in ("Delete", "Disable")),
            *({"whenOutOfScope": way} for way in ("Delete", "Disable")),
            *({"mode": mode} for mode in ("Plan", "Apply", "Apply")),
            {"suspend": True},
            {"suspend": False},
            {"manual": True},
            {"manual": False},
            {"filters": [{"title": "Some", "clauses": [_ENGINEERS]}]},
            {"filters": []},
        )
        return chosen

    def _weather(self) -> dict[str, Any]:
        fate = self._one("answer lost", "request lost", "500", "429", "412")
        return {"of": self._one("service", "service", "api"), "fate": fate, "share": self._one(0.1, 0.3)}

    def _found(self) -> dict[str, Any]:
        """Someone else makes an account for one who has none."""
        return {"name": self._one(*PEOPLE)}


class GuardedDeeds(Deeds):
    """Does the steps of such a campaign, and approves at its end all that waits."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._digests: list[str] = []

    async def end(self) -> None:
        """See `Deeds.end`: the names that people exchange are no part of this."""
        await self.heal()
        await self.rest(self.world)
        if hands_over(self.world.seed):
            self.touched |= set(PEOPLE)  # a mark of another owner stays
            await self._hand_over()

    async def _hand_over(self) -> None:
        """Hand all over to another owner and, as that one would, take it: nothing else may have changed meanwhile."""
        world = self.world
        world.configure(transferTo=THEIRS)
        if world.random.random() < 0.5:
            await world.pass_time(world.random.uniform(0.0, 2.0))
            await world.kill()
            world.start()
        await self.rest(world)
        self.wishes["owner"] = THEIRS
        world.configure(transferTo=None, owner=THEIRS)
        await self.rest(world)

    async def rest(self, world: World) -> None:
        """Let a world come to rest, and approve until nothing waits."""
        await approve_all(world)

    def is_foreign(self, id: str) -> bool:
        """See `Deeds.is_foreign`. One who has left was taken over before, and would have access for good.

        So would one whose manifest is out of scope by now: a fresh tenant takes over no one who is (campaign 560050).
        """
        found = self.world.service.users.get(id)
        if found is None or found["active"]:
            return found is not None
        return own_name(found["userName"]) in self.world.manifests(Kind.USER) and id not in self.recorded().values()

    def config(self) -> dict[str, Any]:
        """See `Deeds.config`."""
        wishes, found = self.wishes, super().config()
        users = {**found["users"], "adoption": "Approve"}
        window = {"window": "1h" if self.world.seed % 3 == 0 else "24h"}
        owner = {"owner": wishes.get("owner", OURS)} if hands_over(self.world.seed) else {}
        return {
            **found,
            **owner,
            "users": users,
            "limits": {**wishes["limits"], **window} if "limits" in wishes else found["limits"],
            "protected": wishes.get("protected", {}),
            "approval": {"policy": "Manual"} if wishes.get("manual") else {},
        }

    def _restrain(self, limits: dict[str, Any]) -> None:
        self._config(limits=limits)

    def _protect(self, **protected: Any) -> None:  # noqa: ANN401 - of the steps
        self._config(protected=protected)

    def _leave(self, who: Sequence[str], how: str) -> None:
        for name in who:
            if how == "groups":
                self._delete(group=name)
            elif how == "delete":
                self._delete(user=name)
            else:
                self._edit(name, {"active": False} if how == "inactive" else {"notAfter": "2020-01-01T00:00:00Z"})

    def _approve(self, *, protected: bool) -> None:
        if plan := held(self.world):
            self._digests.append(plan["digest"])
            give(self.world, plan if protected else {**plan, "protected": []})

    def _former(self) -> None:
        """Approve again what waited before: a plan that has changed has another digest."""
        if self._digests:
            self.world.configure(approvedPlan=self._digests[0], approvedProtected=[])

    def _withdraw(self) -> None:
        self.world.configure(approvedPlan=None, approvedProtected=[])

    def _found(self, name: str) -> None:
        names = {own_name(one["userName"]) for one in self.world.service.users.values()}
        if name not in names and (made := self.world.service.by_hand("POST", "/Users", stranger(name))):
            self.touched.add(name)
            self.strangers.append(made)


async def approve_all(world: World) -> None:
    """Let a world come to rest, and approve until nothing waits."""
    await world.rest()
    for _ in range(MOST_APPROVALS):
        if not (plan := held(world)):
            return
        if world.spec.get("approvedPlan") == plan["digest"]:  # to approve the same again, one removes it first
            world.configure(approvedPlan=None, approvedProtected=[])
            await world.rest()
        give(world, plan)
        await world.rest()
    raise Restless(f"Something waits after {MOST_APPROVALS} approvals: {held(world)}")


def give(world: World, plan: dict[str, Any]) -> None:
    """Approve a plan, with the protected objects that it touches."""
    world.configure(approvedPlan=plan["digest"], approvedProtected=list(plan.get("protected", ())))


def held(world: World) -> dict[str, Any]:
    """Return the plan that waits for an approval, {} where none does."""
    plan: dict[str, Any] = (world.config.get("status") or {}).get("plan") or {}
    return plan if plan.get("held") and plan.get("digest") else {}


@dataclass(frozen=True, slots=True)
class Guarded:
    """One such campaign, and what it showed."""

    seed: int
    steps: tuple[Step, ...]
    verdict: Verdict

    def counts(self) -> Counts:
        """Return what it adds to the counts."""
        found = Counts(f"guarded steps: {step.deed}" for step in self.steps)
        found["guarded: campaigns with limits, approvals and protected objects"] = 1
        found[VIOLATIONS] = len(self.verdict.faults)
        return found

    def lines(self) -> list[str]:
        """Return what it broke, with the line that shows it again."""
        if not self.verdict.faults:
            return []
        again = f"from verify.campaigns.guarded import live; print(live({self.seed}).verdict)"
        return [f"Guarded campaign {self.seed}:", *self.verdict.faults, f"  PYTHONHASHSEED=0 python -c '{again}'"]


def steps_of(seed: int, count: int = STEPS) -> list[Step]:
    """Return the steps of such a campaign."""
    return GuardedDrawing(seed).steps(count)


def judged_guarded(seed: int, steps: Sequence[Step]) -> Verdict:
    """Live through steps of such a campaign, then through a fresh tenant, and compare."""
    return judged(seed, steps, _made, GuardedDeeds)


def _made(seed: int) -> World:
    """Return a world: where all is handed over, of a service that changes marks."""
    if not hands_over(seed):
        return world_of(seed)
    service = {**config_spec()["service"], "profile": "generic", "capabilities": {"nestedGroups": False}}
    return World(seed, PRESETS[ProfileName.GENERIC].applied(Settings()), service=service, owner=OURS)


def live(seed: int, count: int = STEPS) -> Guarded:
    """Live through the campaign of a seed."""
    steps = steps_of(seed, count)
    return Guarded(seed, tuple(steps), judged_guarded(seed, steps))


_ENGINEERS = {
    "attribute": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "operator": "EQUALS",
    "value": "Engineering",
}
