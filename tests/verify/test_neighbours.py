"""A slice of the campaigns of two namespaces at one service, and what their checks see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.scim.protocol import Method, Request
from scim_operator.simulator.settings import Settings
from verify.campaigns.deeds import patch
from verify.campaigns.neighbours import BESIDE, ELSEWHERE, Apart, live, steps_of
from verify.manifests import UNLIMITED, user
from verify.neighbour import Neighbour
from verify.network import Life
from verify.promises.checker import Checker
from verify.service import Wire
from verify.virtual import run
from verify.world import World, config_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

SPEC: dict[str, Any] = {"limits": UNLIMITED, "service": {**config_spec()["service"], "profile": "generic"}}


@pytest.mark.parametrize("seed", [1000, 1001, 1002, 1005])
def test_a_campaign_of_two_ends_as_if_each_were_alone(seed: int) -> None:
    lived = live(seed, 6)
    assert lived.verdict.faults == []
    assert lived.verdict.requests > 100
    assert sum(number for name, number in lived.counts().items() if name.startswith("neighbours")) == 1


def test_both_do_as_much_as_each_other() -> None:
    steps = steps_of(4)
    assert sum(step.deed == "beside" for step in steps) == len(steps) // 2
    deeds = {step.args["deed"] for seed in range(20) for step in steps_of(seed) if step.deed == "beside"}
    assert {"user", "group", "delete", "rename", "config", "kill"} <= deeds


class Pair:
    """Two namespaces with a user and a group of the same names, and a process that sends whatever a test wants."""

    def __init__(self) -> None:
        self.world = World(7, Settings(immutable_external_id=False), **SPEC)
        self.apart = Apart(self.world)
        self.wire = Wire(self.world.service, self.world.network, Life("rogue"))
        self.beside = Neighbour(self.world, BESIDE, **SPEC)
        self.checkers = [Checker(self.world), Checker(self.beside)]

    async def begin(self) -> None:
        for world, domain in ((self.world, "@corp.example"), (self.beside, ELSEWHERE)):
            world.apply(Kind.USER, "ada", user("ada", userName=f"ada{domain}"))
            named = {"displayName": f"team of {world.namespace}", "members": [{"userRef": {"name": "ada"}}]}
            world.apply(Kind.GROUP, "team", named)
        self.world.start()
        await self.world.rest()
        assert self.faults() == []
        await self.world.kill()
        await self.world.pass_time(60.0)

    async def patch(self, to: str, **change: Any) -> None:
        headers = {"Authorization": f"Bearer {self.world.service.token}", "Content-Type": "application/scim+json"}
        await self.wire.send(Request(Method.PATCH, to, body=patch(change)), headers)

    def faults(self) -> list[str]:
        return [*self.apart.rest(), *(str(one) for each in self.checkers for one in each.check_rest())]


def only(found: dict[str, Any]) -> str:
    (id,) = found
    return id


async def marked(pair: Pair) -> None:
    """What is of one gets the mark of the other."""
    path = f"/Users/{only(pair.beside.service.users)}"
    await pair.patch(path, op="replace", path="externalId", value="identity/ada")


async def disabled(pair: Pair) -> None:
    """Who has access by the one loses it."""
    await pair.patch(f"/Users/{only(pair.beside.service.users)}", op="replace", path="active", value=False)


async def changed(pair: Pair) -> None:
    """What no manifest of the one sets is changed."""
    await pair.patch(f"/Users/{only(pair.beside.service.users)}", op="replace", path="nickName", value="x")


async def joined(pair: Pair) -> None:
    """One of the one gets into the group of the other."""
    value = [{"value": only(pair.world.service.users)}]
    await pair.patch(f"/Groups/{only(pair.beside.service.groups)}", op="add", path="members", value=value)


TAKEN = [
    (marked, "Users"),
    (disabled, "S10"),
    (changed, "S9"),
    (joined, "has members of the other"),
]


@pytest.mark.parametrize(("play", "said"), TAKEN, ids=[str(play.__doc__) for play, _ in TAKEN])
def test_what_is_done_to_a_neighbour_is_seen(play: Callable[[Pair], Coroutine[Any, Any, None]], said: str) -> None:
    async def lived() -> list[str]:
        pair = Pair()
        await pair.begin()
        await play(pair)
        await pair.world.end()
        return pair.faults()

    assert any(said in fault for fault in run(lived()))


def test_what_someone_removed_by_hand_is_still_of_whom_it_was() -> None:
    """The one is suspended; the other finds its group gone, and that was said to be the doing of the first."""

    async def lived() -> list[str]:
        pair = Pair()
        await pair.begin()
        pair.world.configure(suspend=True)
        pair.world.start()
        await pair.world.pass_time(60.0)
        gone = only(pair.beside.service.groups)
        pair.world.service.by_hand("DELETE", f"/Groups/{gone}")
        pair.beside.apply(Kind.GROUP, "team", {"displayName": f"team of {BESIDE}", "members": []})
        await pair.beside.rest()
        assert any(f"PATCH /Groups/{gone} 404" in str(entry) for entry in pair.world.history.entries)
        return [str(one) for each in pair.checkers for one in each.violations]

    assert run(lived()) == []


def test_each_sees_its_own_and_no_more() -> None:
    async def lived() -> None:
        pair = Pair()
        await pair.begin()
        users, others = pair.world.service.users, pair.beside.service.users
        assert [one["userName"] for one in users.values()] == ["ada@corp.example"]
        assert [one["userName"] for one in others.values()] == [f"ada{ELSEWHERE}"]
        assert set(pair.world.manifests(Kind.USER)) == set(pair.beside.manifests(Kind.USER)) == {"ada"}
        assert pair.world.config["metadata"]["namespace"] != pair.beside.config["metadata"]["namespace"]

    run(lived())
