"""A service that never changes an externalId keeps the mark of the manifest that had a resource before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from verify.campaigns.outcome import outcome_of
from verify.fates import Fate
from verify.history import Exchange
from verify.manifests import user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

DAY = 24 * 3600.0


async def taken_over() -> tuple[World, Checker]:
    """Return a world, under all checks, in which Ben's manifest has Ada's account, by now under Ben's own userName."""
    world = World(1, users={"externalId": "Generated", "adoption": "IfUnowned"}, interval="24h")
    checker = Checker(world)
    world.apply(Kind.USER, "ada", user("ada"))
    world.start()
    await world.rest()
    world.apply(Kind.USER, "ada", user("ada", suspend=True))
    await world.rest()
    world.delete(Kind.USER, "ada")
    world.apply(Kind.USER, "ben", user("ben", userName="ada@corp.example"))
    await world.rest()
    world.apply(Kind.USER, "ben", user("ben"))
    await world.rest()
    [held] = world.service.users.values()
    assert (held["userName"], held["externalId"]) == ("ben@corp.example", "identity/ada")
    return world, checker


def lived(life: Callable[[World, Checker], Coroutine[None, None, None]]) -> None:
    """Live on from there, under all checks."""

    async def whole() -> None:
        world, checker = await taken_over()
        await life(world, checker)
        assert not checker.violations
        await world.end()

    run(whole())


def accounts(world: World) -> dict[str, str]:
    """Return the externalId of each account, by userName."""
    return {one["userName"]: one["externalId"] for one in world.service.users.values()}


def test_who_returns_gets_an_account_of_their_own() -> None:
    """Ada's mark is at Ben's account, and stays there: she was in Conflict for ever (campaign 294)."""

    async def life(world: World, checker: Checker) -> None:
        world.apply(Kind.USER, "ada", user("ada"))
        await world.rest()
        assert outcome_of(world).reasons["ScimUser", "ada"] == "True Provisioned"
        found = accounts(world)
        assert found["ben@corp.example"] == "identity/ada"
        assert found["ada@corp.example"].startswith("identity/ada~")

    lived(life)


def test_it_stays_theirs_through_edits_and_a_restart() -> None:
    async def life(world: World, checker: Checker) -> None:
        world.apply(Kind.USER, "ada", user("ada"))
        await world.rest()
        await world.kill()
        world.start()
        await world.rest()
        world.apply(Kind.USER, "ada", user("ada", title="Lead"))
        world.delete(Kind.USER, "ben")
        await world.rest()
        found = {one["userName"]: (one.get("title"), one["active"]) for one in world.service.users.values()}
        assert found == {"ada@corp.example": ("Lead", True), "ben@corp.example": (None, False)}
        await world.pass_time(2 * DAY)
        assert outcome_of(world).reasons["ScimUser", "ada"] == "True Provisioned"

    lived(life)


@pytest.mark.parametrize("fate", [Fate.ANSWER_LOST, Fate.LOST])
def test_a_creation_whose_answer_is_lost_makes_no_second_account(fate: Fate) -> None:
    async def life(world: World, checker: Checker) -> None:
        world.weather.service[fate] = 0.4
        world.apply(Kind.USER, "ada", user("ada"))
        await world.pass_time(60.0)
        await world.kill()
        world.weather.clear()
        world.start()
        await world.rest()
        assert accounts(world).keys() == {"ada@corp.example", "ben@corp.example"}
        assert outcome_of(world).reasons["ScimUser", "ada"] == "True Provisioned"

    lived(life)


def test_who_is_in_conflict_asks_the_service_for_nothing_until_something_moves() -> None:
    """Each listing of the configs, once a minute, had each of those who wait read their resource again."""

    async def life(world: World, checker: Checker) -> None:
        world.apply(Kind.USER, "cleo", user("cleo", userName="ben@corp.example"))
        await world.rest()
        assert outcome_of(world).reasons["ScimUser", "cleo"] == "False Conflict"
        before = len(world.history.entries)
        await world.pass_time(3600.0)
        sent = [one for one in world.history.entries[before:] if isinstance(one, Exchange) and one.to_service]
        assert [one for one in sent if one.path.startswith("/Users/")] == []

    lived(life)


def test_who_returns_just_as_another_takes_the_account_over_gets_an_own_one() -> None:
    """It is no second resource of one manifest: the first is another's, as its status says next (campaign 20079)."""

    async def life() -> None:
        world = World(1, users={"externalId": "Generated", "adoption": "IfUnowned"})
        checker = Checker(world)
        world.apply(Kind.USER, "ben", user("ben", active=False))
        world.apply(Kind.USER, "fay", user("fay"))
        world.start()
        await world.rest()
        world.apply(Kind.USER, "fay", user("fay", userName="ben@corp.example"))
        await world.rest()
        world.delete(Kind.USER, "fay")
        while "fay" in world.manifests(Kind.USER):
            await world.pass_time(0.05)
        world.apply(Kind.USER, "fay", user("fay"))
        await world.rest()
        assert accounts(world)["fay@corp.example"].startswith("identity/fay~")
        assert checker.check_rest() == []
        await world.end()

    run(life())
