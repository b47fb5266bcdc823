"""What campaigns with limits and approvals have found, each as a short life of its own in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.simulator.settings import Settings
from verify.campaigns.guarded import approve_all, held
from verify.campaigns.outcome import outcome_of
from verify.manifests import UNLIMITED, user
from verify.virtual import run
from verify.world import World, config_spec


def team(*names: str, **more: Any) -> dict[str, Any]:
    """Return the spec of a group of these users."""
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names], **more}


def test_whose_removal_waits_leaves_a_group_that_becomes_additive_meanwhile() -> None:
    """Eve's removal waits for an approval, and so does the end of Ada, who is protected and kept for so long.

    Where anyone was kept, those whose removal waited were not on record as put in by the operator: in the group, which
    became additive before the approval, Eve stayed for good (guarded campaign 5).
    """

    async def life() -> None:
        limits = UNLIMITED | {"memberRemovals": {"min": 0, "max": 0}}
        world = World(1, limits=limits, protected={"users": [{"userRef": {"name": "ada"}}]})
        for name in ("ada", "ben", "eve"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "team", team("ada", "ben", "eve"))
        world.start()
        await world.rest()
        world.delete(Kind.USER, "ada")
        world.apply(Kind.GROUP, "team", team("ben"))
        await world.rest()
        assert outcome_of(world).groups["team"] == {f"{name}@corp.example" for name in ("ada", "ben", "eve")}
        world.apply(Kind.GROUP, "team", team("ben", membershipPolicy="Additive"))
        await world.rest()
        await approve_all(world)
        assert outcome_of(world).groups["team"] == {"ben@corp.example"}
        await world.end()

    run(life())


PLACE = f"{ENTERPRISE_USER}:costCenter"


async def _handed_over(world: World) -> World:
    """Let a tenant come to rest, and hand it over to the owner corp-us."""
    for name in ("ada", "ben"):
        world.apply(Kind.USER, name, user(name))
    world.start()
    await world.rest()
    world.configure(transferTo="corp-us")
    await world.rest()
    return world


def _generic(**spec: Any) -> World:
    service = {**config_spec()["service"], "profile": "generic"}
    return World(1, Settings().lenient(), service=service, owner="corp-eu", **({"limits": UNLIMITED} | spec))


def test_a_protected_user_is_not_handed_over_without_approval() -> None:
    """A new mark is a rename, and gives the user to others: nothing asked (guarded campaign 8)."""

    async def life() -> None:
        world = await _handed_over(_generic(protected={"users": [{"userRef": {"name": "ada"}}]}))
        marks = {one["externalId"] for one in world.service.users.values()}
        assert marks == {"corp-eu/identity/ada", "corp-us/identity/ben/handed-over"}
        assert held(world)["protected"] == ["scimuser/ada"]
        await approve_all(world)
        assert all(one["externalId"].startswith("corp-us/") for one in world.service.users.values())
        await world.end()

    run(life())


@pytest.mark.parametrize(
    "spec",
    [
        {"protected": {"users": [{"userRef": {"name": "ada"}}]}},
        {"limits": UNLIMITED | {"renames": {"min": 0, "max": 0}}},
    ],
    ids=["protected", "limited"],
)
def test_the_id_of_the_new_owner_waits_as_well(spec: dict[str, Any]) -> None:
    """Where an attribute has the owner's id, that alone hands a user over: it is no less than the mark."""

    async def life() -> None:
        world = await _handed_over(_generic(ownerAttribute=PLACE, **spec))
        ada = next(one for one in world.service.users.values() if one["userName"].startswith("ada"))
        assert ada[ENTERPRISE_USER]["costCenter"] == "corp-eu"
        await approve_all(world)
        owners = {one[ENTERPRISE_USER]["costCenter"] for one in world.service.users.values()}
        assert owners == {"corp-us"}
        await world.end()

    run(life())


def test_what_was_handed_over_is_taken_back_by_approval() -> None:
    """The former owner, under the id of the new one, took its record for enough (guarded campaign 8)."""

    async def life() -> None:
        world = await _handed_over(_generic())
        world.configure(transferTo=None, owner="corp-us")
        await world.rest()
        assert {one["externalId"].rpartition("/")[2] for one in world.service.users.values()} == {"handed-over"}
        assert held(world)["adoptions"] == 2
        await approve_all(world)
        marks = {one["externalId"] for one in world.service.users.values()}
        assert marks == {"corp-us/identity/ada", "corp-us/identity/ben"}
        await world.end()

    run(life())


def test_what_an_edit_clears_is_cleared_once_that_is_approved() -> None:
    """While it waited it was on record as cleared, so that it stayed for good (guarded campaign 43)."""

    async def life() -> None:
        world = World(1, limits=UNLIMITED)
        world.apply(Kind.USER, "ada", user("ada", nickName="a"))
        world.start()
        await world.rest()
        world.configure(approval={"policy": "Manual"})
        await world.rest()
        world.apply(Kind.USER, "ada", user("ada", title="Dr."))
        await approve_all(world)
        [ada] = world.service.users.values()
        assert (ada.get("nickName"), ada["title"]) == (None, "Dr.")
        await world.end()

    run(life())
