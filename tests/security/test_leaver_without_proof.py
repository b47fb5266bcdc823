"""A leaver whose id is on record without a proof (an upgrade, a lost key) keeps their access, and no one is asked."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.limiting import exactly
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

EXTERNAL = "7f0c1c9e-5a6c-4c53-9f0e-2f4c5f0f5a11"


async def provisioned(r: Rig, **users: object) -> None:
    """One user with the id of an identity provider and one beside, and then the proofs are gone from the statuses."""
    r.spec["users"] = users
    r.spec["scope"] = "All"
    r.user("ada", externalId=EXTERNAL)
    r.user("grace")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    await r.stop()
    for name in ("ada", "grace"):
        status = copy.deepcopy((r.cluster.get(Kind.USER, name) or {})["status"])
        for entry in status["services"]:
            entry.pop("proof", None)
        r.cluster.forge_status(Kind.USER, name, status)


async def approve(r: Rig) -> None:
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()


def active(r: Rig, id: str) -> object:
    return r.simulator.users[id]["active"]


@pytest.mark.parametrize("policy", ["Approve", "IfUnowned"])
@pytest.mark.parametrize("again", [False, True], ids=["at once", "after another restart"])
async def test_a_deleted_manifest_waits_for_approval(r: Rig, policy: str, again: bool) -> None:
    await provisioned(r, adoption=policy)
    id = r.id_of("ada")
    if again and policy == "Approve":
        await r.start()
        await r.settle()
        assert r.reason("ada") == "Held"
        await r.stop()
    r.cluster.delete(Kind.USER, "ada")
    await r.start()
    await r.settle()
    await r.sweep()
    assert active(r, id)
    assert r.reason("ada") == "Held"
    assert "(it matches by externalId; disabling it)" in r.message("ada")
    assert r.status["plan"]["first"][0]["object"] == "scimuser/ada"
    await approve(r)
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert not active(r, id)


async def test_who_leaves_the_scope_waits_for_approval(r: Rig) -> None:
    await provisioned(r)
    id = r.id_of("ada")
    r.spec["users"] = {"expression": 'user.userName != "ada@corp.example"'}
    await r.start()
    await r.settle()
    assert active(r, id)
    assert r.reason("ada") == "Held"
    await approve(r)
    await r.until(lambda: r.reason("ada") == "Disabled")
    assert not active(r, id)


async def test_deleting_is_called_deleting(r: Rig) -> None:
    await provisioned(r, whenDeleted="Delete")
    id = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.start()
    await r.settle()
    assert id in r.simulator.users
    assert "deleting it" in r.message("ada")
    assert r.status["plan"]["first"][0]["verb"] == "Delete"
    await approve(r)
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert id not in r.simulator.users


async def test_with_never_a_status_ends_no_access(r: Rig) -> None:
    await provisioned(r, adoption="Never")
    id = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.start()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert active(r, id)


async def test_a_forged_id_of_another_asks_no_one(r: Rig) -> None:
    """The resource must be what the manifest matches by `externalId`, and have the id that the status names."""
    (id,), _ = r.simulator.seed([service_user("root")])
    await provisioned(r)
    status = copy.deepcopy((r.cluster.get(Kind.USER, "ada") or {})["status"])
    status["services"][0]["id"] = id
    r.cluster.forge_status(Kind.USER, "ada", status)
    r.cluster.delete(Kind.USER, "ada")
    await r.start()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert active(r, id)


async def test_a_manifest_deleted_while_the_service_refuses_us_is_kept(r: Rig) -> None:
    await provisioned(r)
    id = r.id_of("ada")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held"
    await r.stop()
    right = r.simulator.token
    r.rotate("another")
    r.cluster.delete(Kind.USER, "ada")
    await r.start()
    await r.until(lambda: r.condition("Connected")[0] == "False")
    assert r.cluster.get(Kind.USER, "ada") is not None
    r.rotate(right)
    await r.settle()
    assert r.reason("ada") == "Held"
    assert active(r, id)


async def test_the_plan_that_waits_has_the_groups_of_who_leaves_meanwhile(r: Rig) -> None:
    """Else the approval of it would be for another plan than the next sweep makes, and a second one would be needed."""
    r.spec["limits"] = {"memberRemovals": exactly(0)}
    r.group("crew", ["ada", "grace"])
    await provisioned(r)
    await r.start()
    await r.settle()
    id = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.status["plan"]["disables"] == r.status["plan"]["memberRemovals"] == 1)
    shown = r.status["plan"]["digest"]
    await r.sweep()
    assert r.status["plan"]["digest"] == shown, "a sweep finds nothing more"
    await approve(r)
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    assert not active(r, id)
    assert r.members("crew") == {"grace"}
    assert not r.status["plan"]["held"]


async def test_a_group_loses_whom_it_kept_for_a_takeover_without_a_sweep(r: Rig) -> None:
    """The removal fits, so that it waits for nothing; the leaver's account waits for its approval."""
    r.group("crew", ["ada", "grace"])
    await provisioned(r)
    await r.start()
    await r.settle()
    assert r.members("crew") == {"ada", "grace"}
    assert "still to be provisioned: 1 member, of which 1 waits to be taken over." in r.message("crew", Kind.GROUP)
    sweeps = r.job.session.sweeps.finished
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.members("crew") == {"grace"})
    assert r.job.session.sweeps.finished == sweeps
    assert r.reason("ada") == "Held"
