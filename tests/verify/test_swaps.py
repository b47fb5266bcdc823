"""Unique values that two or more exchange come to rest, by a third value in between where the service needs one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.simulator.settings import Settings
from tests.support.exchanging import (
    BETWEEN,
    DONE,
    LENIENT,
    MANUAL,
    SWAP,
    ended,
    exchanged,
    generic,
    give,
    groups,
    ids,
    names_at,
    ready,
    reasons,
    renames,
    story,
    stranger,
    updates,
    world_of,
)
from verify.campaigns.run import SLOW
from verify.crashes.people import group
from verify.fates import Fate
from verify.manifests import DOMAIN, UNLIMITED, user
from verify.promises.checker import Checker
from verify.world import World

if TYPE_CHECKING:
    from verify.history import Exchange


@pytest.mark.parametrize("ring", [("ada", "ben"), ("ada", "ben", "cleo"), ("cleo", "ada", "eve", "ben")], ids=len)
@story
async def test_people_who_exchange_their_user_names_get_them_within_moments(ring: tuple[str, ...]) -> None:
    world, checker = await world_of(*sorted(ring))
    before, began = ids(world), world.now
    wanted = dict(zip(ring, (*ring[1:], ring[0]), strict=True))
    give(world, wanted)
    await exchanged(world, checker, wanted)
    assert reasons(world, Kind.GROUP) == DONE
    assert ids(world) == before
    taken = [one for one in updates(world, began) if one.status == 200]
    assert len(taken) == len(ring) + 1, "one for each, and one that steps aside"


@pytest.mark.parametrize("seed", [2, 6, 7, 15, 23, 27])
@story
async def test_a_circle_comes_to_rest_in_whatever_order_its_answers_come(seed: int) -> None:
    """Who was refused a value while its holder gave it up waited for an hour, in each of these worlds: 460210."""
    world = World(seed, interval="24h")
    checker = Checker(world)
    world.weather.slowness = SLOW
    for name in ("ada", "ben", "cleo", "dan"):
        world.apply(Kind.USER, name, user(name))
    world.start()
    await world.rest()
    wanted = {"ada": "ben", "ben": "cleo", "cleo": "ada"}
    give(world, wanted)
    await exchanged(world, checker, {**wanted, "dan": "dan"})


@story
async def test_a_circle_of_names_and_addresses_comes_to_rest() -> None:
    """Who stepped aside once more, for the address, took from the others what they were refused for: 820090."""
    world = World(21, interval="24h", limits=UNLIMITED)
    checker = Checker(world)
    world.weather.slowness = SLOW
    for name in ("ada", "ben", "cleo", "dan"):
        world.apply(Kind.USER, name, user(name))
    world.start()
    await world.rest()
    wanted = {"ada": "ben", "ben": "cleo", "cleo": "ada"}
    for name, other in wanted.items():
        address = f"{other}{DOMAIN}"
        mail = {"type": "work", "value": address, "primary": True}
        world.apply(Kind.USER, name, user(name, userName=address, emails=[mail]))
    await exchanged(world, checker, {**wanted, "dan": "dan"}, within=300.0)


@story
async def test_who_steps_aside_keeps_all_else_and_the_domain() -> None:
    world, checker = await world_of("ada", "ben")
    id = ids(world)["ada"]
    before, began = world.service.users[id], world.now
    give(world, SWAP)
    await exchanged(world, checker)
    shown = [one.after for one in updates(world, began) if one.status == 200 and one.id == id]
    aside = next(one for one in shown if one and one["userName"] != f"ben{DOMAIN}")
    assert aside["userName"].startswith("ada-")
    assert aside["userName"].endswith(DOMAIN)
    for name in ("active", "externalId", "emails", "name"):
        assert aside[name] == before[name]


@story
async def test_groups_that_exchange_their_names_get_them_and_keep_their_members() -> None:
    world, checker = await world_of("ada", "ben")
    world.apply(Kind.GROUP, "team-ada", group("Team ben", "ada"))
    world.apply(Kind.GROUP, "team-ben", group("Team ada", "ben"))
    await world.pass_time(60.0)
    users = {id: name for name, id in ids(world).items()}
    found = {one["displayName"]: [users[each["value"]] for each in one["members"]] for one in groups(world)}
    assert found == {"Team ben": ["ada"], "Team ada": ["ben"]}
    assert reasons(world, Kind.GROUP) == DONE
    await ended(world, checker)


@pytest.mark.parametrize("names", [{}, SWAP], ids=["externalId alone", "and userName, one after the other"])
@story
async def test_external_ids_are_exchanged_where_the_service_changes_them(names: dict[str, str]) -> None:
    """At no time is a resource without a name that is on record."""
    settings = Settings(immutable_external_id=False)
    world, checker = await world_of("ada", "ben", settings=settings, more=oid, **generic())
    for name, other in SWAP.items():
        give(world, {name: names.get(name, name)}, **oid(other))
    await exchanged(world, checker, names or {"ada": "ada", "ben": "ben"})
    found = {one["name"]["givenName"].lower(): one["externalId"] for one in world.service.users.values()}
    assert found == {"ada": "oid-ben", "ben": "oid-ada"}


def oid(name: str) -> dict[str, str]:
    """An externalId."""
    return {"externalId": f"oid-{name}"}


NUMBER = f"{ENTERPRISE_USER}:employeeNumber"
OTHER_UNIQUE = {
    "emails": lambda name: {"emails": [{"type": "work", "value": f"{name}{DOMAIN}", "primary": True}]},
    "employeeNumber": lambda name: {ENTERPRISE_USER: {"employeeNumber": f"number-{name}"}},
    "nickName": lambda name: {"nickName": name},
}


@pytest.mark.parametrize("also", [{}, SWAP], ids=["alone", "with userName"])
@pytest.mark.parametrize("attribute", OTHER_UNIQUE)
@story
async def test_other_values_that_a_service_keeps_unique_are_exchanged(attribute: str, also: dict[str, str]) -> None:
    """An e-mail address, a number: what a service keeps unique goes round like a name."""
    of = OTHER_UNIQUE[attribute]
    world, checker = await world_of("ada", "ben", settings=LENIENT, more=of, **generic())
    world.service.faults.add(f"unique-attribute={attribute}")
    before = {id: {**one} for id, one in world.service.users.items()}
    for name, other in SWAP.items():
        give(world, {name: also.get(name, name)}, **of(other))
    await exchanged(world, checker, also or {"ada": "ada", "ben": "ben"})
    for name, other in SWAP.items():
        assert value_of(world.service.users[ids(world)[name]], attribute) == value_of(
            before[ids(world)[other]], attribute
        )


def value_of(shown: dict[str, Any], attribute: str) -> str:
    """The text of one of these attributes."""
    if attribute == "emails":
        return str(shown["emails"][0]["value"])
    return str(shown.get(attribute) or shown[ENTERPRISE_USER][attribute])


@story
async def test_an_address_is_no_exchange_where_another_value_is_what_the_service_refuses() -> None:
    world, _ = await world_of("ada", "ben", interval="10m")
    stranger(world, "gus")
    await world.rest()
    began = world.now
    give(world, {"ada": "gus"}, **OTHER_UNIQUE["emails"]("ben"))
    give(world, {"ben": "gus"}, **OTHER_UNIQUE["emails"]("ada"))
    await world.rest()
    assert not any(BETWEEN.search(str(one.body)) for one in updates(world, began))
    await world.end()


@story
async def test_a_service_that_allows_duplicates_needs_no_third_value() -> None:
    world, checker = await world_of("ada", "ben")
    world.service.faults.add("duplicate-allowed")
    began = world.now
    give(world, SWAP)
    await exchanged(world, checker)
    assert len(updates(world, began)) == 2


@story
async def test_a_service_that_refuses_the_third_value_is_reported_and_left_alone() -> None:
    world, checker = await world_of("ada", "ben")
    world.weather.forced = partial(refuse_in_between, world)
    began = world.now
    give(world, SWAP)
    await world.rest()
    assert names_at(world) == {"ada": "ada", "ben": "ben"}
    assert reasons(world) == {"Rejected"}
    message = ready(world, Kind.USER, "ada")["message"]
    assert "scimuser/ben" in message
    assert "userName" in message
    assert "ada-" not in message
    assert "scimuser/ada" in ready(world, Kind.USER, "ben")["message"]
    assert len(updates(world, began)) <= 5
    give(world, {"ben": "ben.new"})
    await exchanged(world, checker, {"ada": "ben", "ben": "ben.new"})


def refuse_in_between(world: World, exchange: Exchange) -> None:
    """Have the service refuse Ada's value in between, and nothing else."""
    if exchange.to_service and "ada-" in str(exchange.body):
        world.service.faults.add("status=400:invalidValue;method=PATCH;path=/Users;times=1")


@story
async def test_a_third_value_that_is_wrongly_called_taken_is_tried_again_within_hours() -> None:
    """The crash sweep found it: a single wrong 409 parked the circle for good."""
    world, checker = await world_of("ada", "ben", limits=UNLIMITED)
    world.weather.forced = lambda exchange: Fate.CONFLICT if "ada-" in str(exchange.body) else None
    give(world, SWAP)
    await world.pass_time(30.0)
    assert reasons(world) == {"Rejected"}
    world.weather.clear()
    await exchanged(world, checker, within=2 * 3600.0)


@story
async def test_a_value_of_someone_else_is_no_exchange() -> None:
    world, checker = await world_of("ada", "ben", interval="10m")
    stranger(world, "gus")
    await world.rest()
    began = world.now
    give(world, {"ada": "gus"})
    await world.rest()
    assert names_at(world)["ada"] == "ada"
    assert len(updates(world, began)) == 1
    await ended(world, checker)


@story
async def test_who_is_suspended_does_not_move_and_so_no_one_steps_aside() -> None:
    world, checker = await world_of("ada", "ben")
    give(world, {"ben": "ada"}, suspend=True)
    give(world, {"ada": "ben"})
    await world.rest()
    assert names_at(world) == {"ada": "ada", "ben": "ben"}
    give(world, {"ben": "ada"})
    await exchanged(world, checker)


@story
async def test_no_one_steps_aside_for_a_rename_that_is_held() -> None:
    world, checker = await world_of("ada", "ben", **renames(1))
    give(world, {"ada": "ben"})
    await world.pass_time(30.0)
    give(world, {"ben": "ada"})
    await world.rest()
    assert names_at(world) == {"ada": "ada", "ben": "ben"}
    assert "Held" in reasons(world)
    await ended(world, checker)


@pytest.mark.parametrize("policy", [renames(0), MANUAL], ids=["renames are held", "every change is approved"])
@story
async def test_one_approval_of_an_exchange_is_enough(policy: dict[str, Any]) -> None:
    world, checker = await world_of("ada", "ben")
    world.configure(**policy)
    give(world, SWAP)
    await world.rest()
    assert reasons(world) == {"Held"}
    world.configure(approvedPlan=world.config["status"]["plan"]["digest"])
    await exchanged(world, checker, within=120.0)
