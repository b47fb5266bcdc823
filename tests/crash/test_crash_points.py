"""The operator is killed at every effect that it has on the world, started again, and ends in the same state.

The service takes duplicates here, so that only the operator's own care keeps each person there once (promise S2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.effects import Effects
from tests.support.limiting import UNLIMITED
from tests.support.restored import recertify
from tests.support.rig import rig, service_user
from tests.support.waiting import HANG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

HASTE = 10
Ids = Callable[[str], dict[str, str]]
IDS: dict[str, Ids] = {
    "our marks": lambda name: {},
    "the identity provider's ids": lambda name: {"externalId": f"oid-{name}"},
}
"""What says whose a resource is. With ids of others no mark of ours is at the service, and adoption asks (S1)."""
MOST = 200
"""More effects than the scenario has."""


def before(r: Rig, ids: Ids) -> None:
    """What is there when the changes come; the stranger is no one's."""
    r.simulator.seed([service_user("stranger")])
    for name in ("ada", "bob", "carol", "dan"):
        r.user(name, title="Old", **ids(name))
    r.group("engineering", ["ada", "bob", "carol"], **ids("engineering"))
    r.group("doomed", ["dan"], **ids("doomed"))


def empties(ids: Ids) -> bool:
    """Whether the group that goes is emptied and not deleted: each is killed in one of the two worlds."""
    return bool(ids("anyone"))


def change(r: Rig, ids: Ids) -> None:
    """Two creates, an update, a disable, two removals of manifests, a change of members, a new group."""
    r.user("erin", **ids("erin"))
    r.user("frank", **ids("frank"))
    r.user("ada", title="New", **ids("ada"))
    r.user("bob", title="Old", active=False, **ids("bob"))
    # What a crash books twice must not be what holds it: the limits have tests of their own.
    r.spec |= {"limits": UNLIMITED, "groups": {"whenDeleted": "Empty" if empties(ids) else "Delete"}}
    r.cluster.delete(Kind.USER, "carol")
    r.cluster.delete(Kind.GROUP, "doomed")
    r.group("engineering", ["ada", "erin", "frank"], **ids("engineering"))
    r.group("research", ["frank", "dan"], **ids("research"))


def state(r: Rig) -> dict[str, Any]:
    """Everything that must be the same in the end, on both sides, by name."""
    users = {u["userName"]: (u["active"], u.get("title"), u["externalId"]) for u in r.simulator.users.values()}
    assert len(users) == len(r.simulator.users), f"somebody is there twice: {sorted(users)}"
    groups = {g["displayName"]: sorted(r.members(g["displayName"])) for g in r.simulator.groups.values()}
    assert len(groups) == len(r.simulator.groups), f"a group is there twice: {sorted(groups)}"
    return {"users": users, "groups": groups, "manifests": dict(manifests(r))}


def manifests(r: Rig) -> Any:
    """What the manifests say."""
    for kind, names in ((Kind.USER, "ada bob carol dan erin frank"), (Kind.GROUP, "engineering doomed research")):
        for name in names.split():
            manifest = r.cluster.get(kind, name)
            known = None
            if manifest is not None:
                held = r.entry(name, kind).get("id", "")
                assert held in (r.simulator.users if kind is Kind.USER else r.simulator.groups), f"{name} has no id"
                known = (manifest["metadata"].get("finalizers"), r.reason(name, kind))
            yield f"{kind}/{name}", known


@pytest.fixture(scope="module", params=IDS.values(), ids=IDS.keys())
def world(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The state before the changes, and the state that all runs must end in."""
    return asyncio.run(asyncio.wait_for(_world(request.param), HANG))


async def _world(ids: Ids) -> dict[str, Any]:
    async with rig(haste=HASTE) as r:
        before(r, ids)
        await r.start()
        await r.settle()
        await r.stop()
        saved = {"cluster": r.cluster.dump(), "users": r.simulator.users, "groups": r.simulator.groups}
        change(r, ids)
        effects = Effects()
        await r.start(effects)
        await r.settle()
        await r.until(lambda: r.cluster.get(Kind.USER, "carol") is None)
        await r.rest()
        return {**saved, "ids": ids, "end": state(r), "effects": effects.count}


@asynccontextmanager
async def as_before(world: dict[str, Any]) -> AsyncIterator[Rig]:
    """A rig in the saved state, with the changes applied and nobody at work yet."""
    async with rig(haste=HASTE) as r:
        r.simulator.seed(list(world["users"].values()), list(world["groups"].values()))
        r.simulator.faults.add("duplicate-allowed")
        r.cluster.restore(world["cluster"])
        recertify(r)
        change(r, world["ids"])
        yield r


async def run_with_crash(r: Rig, effects: Effects) -> bool:
    """Start, crash where `effects` says, start again and come to rest; whether the crash took place."""
    await r.start(effects)
    await r.until(lambda: effects.crashed.is_set() or r.at_rest())
    await r.crash()
    await r.start()
    await r.settle()
    await r.until(lambda: r.cluster.get(Kind.USER, "carol") is None and r.cluster.get(Kind.GROUP, "doomed") is None)
    await r.rest()
    return effects.crashed.is_set()


def test_the_scenario_is_what_it_says(world: dict[str, Any]) -> None:
    end = world["end"]
    left: dict[str, list[str]] = {"doomed": []} if empties(world["ids"]) else {}
    assert end["groups"] == {"engineering": ["ada", "erin", "frank"], "research": ["dan", "frank"], **left}
    assert {name.split("@")[0]: active for name, (active, *_) in end["users"].items()} == {
        "ada": True,
        "bob": False,
        "carol": False,
        "dan": True,
        "erin": True,
        "frank": True,
        "stranger": True,
    }
    assert 25 <= world["effects"] <= MOST


@pytest.mark.parametrize("after", [False, True], ids=["right before", "right after"])
async def test_a_crash_at_any_effect_ends_in_the_same_state(world: dict[str, Any], after: bool) -> None:
    for number in range(1, MOST):
        async with as_before(world) as r:
            effects = Effects(number, after=after)
            try:
                took_place = await run_with_crash(r, effects)
                assert state(r) == world["end"]
                await r.check_quiet()
            except AssertionError as error:
                raise AssertionError(f"at effect {number} of some {world['effects']}: {error}") from error
        if not took_place:
            assert number > 20, "the scenario has more effects than this"
            return


async def test_two_crashes_in_a_row_end_in_the_same_state(world: dict[str, Any]) -> None:
    for first in range(8, world["effects"], 6):
        async with as_before(world) as r:
            for number in (first, 9):
                effects = Effects(number, after=True)
                await r.start(effects)
                await r.until(lambda effects=effects: effects.crashed.is_set() or r.at_rest())  # type: ignore[misc]
                await r.crash()
            assert await run_with_crash(r, Effects(MOST)) is False
            assert state(r) == world["end"], f"at effects {first} and 9"
            await r.check_quiet()
