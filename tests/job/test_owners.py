"""Owners: whose a resource is where several clusters or tools share a service, and how it is handed over."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.effects import Effects
from tests.support.hurried import HurriedClock
from tests.support.present import present
from tests.support.rig import Rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ATTRIBUTE = "urn:ietf:params:scim:schemas:extension:acme:2.0:User:provisionedBy"
EXTENSION, NAME = ATTRIBUTE.rsplit(":", 1)


@asynccontextmanager
async def clusters(count: int = 2, haste: float = 10, **settings: Any) -> AsyncIterator[list[Rig]]:
    """Clusters that share one service, whose externalIds may be changed."""
    settings = {"immutable_external_id": False, **settings}
    async with Simulator(Settings(token="rig-token", **settings)) as simulator:
        made = [Rig(simulator, HurriedClock(haste)) for _ in range(count)]
        for each in made:
            each.spec["service"] = {**each.spec["service"], "profile": "generic"}
        try:
            yield made
        finally:
            for each in made:
                await each.stop()


def owner_id(r: Rig, name: str) -> Any:
    return ((r.at_service(name) or {}).get(EXTENSION) or {}).get(NAME)


async def test_the_mark_begins_with_the_owner(r: Rig) -> None:
    r.spec["owner"] = "corp-eu"
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    assert present(r.at_service("ada"))["externalId"] == "corp-eu/identity/ada"
    assert (r.simulator.group("engineering") or {})["externalId"] == "corp-eu/identity/engineering"
    await r.check_quiet()
    r.cluster.wipe_status(Kind.USER, "ada")
    mark = r.mark()
    await r.stop()
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned", "its own mark needs no approval"
    assert r.writes(mark) == []


@pytest.mark.parametrize("policy", ["Approve", "IfUnowned", "Never"])
async def test_what_carries_the_mark_of_another_owner_is_never_touched(policy: str) -> None:
    async with clusters() as (one, two):
        one.spec["owner"], two.spec["owner"] = "corp-eu", "corp-us"
        two.spec["users"] = {"adoption": policy, "whenDeleted": "Delete"}
        one.user("ada")
        await one.start()
        await one.settle()
        mark, before = one.mark(), dict(one.at_service("ada") or {})
        two.user("ada", title="Thief", active=False)
        await two.start()
        await two.settle()
        assert two.cluster.ready(Kind.USER, "ada") == ("False", "OwnedByOther")
        assert "corp-eu" in two.message("ada")
        two.cluster.delete(Kind.USER, "ada")
        await two.until(lambda: two.cluster.get(Kind.USER, "ada") is None)
        await two.rest()
        assert two.writes(mark) == []
        assert one.at_service("ada") == before
        assert two.status["totals"]["users"]["foreign"] == 1
        shown = two.metrics.render().decode()
        assert 'scim_objects{config="identity/vmware",kind="User",state="foreign"} 1.0' in shown


async def test_the_owner_attribute_is_written_and_read() -> None:
    async with clusters() as (one, two):
        for each, owner in ((one, "corp-eu"), (two, "corp-us")):
            each.spec |= {"owner": owner, "ownerAttribute": ATTRIBUTE, "users": {"adoption": "IfUnowned"}}
        one.user("ada", externalId="oid-1")
        await one.start()
        await one.settle()
        assert owner_id(one, "ada") == "corp-eu"
        await one.check_quiet()
        mark = one.mark()
        two.user("ada", externalId="oid-1", title="Thief")
        await two.start()
        await two.settle()
        assert two.reason("ada") == "OwnedByOther"
        assert two.writes(mark) == []


async def test_who_takes_the_owner_id_off_by_hand_has_it_put_back() -> None:
    async with clusters(1) as (r,):
        r.spec |= {"owner": "corp-eu", "ownerAttribute": ATTRIBUTE}
        r.user("ada", externalId="oid-1")
        await r.start()
        await r.settle()
        r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "remove", "path": ATTRIBUTE})
        await r.sweep()
        assert owner_id(r, "ada") == "corp-eu"


async def test_an_owner_that_comes_later_moves_the_marks() -> None:
    async with clusters(1) as (r,):
        r.user("ada")
        await r.start()
        await r.settle()
        await r.configure(owner="corp-eu")
        await r.settle()
        await r.rest()
        assert present(r.at_service("ada"))["externalId"] == "corp-eu/identity/ada"
        assert r.reason("ada") == "Provisioned"
        assert len(r.simulator.users) == 1
        await r.check_quiet()


async def test_an_owner_that_comes_later_where_marks_cannot_change(r: Rig) -> None:
    """VMware keeps an externalId for good: the former mark stays, and is on record."""
    r.user("ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    await r.configure(owner="corp-eu")
    await r.settle()
    await r.rest()
    assert r.reason("ada") == "Provisioned"
    await r.stop()
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    assert len(r.simulator.users) == 1
    assert r.writes(mark) == []


ANY = {"renames": {"percent": 100, "min": 100, "max": 500}}
"""Marks that change count as renames: here they are not held."""


async def handed_over(one: Rig) -> dict[str, str]:
    """Provision two people and a group, and hand all of it over; the answer is their ids."""
    one.spec |= {"owner": "corp-eu", "ownerAttribute": ATTRIBUTE}
    people(one)
    await one.start()
    await one.settle()
    ids = {name: one.id_of(name) for name in ("ada", "bob")}
    await one.configure(transferTo="corp-us", limits=ANY)
    await one.settle()
    await one.rest()
    assert {one.reason(name) for name in ids} == {"Transferred"}
    assert one.reason("engineering", Kind.GROUP) == "Transferred"
    assert owner_id(one, "ada") == "corp-us"
    return ids


def people(r: Rig) -> None:
    for name in ("ada", "bob"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])


async def test_a_resource_is_handed_over_and_taken_by_approval() -> None:
    """Release here, take there: no request of one comes after the first of the other."""
    async with clusters() as (one, two):
        two.spec |= {"owner": "corp-us", "ownerAttribute": ATTRIBUTE}
        ids = await handed_over(one)
        mark = one.mark()
        one.user("ada", title="Late")
        one.cluster.delete(Kind.USER, "bob")
        await one.until(lambda: one.cluster.get(Kind.USER, "bob") is None)
        await one.sweep()
        assert one.writes(mark) == [], "the former owner has let go"

        people(two)
        await two.start()
        await two.settle()
        assert {two.reason(name) for name in ids} == {"Held"}
        assert two.writes(mark) == [], "nothing before somebody has approved it"
        await two.configure(approvedPlan=two.status["plan"]["digest"])
        await two.settle()
        await two.rest()
        await two.sweep()
        assert {two.reason(name) for name in ids} == {"Provisioned"}
        assert {name: two.entry(name)["id"] for name in ids} == ids, "the same people"
        assert two.members("engineering") == {"ada", "bob"}
        assert len(two.simulator.users) == 2
        mark = two.mark()
        await one.stop()
        await one.start()
        await one.settle()
        assert one.reason("ada") == "Transferred"
        assert one.writes(mark) == []


async def test_a_crash_at_any_effect_of_handing_over_ends_in_the_same_state() -> None:
    for number in range(1, 40):
        async with clusters(1) as (r,):
            r.spec |= {"owner": "corp-eu", "ownerAttribute": ATTRIBUTE}
            r.user("ada")
            await r.start()
            await r.settle()
            await r.stop()
            r.spec |= {"transferTo": "corp-us", "limits": ANY}
            r.user("late")
            effects = Effects(number, after=bool(number % 2))
            await r.start(effects)
            await r.until(lambda effects=effects, r=r: effects.crashed.is_set() or r.at_rest())  # type: ignore[misc]
            await r.crash()
            await r.start()
            await r.settle()
            await r.rest()
            assert r.reason("ada") == "Transferred", f"at effect {number}"
            assert owner_id(r, "ada") == "corp-us"
            assert len(r.simulator.users) == 1, "nobody is created by who hands over"
            await r.check_quiet()
        if not effects.crashed.is_set():
            assert number > 3
            return


async def test_an_owner_attribute_that_the_config_maps_is_refused(r: Rig) -> None:
    r.spec |= {"owner": "corp-eu", "ownerAttribute": "nickName"}
    r.spec["users"] = {"mappings": [{"target": "nickName", "source": "title"}]}
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))


async def test_a_custom_attribute_of_vmware_holds_the_owner_id(r: Rig) -> None:
    """It is mapped by default; as owner attribute it is the owner's alone. The identity provider's ids stay."""
    urn = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:User"
    r.spec |= {"owner": "corp-eu", "ownerAttribute": f"{urn}:customAttribute5"}
    r.simulator.seed([service_user("bob", externalId="oid-2", **{urn: {"customAttribute5": "corp-us"}})])
    r.user("ada", externalId="oid-1", ws1b={"customAttribute5": "from the manifest"})
    r.user("bob", externalId="oid-2")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    found = r.at_service("ada") or {}
    assert (found["externalId"], found[urn]["customAttribute5"]) == ("oid-1", "corp-eu")
    assert r.reason("bob") == "OwnedByOther"
    assert (r.simulator.group("engineering") or {})["externalId"] == "corp-eu/identity/engineering"
    await r.check_quiet()


async def test_tombstones_are_not_acted_on_once_the_resource_is_someone_elses() -> None:
    async with clusters(1, haste=20) as (r,):
        r.spec |= {"owner": "corp-eu", "ownerAttribute": ATTRIBUTE, "users": {"deleteAfter": "30s"}}
        r.user("ada")
        await r.start()
        await r.settle()
        id = r.id_of("ada")
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
        await r.rest()
        await r.stop()
        r.patch_by_hand(f"/Users/{id}", {"op": "replace", "path": ATTRIBUTE, "value": "corp-us"})
        due = r.status["tombstones"][0]["deleteAt"]
        await r.until(lambda: r.soon(-1) > due)
        await r.start()
        await r.settle()
        await r.sweep()
        assert id in r.simulator.users


async def test_a_stranger_is_no_one_elses(r: Rig) -> None:
    r.simulator.seed([service_user("stranger")])
    r.spec["owner"] = "corp-eu"
    await r.start()
    await r.settle()
    assert r.status["totals"]["users"] | {"inScope": 0} == r.status["totals"]["users"]
    assert r.status["totals"]["users"]["foreign"] == 0
    assert r.status["totals"]["users"]["unmanaged"] == 1
