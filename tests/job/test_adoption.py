"""A first match is governed by the adoption policy: held as a plan, approved once, and on record from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.effects import Effects
from tests.support.rig import rig, service_group, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

PEOPLE = ("ada", "bob", "carol")


def seed(r: Rig) -> None:
    """A tenant that somebody provisioned: three people, and a group of two."""
    ids, _ = r.simulator.seed([service_user(name, externalId=f"oid-{name}", title="Old") for name in PEOPLE])
    r.simulator.seed(groups=[service_group("engineering", ids[:2], externalId="oid-engineering")])


def manifests(r: Rig, **spec: Any) -> None:
    """The manifests in Git, which have the identity provider's ids."""
    for name in PEOPLE:
        r.user(name, externalId=f"oid-{name}", **{"title": "Old", **spec})
    r.group("engineering", ["ada", "bob"], externalId="oid-engineering")


async def test_taking_over_waits_for_approval_by_default(r: Rig) -> None:
    (id,), _ = r.simulator.seed([service_user("ada", title="Old")])
    r.user("ada", title="New")
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "Held")
    message = r.message("ada")
    assert id in message, "which resource"
    assert "matches by userName" in message
    assert "title" in message, "and what would change about it"
    assert "New" not in message
    (first,) = r.status["plan"]["first"]
    assert (first["object"], first["verb"], first["id"], first["matchedBy"]) == (
        "scimuser/ada",
        "Adopt",
        id,
        "userName",
    )
    assert "id" not in r.entry("ada")
    assert not (r.cluster.get(Kind.USER, "ada") or {})["metadata"].get("finalizers"), "it is no one's yet"

    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    await r.rest()
    assert r.writes() == ["PATCH /Users"]
    assert r.reason("ada") == "Provisioned"
    assert r.entry("ada")["id"] == id
    assert r.entry("ada")["proof"]
    await r.check_quiet()


async def test_who_is_as_wanted_waits_too_for_from_then_on_the_removal_is_ours(r: Rig) -> None:
    r.simulator.seed([service_user("ada")])
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held"
    assert "changing nothing" in r.message("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    assert r.writes() == [], "it was never ours"
    await r.until(lambda: not r.status["plan"]["held"])


async def test_what_is_taken_over_is_ours_after_a_restart(r: Rig) -> None:
    r.spec["users"] = {"adoption": "IfUnowned"}
    r.simulator.seed([service_user("ada", externalId="oid-ada")])
    r.user("ada", externalId="oid-ada")
    await r.start()
    await r.settle()
    await r.stop()
    r.spec["users"] = {"adoption": "Never"}
    r.user("ada", externalId="oid-ada", title="New")
    await r.start()
    await r.settle()
    assert r.writes() == ["PATCH /Users"]
    assert r.reason("ada") == "Provisioned"


async def test_one_approval_serves_a_cluster_that_is_built_again_from_git(r: Rig) -> None:
    """All statuses are gone, and the identity provider's ids carry no mark of ours."""
    seed(r)
    manifests(r)
    await r.start()
    await r.settle()
    assert {r.reason(name) for name in PEOPLE} == {"Held"}
    assert r.reason("engineering", Kind.GROUP) == "Held"
    assert r.writes() == []
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    await r.rest()
    assert {r.reason(name) for name in PEOPLE} == {"Provisioned"}
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    assert r.writes() == [], "everything was as wanted already"
    assert r.members("engineering") == {"ada", "bob"}
    await r.check_quiet()


async def test_one_approval_serves_where_much_differs(r: Rig) -> None:
    seed(r)
    manifests(r, title="New")
    r.group("engineering", ["ada", "carol"], externalId="oid-engineering")
    await r.start()
    await r.settle()
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    await r.rest()
    await r.sweep()
    assert r.members("engineering") == {"ada", "carol"}
    assert {r.reason(name) for name in PEOPLE} == {"Provisioned"}
    assert sorted(r.writes()) == ["PATCH /Groups", *["PATCH /Users"] * 3]
    await r.check_quiet()


async def test_a_lost_key_is_fixed_by_one_approval(r: Rig) -> None:
    """What an earlier key proved is a match again; what carries our own mark needs no one."""
    for name in PEOPLE:
        r.user(name, externalId=f"oid-{name}")
    r.user("dan")
    await r.start()
    await r.settle()
    await r.stop()
    mark, r.sealing_key = r.mark(), b"another key"
    await r.start()
    await r.settle()
    assert {r.reason(name) for name in PEOPLE} == {"Held"}
    assert r.reason("dan") == "Provisioned"
    assert len(r.simulator.users) == 4, "nobody is created twice"
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    await r.rest()
    assert {r.reason(name) for name in (*PEOPLE, "dan")} == {"Provisioned"}
    assert r.writes(mark) == []
    await r.check_quiet()


@pytest.mark.parametrize(
    ("config", "manifest", "reason"),
    [
        ("IfUnowned", "Never", "NotOwned"),
        ("IfUnowned", "Approve", "Held"),
        ("IfUnowned", None, "Provisioned"),
        ("Approve", "IfUnowned", "Held"),
        ("Approve", "Never", "NotOwned"),
        ("Never", "IfUnowned", "NotOwned"),
        ("Never", "Approve", "NotOwned"),
    ],
)
async def test_the_stricter_of_config_and_manifest_counts(
    r: Rig, config: str, manifest: str | None, reason: str
) -> None:
    r.spec |= {"users": {"adoption": config}, "groups": {"adoption": config}}
    r.simulator.seed([service_user("ada")])
    r.simulator.seed(groups=[service_group("engineering")])
    said = {"adoption": manifest} if manifest else {}
    r.user("ada", **said)
    r.group("engineering", None, **said)
    await r.start()
    await r.settle()
    assert r.reason("ada") == reason
    assert r.reason("engineering", Kind.GROUP) == reason


async def test_an_id_whose_resource_is_someone_elses_by_now_is_held_and_no_second_one_created(r: Rig) -> None:
    """All that the resource was known by was changed by hand: it is a match by id, and not ours to change at once."""
    r.spec["service"] = {**r.spec["service"], "profile": "generic"}
    async with rig(immutable_external_id=False) as other:
        other.spec["service"] = {**other.spec["service"], "profile": "generic"}
        other.user("ada", externalId="oid-ada")
        await other.start()
        await other.settle()
        id = other.id_of("ada")
        changed = service_user("stranger", externalId="oid-stranger")
        other.by_hand("PUT", f"/Users/{id}", changed)
        mark = other.mark()
        await other.sweep()
        assert other.reason("ada") == "Held"
        assert "matches by id" in other.message("ada")
        assert other.writes(mark) == []
        assert other.entry("ada")["id"] == id, "it stays on record"
        await other.stop()
        await other.start()
        await other.settle()
        assert other.reason("ada") == "Held"
        await other.configure(approvedPlan=other.status["plan"]["digest"])
        await other.settle()
        await other.rest()
        assert other.id_of("ada") == id
        assert len(other.simulator.users) == 1


async def test_its_removal_is_not_carried_out_either(r: Rig) -> None:
    async with rig(immutable_external_id=False) as other:
        other.spec["service"] = {**other.spec["service"], "profile": "generic"}
        other.spec["users"] = {"whenDeleted": "Delete"}
        other.user("ada", externalId="oid-ada")
        await other.start()
        await other.settle()
        id = other.id_of("ada")
        other.by_hand("PUT", f"/Users/{id}", service_user("stranger", externalId="oid-stranger"))
        await other.sweep()
        other.cluster.delete(Kind.USER, "ada")
        await other.until(lambda: other.cluster.get(Kind.USER, "ada") is None)
        await other.rest()
        assert id in other.simulator.users


@pytest.mark.parametrize("after", [False, True], ids=["right before", "right after"])
async def test_a_crash_while_an_approved_adoption_is_carried_out_needs_no_other_approval(after: bool) -> None:
    for number in range(1, 60):
        async with rig(haste=10) as r:
            seed(r)
            manifests(r, title="New")
            await r.start()
            await r.settle()
            await r.stop()
            r.spec["approvedPlan"] = r.status["plan"]["digest"]
            effects = Effects(number, after=after)
            await r.start(effects)
            await r.until(lambda effects=effects, r=r: effects.crashed.is_set() or r.at_rest())  # type: ignore[misc]
            await r.crash()
            await r.start()
            await r.settle()
            await r.rest()
            reported = {r.reason(name) for name in PEOPLE} | {r.reason("engineering", Kind.GROUP)}
            assert reported == {"Provisioned"}, f"at effect {number}"
            assert {user["title"] for user in r.simulator.users.values()} == {"New"}
            await r.check_quiet()
        if not effects.crashed.is_set():
            assert number > 8
            return
    raise AssertionError("it has more effects than this")
