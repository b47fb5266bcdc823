"""Campaigns of two namespaces, whose configs work with one service, and whose manifests have the same names.

Where their people and groups have names of their own at the service, each must end as if it were alone there. Where
they ask for the same names, it depends on who came first who gets them; then what is of one must not become the other's
while it is wanted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.resource import WS1B_USER
from scim_operator.kube.client import Target
from scim_operator.kube.resources import OF_KIND
from verify.campaigns.deeds import Deeds
from verify.campaigns.drawing import Drawing, Theme
from verify.campaigns.outcome import differences, outcome_of
from verify.campaigns.run import MOST, Verdict, allowed_of, fresh_of, verdict_on
from verify.campaigns.steps import Step
from verify.counts import VIOLATIONS, Counts
from verify.manifests import DOMAIN
from verify.neighbour import Neighbour
from verify.promises.checker import Checker
from verify.promises.documents import namespace_of
from verify.promises.ground import ENDPOINTS
from verify.virtual import run
from verify.world import NAMESPACE, World, config_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.history import Exchange

STEPS = 14
"""Steps of each of the two after the first day."""
BESIDE = "facilities"
ELSEWHERE = "@facilities.example"
OWNER_ATTRIBUTE = f"{WS1B_USER}:customAttribute5"
_WEIGHTS = {
    "user": 30,
    "group": 18,
    "delete": 8,
    "again": 4,
    "rename": 4,
    "config": 8,
    "kill": 3,
    "hand": 6,
    "join": 6,
    "pause": 2,
    "resume": 2,
    "weather": 1,
    "calm": 2,
}


def are_rivals(seed: int) -> bool:
    """Return whether both ask for the same names at the service."""
    return seed % 3 == 2


def owners_of(seed: int) -> tuple[str, str]:
    """Return the owners of the two configs, "" for none: none, two, or one for both."""
    return (("", ""), ("corp-eu", "corp-us"), ("corp-eu", "corp-eu"))[seed // 3 % 3]


class NeighbourDrawing(Drawing):
    """The choices of one of the two."""

    def __init__(self, seed: int, *, beside: bool) -> None:
        super().__init__(2 * seed + beside)
        self._theme, self._rivalry = Theme.ALL, False
        self._weights = _WEIGHTS
        self._apart = beside and not are_rivals(seed)

    def _user(self, name: str = "") -> dict[str, Any]:
        drawn = super()._user(name)
        if self._apart:
            spec = drawn["spec"]
            spec["userName"] = spec["userName"].replace(DOMAIN, ELSEWHERE)
            spec["emails"] = [{**one, "value": one["value"].replace(DOMAIN, ELSEWHERE)} for one in spec["emails"]]
        return drawn

    def _group(self, name: str = "") -> dict[str, Any]:
        drawn = super()._group(name)
        if self._apart:
            drawn["spec"]["displayName"] += f" {BESIDE}"
        return drawn

    def _hand(self) -> dict[str, Any]:
        done = super()._hand()
        odd = "stranger" in done or done.get("path") == "userName"
        return {"user": done.get("user", "ada"), "path": "title", "value": "By hand"} if odd else done

    def _weather(self) -> dict[str, Any]:
        return {"of": self._one("service", "api"), "fate": self._one("answer lost", "500", "412"), "share": 0.1}

    def _last(self) -> list[Step]:
        return []


class Side(Deeds):
    """Does the steps of one of the two."""

    def config(self) -> dict[str, Any]:
        """See `Deeds.config`."""
        owner = owners_of(self.world.seed)[self.world.namespace == BESIDE]
        return super().config() | ({"owner": owner, "ownerAttribute": OWNER_ATTRIBUTE} if owner else {})


class Both(Side):
    """Does the steps of both, those of the second one as deeds called `beside`."""

    def __init__(self, world: World) -> None:
        self.second = Side(Neighbour(world, BESIDE))
        super().__init__(world)

    async def end(self) -> None:
        """See `Deeds.end`: the names that people exchange are no part of this."""
        await self.heal()
        await self.second.heal()
        await self.rest(self.world)

    async def _beside(self, deed: str, args: Mapping[str, Any]) -> None:
        if deed == "kill":
            await self._kill()
        else:
            await self.second.did(deed, args)

    async def _kill(self) -> None:
        self.second.touched |= self.second.unreported()
        await super()._kill()


class Apart:
    """Judges that what is of one namespace does not become the other's while its manifest wants it.

    Make it before the second namespace, while the world shows the whole service.
    """

    def __init__(self, world: World) -> None:
        self._world, self._service = world, world.service
        self.faults: list[str] = []
        world.history.done.append(self._done)

    def _done(self, exchange: Exchange) -> None:
        if not exchange.to_service or exchange.type not in ENDPOINTS or not (exchange.before and exchange.after):
            return
        before, after = (one.get("externalId", "") for one in (exchange.before, exchange.after))
        moved = namespace_of(before) != namespace_of(after) and namespace_of(before)
        if moved and self._is_there(exchange.type, before):
            self.faults.append(f"{exchange.type} {exchange.id} of {before} becomes that of {after or 'no one'}")

    def _is_there(self, type: str, mark: str) -> bool:
        *_, namespace, name = mark.split("/")
        kind = next(kind for kind in Kind if OF_KIND[kind] == ENDPOINTS[type])
        found = self._world.server.get(Target(OF_KIND[kind], namespace, name)) or {}
        return bool(found) and "deletionTimestamp" not in found["metadata"] and found["spec"].get("active") is not False

    def rest(self) -> list[str]:
        """Return what was wrong, and which groups have members that are the other one's alone, by its statuses."""
        users, groups = self._recorded(Kind.USER), self._recorded(Kind.GROUP)
        for id, group in self._service.groups.items():
            members = (one["value"] for one in group.get("members", ()))
            strange = {each for each in members if each in users and id in groups and not users[each] & groups[id]}
            if strange:
                self.faults.append(f"the group {id} of {groups[id]} has members of the other: {sorted(strange)}")
        return self.faults

    def _recorded(self, kind: Kind) -> dict[str, set[str]]:
        """Return the namespaces in which a manifest has a resource on record, by its id."""
        found = defaultdict[str, set[str]](set)
        for manifest in self._world.server.list(Target(OF_KIND[kind], None)):
            for entry in (manifest.get("status") or {}).get("services", ()):
                found[entry.get("id", "")].add(manifest["metadata"]["namespace"])
        return found


def steps_of(seed: int, count: int = STEPS) -> list[Step]:
    """Return the steps of such a campaign: those of both, one of each in turns."""
    first, second = (NeighbourDrawing(seed, beside=beside).steps(count) for beside in (False, True))
    beside = [Step(one.wait, "beside", {"deed": one.deed, "args": one.args}) for one in second if one.deed != "start"]
    longer = max(len(first), len(beside))
    return [step for at in range(longer) for steps in (first, beside) for step in steps[at : at + 1]]


def judged_beside(seed: int, steps: Sequence[Step]) -> Verdict:
    """Live through steps of such a campaign, then through a fresh tenant of each alone, and compare."""
    return run(_lived(seed, steps))


async def _lived(seed: int, steps: Sequence[Step]) -> Verdict:
    world = made(seed)

    async def live() -> list[str]:
        apart = Apart(world)
        both = Both(world)
        sides: tuple[Side, Side] = (both, both.second)
        checkers = [Checker(side.world) for side in sides]
        for step in steps:
            await both.do(step)
        await both.end()
        faults = apart.rest()
        if not are_rivals(seed):
            faults += [str(one) for checker in checkers for one in checker.check_rest()[:MOST]]
            for side in sides:
                faults += [f"{side.world.namespace}: {each}" for each in await _differences(seed, side)]
        return faults

    return await verdict_on(world, live)


async def _differences(seed: int, side: Side) -> list[str]:
    """Return how a namespace ended otherwise than one that has the service for itself."""
    if side.rivalry:
        return []
    fresh = await fresh_of(made(seed, side.world.namespace), side)
    return list(differences(outcome_of(side.world), fresh, allowed_of(side)))


def made(seed: int, namespace: str = NAMESPACE) -> World:
    """Return a world with one namespace."""
    service = config_spec()["service"]
    service["budget"]["concurrency"] = 2 if seed % 5 == 0 else 4
    return World(seed, namespace=namespace, service=service)


@dataclass(frozen=True, slots=True)
class Beside:
    """One such campaign, and what it showed."""

    seed: int
    steps: tuple[Step, ...]
    verdict: Verdict

    def counts(self) -> Counts:
        """Return what it adds to the counts."""
        names = "the same names" if are_rivals(self.seed) else "names of their own"
        return Counts({f"neighbours: campaigns of two configs with {names}": 1, VIOLATIONS: len(self.verdict.faults)})

    def lines(self) -> list[str]:
        """Return what it broke, with the line that shows it again."""
        if not self.verdict.faults:
            return []
        again = f"from verify.campaigns.neighbours import live; print(live({self.seed}).verdict)"
        faults = self.verdict.faults
        return [f"Campaign {self.seed} of two configs:", *faults, f"  PYTHONHASHSEED=0 python -c '{again}'"]


def live(seed: int, count: int = STEPS) -> Beside:
    """Live through the campaign of a seed."""
    steps = steps_of(seed, count)
    return Beside(seed, tuple(steps), judged_beside(seed, steps))
