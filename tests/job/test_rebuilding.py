"""A cluster built anew from Git meets a tenant that is provisioned: nothing is taken away because some came late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.rig import service_group, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_members_whose_manifests_come_later_stay(r: Rig) -> None:
    people = ("ada", "charles", "grace")
    ids, _ = r.simulator.seed([service_user(name, externalId=f"identity/{name}") for name in people])
    r.simulator.seed(groups=[service_group("engine", ids, externalId="identity/engine")])
    r.group("engine", ["ada", "charles"])
    await r.start()
    await r.settle()
    assert r.members("engine") == set(people), "a first sweep has no allowance"
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    assert r.members("engine") == {"ada", "charles"}, "grace is no member any more, the others have only not come yet"
    mark = r.mark()
    r.user("ada")
    r.user("charles")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.members("engine") == {"ada", "charles"}


async def test_who_was_deprovisioned_is_no_member_although_the_group_still_names_her(r: Rig) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engine", ["ada", "charles"])
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    assert r.members("engine") == {"charles"}
