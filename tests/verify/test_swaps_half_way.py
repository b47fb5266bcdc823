"""Exchanges of unique values that something comes between: crashes, people who stop, edits of the config."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_GROUP
from tests.support.exchanging import (
    BETWEEN,
    DAY,
    DONE,
    LENIENT,
    SWAP,
    by_hand,
    ended,
    exchanged,
    generic,
    give,
    groups,
    half_way,
    held_half_way,
    names_at,
    ready,
    reasons,
    renames,
    story,
    until,
    updates,
    world_of,
)
from verify.crashes.people import group
from verify.manifests import DOMAIN, UNLIMITED
from verify.promises.checker import Checker
from verify.world import World


@pytest.mark.parametrize("effects", range(12))
@story
async def test_a_crash_at_any_time_ends_right(effects: int) -> None:
    world, checker = await world_of("ada", "ben", limits=UNLIMITED)
    give(world, SWAP)
    writes = world.history.writes
    while world.history.writes < writes + effects:
        before = world.history.writes
        await world.pass_time(0.01)
        if world.now > 86_000 or (world.history.writes == before and names_at(world)["ada"] == "ben"):
            break
    await world.kill()
    world.start()
    await exchanged(world, checker, within=120.0)


@pytest.mark.parametrize("effects", range(12))
@story
async def test_a_crash_at_any_time_books_no_more_renames(effects: int) -> None:
    world, checker = await world_of("ada", "ben", **renames(3))
    give(world, SWAP)
    began = world.now
    await until(world, lambda: len(updates(world, began)) >= min(effects, 5), 0.001)
    if effects >= 5:
        await world.pass_time(0.05 * (effects - 5))
    stepped = any(map(BETWEEN.search, names_at(world).values()))
    await world.kill()
    world.start()
    if stepped:
        await exchanged(world, checker, within=120.0)
    else:
        await ended(world, checker)
        assert not any(map(BETWEEN.search, names_at(world).values()))


@story
async def test_a_crash_right_after_a_third_value_asks_for_no_approval() -> None:
    """A resource that was taken over and has no mark is known by its name alone; the value in between is ours too."""
    ignored = {"mappings": [{"target": "externalId", "ignore": True}]}
    spec = generic(groups={"adoption": "IfUnowned", **ignored})
    world = World(1, LENIENT, **DAY, **spec)
    checker = Checker(world)
    for name in ("ada", "ben"):
        world.service.by_hand("POST", "/Groups", {"displayName": f"Team {name}", "schemas": [CORE_GROUP]})
        world.apply(Kind.GROUP, f"team-{name}", group(f"Team {name}"))
    world.start()
    await world.rest()
    world.configure(groups={"adoption": "Approve", **ignored})
    await world.rest()
    world.apply(Kind.GROUP, "team-ada", group("Team ben"))
    world.apply(Kind.GROUP, "team-ben", group("Team ada"))
    before = statuses(world)
    await until(world, lambda: any(BETWEEN.search(one["displayName"]) for one in groups(world)), 0.001)
    assert [one.get("identity") for one in statuses(world)] == [one.get("identity") for one in before], (
        "killed too late"
    )
    await world.kill()
    world.start()
    await world.pass_time(60.0)
    assert sorted(one["displayName"] for one in groups(world)) == ["Team ada", "Team ben"]
    assert reasons(world, Kind.GROUP) == DONE
    await ended(world, checker)


def statuses(world: World) -> list[dict[str, Any]]:
    """What the groups' statuses have of the service."""
    return [one["status"]["services"][0] for one in world.manifests(Kind.GROUP).values()]


@story
async def test_who_has_stepped_aside_says_so_while_the_other_cannot_move() -> None:
    world, checker = await world_of("ada", "ben")
    async with held_half_way(world):
        await world.pass_time(30.0)
        said = ready(world, Kind.USER, "ada")
        assert (said["status"], said["reason"]) == ("False", "Incomplete")
        assert "scimuser/ben" in said["message"]
        give(world, {"ada": "ben"}, title="Lead")
        await world.pass_time(30.0)
    await exchanged(world, checker, within=1000.0)


@story
async def test_an_exchange_that_is_taken_back_half_way_ends_as_the_manifests_say() -> None:
    world, checker = await world_of("ada", "ben")
    async with held_half_way(world):
        give(world, {"ada": "ada", "ben": "ben"})
    await exchanged(world, checker, {"ada": "ada", "ben": "ben"})


def suspend(world: World) -> None:
    """Ben is left as he is."""
    give(world, {"ben": "ada"}, suspend=True)


def resume(world: World) -> None:
    """Ben may move again."""
    give(world, {"ben": "ada"})


def leave(world: World) -> None:
    """Ben is in scope no longer."""
    world.configure(scope="Assigned", assignments=[{"userRef": {"name": "ada"}}])


def delete(world: World) -> None:
    """Ben's manifest goes."""
    world.delete(Kind.USER, "ben")


STUCK = {
    "suspended": ({}, suspend, ("scimuser/ben", "spec.suspend", "resume it"), resume, {"ada": "ben", "ben": "ada"}),
    "retained": (
        {"whenOutOfScope": "Retain"},
        leave,
        ("scimuser/ben", "no longer", "rename or delete"),
        partial(by_hand, name="ben", userName=f"ben.old{DOMAIN}"),
        {"ada": "ben", "ben": "ben.old"},
    ),
    "disabled": (
        {},
        leave,
        ("scimuser/ben", "no longer", "rename or delete"),
        partial(by_hand, name="ben", userName=f"ben.old{DOMAIN}"),
        {"ada": "ben", "ben": "ben.old"},
    ),
    "deleted and disabled": (
        {},
        delete,
        ("of no manifest", "rename or delete"),
        partial(by_hand, name="ben", userName=f"ben.old{DOMAIN}"),
        {"ada": "ben", "ben": "ben.old"},
    ),
    "suspended, and taken back": (
        {},
        suspend,
        ("scimuser/ben", "spec.suspend", "another userName"),
        partial(give, names={"ada": "ada"}),
        {"ada": "ada", "ben": "ben"},
    ),
}


@pytest.mark.parametrize("case", STUCK)
@story
async def test_who_stepped_aside_says_who_has_the_name_and_gets_it_when_it_is_free(case: str) -> None:
    users, stop, words, remedy, end = STUCK[case]
    world, checker = await world_of("ada", "ben", users={"externalId": "Generated", **users})
    async with held_half_way(world):
        stop(world)
    began = world.now
    await world.rest()
    said = ready(world, Kind.USER, "ada")
    assert (said["status"], said["reason"]) == ("False", "Conflict"), said
    assert all(word in said["message"] for word in words), said["message"]
    assert not [one for one in updates(world, began) if one.status >= 400], "what is known to be taken is not asked for"
    remedy(world)
    await world.pass_time(2 * 86_400.0)
    assert names_at(world) == end
    assert ready(world, Kind.USER, "ada")["reason"] == "Provisioned"
    await ended(world, checker)


@story
async def test_a_name_is_taken_as_soon_as_its_holder_is_deleted() -> None:
    world, checker = await world_of("ada", "ben", users={"externalId": "Generated", "whenDeleted": "Delete"})
    async with held_half_way(world):
        delete(world)
    await world.pass_time(120.0)
    assert names_at(world) == {"ada": "ben"}
    assert reasons(world) == DONE
    await ended(world, checker)


@pytest.mark.parametrize("moved", [False, True], ids=["ben not moved yet", "ben moved"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"transferTo": "hub"}, "Transferred"),
        ({"scope": "Assigned", "assignments": [{"userRef": {"name": "ben"}}]}, "Retained"),
    ],
    ids=["transferred", "retained"],
)
@story
async def test_no_one_is_ready_or_left_with_a_value_in_between(change: Any, reason: str, moved: bool) -> None:
    world, _ = await world_of("ada", "ben", users={"externalId": "Generated", "whenOutOfScope": "Retain"})
    if moved:
        await half_way(world, step=0.001)
        await until(world, lambda: names_at(world)["ben"] == "ada", 0.001)
        assert BETWEEN.search(f"{names_at(world)['ada']}@")
        world.configure(**change)
    else:
        async with held_half_way(world):
            world.configure(**change)
    for _ in range(200):
        await world.pass_time(0.05)
        aside = BETWEEN.search(f"{names_at(world)['ada']}@")
        assert not (aside and ready(world, Kind.USER, "ada")["status"] == "True")
    await world.rest()
    assert ready(world, Kind.USER, "ada")["reason"] == reason
    assert names_at(world)["ada"] in {"ada", "ben"}
    await world.end()
