"""Unique values that two or more exchange come to rest, by a third value in between where the service needs one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from verify.crashes.people import group
from verify.history import Exchange
from verify.manifests import DOMAIN, UNLIMITED, user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.weather import Fate
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = {"interval": "24h"}
MANUAL = {"approval": {"policy": "Manual"}}


async def world_of(*names: str, settings: Settings | None = None, **spec: Any) -> tuple[World, Checker]:
    """A world at rest with these users and a group of each; nothing in it waits for a sweep."""
    world = World(1, settings, **{**DAY, **spec})
    checker = Checker(world)
    for name in names:
        world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, f"team-{name}", group(f"Team {name}", name))
    world.start()
    await world.rest()
    return world, checker


def give(world: World, names: Mapping[str, str], **more: Any) -> None:
    """Give users other userNames."""
    for name, taken in names.items():
        world.apply(Kind.USER, name, user(name, userName=f"{taken}{DOMAIN}", **more))


def reasons(world: World, kind: Kind = Kind.USER) -> set[str]:
    """What the manifests of a kind say."""
    return {ready(world, kind, name)["reason"] for name in world.manifests(kind)}


def ready(world: World, kind: Kind, name: str) -> dict[str, Any]:
    """The condition Ready of a manifest."""
    conditions = world.manifests(kind)[name]["status"]["conditions"]
    return next(one for one in conditions if one["type"] == "Ready")


def names_at(world: World) -> dict[str, str]:
    """The userName of each person at the service, by given name."""
    return {one["name"]["givenName"].lower(): one["userName"].split("@")[0] for one in world.service.users.values()}


def updates(world: World, since: float, path: str = "/Users") -> list[Exchange]:
    """The changes that were sent of a type since then."""
    entries = (one for one in world.history.entries if isinstance(one, Exchange))
    found = [one for one in entries if one.to_service and one.writes and one.sent >= since and path in one.path]
    return [one for one in found if one.method != "DELETE"]


async def ended(world: World, checker: Checker) -> None:
    """Come to rest, with no promise broken."""
    await world.rest()
    assert not checker.check_rest(), checker.violations
    await world.end()


@pytest.mark.parametrize("ring", [("ada", "ben"), ("ada", "ben", "cleo"), ("cleo", "ada", "eve", "ben")], ids=len)
def test_people_who_exchange_their_user_names_get_them_within_moments(ring: tuple[str, ...]) -> None:
    async def story() -> None:
        world, checker = await world_of(*sorted(ring))
        before = {one["name"]["givenName"]: id for id, one in world.service.users.items()}
        began = world.now
        wanted = dict(zip(ring, (*ring[1:], ring[0]), strict=True))
        give(world, wanted)
        await world.pass_time(60.0)
        assert names_at(world) == wanted
        assert reasons(world) == reasons(world, Kind.GROUP) == {"Provisioned"}
        assert {one["name"]["givenName"]: id for id, one in world.service.users.items()} == before
        taken = [one for one in updates(world, began) if one.status == 200]
        assert len(taken) == len(ring) + 1, "one for each, and one that steps aside"
        await ended(world, checker)

    run(story())


def test_who_steps_aside_keeps_all_else_and_the_domain() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        [(id, before)] = [(id, one) for id, one in world.service.users.items() if "ada" in one["userName"]]
        began = world.now
        give(world, {"ada": "ben", "ben": "ada"})
        await world.pass_time(60.0)
        shown = [one.after for one in updates(world, began) if one.status == 200 and one.id == id]
        aside = next(one for one in shown if one and one["userName"] != f"ben{DOMAIN}")
        assert aside["userName"].startswith("ada-")
        assert aside["userName"].endswith(DOMAIN)
        for name in ("active", "externalId", "emails", "name"):
            assert aside[name] == before[name]
        await ended(world, checker)

    run(story())


def test_groups_that_exchange_their_names_get_them_and_keep_their_members() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        world.apply(Kind.GROUP, "team-ada", group("Team ben", "ada"))
        world.apply(Kind.GROUP, "team-ben", group("Team ada", "ben"))
        await world.pass_time(60.0)
        users = {id: one["name"]["givenName"] for id, one in world.service.users.items()}
        found = {
            one["displayName"]: [users[each["value"]] for each in one["members"]]
            for one in world.service.groups.values()
        }
        assert found == {"Team ben": ["Ada"], "Team ada": ["Ben"]}
        assert reasons(world, Kind.GROUP) == {"Provisioned"}
        await ended(world, checker)

    run(story())


def test_external_ids_are_exchanged_where_the_service_changes_them() -> None:
    async def story() -> None:
        service = {**World(1).spec["service"], "profile": "generic"}
        world = World(1, Settings(immutable_external_id=False), **DAY, service=service)
        checker = Checker(world)
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name, externalId=f"oid-{name}"))
        world.start()
        await world.rest()
        for name, other in (("ada", "ben"), ("ben", "ada")):
            world.apply(Kind.USER, name, user(name, externalId=f"oid-{other}"))
        await world.pass_time(60.0)
        found = {one["userName"].split("@")[0]: one["externalId"] for one in world.service.users.values()}
        assert found == {"ada": "oid-ben", "ben": "oid-ada"}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


def test_user_name_and_external_id_at_once() -> None:
    """Two attributes step aside one after the other: at no time is a resource without a name that is on record."""

    async def story() -> None:
        service = {**World(1).spec["service"], "profile": "generic"}
        world = World(1, Settings(immutable_external_id=False), **DAY, service=service)
        checker = Checker(world)
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name, externalId=f"oid-{name}"))
        world.start()
        await world.rest()
        for name, other in (("ada", "ben"), ("ben", "ada")):
            world.apply(Kind.USER, name, user(name, externalId=f"oid-{other}", userName=f"{other}{DOMAIN}"))
        await world.pass_time(60.0)
        found = {one["name"]["givenName"]: (one["userName"], one["externalId"]) for one in world.service.users.values()}
        assert found == {"Ada": (f"ben{DOMAIN}", "oid-ben"), "Ben": (f"ada{DOMAIN}", "oid-ada")}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


@pytest.mark.parametrize("effects", range(12))
def test_a_crash_at_any_time_ends_right(effects: int) -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben", limits=UNLIMITED)
        give(world, {"ada": "ben", "ben": "ada"})
        writes = world.history.writes
        while world.history.writes < writes + effects:
            before = world.history.writes
            await world.pass_time(0.01)
            if world.now > 86_000 or (world.history.writes == before and names_at(world)["ada"] == "ben"):
                break
        await world.kill()
        world.start()
        await world.pass_time(120.0)
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


def test_a_service_that_allows_duplicates_needs_no_third_value() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        world.service.faults.add("duplicate-allowed")
        began = world.now
        give(world, {"ada": "ben", "ben": "ada"})
        await world.pass_time(60.0)
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        assert len(updates(world, began)) == 2
        await ended(world, checker)

    run(story())


def test_a_service_that_refuses_the_third_value_is_reported_and_left_alone() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        world.weather.forced = partial(refuse_in_between, world)
        began = world.now
        give(world, {"ada": "ben", "ben": "ada"})
        await world.rest()
        assert names_at(world) == {"ada": "ada", "ben": "ben"}
        assert reasons(world) == {"Rejected"}
        message = ready(world, Kind.USER, "ada")["message"]
        assert "scimuser/ben" in message
        assert "userName" in message
        assert "ada-" not in message
        assert "scimuser/ada" in ready(world, Kind.USER, "ben")["message"]
        assert len(updates(world, began)) <= 5
        world.apply(Kind.USER, "ben", user("ben", userName=f"ben.new{DOMAIN}"))
        await world.pass_time(60.0)
        assert names_at(world) == {"ada": "ben", "ben": "ben.new"}
        await ended(world, checker)

    run(story())


def refuse_in_between(world: World, exchange: Exchange) -> None:
    """Have the service refuse Ada's value in between, and nothing else."""
    if exchange.to_service and "ada-" in str(exchange.body):
        world.service.faults.add("status=400:invalidValue;method=PATCH;path=/Users;times=1")


def test_a_third_value_that_is_wrongly_called_taken_is_tried_again_within_hours() -> None:
    """The crash sweep found it: a single wrong 409 parked the circle for good."""

    async def story() -> None:
        world, checker = await world_of("ada", "ben", limits=UNLIMITED)
        world.weather.forced = lambda exchange: Fate.CONFLICT if "ada-" in str(exchange.body) else None
        give(world, {"ada": "ben", "ben": "ada"})
        await world.pass_time(30.0)
        assert reasons(world) == {"Rejected"}
        world.weather.clear()
        await world.pass_time(2 * 3600.0)
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


def test_a_value_of_someone_else_is_no_exchange() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben", interval="10m")
        world.service.by_hand("POST", "/Users", {**user("gus"), "externalId": "foreign-gus", "schemas": [USER]})
        await world.rest()
        began = world.now
        give(world, {"ada": "gus"})
        await world.rest()
        assert names_at(world)["ada"] == "ada"
        assert len(updates(world, began)) == 1
        await ended(world, checker)

    run(story())


def test_who_is_suspended_does_not_move_and_so_no_one_steps_aside() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        world.apply(Kind.USER, "ben", user("ben", userName=f"ada{DOMAIN}", suspend=True))
        give(world, {"ada": "ben"})
        await world.rest()
        assert names_at(world) == {"ada": "ada", "ben": "ben"}
        give(world, {"ben": "ada"})
        await world.pass_time(60.0)
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        await ended(world, checker)

    run(story())


def test_no_one_steps_aside_for_a_rename_that_is_held() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben", limits={"renames": {"min": 1, "max": 1, "percent": 0}})
        give(world, {"ada": "ben"})
        await world.pass_time(30.0)
        give(world, {"ben": "ada"})
        await world.rest()
        assert names_at(world) == {"ada": "ada", "ben": "ben"}
        assert "Held" in reasons(world)
        await ended(world, checker)

    run(story())


def test_one_approval_of_an_exchange_is_enough() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben", limits={"renames": {"min": 0, "max": 0, "percent": 0}})
        give(world, {"ada": "ben", "ben": "ada"})
        await world.rest()
        assert reasons(world) == {"Held"}
        world.configure(approvedPlan=world.config["status"]["plan"]["digest"])
        await world.pass_time(120.0)
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


def test_where_every_change_is_approved_one_approval_is_enough_too() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        world.configure(**MANUAL)
        give(world, {"ada": "ben", "ben": "ada"})
        await world.rest()
        assert reasons(world) == {"Held"}
        world.configure(approvedPlan=world.config["status"]["plan"]["digest"])
        await world.pass_time(120.0)
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        await ended(world, checker)

    run(story())


def test_who_has_stepped_aside_says_so_while_the_other_cannot_move() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        give(world, {"ada": "ben", "ben": "ada"})
        while "ada-" not in str(names_at(world)):
            await world.pass_time(0.01)
        world.service.faults.add("status=503;method=PATCH;path=/Users")
        await world.pass_time(30.0)
        said = ready(world, Kind.USER, "ada")
        assert (said["status"], said["reason"]) == ("False", "Incomplete")
        assert "scimuser/ben" in said["message"]
        began = world.now
        world.apply(Kind.USER, "ada", user("ada", userName=f"ben{DOMAIN}", title="Lead"))
        await world.pass_time(30.0)
        world.service.faults.clear()
        await world.pass_time(1000.0)
        assert began
        assert names_at(world) == {"ada": "ben", "ben": "ada"}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


def test_an_exchange_that_is_taken_back_half_way_ends_as_the_manifests_say() -> None:
    async def story() -> None:
        world, checker = await world_of("ada", "ben")
        give(world, {"ada": "ben", "ben": "ada"})
        while "ada-" not in str(names_at(world)):
            await world.pass_time(0.01)
        give(world, {"ada": "ada", "ben": "ben"})
        await world.rest()
        assert names_at(world) == {"ada": "ada", "ben": "ben"}
        assert reasons(world) == {"Provisioned"}
        await ended(world, checker)

    run(story())


USER = "urn:ietf:params:scim:schemas:core:2.0:User"
